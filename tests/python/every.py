"""Runs all tests, and fails when a public method of the SDK is tested by none."""

import os
import sys
import unittest
from importlib.metadata import version

import completeness


def main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    print(f"aistore {version('aistore')}, Python {sys.version.split()[0]}", flush=True)
    completeness.watch()
    suite = unittest.defaultTestLoader.discover(here, top_level_dir=here)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    problems = completeness.problems()
    print(completeness.summary(), *problems, sep="\n")
    return 0 if result.wasSuccessful() and result.testsRun and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
