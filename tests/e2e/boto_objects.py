"""Objects with Debian's boto3 as it comes: boto_objects.py ENDPOINT SECTION. Prints "all good" at the end.

A module of its own because it runs under /usr/bin/python3, whose packages Debian's python3-boto3 brings.
"""
import hashlib
import io
import os
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, SECTION = sys.argv[1:3]
ACCOUNT = "123456789012"
MIB = 1024 * 1024


def client(**more):
    return boto3.client("s3", endpoint_url=ENDPOINT, config=Config(s3={"addressing_style": "path"}, **more))


s3 = client()


def refused(code, call, **arguments):
    """The error's parsed answer; HEAD answers have no body and give the status instead of a code."""
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (code, error.response)
        return error.response
    raise AssertionError(f"expected {code}")


def status_of(answer):
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def header(answer, name):
    return answer["ResponseMetadata"]["HTTPHeaders"].get(name)


def make(bucket, versions=None):
    s3.create_bucket(Bucket=bucket)
    if versions:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": versions})
    return bucket


def multipart(bucket, key, parts, numbers=None, **more):
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]
    done = []
    for number, body in zip(numbers or range(1, len(parts) + 1), parts):
        part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)
        done.append({"PartNumber": number, "ETag": part["ETag"]})
    which = dict(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": done})
    return which, s3.complete_multipart_upload(**which)


def parts():
    """One part of an object at a time, its attributes, and completing twice."""
    bucket = make("parts")
    bodies = [os.urandom(5 * MIB), os.urandom(5 * MIB), b"tail"]
    which, first = multipart(bucket, "k", bodies, numbers=[3, 7, 9])
    again = s3.complete_multipart_upload(**which)
    assert again["ETag"] == first["ETag"], (first, again)
    other = dict(which, MultipartUpload={"Parts": which["MultipartUpload"]["Parts"][:1]})
    refused("NoSuchUpload", s3.complete_multipart_upload, **other)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k"}, MetadataDirective="REPLACE",
                   Metadata={"again": "1"})
    for key in ("k", "copy"):
        for number, body in enumerate(bodies, 1):
            got = s3.get_object(Bucket=bucket, Key=key, PartNumber=number)
            assert status_of(got) == 206 and got["PartsCount"] == 3, got
            assert got["Body"].read() == body, f"part {number} of {key}"
            head = s3.head_object(Bucket=bucket, Key=key, PartNumber=number)
            assert head["ContentLength"] == len(body) and head["PartsCount"] == 3
        beyond = refused("InvalidPartNumber", s3.get_object, Bucket=bucket, Key=key, PartNumber=4)
        assert status_of(beyond) == 416 and beyond["Error"]["ActualPartCount"] == "3", beyond
        attributes = s3.get_object_attributes(Bucket=bucket, Key=key, ObjectAttributes=[
            "ETag", "ObjectParts", "ObjectSize", "StorageClass", "Checksum"])
        assert attributes["ETag"] == first["ETag"].strip('"'), attributes
        assert attributes["ObjectSize"] == 10 * MIB + 4 and attributes["StorageClass"] == "STANDARD", attributes
        assert attributes["ObjectParts"] == {"TotalPartsCount": 3}, attributes
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"again": "1"}
    refused("InvalidArgument", s3.get_object_attributes, Bucket=bucket, Key="k", ObjectAttributes=["Colour"])

    s3.put_object(Bucket=bucket, Key="one", Body=b"in one")
    got = s3.get_object(Bucket=bucket, Key="one", PartNumber=1)
    assert (status_of(got), got["Body"].read(), "PartsCount" in got) == (206, b"in one", False), got
    refused("416", s3.head_object, Bucket=bucket, Key="one", PartNumber=2)

    # with checksums the parts are listed
    upload = s3.create_multipart_upload(Bucket=bucket, Key="sums", ChecksumAlgorithm="SHA256")["UploadId"]
    done = []
    for number, body in enumerate([bodies[0], b"end"], 1):
        part = s3.upload_part(Bucket=bucket, Key="sums", UploadId=upload, PartNumber=number, Body=body,
                              ChecksumAlgorithm="SHA256")
        done.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    refused("InvalidRequest", s3.upload_part, Bucket=bucket, Key="sums", UploadId=upload, PartNumber=3, Body=b"x",
            ChecksumAlgorithm="CRC32")
    wrong = [dict(done[0], ChecksumSHA256=done[1]["ChecksumSHA256"]), done[1]]
    refused("InvalidPart", s3.complete_multipart_upload, Bucket=bucket, Key="sums", UploadId=upload,
            MultipartUpload={"Parts": wrong})
    made = s3.complete_multipart_upload(Bucket=bucket, Key="sums", UploadId=upload, MultipartUpload={"Parts": done})
    assert made["ChecksumSHA256"].endswith("-2"), made
    listed = s3.get_object_attributes(Bucket=bucket, Key="sums", ObjectAttributes=["ObjectParts", "Checksum"],
                                      MaxParts=1)
    assert listed["Checksum"]["ChecksumSHA256"] == made["ChecksumSHA256"], listed
    page = listed["ObjectParts"]
    assert page["IsTruncated"] and page["NextPartNumberMarker"] == 1 and page["TotalPartsCount"] == 2, page
    assert page["Parts"] == [{"PartNumber": 1, "Size": 5 * MIB, "ChecksumSHA256": done[0]["ChecksumSHA256"]}], page
    # overwritten, the parts are gone with the object
    s3.put_object(Bucket=bucket, Key="sums", Body=b"x")
    assert "ObjectParts" not in s3.get_object_attributes(Bucket=bucket, Key="sums", ObjectAttributes=["ObjectParts"])


