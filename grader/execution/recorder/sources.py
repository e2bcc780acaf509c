"""Which image files training data comes from, under which labels, and whether labels stay as they were."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

MAXIMUM_STAGES = 200

_NOT_FOLLOWED = ("Shard", "Filter", "Sample", "Window", "Interleave", "FlatMap")
"""After these it is not known which files are left."""

_LEAVES_LABELS_ALONE = frozenset({"Identity", "Cast", "ExpandDims", "Squeeze", "Reshape", "OneHot", "Snapshot"})
"""Operations that write a label down differently and mean the same."""


def of_dataset(dataset: Any) -> dict[str, Any]:
    """What is known of a `tf.data` pipeline that was made from image files; empty otherwise."""
    files: dict[str, None] = {}
    names: list[Any] = []
    kept: bool | None = True
    size = None
    for stage in stages(dataset):
        kind = type(stage).__name__
        paths = getattr(stage, "file_paths", None)
        if isinstance(paths, (list, tuple)) and paths:
            files.update(dict.fromkeys(str(path) for path in paths))
            names.append(getattr(stage, "class_names", None))
            size = size or _batch_size(stage)
            continue
        if any(word in kind for word in _NOT_FOLLOWED):
            return {"directory": None, "labels_kept": None}
        if "Map" in kind:
            kept = _both(kept, _both(_keeps_labels(stage), _keeps_images(stage)))
        size = size or getattr(stage, "_batch_size", None)
    kinds = {type(stage).__name__ for stage in stages(dataset)}
    part_again_and_again = _among(kinds, "Repeat") and _among(kinds, "Take", "Skip")
    if not files or part_again_and_again:
        return {"directory": None, "labels_kept": None}
    return {
        "directory": _folder(files),
        "files": len(files),
        "batch_size": None if size is None else int(size),
        "class_names": _agreed(names),
        "labels_kept": kept,
        "in_class_order": _in_class_order(list(files)) and not _among(kinds, "Shuffle"),
    }


def of_iterator(iterator: Any) -> dict[str, Any]:
    """What is known of an iterator of `ImageDataGenerator.flow_from_directory`."""
    directory, indices = getattr(iterator, "directory", None), getattr(iterator, "class_indices", None)
    paths = getattr(iterator, "filepaths", None)
    return {
        "directory": _folder(dict.fromkeys(str(path) for path in paths))
        if paths
        else None if directory is None else str(directory)[-300:],
        "files": len(paths) if paths else None,
        "batch_size": int(getattr(iterator, "batch_size", 0)) or None,
        "class_names": [str(name)[:100] for name in sorted(indices, key=indices.get)][:100] if indices else None,
        "labels_kept": True if getattr(iterator, "class_mode", None) in ("binary", "categorical", "sparse") else None,
        "in_class_order": getattr(iterator, "shuffle", True) is False,
    }  # fmt: skip


def stages(dataset: Any) -> Iterator[Any]:
    """A pipeline's stages, the last first, down to those that are made of files."""
    pending, seen = [dataset], 0
    while pending and seen < MAXIMUM_STAGES:
        stage = pending.pop()
        seen += 1
        yield stage
        if getattr(stage, "file_paths", None):
            continue
        try:
            pending.extend(stage._inputs())
        except (AttributeError, NotImplementedError):
            continue


def _folder(files: dict[str, None]) -> str:
    """The folder whose sub-folders are the classes, with its parent."""
    folder = os.path.commonpath({os.path.dirname(file) for file in files})  # noqa: PTH120
    return "/".join(Path(folder).parts[-2:])[-300:]


def _batch_size(dataset: Any) -> Any:
    """Of a data set made by Keras: it batches below the object that knows the files."""
    for _ in range(3):
        size = getattr(dataset, "_batch_size", None)
        if size is not None:
            return size
        inputs = dataset._inputs()
        if len(inputs) != 1:
            return None
        dataset = inputs[0]
    return None


def _agreed(names: list[Any]) -> list[str] | None:
    first = names[0]
    if not isinstance(first, (list, tuple)) or any(other != first for other in names):
        return None
    return [str(name)[:100] for name in first][:100]


def operations(graph: Any, depth: int) -> Iterator[Any]:
    """The operations of a traced graph and of the functions it calls, so many levels down."""
    if graph is None or depth == 0:
        return
    yield from graph.get_operations()[:20_000]
    for function in list(getattr(graph, "_functions", {}).values())[:200]:
        yield from operations(getattr(function, "graph", None), depth - 1)


def _among(kinds: set[str], *words: str) -> bool:
    return any(word in kind for kind in kinds for word in words)


def _in_class_order(files: list[str]) -> bool:
    """Whether all images of one class come before those of the next: the first batches then show one class alone."""
    folders = [os.path.dirname(file) for file in files]  # noqa: PTH120
    changes = sum(one != other for one, other in pairwise(folders))
    return changes + 1 == len(set(folders)) > 1


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if one is False or other is False else None if one is None or other is None else True


def _keeps_labels(stage: Any) -> bool | None:
    """Whether the function given to `map` hands on its second argument as it is, told from its traced graph."""
    function = getattr(getattr(stage, "_map_func", None), "function", None)
    graph = getattr(function, "graph", None)
    if graph is None or len(getattr(graph, "inputs", ())) < 2 or len(getattr(graph, "outputs", ())) != 2:
        return None
    tensor = graph.outputs[1]
    for _ in range(20):
        if tensor is graph.inputs[1] or tensor.op.type == "Placeholder":
            return bool(tensor.name == graph.inputs[1].name)
        if tensor.op.type not in _LEAVES_LABELS_ALONE or not tensor.op.inputs:
            return False
        tensor = tensor.op.inputs[0]
    return None


def _keeps_images(stage: Any) -> bool | None:
    """Whether the function given to `map` hands on its own pictures, each where it was.

    Made-up or reordered ones are no longer those of their labels.
    """
    graph = getattr(getattr(getattr(stage, "_map_func", None), "function", None), "graph", None)
    if graph is None or not getattr(graph, "inputs", ()) or not getattr(graph, "outputs", ()):
        return None
    if any(operation.type == "RandomShuffle" for operation in operations(graph, depth=3)):
        return False
    pending, seen = [graph.outputs[0]], set()
    while pending:
        tensor = pending.pop()
        if tensor is graph.inputs[0] or tensor.name == graph.inputs[0].name:
            return True
        if tensor.name not in seen and tensor.op.type not in ("Shape", "ShapeN", "Size", "Rank"):
            seen.add(tensor.name)
            pending.extend(tensor.op.inputs)
    return False
