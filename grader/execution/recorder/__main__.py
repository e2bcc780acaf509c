"""Start an ipykernel that is being watched: `python -I …/recorder settings.json -f connection.json`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def _load_package() -> None:
    """Import this folder as `_lab_recorder` without putting anything on `sys.path`.

    Whoever shadows a module name in the working folder therefore cannot shadow ours.
    """
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        "_lab_recorder", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"Expected a package at {folder}. Received nothing that can be loaded.")
    package = importlib.util.module_from_spec(spec)
    sys.modules["_lab_recorder"] = package
    spec.loader.exec_module(package)


def main() -> None:
    """Install the hooks, then hand over to ipykernel."""
    settings = sys.argv.pop(1)
    _load_package()
    session = importlib.import_module("_lab_recorder.recording").prepare()
    importlib.import_module("_lab_recorder.launch").run_kernel(session, settings, sys.argv[1:])


if __name__ == "__main__":
    main()
