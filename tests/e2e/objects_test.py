#!/usr/bin/env python3
"""The object endpoint: what the AWS CLI, the JavaScript SDK and bare HTTP clients do with buckets and objects."""
import base64
import datetime
import hashlib
import os
import socket
import urllib.parse

from harness import *
from signed_client import SignedClient, hmac_sha256


def random_file(world, name, size):
    path = world.folder / name
    path.write_bytes(os.urandom(size))
    return path


def stored_contents(server):
    return sorted(p for p in (server.data / "objects").rglob("*") if p.is_file())


@case("aws s3 mb, cp, ls, sync, mv, rm and rb")
def aws_cli(world):
    server = world.server()
    url = server.http

    def s3(*args, **options):
        return server.aws("s3", *args, endpoint=url, **options)

    def api(*args, **options):
        return server.aws("s3api", *args, endpoint=url, **options)

    s3("mb", "s3://files")
    contains(s3("ls"), "files", "the list of buckets")
    again = s3("mb", "s3://files", check=False)
    contains(again.stderr, "BucketAlreadyOwnedByYou", "making a bucket twice")
    equal(api("get-bucket-location", "--bucket", "files"), {"LocationConstraint": None}, "location")

    small = world.folder / "small.txt"
    small.write_text("hello\n")
    empty = world.folder / "empty"
    empty.write_text("")
    large = random_file(world, "large.bin", 20 * 1024 * 1024)  # multipart: the CLI's threshold is 8 MiB
    s3("cp", small, "s3://files/a b/ü+&=.txt", "--no-progress")
    s3("cp", empty, "s3://files/empty", "--no-progress")
    s3("cp", large, "s3://files/large.bin", "--no-progress", "--content-type", "image/x-test", "--metadata", "who=me")
    for name, source in (("a b/ü+&=.txt", small), ("empty", empty), ("large.bin", large)):
        back = world.folder / "back"
        s3("cp", f"s3://files/{name}", back, "--no-progress")
        equal(back.read_bytes() == source.read_bytes(), True, f"{name} comes back as it went in")
    head = api("head-object", "--bucket", "files", "--key", "large.bin")
    equal(head["ContentLength"], 20 * 1024 * 1024, "length")
    equal(head["ContentType"], "image/x-test", "content type")
    equal(head["Metadata"], {"who": "me"}, "metadata")
    contains(head["ETag"], "-3\"", "ETag of three parts")
    equal(api("head-object", "--bucket", "files", "--key", "a b/ü+&=.txt")["ETag"],
          f'"{hashlib.md5(small.read_bytes()).hexdigest()}"', "ETag is the MD5")

    listing = s3("ls", "s3://files", "--recursive")
    contains(listing, "a b/ü+&=.txt")
    contains(s3("ls", "s3://files/"), "PRE a b/")

    tree = world.folder / "tree"
    for i in range(30):
        path = tree / f"d{i % 3}" / f"f{i}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file {i}\n")
    s3("sync", tree, "s3://files/tree", "--no-progress")
    equal(s3("sync", tree, "s3://files/tree", "--no-progress").strip(), "", "a second sync has nothing to do")
    (tree / "d0" / "f0").unlink()
    contains(s3("sync", tree, "s3://files/tree", "--no-progress", "--delete"), "delete: s3://files/tree/d0/f0")
    pages = api("list-objects-v2", "--bucket", "files", "--prefix", "tree/", "--page-size", "7")
    equal(len(pages["Contents"]), 29, "objects over several pages")
    groups = api("list-objects", "--bucket", "files", "--prefix", "tree/", "--delimiter", "/", "--page-size", "2")
    equal([g["Prefix"] for g in groups["CommonPrefixes"]], ["tree/d0/", "tree/d1/", "tree/d2/"], "common prefixes")

    s3("cp", "s3://files/large.bin", "s3://files/copy.bin", "--no-progress")
    back = world.folder / "back"
    s3("cp", "s3://files/copy.bin", back, "--no-progress")
    equal(back.read_bytes() == large.read_bytes(), True, "the copy is the same")
    s3("mv", "s3://files/copy.bin", "s3://files/moved.bin", "--no-progress")
    gone = api("head-object", "--bucket", "files", "--key", "copy.bin", check=False)
    contains(gone.stderr, "404", "head of an object that was moved")

    refused = s3("rb", "s3://files", check=False)
    contains(refused.stderr, "BucketNotEmpty", "removing a bucket that is not empty")
    s3("rm", "s3://files/tree", "--recursive")
    s3("rb", "s3://files", "--force")
    lacks(s3("ls"), "files", "the list of buckets")
    wait_until("the contents to be removed", lambda: not stored_contents(server))


