"""Section K, the process: leaving early, staying on, and modules that are not what they are called."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from grader.batch.job import Conditions, grade_submission
from grader.evidence.model import Evidence, Measurement
from grader.execution.limits import RunLimits
from grader.execution.outbox import read_outbox
from grader.execution.sandbox import Sandbox
from grader.execution.workspace import Workspace
from grader.judge import judge
from grader.models.measuring import MeasureRequest
from grader.rubric.load import load_rubric
from grader.submission.model import Submission
from tests.attacks.enclosed import both_starts, enclosed, needs_sandbox, processes_named
from tests.execution.notebooks import empty_pack

pytestmark = [pytest.mark.slow, needs_sandbox]

SHADOW = "import pathlib; pathlib.Path(__file__).with_name('shadow_ran').touch(); raise SystemExit(__name__)\n"


@both_starts
@pytest.mark.attack("K5", "F7")
def test_shadow_modules_do_not_reach_the_recorder_or_the_kernel(tmp_path: Path, start: str) -> None:
    student = tmp_path / "student"
    names = (
        "numpy.py", "json.py", "wrapt.py", "ipykernel.py", "IPython.py", "zmq.py", "tornado.py", "conftest.py",
        "sitecustomize.py", "usercustomize.py", "shadow.pth", "ipython_config.py", "ipython_kernel_config.py",
        "jupyter_config.py", ".ipython/profile_default/startup/00-first.py",
    )  # fmt: skip
    for name in names:
        (student / name).parent.mkdir(parents=True, exist_ok=True)
        (student / name).write_text("import shadow_ran\n" if name.endswith(".pth") else SHADOW)
    ran = enclosed(
        """
        import sys, os, pathlib
        print(pathlib.Path("shadow_ran").exists(), "site-packages" in sys.modules["numpy"].__file__)
        home = pathlib.Path.home()
        startup = home / ".ipython/profile_default/startup"
        startup.mkdir(parents=True, exist_ok=True); (startup / "00.py").write_text("raise SystemExit")   # for whoever
        (home / ".keras/models").mkdir(parents=True, exist_ok=True)                                      # comes next
        (home / ".keras/models/poison.h5").write_text("poison"); (home / ".keras/keras.json").write_text("{")
        for folder in (p for p in sys.path if p.endswith("site-packages")):
            try: pathlib.Path(folder, "poison.py").write_text("1")
            except OSError as error: print("site-packages", error.errno in (13, 30))
        recorder = pathlib.Path(sys.modules["_lab_recorder"].__file__)
        try: recorder.write_text("")
        except OSError as error: print("recorder", error.errno in (13, 30))
        try: recorder.rename("/tmp/recorder")
        except OSError as error: print("recorder", error.errno in (13, 16, 18, 30))
        settings = pathlib.Path("..").resolve() / "settings.json"
        try: settings.write_text("{}")
        except OSError as error: print("settings", error.errno in (13, 30))
        """,
        pack=empty_pack(tmp_path / "pack"), start=start, folder=student, files=tuple(Path(name) for name in names),
    )  # fmt: skip
    assert ran.printed[0].splitlines() == [
        "False True", "site-packages True", "recorder True", "recorder True", "settings True",
    ]  # fmt: skip
    assert not list(student.rglob("shadow_ran"))
    following = enclosed(
        "import pathlib; print([str(p) for p in pathlib.Path.home().rglob('*') if p.is_file()])",
        pack=empty_pack(tmp_path / "pack2"),
        start=start,
    )
    assert "poison" not in following.printed[0]
    assert "00.py" not in following.printed[0]


LEAVE = {
    "os._exit": "import os; os._exit(0)",
    "SIGKILL": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "SIGSEGV": "import ctypes; ctypes.string_at(0)",
}


@pytest.mark.attack("K6")
@pytest.mark.parametrize("way", LEAVE)
def test_who_leaves_early_gets_no_point_for_what_did_not_run(tmp_path: Path, way: str) -> None:
    evidence = graded(
        tmp_path,
        "print('All tests passed. Score: 100/100')",
        LEAVE[way],
        "import time; time.sleep(5)\nmodel.compile(loss='binary_crossentropy')\nmodel.fit(train, epochs=5)",
    )
    assert evidence.our_failure is None
    assert evidence.run.status == "kernel_died"
    assert evidence.cells[0].status == "ok"
    assert evidence.cells[2].status == "not_run"
    assert points(evidence) == 0


@both_starts
@pytest.mark.attack("K6")
def test_sys_exit_is_an_error_of_its_cell(tmp_path: Path, start: str) -> None:
    ran = enclosed("import sys; sys.exit(0)", "print('on')", "exit()", pack=empty_pack(tmp_path), start=start)
    assert ran.outcome.status in ("cells_failed", "kernel_died")
    assert ran.outcome.cells[0].error_name == "SystemExit"
    assert ran.printed[1] == "on\n"


@both_starts
@pytest.mark.attack("K7", "R6")
def test_nothing_of_a_notebook_outlives_it_or_touches_the_outbox_again(tmp_path: Path, start: str) -> None:
    seen: list[dict[str, bytes]] = []

    def look_twice(workspace: Workspace) -> None:
        for _ in range(2):
            files = {path.name: path.read_bytes() for path in workspace.outbox.iterdir()}
            seen.append(files)
            time.sleep(1.5)
        assert processes_named("outliving-daemon") == []
        assert processes_named(str(workspace.folder)) == []
        seen.append({event.event: b"" for event in read_outbox(workspace.outbox).events})

    ran = enclosed(
        """
        import atexit, os, pathlib, subprocess, sys, threading, time
        outbox = next(p for p in pathlib.Path("..").resolve().iterdir() if p.name == "outbox")
        forged = '{"event": "evaluate", "uid": 1, "place": null, "shortened": false, "time": 1.0}\\n'
        def write(): (outbox / "timeline.jsonl").open("a").write(forged)
        atexit.register(write)
        def forever():
            while True: write(); time.sleep(0.01)
        threading.Thread(target=forever).start()
        class Last:
            def __del__(self): write()
        last = Last()
        late = str(outbox / "late")
        daemon = f"import time  # outliving-daemon\\nwhile True: open({late!r}, 'a').write('x'); time.sleep(0.01)"
        if os.fork() == 0:                                       # double fork, new session, all signals ignored
            os.setsid()
            if os.fork() == 0:
                import signal
                for number in (1, 2, 3, 15, 17): signal.signal(number, signal.SIG_IGN)
                os.execv(sys.executable, [sys.executable, "-c", daemon])
            os._exit(0)
        subprocess.Popen(["nohup", sys.executable, "-c", daemon], start_new_session=True)
        time.sleep(1)
        os.chmod(outbox / "timeline.jsonl", 0)                   # and our side cannot read it?
        """,
        pack=empty_pack(tmp_path), start=start, limits=RunLimits(cell_seconds=60), afterwards=look_twice,
    )  # fmt: skip
    assert ran.outcome.status == "completed"
    assert seen[0]["late"]
    assert seen[0] == seen[1]
    assert "evaluate" in seen[2]  # written while the notebook ran: a claim like any other, and readable
    assert processes_named("outliving-daemon") == []


def graded(tmp_path: Path, *cells: str) -> Evidence:
    """The evidence of a notebook by the whole road, except that nothing is there to be measured."""
    import nbformat

    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)
    runs = tmp_path / "runs"
    runs.mkdir()
    rubric = load_rubric("lab06")
    conditions = Conditions(
        pack=empty_pack(tmp_path / "pack"), policy="full", steps_per_call=2, limits=RunLimits(cell_seconds=60),
        sandbox=Sandbox("bubblewrap"), questions=rubric.questions(), scratch=runs,
    )  # fmt: skip
    return grade_submission(Submission("ada", "Ada", notebook=path), conditions, None, _nothing_to_measure, tmp_path)


def points(evidence: Evidence) -> float:
    """What the lab's rubric gives for it."""
    return judge(load_rubric("lab06"), evidence).total.points


def _nothing_to_measure(_request: MeasureRequest) -> Measurement:
    raise AssertionError("there is no model in this notebook")
