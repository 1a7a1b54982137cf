#!/usr/bin/env python3
"""What we send to AWS, and what the tests have AWS answer, held against AWS's own service models, those of botocore.

The unit tests that call AWS (server/integrations/test-aws.h) note every call with its answer; here each parameter must be one of
the operation's, of the right type and in its place, and each answer must be what the model's parser understands, without a rest.
"""
import collections
import re
import urllib.parse
import xml.etree.ElementTree

from harness import *

import botocore.loaders
import botocore.model
import botocore.parsers

# Query services by the names that we sign for, and versions: those of botocore's folders.
MODELS = {("elasticloadbalancing", "2015-12-01"): "elbv2", ("elasticloadbalancing", "2012-06-01"): "elb"}


def service_model(service, version):
    loader = botocore.loaders.Loader()
    name = MODELS.get((service, version), {"monitoring": "cloudwatch"}.get(service, service))
    equal(loader.determine_latest_version(name, "service-2"), version, f"version of {name}")
    return botocore.model.ServiceModel(loader.load_service_model(name, "service-2", version), name)


def place_in(shape, parts, where, ec2):
    """The scalar shape that a parameter's name leads to."""
    for part in parts:
        if shape.type_name == "list":
            if part == "member" and not ec2:
                continue
            if not part.isdigit():
                raise Failure(f"{where}: {part!r} instead of a list's number")
            shape = shape.member
        elif shape.type_name == "structure":
            names = {m.serialization.get("queryName") or (ec2 and m.serialization.get("name", n)[:1].upper()
                     + m.serialization.get("name", n)[1:]) or n: m for n, m in shape.members.items()}
            if part not in names:
                raise Failure(f"{where}: no such member {part!r}, but {sorted(names)}")
            shape = names[part]
        else:
            raise Failure(f"{where}: {part!r} below a {shape.type_name}")
    return shape


def check_request(operation, body, ec2):
    pairs = urllib.parse.parse_qsl(body, keep_blank_values=True, strict_parsing=True)
    names = [name for name, _ in pairs if name not in ("Action", "Version")]
    equal(len(set(names)), len(names), f"{operation.name}: parameters given once")
    for name, value in pairs:
        if name in ("Action", "Version"):
            continue
        shape = place_in(operation.input_shape, name.split("."), f"{operation.name} {name}", ec2)
        if shape.type_name in ("list", "structure", "map"):
            raise Failure(f"{operation.name}: {name} is a {shape.type_name}")
        if shape.type_name in ("integer", "long") and not re.fullmatch(r"-?\d+", value):
            raise Failure(f"{operation.name}: {name}={value!r} is no number")
        if shape.type_name == "boolean" and value not in ("true", "false"):
            raise Failure(f"{operation.name}: {name}={value!r} is no boolean")
        if getattr(shape, "enum", None) and value not in shape.enum:
            raise Failure(f"{operation.name}: {name}={value!r} is none of {shape.enum}")
    for required in operation.input_shape.required_members:
        member = operation.input_shape.members[required]
        wire = member.serialization.get("name", required)
        if not any(name.split(".")[0].lower() == wire.lower() for name in names):
            raise Failure(f"{operation.name}: {required} is required")


def texts_of(value):
    """The scalars of what a parser understood."""
    if isinstance(value, dict):
        return [text for key, part in value.items() if key != "ResponseMetadata" for text in texts_of(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts_of(part)]
    return [value]


def check_answer(operation, protocol, status, text):
    parser = botocore.parsers.create_parser(protocol)
    parsed = parser.parse({"status_code": status, "headers": {}, "body": text.encode()}, operation.output_shape)
    if status >= 300:
        if not parsed.get("Error", {}).get("Code"):
            raise Failure(f"{operation.name}: an error without a code: {text}")
        return
    leaves = [e for e in xml.etree.ElementTree.fromstring(text).iter() if len(e) == 0 and (e.text or "").strip()
              and not e.tag.lower().endswith("requestid")]
    equal(len(texts_of(parsed)), len(leaves), f"{operation.name}: values understood of {text}")


def check_call(line):
    service, action, status, body, answer = line.split("\t")
    body, answer = (part.encode().decode("unicode_escape").encode("latin-1").decode() for part in (body, answer))
    if not body.startswith("Action="):
        return None  # JSON: each of its fields is named in the test itself
    version = urllib.parse.parse_qs(body)["Version"][0]
    model = service_model(service, version)
    operation = model.operation_model(action)
    protocol = "ec2" if service == "ec2" else "query"  # newer models name another as well, which we don't speak
    check_request(operation, body, protocol == "ec2")
    if answer.lstrip().startswith("<" + action + "Response") or answer.startswith(("<ErrorResponse", "<Response")):
        check_answer(operation, protocol, int(status), answer)
    return f"{service} {version} {action}"


def calls_of(world, program):
    notes = world.folder / "calls"
    env = dict(clean_environment(world.folder), SLIPWAY_TEST_AWS_CALLS=str(notes), G_DEBUG="fatal-criticals")
    done = subprocess.run([str(BUILD / program)], env=env, text=True, capture_output=True, timeout=120 * PATIENCE)
    equal(done.returncode, 0, f"exit status of {program}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return notes.read_text().splitlines() if notes.exists() else []


def programs():
    """The unit tests that include test-aws.h, as the build names them."""
    for path in sorted(ROOT.glob("server/**/*-test.c")):
        if '"server/integrations/test-aws.h"' in path.read_text() and path.name != "aws-client-test.c":
            yield re.sub(r"[^A-Za-z0-9]", "_", str(path.relative_to(ROOT))[:-2])


@case("what is sent to AWS, and what the tests answer, are of the shapes of AWS's service models")
def shapes(world):
    seen = collections.Counter()
    for program in programs():
        for line in calls_of(world, program):
            seen[check_call(line)] += 1
        (world.folder / "calls").unlink(missing_ok=True)
    for operation in ("DescribeTargetGroups", "DescribeTargetHealth", "RegisterTargets", "DeregisterTargets"):
        if not seen[f"elasticloadbalancing 2015-12-01 {operation}"]:
            raise Failure(f"no test calls {operation}: {sorted(filter(None, seen))}")
    diagnose(f"{sum(seen.values())} calls of {len(seen)} operations")


if __name__ == "__main__":
    main(globals())