@case("buckets called as the status pages are")
def status_names(world):
    server = world.server()
    client = SignedClient(server.http, *server.credentials())
    for name in ("healthz", "metrics"):
        equal(client.s3("PUT", f"/{name}").status, 200, f"making the bucket {name}")
        equal(client.s3("PUT", f"/{name}/key", b"x").status, 200, f"an object in {name}")
        contains(client.s3("GET", f"/{name}?list-type=2").body.decode(), "<Key>key</Key>", f"the list of {name}")
        equal(server.get(f"/{name}")[0], 200, f"the status page {name}")


@case("the same in short over https, by name")
def aws_cli_https(world):
    server = world.server()
    url = f"https://localhost:{server.port}"
    large = random_file(world, "large.bin", 9 * 1024 * 1024)
    server.aws("s3", "mb", "s3://files", endpoint=url)
    server.aws("s3", "cp", large, "s3://files/large.bin", "--no-progress", endpoint=url)
    back = world.folder / "back"
    server.aws("s3", "cp", "s3://files/large.bin", back, "--no-progress", endpoint=url)
    equal(back.read_bytes() == large.read_bytes(), True, "it comes back as it went in")
    server.aws("s3", "rb", "s3://files", "--force", endpoint=url)


@case("ranges, conditions, checksums and presigned addresses")
def reading(world):
    server = world.server()

    def api(*args, **options):
        return server.aws("s3api", *args, **options)

    body = random_file(world, "body", 100_000)
    api("create-bucket", "--bucket", "reading")
    put = api("put-object", "--bucket", "reading", "--key", "k", "--body", body, "--checksum-algorithm", "SHA256",
              "--content-type", "text/x-one")
    out = world.folder / "out"
    part = api("get-object", "--bucket", "reading", "--key", "k", "--range", "bytes=10-19", out)
    equal(out.read_bytes(), body.read_bytes()[10:20], "ten bytes from the middle")
    equal(part["ContentRange"], "bytes 10-19/100000", "Content-Range")
    api("get-object", "--bucket", "reading", "--key", "k", "--range", "bytes=-5", out)
    equal(out.read_bytes(), body.read_bytes()[-5:], "the last five bytes")
    beyond = api("get-object", "--bucket", "reading", "--key", "k", "--range", "bytes=100000-", out, check=False)
    contains(beyond.stderr, "InvalidRange", "a range beyond the end")
    whole = api("get-object", "--bucket", "reading", "--key", "k", "--checksum-mode", "ENABLED", out)
    equal(whole["ChecksumSHA256"], put["ChecksumSHA256"], "checksum")
    unchanged = api("get-object", "--bucket", "reading", "--key", "k", "--if-none-match", put["ETag"], out, check=False)
    contains(unchanged.stderr, "304", "If-None-Match with the same ETag")
    other = api("get-object", "--bucket", "reading", "--key", "k", "--if-match", '"x"', out, check=False)
    contains(other.stderr, "PreconditionFailed", "If-Match with another ETag")

    signed = server.aws("s3", "presign", "s3://reading/k").strip()
    with urllib.request.urlopen(signed) as answer:
        equal(answer.read() == body.read_bytes(), True, "a presigned address gives the object")
        equal(answer.headers["Content-Type"], "text/x-one", "its type")
    for what, bad in (("signature", signed[:-1] + ("0" if signed[-1] != "0" else "1")),
                      ("key", signed.replace("/k?", "/other?"))):
        try:
            urllib.request.urlopen(bad)
            raise Failure(f"a presigned address with another {what} was accepted")
        except urllib.error.HTTPError as error:
            equal(error.code, 403, f"status for another {what}")
            contains(error.read().decode(), "SignatureDoesNotMatch")
    status, _, text = server.get("/reading/k")
    equal(status, 403, "status without a signature")
    contains(text.decode(), "<Code>AccessDenied</Code>")


