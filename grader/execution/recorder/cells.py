"""After each cell: that the recorder is still there, what ran, and whether something stands between text and Python.

Code in this process can take all of this away or forge it. Then a line is missing, or does not agree with what the
driver saw from outside, and that is what the driver looks for.
"""

from __future__ import annotations

import builtins
import hashlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Session

SHELL_METHODS = ("transform_cell", "run_cell", "run_cell_async", "run_ast_nodes", "run_code")
BUILTINS = ("exec", "eval", "compile", "__import__")


def watch(session: Session, app: Any) -> None:
    """Write one event at the end of each cell. `app` is the initialised kernel application."""
    shell = app.shell
    before = _state(shell, app.kernel)

    def ended(result: Any) -> None:
        raw = getattr(getattr(result, "info", None), "raw_cell", None)
        now = _state(shell, app.kernel)
        session.timeline.add(
            "cell",
            execution=getattr(result, "execution_count", None),
            source=hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest() if isinstance(raw, str) else None,
            ok=bool(result.success) if hasattr(result, "success") else None,
            rewrites=[name for name, value in now.items() if not _same(value, before[name])][:20],
            unhooked=[name for name, owner, key, value in session.hooks if _found(owner, key) is not value][:20]
            + _overridden(session),
        )

    shell.events.register("post_run_cell", ended)


def _state(shell: Any, kernel: Any) -> dict[str, list[Any]]:
    """What decides how a cell's text becomes code that runs, by name."""
    manager = shell.input_transformer_manager
    state: dict[str, list[Any]] = {
        "input transformers": [
            *manager.cleanup_transforms, *manager.line_transforms, *manager.token_transformers,
            *shell.input_transformers_post,
        ],
        "AST transformers": list(shell.ast_transformers),
        "compiler": [shell.compile, *(_method(shell.compile, name) for name in ("ast_parse", "cache", "__call__"))],
        "kernel.do_execute": [_method(kernel, "do_execute")],
    }  # fmt: skip
    state |= {f"shell.{name}": [_method(shell, name)] for name in SHELL_METHODS}
    return state | {f"builtins.{name}": [getattr(builtins, name, None)] for name in BUILTINS}


def _method(owner: Any, name: str) -> Callable[..., Any]:
    """The function behind a method, whether patched on the object or on its class."""
    found = getattr(owner, name, None)
    return getattr(found, "__func__", found)  # type: ignore[return-value]


def _same(left: list[Any], right: list[Any]) -> bool:
    return len(left) == len(right) and all(one is other for one, other in zip(left, right, strict=True))


def _found(owner: Any, key: str) -> Any:
    return vars(owner).get(key)


def _overridden(session: Session) -> list[str]:
    """Hooks that are in place but never reached, because `keras.Model` itself was given the method."""
    keras = sys.modules.get("keras")
    model = getattr(keras, "Model", None)
    watched = {
        key: value
        for _, owner, key, value in session.hooks
        if key in ("fit", "evaluate", "compile") and str(owner.__module__).startswith("keras.")
    }
    return [
        f"keras.Model.{key}"
        for key, value in watched.items()
        if model is not None and getattr(model, key, None) is not value
    ]
