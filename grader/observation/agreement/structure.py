"""What the model is made of: as exported, as its objects were recorded, and as the notebook's text says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grader.evidence.model import Contradiction
from grader.execution.recorder.hub_modules import is_module, networks_of
from grader.execution.timeline import BaseEvent
from grader.observation.agreement.case import Case, contradiction

OTHER_SPELLINGS = {
    "GlobalAveragePooling2D": ("GlobalAvgPool2D", "pooling"),
    "GlobalMaxPooling2D": ("GlobalMaxPool2D", "pooling"),
}
"""Other words in a notebook that make such a layer."""

LOADING = frozenset({"load_model", "model_from_json", "from_config", "deserialize", "TFSMLayer"})
"""What builds a model from a file. Only a file that was handed in can hold layers that no line names: one that the
notebook wrote itself holds what it had built before."""
MODEL_FILES = (".h5", ".hdf5", ".keras", ".json", ".yaml", ".yml", ".pb", ".zip", ".tar", ".gz", ".txt", ".npy", ".npz")


def check_structure(case: Case) -> Iterator[Contradiction]:
    """Layers that are exported but were never among the model's objects, or that no line of the notebook names."""
    graded = case.graded
    if graded is None or case.chosen is None:
        return
    exported = _exported(case.config)
    recorded = _recorded(case, exported) if exported else exported
    if exported != recorded:
        odd = sorted(exported ^ recorded)[:4]
        yield contradiction(
            "other_layers", "model", "The model describes itself with other layers than it has: "
            + ", ".join(f"`{name}` ({class_name})"[:120] for class_name, name in odd) + ".",
        )  # fmt: skip
    text = case.code()
    from_a_file = any(name.lower().endswith(MODEL_FILES) for name in case.files) and bool(case.calls() & LOADING)
    if any(cell.truncated for cell in case.cells) or from_a_file:
        return
    unnamed = [
        node.class_name
        for node in graded.nodes
        if node.role in ("augmentation", "regularisation", "pooling")
        and (node.class_name.startswith(("Random", "Global")) or "Dropout" in node.class_name)
        and not any(word in text for word in (node.class_name, *OTHER_SPELLINGS.get(node.class_name, ())))
    ]
    if unnamed:
        yield contradiction(
            "not_in_the_text", "model", f"The model has layers that no line of the notebook names: "
            f"{', '.join(dict.fromkeys(unnamed))}.",
        )  # fmt: skip
    base = case.chosen.base
    if base is not None and not (_names_module(text, base) or base.backbone.casefold() in text.casefold()):
        yield contradiction(
            "base_not_in_the_text", "base", f"The record says that the notebook made a {base.backbone}, but no line of "
            "it names that network.",
        )  # fmt: skip


def _names_module(text: str, base: BaseEvent) -> bool:
    """Whether the base came from TF-Hub, and the notebook names that network in its address."""
    return is_module(base.weights) and "KerasLayer" in text and base.backbone in networks_of(text)


def _exported(config: Mapping[str, Any] | None) -> set[tuple[str, str]]:
    """(class, name) of the outermost layers in the configuration; inputs aside, which Sequential models hide."""
    inner = (config or {}).get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else None
    found: set[tuple[str, str]] = set()
    for entry in layers if isinstance(layers, list) else []:
        settings = entry.get("config") if isinstance(entry, dict) else None
        name = settings.get("name") if isinstance(settings, dict) else None
        if not isinstance(name, str) or not isinstance(entry.get("class_name"), str):
            return set()
        if entry["class_name"] != "InputLayer" and "keras.layers" in str(entry.get("module")):
            found.add((entry["class_name"], name))
    return found


def _recorded(case: Case, exported: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """(class, name) of the outermost layer objects that share a class or a name with an exported layer."""
    assert case.chosen is not None
    classes, names = {class_name for class_name, _ in exported}, {name for _, name in exported}
    found = {(entry.class_name, entry.path[0]) for entry in case.chosen.event.layers if len(entry.path) == 1}
    return {pair for pair in found if pair[0] in classes or pair[1] in names}