@case("the JavaScript SDK: streams, every checksum, multipart, versions, presigned, path and host style")
def javascript(world):
    server = world.server()
    for endpoint in (server.http, server.https):
        contains(server.node("sdk_objects.mjs", endpoint, "path"), "all good", f"the SDK over {endpoint}")
    seen = server.node("sdk_objects.mjs", f"http://localhost:{server.port}", "host")
    contains(seen, "all good", "the SDK with host-style addresses")


@case("versions: every write is kept, a delete marker hides, deleting it brings back")
def versions(world):
    server = world.server()

    def api(*args, **options):
        return server.aws("s3api", *args, **options)

    one, two = world.folder / "one", world.folder / "two"
    one.write_text("one")
    two.write_text("two")
    api("create-bucket", "--bucket", "kept")
    before = api("put-object", "--bucket", "kept", "--key", "k", "--body", one)
    equal("VersionId" in before, False, "no version id before versioning")
    api("put-bucket-versioning", "--bucket", "kept", "--versioning-configuration", "Status=Enabled")
    equal(api("get-bucket-versioning", "--bucket", "kept"), {"Status": "Enabled"}, "versioning")
    v1 = api("put-object", "--bucket", "kept", "--key", "k", "--body", one)["VersionId"]
    v2 = api("put-object", "--bucket", "kept", "--key", "k", "--body", two)["VersionId"]
    out = world.folder / "out"
    api("get-object", "--bucket", "kept", "--key", "k", "--version-id", v1, out)
    equal(out.read_text(), "one", "the first version")
    api("get-object", "--bucket", "kept", "--key", "k", out)
    equal(out.read_text(), "two", "the latest version")
    marker = api("delete-object", "--bucket", "kept", "--key", "k")
    equal(marker["DeleteMarker"], True, "deleting makes a marker")
    contains(api("get-object", "--bucket", "kept", "--key", "k", out, check=False).stderr, "NoSuchKey")
    listed = api("list-object-versions", "--bucket", "kept")
    equal([v["VersionId"] for v in listed["Versions"]], [v2, v1, "null"], "versions, the newest first")
    paged = api("list-object-versions", "--bucket", "kept", "--page-size", "1")
    equal([v["VersionId"] for v in paged["Versions"]], [v2, v1, "null"], "versions over several pages")
    api("delete-object", "--bucket", "kept", "--key", "k", "--version-id", marker["VersionId"])
    api("get-object", "--bucket", "kept", "--key", "k", out)
    equal(out.read_text(), "two", "the latest version again")
    api("delete-object", "--bucket", "kept", "--key", "k", "--version-id", v2)
    api("get-object", "--bucket", "kept", "--key", "k", out)
    equal(out.read_text(), "one", "the version before")
    missing = api("get-object", "--bucket", "kept", "--key", "k", "--version-id", v2, out, check=False)
    contains(missing.stderr, "NoSuchVersion")


