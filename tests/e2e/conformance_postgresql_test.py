#!/usr/bin/env python3
"""The conformance checklist again, with servers whose data is in PostgreSQL."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))
import suite

if __name__ == "__main__":
    suite.main(label="postgresql", store="postgresql")
