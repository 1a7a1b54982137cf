#!/usr/bin/env python3
"""Runs the conformance checklist: tests/golden/api/ says what is asked and what must come back, line by line.

  suite.py [LINE...]                      against a slipwayd of its own, from $SLIPWAY_BUILD_ROOT or build/
  suite.py --endpoint URL [LINE...]       against a server that runs already

With --endpoint the keys come from $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY; what the cases make is removed again.
"""

import argparse
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import World, diagnose

import cases
import runner
from endpoints import Endpoint, GivenEndpoint, OwnServers


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", metavar="LINE", type=int, nargs="*", help="numbers of the checklist; all when none is named")
    parser.add_argument("--endpoint", metavar="URL", help="the server to ask")
    parser.add_argument("--region", default="us-east-1", help="region to sign for (%(default)s)")
    parser.add_argument("--account", default="123456789012", help="account of the keys (%(default)s)")
    parser.add_argument("--partition", default="aws", help="partition in ARNs (%(default)s)")
    parser.add_argument("--ca", metavar="FILE", help="certificates to trust for https; the system's when not given")
    return parser.parse_args(arguments)


def given_endpoint(options):
    try:
        key_id, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    except KeyError as missing:
        sys.exit(f"--endpoint needs keys, and {missing.args[0]} is not in the environment")
    return GivenEndpoint(Endpoint(options.endpoint, key_id, secret, options.region, options.account, options.partition,
                                  options.ca))


def main(arguments=None, label="", **server_options):
    """server_options: how servers of its own are made; see World.server of the harness."""
    options = parse(arguments)
    try:
        files = cases.Files()
    except cases.BadFiles as wrong:
        sys.exit(str(wrong))
    unknown = [line for line in options.lines if line not in files.lines()]
    if unknown:
        sys.exit(f"the checklist has no line {unknown[0]}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    world = World("conformance")
    good = False
    try:
        target = given_endpoint(options) if options.endpoint else OwnServers(world, **server_options)
        good = runner.run(files, target, world, options.lines, label)
    finally:
        problems = world.close(failed=not good)
    for problem in problems:
        diagnose(problem)
    sys.exit(0 if good and not problems else 1)


if __name__ == "__main__":
    main()