@case("multipart uploads: parts are listed, checked, completed or aborted")
def multipart(world):
    server = world.server()

    def api(*args, **options):
        return server.aws("s3api", *args, **options)

    part = random_file(world, "part", 5 * 1024 * 1024)
    tail_part = random_file(world, "tail", 100)
    api("create-bucket", "--bucket", "parts")
    upload = api("create-multipart-upload", "--bucket", "parts", "--key", "k")["UploadId"]
    which = ("--bucket", "parts", "--key", "k", "--upload-id", upload)
    first = api("upload-part", *which, "--part-number", "1", "--body", tail_part)["ETag"]
    second = api("upload-part", *which, "--part-number", "2", "--body", tail_part)["ETag"]

    def complete(*parts):
        text = json.dumps({"Parts": [{"PartNumber": n, "ETag": e} for n, e in parts]})
        return api("complete-multipart-upload", *which, "--multipart-upload", text, check=False)

    contains(complete((1, first), (2, second)).stderr, "EntityTooSmall", "a small part that is not the last")
    contains(complete((2, second), (1, first)).stderr, "InvalidPartOrder", "parts in the wrong order")
    contains(complete((1, '"0"'), (2, second)).stderr, "InvalidPart", "a part with another ETag")
    contains(complete((7, first)).stderr, "InvalidPart", "a part that is not there")
    first = api("upload-part", *which, "--part-number", "1", "--body", part)["ETag"]
    listed = api("list-parts", *which)
    equal([(p["PartNumber"], p["Size"]) for p in listed["Parts"]], [(1, 5 * 1024 * 1024), (2, 100)], "parts")
    equal([u["UploadId"] for u in api("list-multipart-uploads", "--bucket", "parts")["Uploads"]], [upload], "uploads")
    done = complete((1, first), (2, second))
    equal(done.returncode, 0, f"completing: {done.stderr}")
    out = world.folder / "out"
    api("get-object", "--bucket", "parts", "--key", "k", out)
    equal(out.read_bytes() == part.read_bytes() + tail_part.read_bytes(), True, "the parts in their order")
    contains(complete((1, first)).stderr, "NoSuchUpload", "completing twice")

    upload = api("create-multipart-upload", "--bucket", "parts", "--key", "other")["UploadId"]
    which = ("--bucket", "parts", "--key", "other", "--upload-id", upload)
    api("upload-part", *which, "--part-number", "1", "--body", tail_part)
    copied = api("upload-part-copy", *which, "--part-number", "2", "--copy-source", "parts/k", "--copy-source-range",
                 "bytes=0-9")
    equal(copied["CopyPartResult"]["ETag"], f'"{hashlib.md5(part.read_bytes()[:10]).hexdigest()}"', "copied part")
    api("abort-multipart-upload", *which)
    contains(api("list-parts", *which, check=False).stderr, "NoSuchUpload", "parts of an aborted upload")
    wait_until("the aborted parts to be removed", lambda: len(stored_contents(server)) == 1)


def put_status(client, path, body, headers=None, method="PUT"):
    answer = client.send(method, path, client.sign(method, path, headers or {}, body, "s3"), body)
    return answer.status, answer.body.decode(errors="replace")


