"""What was passed to `fit`, seen from outside: kind, shapes, the first batch's range, and augmentation on the way."""

from __future__ import annotations

import sys
from typing import Any

from . import sources

AUGMENTING = (
    "random_flip", "random_rotation", "random_zoom", "random_translation", "random_crop", "random_contrast",
    "random_brightness", "flip_left_right", "flip_up_down", "rot90", "adjust_brightness", "adjust_contrast",
)  # fmt: skip
"""Parts of operation names that Keras' preprocessing layers and `tf.image` leave in a dataset's graph."""

GENERATOR_SETTINGS = (
    "rotation_range", "width_shift_range", "height_shift_range", "shear_range", "zoom_range", "horizontal_flip",
    "vertical_flip", "brightness_range", "channel_shift_range",
)  # fmt: skip


def describe(x: Any, y: Any, look_inside: bool = True) -> dict[str, Any] | None:
    """Facts about training or validation data.

    `look_inside` takes one batch to learn its range. A plain Python generator is never advanced: that would take
    a batch away from the notebook.
    """
    if x is None:
        return None
    if isinstance(x, tuple) and y is None and x:
        x, y = x[0], x[1] if len(x) > 1 else None
    if _is_dataset(x):
        return _dataset(x, look_inside)
    if hasattr(x, "image_data_generator"):
        return _image_iterator(x, look_inside)
    if hasattr(x, "__array__") or hasattr(x, "shape"):
        return _array(x, y)
    if hasattr(x, "__getitem__") and hasattr(x, "__len__") and not isinstance(x, (list, dict)):
        images, labels = _pair(x[0]) if look_inside else (None, None)
        return {"kind": "PyDataset", "batches": _length(x), **_range(images), **_shapes(images, labels)}
    return {"kind": type(x).__name__[:100]}


def shares(validation: Any, training: Any) -> bool | None:
    """Whether validation data holds images of the training data; None where that cannot be told.

    Told by the files a dataset was made of, or by the memory of arrays. Data that was split by `take` or `skip` comes
    of the same files and yet shares nothing, so nothing is said about it.
    """
    if isinstance(validation, tuple) and validation:
        validation = validation[0]
    if validation is training:
        return True
    theirs, ours = _files(validation), _files(training)
    if theirs is not None and ours is not None:
        return bool(theirs & ours)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(validation, numpy.ndarray) and isinstance(training, numpy.ndarray):
        return bool(numpy.may_share_memory(validation, training))
    return None


def _files(x: Any) -> set[str] | None:
    """The image files that all go through this data, or None where they are not known or only some are used."""
    if hasattr(x, "image_data_generator"):
        paths = getattr(x, "filepaths", None)
        return {str(path) for path in paths} if paths else None
    if not _is_dataset(x):
        return None
    files: set[str] = set()
    pending, seen = [x], 0
    while pending and seen < 200:
        stage = pending.pop()
        seen += 1
        paths = getattr(stage, "file_paths", None)
        if isinstance(paths, (list, tuple)) and paths:
            files.update(str(path) for path in paths)
            continue
        if any(word in type(stage).__name__ for word in ("Take", "Skip", "Shard", "Filter", "Sample", "Window")):
            return None
        try:
            pending.extend(stage._inputs())
        except (AttributeError, NotImplementedError):
            return None
    return files or None


def _is_dataset(x: Any) -> bool:
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and isinstance(x, tensorflow.data.Dataset)