def conditions():
    """Reads, writes, copies and deletes that ask for a state."""
    bucket = make("conditions")
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"one", CacheControl="max-age=5")
    etag, which = put["ETag"], dict(Bucket=bucket, Key="k")
    modified = s3.head_object(**which)["LastModified"]
    unchanged = refused("304", s3.get_object, **which, IfNoneMatch=etag)
    assert header(unchanged, "etag") == etag and header(unchanged, "cache-control") == "max-age=5", unchanged
    assert header(unchanged, "last-modified"), unchanged
    refused("304", s3.get_object, **which, IfModifiedSince=modified)
    failed = refused("PreconditionFailed", s3.get_object, **which, IfMatch='"x"')
    assert failed["Error"]["Condition"] == "If-Match", failed
    refused("412", s3.head_object, **which, IfMatch='"x"')
    s3.get_object(**which, IfMatch=etag, IfUnmodifiedSince=modified.replace(year=2001))  # the tag decides
    refused("PreconditionFailed", s3.get_object, **which, IfUnmodifiedSince=modified.replace(year=2001))

    copy = dict(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    for good in ({"CopySourceIfMatch": etag}, {"CopySourceIfNoneMatch": '"x"'},
                 {"CopySourceIfUnmodifiedSince": modified}, {"CopySourceIfModifiedSince": modified.replace(year=2001)}):
        s3.copy_object(**copy, **good)
    s3.delete_object(Bucket=bucket, Key="copy")
    for bad, condition in (({"CopySourceIfMatch": '"x"'}, "if-match"), ({"CopySourceIfNoneMatch": etag}, "if-none-match"),
                           ({"CopySourceIfModifiedSince": modified}, "if-modified-since"),
                           ({"CopySourceIfUnmodifiedSince": modified.replace(year=2001)}, "if-unmodified-since")):
        failed = refused("PreconditionFailed", s3.copy_object, **copy, **bad)
        assert failed["Error"]["Condition"] == f"x-amz-copy-source-{condition}", failed
    upload = s3.create_multipart_upload(Bucket=bucket, Key="copy")["UploadId"]
    part = dict(copy, UploadId=upload, PartNumber=1)
    refused("PreconditionFailed", s3.upload_part_copy, **part, CopySourceIfMatch='"x"')
    s3.upload_part_copy(**part, CopySourceIfMatch=etag)
    s3.abort_multipart_upload(Bucket=bucket, Key="copy", UploadId=upload)
    refused("404", s3.head_object, Bucket=bucket, Key="copy")

    # this boto3 knows no conditions for writes and deletes: the headers by hand
    def with_headers(**headers):
        special = client()
        special.meta.events.register("before-call.s3", lambda params, **_: params["headers"].update(
            {name.replace("_", "-"): value for name, value in headers.items()}))
        return special
    exists = with_headers(If_None_Match="*")
    refused("PreconditionFailed", exists.put_object, **which, Body=b"two")
    exists.put_object(Bucket=bucket, Key="new", Body=b"two")
    refused("PreconditionFailed", with_headers(If_Match='"x"').put_object, **which, Body=b"two")
    refused("NoSuchKey", with_headers(If_Match='"x"').put_object, Bucket=bucket, Key="none", Body=b"two")
    refused("NotImplemented", with_headers(If_None_Match='"x"').put_object, **which, Body=b"two")
    refused("PreconditionFailed", with_headers(If_Match='"x"').delete_object, **which)
    refused("PreconditionFailed", with_headers(If_Match="*").delete_object, Bucket=bucket, Key="none")
    refused("NoSuchKey", with_headers(If_Match=etag).delete_object, Bucket=bucket, Key="none")
    refused("NotImplemented", with_headers(x_amz_if_match_size="3").delete_object, **which)
    assert s3.get_object(**which)["Body"].read() == b"one"
    with_headers(If_Match=etag).delete_object(**which)
    refused("NoSuchKey", s3.get_object, **which)


def tags():
    """Tags of objects, by header, document and directive; tags of buckets."""
    bucket = make("tags", "Enabled")
    red, blue = [{"Key": "colour", "Value": "red"}], [{"Key": "colour", "Value": "blue"}, {"Key": "ü", "Value": ""}]
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging="colour=red")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"2")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    got = s3.get_object_tagging(Bucket=bucket, Key="k", VersionId=first)
    assert got["TagSet"] == red and got["VersionId"] == first, got
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first)["TagCount"] == 1
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": blue})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == blue
    source = {"Bucket": bucket, "Key": "k"}
    s3.copy_object(Bucket=bucket, Key="same", CopySource=source)
    assert s3.get_object_tagging(Bucket=bucket, Key="same")["TagSet"] == blue
    s3.copy_object(Bucket=bucket, Key="other", CopySource=source, TaggingDirective="REPLACE", Tagging="colour=red")
    assert s3.get_object_tagging(Bucket=bucket, Key="other")["TagSet"] == red
    refused("InvalidArgument", s3.copy_object, Bucket=bucket, Key="other", CopySource=source, TaggingDirective="MOVE")
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    multipart(bucket, "big", [b"x"], Tagging="colour=red")
    assert s3.get_object_tagging(Bucket=bucket, Key="big")["TagSet"] == red
    refused("InvalidTag", s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": red + red})
    refused("BadRequest", s3.put_object_tagging, Bucket=bucket, Key="k",
            Tagging={"TagSet": [{"Key": str(i), "Value": ""} for i in range(11)]})
    refused("NoSuchKey", s3.put_object_tagging, Bucket=bucket, Key="none", Tagging={"TagSet": red})
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    refused("MethodNotAllowed", s3.get_object_tagging, Bucket=bucket, Key="k", VersionId=marker)

    refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=bucket)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": blue})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == blue
    s3.delete_bucket_tagging(Bucket=bucket)
    refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=bucket)