@case("broken promises and things that are not there answer with S3's errors, and nothing is kept")
def refusals(world):
    server = world.server()
    client = SignedClient(server.http, *server.credentials())
    equal(put_status(client, "/refusals", b"")[0], 200, "making the bucket")
    rows = [
        ("PUT", "/refusals/k", b"body", {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, 400, "BadDigest"),
        ("PUT", "/refusals/k", b"body", {"Content-MD5": "short"}, 400, "InvalidDigest"),
        ("PUT", "/refusals/k", b"body", {"x-amz-checksum-crc32": "AAAAAA=="}, 400, "BadDigest"),
        ("PUT", "/refusals/k", b"body", {"x-amz-checksum-crc32": "x"}, 400, "InvalidRequest"),
        ("PUT", "/refusals/k", b"body", {"x-amz-tagging": "a=b&a=c"}, 400, "InvalidTag"),
        ("PUT", "/refusals/k", b"body", {"x-amz-server-side-encryption": "aws:kms"}, 501, "NotImplemented"),
        ("PUT", "/refusals/k", b"body", {"x-amz-acl": "public-read"}, 400, "AccessControlListNotSupported"),
        ("PUT", "/refusals/k", b"body", {"x-amz-storage-class": "COLD"}, 400, "InvalidStorageClass"),
        ("PUT", "/refusals/k?acl", b"", {}, 400, "AccessControlListNotSupported"),
        ("PUT", "/refusals?website", b"", {}, 501, "NotImplemented"),
        ("POST", "/refusals", b"", {}, 501, "NotImplemented"),
        ("PATCH", "/refusals/k", b"", {}, 405, "MethodNotAllowed"),
        ("POST", "/refusals/k", b"", {}, 405, "MethodNotAllowed"),
        ("GET", "/refusals/k?versionId=", b"", {}, 400, "InvalidArgument"),
        ("GET", "/refusals/k?partNumber=0", b"", {}, 400, "InvalidArgument"),
        ("GET", "/refusals/k?partNumber=10001", b"", {}, 400, "InvalidArgument"),
        ("GET", "/refusals/k?partNumber=1", b"", {"Range": "bytes=0-1"}, 400, "InvalidRequest"),
        ("GET", "/refusals?versions&version-id-marker=x", b"", {}, 400, "InvalidArgument"),
        ("GET", "/refusals?encoding-type=gzip", b"", {}, 400, "InvalidArgument"),
        ("GET", "/refusals?uploads&encoding-type=gzip", b"", {}, 400, "InvalidArgument"),
        ("GET", "/?max-buckets=0", b"", {}, 400, "InvalidArgument"),
        ("PUT", "/nowhere/k", b"body", {}, 404, "NoSuchBucket"),
        ("GET", "/refusals/none", b"", {}, 404, "NoSuchKey"),
        ("GET", "/refusals/none?versionId=x", b"", {}, 404, "NoSuchVersion"),
        ("PUT", "/UPPER_case", b"", {}, 400, "InvalidBucketName"),
        ("PUT", "/ab", b"", {}, 400, "InvalidBucketName"),
        ("PUT", "/refusals/" + "k" * 1025, b"body", {}, 400, "KeyTooLongError"),
        ("GET", "/refusals?max-keys=many", b"", {}, 400, "InvalidArgument"),
        ("GET", "/refusals?list-type=2&continuation-token=%00", b"", {}, 400, "InvalidURI"),
        ("POST", "/refusals?delete", b"<Delete><Object>", {}, 400, "MalformedXML"),
        ("POST", "/refusals?delete", b"<Delete/>", {}, 400, "MalformedXML"),
        ("POST", "/refusals?delete", b'<!DOCTYPE d [<!ENTITY e "x">]><Delete><Object><Key>&e;</Key></Object></Delete>',
         {}, 400, "MalformedXML"),
        ("POST", "/refusals/k?uploadId=none", b"<CompleteMultipartUpload/>", {}, 404, "NoSuchUpload"),
        ("PUT", "/refusals/k?uploadId=none&partNumber=0", b"x", {}, 400, "InvalidArgument"),
        ("PUT", "/refusals/k", b"x", {"x-amz-copy-source": "nokey"}, 400, "InvalidArgument"),
        ("PUT", "/refusals/k", b"x", {"x-amz-copy-source": "/refusals/none"}, 404, "NoSuchKey"),
    ]
    for method, path, body, headers, status, code in rows:
        got, text = put_status(client, path, body, headers, method)
        what = f"{method} {path[:60]} {headers}"
        equal(got, status, f"status of {what}: {text}")
        contains(text, f"<Code>{code}</Code>", what)
    late = client.send("GET", "/refusals", client.sign("GET", "/refusals", {}, b"", "s3", skew_s=-1000), b"")
    equal(late.status, 403, "status of a request from another time")
    for part in ("<Code>RequestTimeTooSkewed</Code>", "<MaxAllowedSkewMilliseconds>900000<", "<ServerTime>20"):
        contains(late.body.decode(), part, "a request from another time")
    lacks(server.get("/healthz")[2].decode(), "error")
    wait_until("nothing to be kept", lambda: not stored_contents(server))


@case("checksums in headers, in every algorithm")
def checksums(world):
    server = world.server()
    client = SignedClient(server.http, *server.credentials())
    put_status(client, "/sums", b"")
    known = {  # of 123456789
        "crc32": "cbf43926", "crc32c": "e3069283", "crc64nvme": "ae8b14860a799888",
        "sha1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
        "sha256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"}
    for name, digest in known.items():
        value = base64.b64encode(bytes.fromhex(digest)).decode()
        path, header = f"/sums/{name}", f"x-amz-checksum-{name}"
        status, text = put_status(client, path, b"123456789", {header: value})
        equal(status, 200, f"put with {header}: {text}")
        head = client.send("HEAD", path, client.sign("HEAD", path, {"x-amz-checksum-mode": "ENABLED"}, b"", "s3"), b"")
        equal(head.headers[header], value, f"{header} of the object")
        equal(head.headers["Content-Length"], "9", "length of the object")


def signed_chunks(client, path, chunks, spoil=False):
    """An upload in STREAMING-AWS4-HMAC-SHA256-PAYLOAD form, as older SDKs send it."""
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/{client.region}/s3/aws4_request"
    length = sum(map(len, chunks))
    headers = {"content-encoding": "aws-chunked", "host": client.url.netloc, "x-amz-content-sha256": kind,
               "x-amz-date": now, "x-amz-decoded-content-length": str(length)}
    names = ";".join(sorted(headers))
    canonical = "\n".join(["PUT", path, "", *(f"{n}:{headers[n]}" for n in sorted(headers)), "", names, kind])
    key = ("AWS4" + client.secret).encode()
    for part in scope.split("/"):
        key = hmac_sha256(key, part)
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    previous = hmac_sha256(key, to_sign).hex()
    headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={client.key_id}/{scope}, SignedHeaders={names}, "
                                f"Signature={previous}")
    body = b""
    nothing = hashlib.sha256(b"").hexdigest()
    for chunk in [*chunks, b""]:
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{now}\n{scope}\n{previous}\n{nothing}\n{hashlib.sha256(chunk).hexdigest()}"
        previous = hmac_sha256(key, text).hex()
        body += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"
    if spoil:
        body = body.replace(b"ssss", b"tsss", 1)
    answer = client.send("PUT", path, headers, body)
    return answer.status, answer.body.decode(errors="replace")


