"""`python -m benchmarks` lists them, `python -m benchmarks NAME` runs one, `… all` the short ones."""

from __future__ import annotations

import argparse
import importlib
import runpy
import sys

from benchmarks.cost import how_machine_time_is_known
from benchmarks.table import machine

NAMES = {
    "help": "grader --help answers at once",
    "demo": "the demo's fourteen notebooks, pack already made",
    "remark": "marking 300 stored submissions again after a change of the rubric",
    "again": "a second run of an unchanged batch of 300",
    "memory": "memory of the coordinating process, 30 against 1,000 submissions",
    "growth": "cost for each submission and memory at 100, 1,000 and 10,000: marking again, the same batch again",
    "simulation": "10,000 submissions on 1 to 200 workers: the real loop, work replaced by its measured times",
    "order": "what one order costs beside its work: a real Dask scheduler, the shared folder",
    "overhead": "what a notebook costs beside its own work, against nbclient, papermill, nbgrader and otter-grader",
    "agreement": "replay, auto and full judge sixteen notebooks alike (a quarter of an hour; then kept with --out)",
    "sandbox": "what the sandbox adds to one notebook",
    "soak": "1,000 small submissions in peace, and with a fault every 20 s (half an hour)",
    "dask": "two Dask workers on this machine against two threads of the local pool",
    "class": "30 real-size submissions against plain execution (hours; needs --notebook and --pack)",
}
MODULES = {"help": "start", "order": "order_cost", "class": "real_class", "dask": "dask_efficiency"}
BY_THEMSELVES = {"agreement": "policy_agreement", "sandbox": "sandbox_overhead"}
"""Programs with arguments of their own."""
SHORT = ("help", "remark", "again", "memory")


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=[*NAMES, "all"], metavar="NAME")
    asked, rest = parser.parse_known_args()
    if asked.name is None:
        width = max(map(len, NAMES))
        print("\n".join(f"{name:<{width}}  {what}" for name, what in NAMES.items()))
        print(f"{'all':<{width}}  {', '.join(SHORT)}")
        return 0
    print(machine())
    print(how_machine_time_is_known())
    code = 0
    for name in SHORT if asked.name == "all" else (asked.name,):
        if name in BY_THEMSELVES:
            sys.argv[1:] = rest
            runpy.run_module(f"benchmarks.{BY_THEMSELVES[name]}", run_name="__main__")
            continue
        benchmark = importlib.import_module(f"benchmarks.{MODULES.get(name, name)}")
        code |= benchmark.main([] if asked.name == "all" else rest)
    return code


if __name__ == "__main__":
    sys.exit(main())
