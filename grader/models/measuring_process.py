"""The measuring process: a clean Python with TensorFlow that rebuilds and measures models on request.

    python -m grader.models.measuring_process [--memory BYTES] [--framework keras3|tf_keras]

One request per line on standard input: the seconds it may take, a space, and `MeasureRequest` as JSON, or
`{"replay": ReplayRequest}`. One answer per line on standard output: `{"ready": {...versions}}` once at the start, then
`{"measurement": {...}}`, `{"replay": {...}}`, `{"gone": why}` when the request ended the fork that served it, or, when
our side fails, `{"error": "..."}`. It stays warm between requests, and answers each in a fork of its own
(`measuring_forks`). Everything that TensorFlow prints goes to standard error.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import platform
import resource
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

EXIT_OUT_OF_MEMORY = 86
"""Exit code when the process passed its memory limit and ended itself."""
DEFAULT_MEMORY = 6 * 2**30
REPLAY = b'{"replay": '
"""How a line begins that asks for a replay and not for a measurement."""


def main() -> None:
    """Serve requests until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m grader.models.measuring_process")
    parser.add_argument("--memory", type=int, default=DEFAULT_MEMORY, help="most bytes of memory, or it ends itself")
    parser.add_argument(
        "--framework", choices=("keras3", "tf_keras"), default="keras3", help="which Keras builds models"
    )
    arguments = parser.parse_args()
    answers = _take_stdout()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if arguments.framework == "tf_keras":
        _take_keras_2()
    import keras
    import tensorflow as tf

    # Imported here, once, for all forks.
    from grader.models import measure  # noqa: F401
    from grader.models.heldout import HeldOutImages
    from grader.models.measuring_forks import Forks
    from grader.replay import training  # noqa: F401

    tf.debugging.disable_traceback_filtering()
    versions = {"python": platform.python_version(), "tensorflow": tf.__version__, "keras": keras.__version__}
    _send(answers, {"ready": versions})

    def prepare() -> None:
        _limit(arguments.memory)
        tf.config.set_visible_devices([], "GPU")

    if sys.platform == "linux":
        _hide()
        # Collections in forks would otherwise go through all of TensorFlow's objects, and copy their pages, each time.
        gc.collect()
        gc.freeze()
        forks = Forks(_answer, prepare, Path.cwd())
        for line in sys.stdin.buffer:
            seconds, _, request = line.partition(b" ")
            _send(answers, _told(forks(request, float(seconds))))
    else:  # TensorFlow cannot be forked there; one process serves all
        prepare()
        heldout = HeldOutImages()
        for line in sys.stdin.buffer:
            _send(answers, _answer(line.partition(b" ")[2], heldout))
            keras.backend.clear_session()


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer with the end of a fork in words."""
    if "ended" not in answer:
        return answer
    if answer["ended"] == EXIT_OUT_OF_MEMORY:
        return {"gone": "it needs more memory than is allowed"}
    return {"gone": f"the measuring process ended with code {answer['ended']}", "without_a_reason": True}


def _hide() -> None:
    """Forks are of the same user, and must not look into this process or write to its descriptors."""
    from grader.execution.warm import system

    system.dumpable(False)


def _take_keras_2() -> None:
    """From here on `keras` means Keras 2 in this process; what is used of it has the same name in both."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    sys.modules["keras"] = importlib.import_module("tf_keras")


def _answer(line: bytes, heldout: Any) -> dict[str, Any]:
    from grader.models.measure import measure
    from grader.models.measure_request import MeasureRequest
    from grader.replay.recipe import ReplayRequest
    from grader.replay.training import replay

    try:
        if line.startswith(REPLAY):
            asked = ReplayRequest.model_validate_json(line.strip()[len(REPLAY) : -1])
            return {"replay": replay(asked).model_dump(mode="json")}
        request = MeasureRequest.model_validate_json(line)
        return {"measurement": measure(request, heldout).model_dump(mode="json")}
    except Exception as error:  # noqa: BLE001 -- one request must not end the process
        return {"error": f"{type(error).__name__}: {error}"[:2000]}


def _take_stdout() -> IO[str]:
    """Keep standard output for answers, and send what anybody else prints there to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _send(answers: IO[str], document: dict[str, Any]) -> None:
    answers.write(json.dumps(document) + "\n")
    answers.flush()


def _limit(memory: int) -> None:
    """An end when memory passes the limit.

    A watch over resident memory, not RLIMIT_AS: TensorFlow reserves far more address space than it uses.
    """
    unit = 1 if sys.platform == "darwin" else 1024

    def watch() -> None:
        while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit < memory:
            time.sleep(0.1)
        os._exit(EXIT_OUT_OF_MEMORY)

    threading.Thread(target=watch, daemon=True, name="memory watch").start()


if __name__ == "__main__":
    main()
