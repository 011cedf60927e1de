"""Runs the whole suite on both shapes: the embedded default, then PostgreSQL with Redis.

The shape is chosen by environment variables alone, as in production. The journey through the loop
and the slow promises run on both; other browser tests and benchmarks once, on the embedded shape.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from tests import services

QUICK = "not slow and not browser and not bench"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--promises", action="store_true", help="only the slow promises")
    parser.add_argument("--shape", choices=["embedded", "production"], help="only this shape")
    parser.add_argument("rest", nargs="*", help="passed on to pytest")
    options = parser.parse_args()
    failed = []
    if options.shape != "production":
        with tempfile.TemporaryDirectory(prefix="portal-") as var:
            failed += _suite("embedded", {"PORTAL_VAR": var}, options, once="browser or bench")
    if options.shape != "embedded":
        with ExitStack() as stack:
            var = stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-"))
            shape = {
                "PORTAL_VAR": var,
                "DATABASE_URL": stack.enter_context(services.postgresql()),
                "REDIS_URL": stack.enter_context(services.redis()),
                "DATABASE_CONN_MAX_AGE": "0",
            }
            failed += _suite("production", shape, options, once="journey")
    if failed:
        print("Failed: " + ", ".join(failed), file=sys.stderr)
    return bool(failed)


def _suite(
    shape: str, variables: dict[str, str], options: argparse.Namespace, *, once: str
) -> list[str]:
    """Run the parts of the suite on one shape and return the names of those that failed.

    What measures or kills processes runs alone, one test at a time; the rest shares both cores.
    """
    parts: list[tuple[str, str, list[str]]] = [("slow", "slow and not browser and not bench", [])]
    if not options.promises:
        parts.insert(0, ("quick", QUICK, ["-n", "2"]))
        if once:
            parts.append((once, once, ["-s"]))
    failed = []
    for name, selection, flags in parts:
        print(f"\n=== {shape}: {name} tests", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-m", selection, *flags, *options.rest]
        code = subprocess.run(command, env=os.environ | variables, check=False).returncode
        if code not in {0, 5}:  # 5: nothing carries this mark
            failed.append(f"{shape} {name}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
