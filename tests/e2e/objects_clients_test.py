#!/usr/bin/env python3
"""The object endpoint as S3's clients know S3: Debian's boto3 and AWS CLI, the JavaScript SDK's helpers."""
import os
import sqlite3

from harness import *

PYTHON = "/usr/bin/python3"  # Debian's, which has python3-boto3


def boto3(server, section):
    """Runs a section of boto_objects.py."""
    if subprocess.run([PYTHON, "-c", "import boto3"], capture_output=True).returncode:
        raise Skip("python3-boto3 is not installed")
    done = subprocess.run([PYTHON, str(E2E / "boto_objects.py"), server.http, section],
                          env=server.client_environment(), text=True, capture_output=True, timeout=300 * PATIENCE)
    if done.returncode:
        raise Failure(f"boto_objects.py {section} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    contains(done.stdout, "all good", section)


@case("boto3: one part of an object at a time, attributes, completing twice")
def parts(world):
    boto3(world.server(), "parts")


@case("boto3: conditions on reads, writes, copies and deletes")
def conditions(world):
    boto3(world.server(), "conditions")


@case("boto3: tags of objects and buckets")
def tags(world):
    boto3(world.server(), "tags")


@case("boto3: what tools ask a bucket for, expected owners, members of errors")
def settings(world):
    boto3(world.server(), "settings")


@case("boto3: suspended versioning, delete markers, deleting many")
def versions(world):
    boto3(world.server(), "versions")


@case("boto3: listings of objects and uploads, page by page")
def listings(world):
    boto3(world.server(), "listings")


@case("boto3: the transfer manager, and presigned addresses in both directions")
def transfers(world):
    boto3(world.server(), "transfers")


@case("the JavaScript SDK's helper for large uploads, parts, conditions")
def javascript(world):
    server = world.server()
    contains(server.node("sdk_transfers.mjs", server.http), "all good", "the SDK")


# ---- the AWS CLI --------------------------------------------------------------------------------


def revision(world, size):
    """A folder to push, whose bundle is about so large."""
    folder = revision_folder(world.folder / "revision", {"content/page.html": "hello\n"})
    (folder / "blob").write_bytes(os.urandom(size))
    return folder


def check_push(server, output, bucket, key):
    """What a push printed is what is stored and registered."""
    head = server.aws("s3api", "head-object", "--bucket", bucket, "--key", key)
    etag = head["ETag"].strip('"')
    contains(output, f"bucket={bucket},key={key},bundleType=zip,eTag={etag}", "what push printed")
    listed = server.aws("deploy", "list-application-revisions", "--application-name", "web")["revisions"]
    locations = [r["s3Location"] for r in listed]
    equal([place["eTag"] for place in locations if place["key"] == key], [etag], "ETag of the registered revision")
    return head


@case("aws deploy push with Debian's CLI, which finds objects through what slipway aws-models writes")
def push_debian(world):
    server = world.server()
    server.aws("deploy", "create-application", "--application-name", "web")
    models = world.folder / "models"
    server.slipway("aws-models", models)
    for key, size in (("small.zip", 1000), ("large.zip", 13 * 1024 * 1024)):  # in one piece, and in parts of 6 MiB
        folder = revision(world, size)
        done = server.aws("deploy", "push", "--application-name", "web", "--s3-location", f"s3://slipway/{key}",
                          "--source", folder, check=False, AWS_DATA_PATH=models)
        equal(done.returncode, 0, f"aws deploy push: {done.stderr}")
        check_push(server, done.stdout, "slipway", key)
    listing = subprocess.run([AWS, "s3", "ls", "s3://slipway"], env=server.client_environment(AWS_DATA_PATH=models),
                             text=True, capture_output=True)
    contains(listing.stdout, "large.zip", "aws s3 ls without --endpoint-url")


def current_aws():
    """An AWS CLI on PATH that knows AWS_ENDPOINT_URL: version 1.29 or 2.13."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        program = pathlib.Path(folder) / "aws"
        if not program.is_file():
            continue
        said = subprocess.run([str(program), "--version"], text=True, capture_output=True).stdout
        words = said.removeprefix("aws-cli/").split(".")
        if said.startswith("aws-cli/") and (int(words[0]), int(words[1])) >= ((2, 13) if words[0] == "2" else (1, 29)):
            return str(program)
    raise Skip("no AWS CLI on PATH knows AWS_ENDPOINT_URL (1.29, 2.13 or newer); Debian 12 has 2.9")


@case("aws deploy push with a current CLI and AWS_ENDPOINT_URL alone")
def push_current(world):
    program = current_aws()
    server = world.server()
    server.aws("deploy", "create-application", "--application-name", "web")
    server.aws("s3api", "put-bucket-versioning", "--bucket", "slipway", "--versioning-configuration", "Status=Enabled")
    for key, size in (("small.zip", 1000), ("large.zip", 13 * 1024 * 1024)):
        done = subprocess.run(
            [program, "deploy", "push", "--application-name", "web", "--s3-location", f"s3://slipway/{key}",
             "--source", str(revision(world, size))], env=server.client_environment(), text=True, capture_output=True)
        equal(done.returncode, 0, f"aws deploy push: {done.stderr}")
        head = check_push(server, done.stdout, "slipway", key)
        contains(done.stdout, f"version={head['VersionId']}", "the version in what push printed")


@case("aws s3 sync in both directions with --delete, by time and size")
def sync(world):
    server = world.server()

    def s3(*args):
        return server.aws("s3", *args, "--no-progress")

    up, down = world.folder / "up", world.folder / "down"
    for i in range(12):
        path = up / f"d{i % 3}" / f"f {i}+ü"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file {i}\n")
    (up / "large").write_bytes(os.urandom(9 * 1024 * 1024))
    server.aws("s3", "mb", "s3://mirror")
    s3("sync", up, "s3://mirror/tree")
    s3("sync", "s3://mirror/tree", down)
    files = sorted(p.relative_to(up) for p in up.rglob("*") if p.is_file())
    equal(sorted(p.relative_to(down) for p in down.rglob("*") if p.is_file()), files, "files that came back")
    for path in files:
        equal((down / path).read_bytes() == (up / path).read_bytes(), True, f"{path} is the same")
    equal(s3("sync", "s3://mirror/tree", down).strip(), "", "a second sync down has nothing to do")
    (up / files[0]).unlink()
    (up / "large").write_bytes(b"small now")
    contains(s3("sync", up, "s3://mirror/tree", "--delete"), "delete: s3://mirror/tree/", "sync up")
    contains(s3("sync", "s3://mirror/tree", down, "--delete"), "delete: ", "sync down")
    equal((down / "large").read_bytes(), b"small now", "the file that was changed")
    equal((down / files[0]).exists(), False, "the file that was deleted")
    s3("sync", "s3://mirror/tree", "s3://mirror/other")
    equal(len(server.aws("s3api", "list-objects-v2", "--bucket", "mirror", "--prefix", "other/")["Contents"]),
          len(files) - 1, "objects that were copied within the server")


@case("an upload that nobody completes is aborted after its time")
def stale_uploads(world):
    server = world.server(settings="abort-uploads-days: 1\n")
    client = server.client()
    equal(client.s3("PUT", "/stale").status, 200, "making the bucket")
    for key in ("old", "young"):
        begun = client.s3("POST", f"/stale/{key}?uploads")
        upload = begun.body.decode().split("<UploadId>")[1].split("<")[0]
        equal("x-amz-abort-date" in begun.headers, True, "an abort date")
        equal(client.s3("PUT", f"/stale/{key}?uploadId={upload}&partNumber=1", key.encode()).status, 200, "a part")
    server.stop()
    with contextlib.closing(sqlite3.connect(next(server.data.glob("*.db")))) as db, db:
        db.execute("UPDATE multipart_upload SET start_ms = start_ms - 86400001 WHERE key = CAST('old' AS BLOB)")
    server.start()
    client = server.client()

    def left():
        text = client.s3("GET", "/stale?uploads").body.decode()
        return [key for key in ("old", "young") if f"<Key>{key}</Key>" in text]
    wait_until("the old upload to be aborted", lambda: left() == ["young"])
    wait_until("its part to be removed", lambda: len([p for p in (server.data / "objects").rglob("*") if p.is_file()]) == 1)


if __name__ == "__main__":
    main(globals())
