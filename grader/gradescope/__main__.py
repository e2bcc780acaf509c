"""`python -m grader.gradescope prepare|run`, called by the scripts in the zip."""

from __future__ import annotations

import sys
from pathlib import Path

from grader.console import console_block
from grader.errors import GraderError
from grader.gradescope.container import prepare, run

ROOT = Path("/autograder")


def main(arguments: list[str]) -> int:
    """0: results.json is there (or all is prepared). 1: our side failed, and there is none."""
    if arguments not in (["prepare"], ["run"]):
        sys.stderr.write("Expected prepare or run.\n")
        return 2
    try:
        if arguments == ["prepare"]:
            prepare(ROOT, _say)
            return 0
        return 0 if run(ROOT, _say) else 1
    except GraderError as problem:
        _say(str(problem))
        return 1


def _say(line: str) -> None:
    sys.stderr.write(f"{console_block(line)}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