def settings():
    """What tools ask a bucket for, and the codes for what it does not have."""
    bucket = make("settings")
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    owner = s3.list_buckets()["Owner"]["ID"]
    assert len(owner) == 64, owner
    grant = [{"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]
    for answer in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="k")):
        assert (answer["Owner"]["ID"], answer["Grants"]) == (owner, grant), answer
    for acl in ("private", "bucket-owner-full-control"):
        s3.put_bucket_acl(Bucket=bucket, ACL=acl)
        s3.put_object_acl(Bucket=bucket, Key="k", ACL=acl)
    refused("AccessControlListNotSupported", s3.put_object_acl, Bucket=bucket, Key="k", ACL="public-read")
    refused("AccessControlListNotSupported", s3.put_object, Bucket=bucket, Key="k", GrantRead="id=1")
    codes = {
        "get_bucket_cors": "NoSuchCORSConfiguration",
        "get_bucket_encryption": "ServerSideEncryptionConfigurationNotFoundError",
        "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
        "get_bucket_replication": "ReplicationConfigurationNotFoundError",
        "get_bucket_website": "NoSuchWebsiteConfiguration",
        "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    }
    for call, code in codes.items():
        assert status_of(refused(code, getattr(s3, call), Bucket=bucket)) == 404
        refused("NoSuchBucket", getattr(s3, call), Bucket="nowhere")
    for call in ("delete_bucket_cors", "delete_bucket_encryption", "delete_bucket_lifecycle", "delete_bucket_replication",
                 "delete_bucket_website", "delete_public_access_block", "delete_bucket_ownership_controls"):
        assert status_of(getattr(s3, call)(Bucket=bucket)) == 204, call
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert len(block) == 4 and all(block.values()), block
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    refused("NotImplemented", s3.put_public_access_block, Bucket=bucket,
            PublicAccessBlockConfiguration=dict(block, BlockPublicPolicy=False))
    enforced = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert enforced == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, enforced
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=enforced)
    refused("NotImplemented", s3.put_bucket_ownership_controls, Bucket=bucket,
            OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    for call in ("get_bucket_logging", "get_bucket_notification_configuration", "get_bucket_accelerate_configuration"):
        answer = getattr(s3, call)(Bucket=bucket)
        assert set(answer) == {"ResponseMetadata"}, (call, answer)
    for kind in ("analytics", "inventory", "metrics", "intelligent_tiering"):
        assert not getattr(s3, f"list_bucket_{kind}_configurations")(Bucket=bucket)["IsTruncated"], kind
        refused("NoSuchConfiguration", getattr(s3, f"get_bucket_{kind}_configuration"), Bucket=bucket, Id="x")
    refused("InvalidRequest", s3.get_object_retention, Bucket=bucket, Key="k")

    mine = dict(ExpectedBucketOwner=ACCOUNT)
    s3.head_bucket(Bucket=bucket, **mine)
    s3.get_object(Bucket=bucket, Key="k", **mine)
    refused("AccessDenied", s3.get_object, Bucket=bucket, Key="k", ExpectedBucketOwner="210987654321")
    refused("403", s3.head_bucket, Bucket=bucket, ExpectedBucketOwner="210987654321")
    refused("InvalidBucketOwnerAWSAccountID", s3.get_object, Bucket=bucket, Key="k", ExpectedBucketOwner="me")
    refused("AccessDenied", s3.copy_object, Bucket=bucket, Key="l", CopySource=f"{bucket}/k",
            ExpectedSourceBucketOwner="210987654321")
    missing = refused("NoSuchBucket", s3.list_objects_v2, Bucket="nowhere")
    assert missing["Error"]["BucketName"] == "nowhere", missing
    missing = refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="a b")
    assert missing["Error"]["Key"] == "a b", missing
    beyond = refused("InvalidRange", s3.get_object, Bucket=bucket, Key="k", Range="bytes=5-9")
    assert (beyond["Error"]["RangeRequested"], beyond["Error"]["ActualObjectSize"]) == ("bytes=5-9", "1"), beyond
    assert header(beyond, "content-range") == "bytes */1", beyond
    missing = refused("NoSuchUpload", s3.list_parts, Bucket=bucket, Key="k", UploadId="none")
    assert missing["Error"]["UploadId"] == "none", missing


