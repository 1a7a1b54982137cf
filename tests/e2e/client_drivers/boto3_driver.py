"""Calls as tests/e2e/three_clients_test.py asks for them, a line each, made by Debian's boto3; run with Debian's own Python."""

import datetime
import json
import os
import re
import sys

import boto3
import botocore.exceptions

# This boto3 is older than the environment variable for it.
deploy = boto3.client("codedeploy", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def snake(name):
    """The method of an operation, or the name of a waiter."""
    return next((method for method, operation in deploy.meta.method_to_api_mapping.items() if operation == name),
                re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    raise TypeError(f"{value!r} is no JSON")


def perform(kind, name, arguments):
    if kind == "pages":
        return deploy.get_paginator(snake(name)).paginate(**arguments).build_full_result()
    if kind == "wait":
        deploy.get_waiter(snake(name)).wait(**arguments, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        return {}
    answer = getattr(deploy, snake(name))(**arguments)
    answer.pop("ResponseMetadata")
    return answer


for line in sys.stdin:
    request = json.loads(line)
    try:
        said = {"answer": perform(request["kind"], request["name"], request["with"])}
    except botocore.exceptions.ClientError as error:
        said = {"error": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
    except botocore.exceptions.WaiterError:
        said = {"error": "WaiterFailed"}
    print(json.dumps(said, default=plain), flush=True)
