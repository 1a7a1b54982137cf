#!/usr/bin/env python3
"""The object endpoint as S3's clients know S3: Debian's boto3 and AWS CLI, the JavaScript SDK's helpers."""
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


if __name__ == "__main__":
    main(globals())