def _dataset(x: Any, look_inside: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": "tf.data", "pipeline_operations": sorted(_pipeline_operations(x))}
    facts |= sources.of_dataset(x)
    count = int(x.cardinality().numpy())
    facts["batches"] = count if count >= 0 else None
    spec = x.element_spec
    if isinstance(spec, tuple) and len(spec) >= 2 and hasattr(spec[0], "shape"):
        facts["image_shape"] = _shape(spec[0])
        facts["label_shape"] = _shape(spec[1])
    uncached = _without_caches(x) if look_inside else None
    if uncached is not None:
        images, _ = _pair(next(iter(uncached.take(1))))
        facts |= _range(images)
        shape = getattr(images, "shape", None)
        if shape is not None and len(shape) == 4:
            facts["batch_size"] = int(shape[0])
    return facts


def _without_caches(dataset: Any) -> Any:
    """The same pipeline rebuilt from above its cache, or None where that cannot be done.

    Reading one batch through `cache()` can end the cache with that one batch in it (seen in about 1 of 60 tries on
    TensorFlow 2.21), and the notebook would then train on nothing else.
    """
    stages = []
    for stage in sources.stages(dataset):
        stages.append(stage)
        if "Cache" in type(stage).__name__:
            break
    else:
        return dataset
    rebuilt = stages[-1]._inputs()[0]
    if any("Cache" in type(stage).__name__ for stage in sources.stages(rebuilt)):
        return None
    for stage in reversed(stages[:-1]):
        kind = type(stage).__name__
        if "Batch" in kind and hasattr(stage, "_batch_size"):
            rebuilt = rebuilt.batch(stage._batch_size)
        elif "Map" in kind:
            mapped = getattr(getattr(stage, "_map_func", None), "_func", None)
            if mapped is None:
                return None
            rebuilt = rebuilt.map(mapped)
        elif not any(word in kind for word in ("Prefetch", "Shuffle", "Take", "Skip", "Options", "Repeat")):
            return None
    return rebuilt


def _pipeline_operations(dataset: Any) -> set[str]:
    """Names of augmenting operations in the functions given to `map`, found in their traced graphs."""
    found: set[str] = set()
    for stage in sources.stages(dataset):
        mapped = getattr(stage, "_map_func", None)
        graph = getattr(getattr(mapped, "function", None), "graph", None)
        for operation in sources.operations(graph, depth=3):
            name = f"{operation.name} {operation.type}".lower()
            found.update(word for word in AUGMENTING if word in name)
    return found


def _image_iterator(x: Any, look_inside: bool) -> dict[str, Any]:
    generator = getattr(x, "image_data_generator", None)
    values = {name: getattr(generator, name, None) for name in GENERATOR_SETTINGS}
    settings = [f"{name}={value}" for name, value in values.items() if value and value not in ([1.0, 1.0], (1.0, 1.0))]
    images, labels = _pair(x[0]) if look_inside else (None, None)
    return {
        "kind": "ImageDataGenerator",
        "batches": _length(x),
        "pipeline_operations": settings,
        **sources.of_iterator(x),
        **_range(images),
        **_shapes(images, labels),
    }


def _array(x: Any, y: Any) -> dict[str, Any]:
    import numpy as np

    first = np.asarray(x[:32])
    return {"kind": "array", "image_shape": _shape(x), "label_shape": _shape(y), **_range(first)}


def _pair(batch: Any) -> tuple[Any, Any]:
    if isinstance(batch, (tuple, list)):
        return batch[0], batch[1] if len(batch) > 1 else None
    return batch, None


def _range(images: Any) -> dict[str, Any]:
    import numpy as np

    if images is None or isinstance(images, dict):
        return {}
    array = np.asarray(images)
    if array.size == 0 or array.dtype.kind not in "fiu":
        return {}
    return {"minimum": float(array.min()), "maximum": float(array.max())}


def _shapes(images: Any, labels: Any) -> dict[str, Any]:
    return {"image_shape": _shape(images), "label_shape": _shape(labels)} if images is not None else {}


def _shape(thing: Any) -> list[int | None] | None:
    shape = getattr(thing, "shape", None)
    if shape is None:
        return None
    try:
        return [None if size is None else int(size) for size in shape]
    except (TypeError, ValueError):
        return None


def _length(x: Any) -> int | None:
    try:
        return len(x)
    except (TypeError, ValueError, NotImplementedError):
        return None