def versions():
    """Suspended versioning, markers, deleting many, markers of listings."""
    bucket = make("versions", "Enabled")
    key = dict(Bucket=bucket, Key="k")
    v1 = s3.put_object(**key, Body=b"1")["VersionId"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.put_object(**key, Body=b"2")["VersionId"] == "null"
    assert s3.put_object(**key, Body=b"3")["VersionId"] == "null"  # replaces the null version
    assert s3.get_object(**key)["VersionId"] == "null"
    assert s3.get_object(**key, VersionId="null")["Body"].read() == b"3"
    marker = s3.delete_object(**key)  # and so does its marker
    assert (marker["DeleteMarker"], marker["VersionId"]) == (True, "null"), marker
    hidden = refused("NoSuchKey", s3.get_object, **key)
    assert header(hidden, "x-amz-delete-marker") == "true" and header(hidden, "x-amz-version-id") == "null", hidden
    refused("404", s3.head_object, **key)
    direct = refused("MethodNotAllowed", s3.get_object, **key, VersionId="null")
    assert header(direct, "allow") == "DELETE" and header(direct, "last-modified"), direct
    refused("405", s3.head_object, **key, VersionId="null")
    listed = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in listed["Versions"]] == [v1], listed
    assert [(m["VersionId"], m["IsLatest"]) for m in listed["DeleteMarkers"]] == [("null", True)], listed
    gone = s3.delete_object(**key, VersionId="null")
    assert (gone["DeleteMarker"], gone["VersionId"]) == (True, "null"), gone
    assert s3.get_object(**key)["VersionId"] == v1
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    keys = [f"batch/{i}" for i in range(5)]
    ids = {k: s3.put_object(Bucket=bucket, Key=k, Body=b"x")["VersionId"] for k in keys}
    some = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in keys[:2]]})
    assert [d["DeleteMarker"] for d in some["Deleted"]] == [True, True], some
    markers = [{"Key": d["Key"], "VersionId": d["DeleteMarkerVersionId"]} for d in some["Deleted"]]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Quiet": True, "Objects": markers[:1]})
    assert "Deleted" not in quiet and "Errors" not in quiet, quiet
    loud = s3.delete_objects(Bucket=bucket, Delete={"Objects": markers[1:] + [
        {"Key": keys[2], "VersionId": ids[keys[2]]}, {"Key": "none"}, {"Key": "none", "VersionId": "x"}]})
    assert len(loud["Deleted"]) == 4 and loud["Deleted"][0]["DeleteMarker"], loud
    left = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix="batch/")["Contents"]]
    assert left == [keys[0], keys[1], keys[3], keys[4]], left

    pages, marker = [], {}
    while True:
        page = s3.list_object_versions(Bucket=bucket, MaxKeys=2, **marker)
        pages += [(v["Key"], v["VersionId"]) for v in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        if not page["IsTruncated"]:
            break
        marker = dict(KeyMarker=page["NextKeyMarker"], VersionIdMarker=page["NextVersionIdMarker"])
    whole = s3.list_object_versions(Bucket=bucket)
    everything = [(v["Key"], v["VersionId"]) for v in whole["Versions"] + whole.get("DeleteMarkers", [])]
    assert sorted(pages) == sorted(everything) and len(set(pages)) == len(pages), (pages, everything)

    # a bucket is emptied page by page: the marker's version is gone when the next page is asked for
    for _ in range(5):
        s3.put_object(**key, Body=b"x")
    marker, rounds = {}, 0
    while True:
        page = s3.list_object_versions(Bucket=bucket, MaxKeys=2, **marker)
        gone = [{"Key": v["Key"], "VersionId": v["VersionId"]}
                for v in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        rounds += 1
        assert "Errors" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": gone})
        if not page["IsTruncated"]:
            break
        marker = dict(KeyMarker=page["NextKeyMarker"], VersionIdMarker=page["NextVersionIdMarker"])
    assert rounds > 3, rounds
    s3.delete_bucket(Bucket=bucket)


def listings():
    """Every way to page through a bucket, its uploads and the buckets themselves."""
    bucket = make("listings")
    keys = sorted(["a", "b/1", "b/2", "b/3", "c", "d/1", "ü", "x y", "z&<>\"'"])
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    v2 = s3.list_objects_v2(Bucket=bucket, StartAfter="b/2", FetchOwner=True, MaxKeys=2)
    assert [o["Key"] for o in v2["Contents"]] == ["b/3", "c"] and v2["StartAfter"] == "b/2", v2
    assert len(v2["Contents"][0]["Owner"]["ID"]) == 64 and v2["KeyCount"] == 2, v2
    rest = s3.list_objects_v2(Bucket=bucket, StartAfter="b/2", ContinuationToken=v2["NextContinuationToken"])
    assert "Owner" not in rest["Contents"][0] and rest["ContinuationToken"] == v2["NextContinuationToken"], rest
    assert [o["Key"] for o in rest["Contents"]] == keys[keys.index("d/1"):], rest
    grouped = s3.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=2)
    assert [o["Key"] for o in grouped["Contents"]] == ["a"] and grouped["NextMarker"] == "b/", grouped
    assert [p["Prefix"] for p in grouped["CommonPrefixes"]] == ["b/"] and grouped["IsTruncated"], grouped
    onward = s3.list_objects(Bucket=bucket, Delimiter="/", Marker="b/", MaxKeys=1)
    assert [o["Key"] for o in onward["Contents"]] == ["c"], onward
    assert "NextMarker" not in s3.list_objects(Bucket=bucket, MaxKeys=2)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    refused("InvalidArgument", s3.list_objects_v2, Bucket=bucket, ContinuationToken="!")

    uploads = {}
    for key in ("m", "m", "n/1", "n/1", "n/2", "o"):
        uploads.setdefault(key, []).append(s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"])
    seen, marker = [], {}
    while True:
        page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=1, **marker)
        seen += [(u["Key"], u["UploadId"]) for u in page["Uploads"]]
        if not page["IsTruncated"]:
            break
        marker = dict(KeyMarker=page["NextKeyMarker"], UploadIdMarker=page["NextUploadIdMarker"])
    assert sorted(seen) == sorted((k, u) for k, ids in uploads.items() for u in ids), seen
    assert [k for k, _ in seen] == ["m", "m", "n/1", "n/1", "n/2", "o"], seen
    by_group = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", MaxUploads=3)
    assert [u["Key"] for u in by_group["Uploads"]] == ["m", "m"], by_group
    assert [p["Prefix"] for p in by_group["CommonPrefixes"]] == ["n/"] and by_group["NextKeyMarker"] == "n/", by_group
    after = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", KeyMarker="n/")
    assert [u["Key"] for u in after["Uploads"]] == ["o"] and "CommonPrefixes" not in after, after
    assert after["Uploads"][0]["Initiator"]["ID"].endswith(":user/admin"), after
    some = s3.list_multipart_uploads(Bucket=bucket, Prefix="n/", KeyMarker="n/1")
    assert [u["Key"] for u in some["Uploads"]] == ["n/2"], some
    parts = s3.list_parts(Bucket=bucket, Key="o", UploadId=uploads["o"][0])
    assert 6 < (parts["AbortDate"] - after["Uploads"][0]["Initiated"]).total_seconds() / 86400 <= 7, parts
    assert parts["Initiator"]["DisplayName"] == "admin" and len(parts["Owner"]["ID"]) == 64, parts


def transfers():
    """The transfer manager's uploads, downloads and copies; presigned addresses for both directions."""
    bucket = make("transfers")
    data = os.urandom(21 * MIB)
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    s3.upload_fileobj(io.BytesIO(data), bucket, "big", Config=config, ExtraArgs={"Tagging": "a=b"})
    s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "copied", Config=config)
    for key in ("big", "copied"):
        out = io.BytesIO()
        s3.download_fileobj(bucket, key, out, Config=config)
        assert hashlib.sha256(out.getvalue()).digest() == hashlib.sha256(data).digest(), key

    signed = client(signature_version="s3v4")
    url = signed.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "p q", "ContentType": "text/x"})
    request = urllib.request.Request(url, data=b"by address", method="PUT", headers={"Content-Type": "text/x"})
    assert urllib.request.urlopen(request).status == 200
    url = signed.generate_presigned_url("get_object", Params={
        "Bucket": bucket, "Key": "p q", "ResponseContentType": "text/y", "ResponseContentDisposition": "attachment"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"by address"
        assert answer.headers["Content-Type"] == "text/y" and answer.headers["Content-Disposition"] == "attachment"
    url = signed.generate_presigned_url("delete_object", Params={"Bucket": bucket, "Key": "p q"})
    assert urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).status == 204
    refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="p q")


globals()[SECTION]()
print("all good")
