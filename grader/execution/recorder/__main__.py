"""Start an ipykernel that is being watched: `python -I …/recorder settings.json -f connection.json`."""

from __future__ import annotations

import importlib.util
import json
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
    """Install the hooks, then hand over to ipykernel. The settings file is ours and is trusted."""
    settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    del sys.argv[1]
    _load_package()
    session = importlib.import_module("_lab_recorder.session")
    watched = session.start(settings)

    from ipykernel.kernelapp import IPKernelApp

    # `-I` keeps the working folder off `sys.path`; notebooks may import modules that lie next to them.
    sys.path.insert(0, "")
    app = IPKernelApp.instance()
    app.initialize()
    importlib.import_module("_lab_recorder.cells").watch(watched, app)
    importlib.import_module("_lab_recorder.colab").register_magics(app.shell)
    app.start()


if __name__ == "__main__":
    main()
