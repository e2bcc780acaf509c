"""Other tools that run notebooks, each in an environment of its own; their kernels get our Python and TensorFlow."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from benchmarks.places import cache

KERNEL = "bench"


def peer(package: str) -> Path:
    """The `bin` folder of an environment with that package, made by pip on first use."""
    folder = cache() / "peers" / package
    done = folder / "ready"
    if not done.exists():
        print(f"installing {package} into an environment of its own …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        # -P: or pip takes the folder we stand in for an installed package and misses what it requires.
        python = [str(folder / "bin/python"), "-P"]
        subprocess.run([*python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package], check=True)
        done.touch()
    if package == "otter-grader":
        _see_our_packages(folder)
    return folder / "bin"


def version(package: str) -> str:
    """What was installed."""
    shown = subprocess.run(
        [peer(package) / "python", "-c", f"from importlib.metadata import version; print(version({package!r}))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return shown.stdout.strip()


def _see_our_packages(folder: Path) -> None:
    """otter-grader wants itself inside the kernel: its environment then borrows TensorFlow from ours, its own first."""
    site = next((folder / "lib").glob("python3*/site-packages"))
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")


def kernels(python: Path | None = None) -> dict[str, str]:
    """Environment variables under which Jupyter finds one kernel, `bench`: this Python, or the one given."""
    folder = cache() / ("kernels" if python is None else f"kernels-{python.parent.parent.name}")
    place = folder / "kernels" / KERNEL
    place.mkdir(parents=True, exist_ok=True)
    argv = [str(python or sys.executable), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    specification = {"argv": argv, "display_name": KERNEL, "language": "python"}
    (place / "kernel.json").write_text(json.dumps(specification), encoding="utf-8")
    return {"JUPYTER_PATH": str(folder), "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