@case("uploads in signed chunks")
def chunks(world):
    server = world.server()
    client = SignedClient(server.http, *server.credentials())
    put_status(client, "/chunks", b"")
    data = [b"s" * 65536, b"s" * 8192, b"end"]
    equal(signed_chunks(client, "/chunks/k", data), (200, ""), "a good upload")
    equal(put_status(client, "/chunks/k", b"", method="GET")[1].encode() == b"".join(data), True, "the object")
    status, text = signed_chunks(client, "/chunks/spoilt", data, spoil=True)
    equal(status, 403, f"an upload that was changed on the way: {text}")
    contains(text, "SignatureDoesNotMatch")
    equal(put_status(client, "/chunks/spoilt", b"", method="GET")[0], 404, "nothing is kept of it")


@case("a host reads objects and does nothing else with them")
def hosts_only_read(world):
    server = world.server()
    admin = SignedClient(server.http, *server.credentials())
    put_status(admin, "/shared", b"")
    put_status(admin, "/shared/k", b"content")
    _, key_id, secret = server.keys_create("web-1")
    host = SignedClient(server.http, key_id, secret)
    equal(put_status(host, "/shared/k", b"", method="GET"), (200, "content"), "reading as a host")
    for method, path in (("PUT", "/shared/k"), ("DELETE", "/shared/k"), ("GET", "/shared"), ("GET", "/"),
                         ("PUT", "/mine"), ("PUT", "/shared?policy"), ("GET", "/shared/k?tagging")):
        status, text = put_status(host, path, b"", method=method)
        equal(status, 403, f"{method} {path} as a host: {text}")
        contains(text, "AccessDenied")
    batch = b"<Delete><Object><Key>k</Key></Object></Delete>"
    status, text = put_status(host, "/shared?delete", batch, method="POST")
    equal(status, 200, f"deleting many as a host: {text}")
    contains(text, "<Error><Key>k</Key><Code>AccessDenied</Code>", "each key is judged by itself")
    equal(put_status(host, "/shared/none", b"", method="GET")[0], 404, "a key that is not there")
    stranger = SignedClient(server.http, "AKIAAAAAAAAAAAAAAAAA", secret)
    contains(put_status(stranger, "/shared/k", b"", method="GET")[1], "InvalidAccessKeyId")


@case("objects survive SIGKILL, and what an upload cut short has left is removed")
def kill(world):
    server = world.server()
    client = SignedClient(server.http, *server.credentials())
    put_status(client, "/durable", b"")
    for i in range(20):
        equal(put_status(client, f"/durable/{i}", f"content {i}".encode())[0], 200, "putting")
    # an upload that never ends
    head = client.sign("PUT", "/durable/half", {"Content-Length": "1000000"}, b"x" * 1000000, "s3")
    with socket.create_connection(("127.0.0.1", server.port)) as half:
        half.sendall(("PUT /durable/half HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in head.items()) +
                      "\r\n").encode() + b"x" * 300000)
        wait_until("the temporary file", lambda: list((server.data / "objects" / "tmp").iterdir()))
        server.kill()
    orphan = server.data / "objects" / "ff" / ("0" * 62)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_text("no row says a word about it")
    server.start()
    client = SignedClient(server.http, *server.credentials())
    for i in range(20):
        equal(put_status(client, f"/durable/{i}", b"", method="GET"), (200, f"content {i}"), "after the kill")
    equal(put_status(client, "/durable/half", b"", method="GET")[0], 404, "the upload that never ended")
    wait_until("what is left over to be removed", lambda: len(stored_contents(server)) == 20)


if __name__ == "__main__":
    main(globals())
