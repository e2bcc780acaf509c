"""What the methods of models, layers, data sets and generators do, for `grader.source.tracing`."""

from __future__ import annotations

import abc
import ast
import re

from grader.source.outline import (
    Base,
    Checkpoint,
    FitNote,
    Function,
    Generator,
    Layer,
    LayerOf,
    Many,
    Model,
    Step,
    Tensor,
    Value,
)
from grader.source.tracing_data import KEEPING_METHODS, applied_to, flowing, images_in
from grader.source.tracing_features import features_of, flattened, holds_base
from grader.source.tracing_files import published
from grader.source.tracing_values import Values
from grader.source.training import compile_settings

OWN_LAYERS = re.compile(
    r"mixed\d|block_?\d|conv\d+_|expanded_conv|out_relu$|Conv_1|top_(?:conv|activation|bn)$|post_relu$"
)
"""How the layers of the networks in `keras.applications` are named, and those of a notebook's own head are not."""


class Methods(Values, abc.ABC):
    """Follows calls of methods; statements are taken by who inherits from it."""

    def method(self, node: ast.Call, owner: Value, name: str) -> tuple[bool, Value]:
        """A method of a model or a layer; whether it was one that matters."""
        if isinstance(owner, Model) and name == "add" and node.args:
            added = self.value(node.args[0])
            if isinstance(added, Base | Layer | Model):
                owner.steps.append(Step(added, repeated=owner.loops < self.loops))
            elif isinstance(added, LayerOf) and isinstance(added.owner, Base):
                # `for layer in base.layers[:-1]: model.add(layer)`: the base layer by layer, cut off where that ends.
                owner.steps.append(Step(added.owner, how="flat" if added.part is None else "cut"))
            return True, None
        if isinstance(owner, Base | Model) and name == "get_layer":
            wanted = self.names.constant(node.args[0])[1] if node.args else None
            wanted = wanted or next((self.names.constant(k.value)[1] for k in node.keywords), None)
            return True, _named_layer(owner, str(wanted))
        if isinstance(owner, Model) and name == "compile":
            owner.compiled, owner.compiled_at = compile_settings(node, self.names), self.place(node)
            return True, None
        if isinstance(owner, Model | Base) and name in ("fit", "fit_generator", "train_on_batch"):
            self.fitted(owner, node, self.images_of(node))
            return True, None
        if isinstance(owner, Base | Model) and name in ("predict", "predict_generator", "predict_on_batch"):
            return True, features_of(owner, self.images_of(node), self.place(node))
        if isinstance(owner, Base | Model) and name == "load_weights" and node.args:
            self.filled(owner, self.files.weights(node.args[0], self.names))
            return True, None
        if isinstance(owner, Model) and name == "save" and node.args:
            self.files.saved(owner, node.args[0], self.names)
            return True, None
        if isinstance(owner, Generator):
            return True, flowing(owner, name, [self.value(a) for a in node.args[:1]]) if "flow" in name else None
        if isinstance(owner, Tensor) and owner.data and name == "reshape":
            return True, flattened(owner, node.args, self.place(node))
        if isinstance(owner, Tensor) and owner.data:
            return True, owner if name in KEEPING_METHODS else self.mapped(owner, node) if name == "map" else None
        if isinstance(owner, Many) and name == "append" and node.args:
            owner.items.append(self.value(node.args[0]))
            return True, None
        return isinstance(owner, Base | Model | Layer), None

    def filled(self, owner: Base | Model, file: str) -> None:
        """Take in `owner.load_weights(file)`: layers written out become the network whose weights they get."""
        if isinstance(owner, Base):
            owner.settings["weights"] = file
            return
        base = published(owner, file)
        if base is None:
            return
        self.outline.bases.append(base)
        for names in self.values.maps:
            names.update({name: base for name, value in names.items() if value is owner})

    def mapped(self, images: Tensor, node: ast.Call) -> Value:
        """What `images.map(function)` gives."""
        written = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "map_func"), None)
        function = self.value(written)
        if isinstance(function, Function):
            count = len(function.node.args.args)
            return images_in(self.inline(node, function, [images, *[None] * (count - 1)]))
        return applied_to(images, function, self.names.dotted(written) or "" if written else "", self.place(node))

    def fitted(self, owner: Base | Model, node: ast.Call, images: Tensor | None) -> None:
        if isinstance(owner, Base):
            owner = Model([Step(owner, how="flat")], self.place(node))
        given = self.value(next((k.value for k in node.keywords if k.arg == "callbacks"), None))
        for callback in given.items if isinstance(given, Many) else [given]:
            if isinstance(callback, Checkpoint):
                self.files.kept(owner, callback.file)
        whole = self.with_features(owner, images)
        if whole is not None:
            self.outline.fits.append(whole)
            return
        step = owner.base_step()
        base = step.thing if step is not None and isinstance(step.thing, Base) else None
        self.outline.fits.append(
            FitNote(
                owner, self.place(node), base, base.frozen if base else "no", base.frozen_at if base else None,
                base.thawed_at if base else None, images, self.depth_of_loop > 0,
            )
        )  # fmt: skip

    def with_features(self, owner: Model, features: Tensor | None) -> FitNote | None:
        """A training on features that a base made beforehand: base and classifier as one model, the base at rest."""
        steps = features.steps if features is not None else ()
        begin = next((n for n, step in enumerate(steps) if holds_base(step)), None)
        if begin is None or owner.base_step() is not None:
            return None
        whole = self.wholes.setdefault(id(owner), Model([], owner.place))
        whole.steps = [*steps[begin:], *owner.steps]
        whole.compiled, whole.compiled_at = owner.compiled, owner.compiled_at
        last = whole.base_step()
        base = last.thing if last is not None and isinstance(last.thing, Base) else None
        images = Tensor(steps[:begin], data=True)
        return FitNote(whole, owner.place, base, "yes", None, None, images, beforehand=True)

    def images_of(self, node: ast.Call) -> Tensor | None:
        written = node.args[0] if node.args else None
        written = written or next((k.value for k in node.keywords if k.arg in ("x", "generator")), None)
        found = images_in(self.value(written))
        return found if found is not None and found.data else None


def _named_layer(owner: Base | Model, name: str) -> LayerOf:
    if isinstance(owner, Model):
        plain = name.lower().replace("_", "")
        for step in owner.flat():
            if isinstance(step.thing, Base) and plain.startswith(step.thing.backbone.lower()):
                return LayerOf(owner, None, step.thing)
        bases = [step.thing for step in owner.flat() if isinstance(step.thing, Base) and step.how != "nested"]
        if len(bases) == 1 and OWN_LAYERS.match(name):
            return LayerOf(bases[0], "some")
    return LayerOf(owner, "some")
