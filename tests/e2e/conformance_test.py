#!/usr/bin/env python3
"""The conformance checklist, a golden case a line (tests/golden/api/): see tests/conformance/suite.py for how to run it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))
import suite

if __name__ == "__main__":
    suite.main(store="sqlite")
