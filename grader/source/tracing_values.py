"""What the expressions of a notebook stand for, for `grader.source.tracing`."""

from __future__ import annotations

import abc
import ast

from grader.source.layers import is_keras
from grader.source.names import LOCAL
from grader.source.outline import (
    Base,
    Function,
    Layer,
    LayerOf,
    LayersOf,
    Many,
    Model,
    Step,
    Tensor,
    Value,
)  # fmt: skip
from grader.source.tracing_arithmetic import line_of
from grader.source.tracing_calls import make, output_of, part_of
from grader.source.tracing_data import (
    KEEPING,
    generator,
    images_in,
    passed_on,
    preprocess_input,
    read_images,
)  # fmt: skip
from grader.source.tracing_features import flattened
from grader.source.tracing_files import ARRAY_FILES, checkpoint
from grader.source.tracing_functions import Functions
from grader.source.vocabulary import REDUCTIONS

OPERATIONS = frozenset({"nn", "math", "image", "ops"})
"""Modules of TensorFlow and Keras whose functions take a tensor and give one back."""
_TRAINING = frozenset({"epochs", "validation_data", "batch_size", "steps_per_epoch", "callbacks"})
"""Arguments by which a `fit` is told as that of a network."""


class Values(Functions, abc.ABC):
    """Follows expressions; statements are taken by who inherits from it."""

    def value(self, node: ast.expr | None) -> Value:
        """What an expression stands for."""
        if isinstance(node, ast.Name):
            return self.values.get(node.id)
        if isinstance(node, ast.List | ast.Tuple):
            return Many([self.value(item) for item in node.elts[:200]])
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Attribute):
            return self.attribute(node)
        if isinstance(node, ast.Subscript):
            return self.subscript(node)
        if isinstance(node, ast.BinOp):
            return self.arithmetic(node)
        if isinstance(node, ast.Lambda):
            return Function(node)
        if isinstance(node, ast.IfExp):
            return self.value(node.body) or self.value(node.orelse)
        if isinstance(node, ast.NamedExpr):
            value = self.value(node.value)
            self.assign(node.target, value, node.value)
            return value
        if isinstance(node, ast.Dict):
            return Many([self.value(each) for each in node.values[:50]])
        if isinstance(node, ast.ListComp | ast.GeneratorExp) and len(node.generators) == 1:
            return self.each(node)
        return None

    def each(self, node: ast.ListComp | ast.GeneratorExp) -> Value:
        """`[f(x) for x in data]`, for one of them."""
        over, target = self.value(node.generators[0].iter), node.generators[0].target
        if isinstance(over, LayersOf) and isinstance(node.elt, ast.Name) and isinstance(target, ast.Name):
            # `[layer for layer in base.layers if …]`: which of them, only running it would show.
            picked = node.elt.id == target.id
            return LayersOf(over.owner, "some" if node.generators[0].ifs else over.part) if picked else None
        outer = self.values
        self.values = outer.new_child()
        if isinstance(over, Many):
            self.bind(target, over.items[0] if over.items else None)
        elif isinstance(over, LayersOf):
            self.bind(target, LayerOf(over.owner, over.part))
        else:
            self.bind(target, over if isinstance(over, Tensor) and over.data else None)
        try:
            return Many([self.value(node.elt)])
        finally:
            self.values = outer

    def attribute(self, node: ast.Attribute) -> Value:
        owner = self.value(node.value)
        if isinstance(owner, Base | Model):
            if node.attr == "layers":
                return LayersOf(owner)
            if node.attr in ("output", "outputs"):
                if isinstance(owner, Base):
                    return Tensor((Step(owner, how="flat"),), loops=self.loops)
                return Tensor(tuple(owner.steps), owner, loops=self.loops)
            if node.attr in ("input", "inputs"):
                return Tensor((), owner, loops=self.loops)
        if isinstance(owner, LayerOf) and node.attr == "layers":
            # Only a model has layers: the base, where it is the only one inside.
            step = owner.owner.base_step() if isinstance(owner.owner, Model) else None
            return LayersOf(step.thing) if step is not None and isinstance(step.thing, Base) else None
        if isinstance(owner, LayerOf) and node.attr == "output":
            if isinstance(owner.owner, Base):
                return Tensor((Step(owner.owner, how="cut"),), loops=self.loops)
            return output_of(owner, self.loops)
        return None

    def subscript(self, node: ast.Subscript) -> Value:
        owner = self.value(node.value)
        if isinstance(owner, LayersOf):
            return part_of(owner, node.slice, self.names)
        if isinstance(owner, Tensor):
            return owner
        if isinstance(owner, Many):
            known, index = self.names.constant(node.slice)
            if known and isinstance(index, int) and -len(owner.items) <= index < len(owner.items):
                return owner.items[index]
            # Part of a list of pictures, or what lies under a key: the same has been done to all of them.
            return owner if isinstance(node.slice, ast.Slice) else images_in(owner)
        return None

    def arithmetic(self, node: ast.BinOp) -> Value:
        left = self.value(node.left)
        first = isinstance(left, Tensor)
        tensor = left if isinstance(left, Tensor) else self.value(node.right)
        if not isinstance(tensor, Tensor):
            return None
        settings = line_of(node.op, node.right if first else node.left, self.names, image_first=first)
        return tensor.then(Layer("arithmetic", settings, self.place(node)))

    def call(self, node: ast.Call) -> Value:
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value)
            if owner is not None:
                handled, value = self.method(node, owner, node.func.attr)
                if handled:
                    return value
            elif node.func.attr in ("fit", "fit_generator") and _TRAINING.intersection(k.arg for k in node.keywords):
                self.outline.trained_unread = True
        called = self.value(node.func) if not isinstance(node.func, ast.Attribute) else None
        if isinstance(called, Function):
            return self.inline(node, called)
        if called is None and isinstance(node.func, ast.Call | ast.Subscript) and self.names.dotted(node.func) is None:
            return self.applied(node, None)
        if isinstance(called, Base | Layer | Model | LayerOf):
            return self.applied(node, called)
        dotted = self.names.dotted(node.func) or ""
        name = dotted.rsplit(".", 1)[-1]
        inside = [self.value(argument) for argument in node.args[:50]]
        keywords = {k.arg: self.value(k.value) for k in node.keywords if k.arg}
        if name == "urlretrieve" and len(node.args) > 1:
            self.files.fetched(node.args[0], node.args[1], self.names)
            return None
        if name == "save_model" and len(node.args) > 1 and isinstance(inside[0], Model):
            self.files.saved(inside[0], node.args[1], self.names)
            return None
        if name == "load_model" and node.args:
            model = self.files.loaded(node.args[0], self.names)
            self.outline.loaded_unread |= model is None
            return model
        if name in ("model_from_json", "model_from_config", "model_from_yaml"):
            self.outline.loaded_unread = True
            return None
        if dotted in ARRAY_FILES:
            return self.files.array(node, dotted, self.names, inside)
        if name == "gradient" and len(node.args) > 1:
            self.own_training(node)
            return None
        if dotted == "setattr" and len(node.args) == 3 and self.names.constant(node.args[1])[1] == "trainable":
            self.set_trainable(inside[0], node.args[2], node)
            return None
        tensor = next((v for v in (*inside, *keywords.values()) if isinstance(v, Tensor)), None)
        if tensor is not None and name == "preprocess_input":
            mode = next((self.names.constant(k.value)[1] for k in node.keywords if k.arg == "mode"), None)
            return tensor.then(preprocess_input(dotted, self.place(node), mode))
        if dotted.startswith(LOCAL.dotted):
            return None
        if name == "ImageDataGenerator":
            flowing = generator(node, self.names, self.place(node))
            self.outline.generators.append(flowing)
            return flowing
        if name == "reshape" and isinstance(tensor, Tensor) and tensor.data:
            return flattened(tensor, [*node.args[1:], *(k.value for k in node.keywords)], self.place(node))
        images = read_images(dotted, name) or passed_on(dotted, name, inside, self.place(node))
        if images is not None:
            return images
        if not is_keras(dotted, node.func):
            return None
        if name == "Lambda":
            return self.function_layer(node)
        if name == "ModelCheckpoint":
            return checkpoint(node, self.names)
        made = make(node, name, dotted, inside, keywords, self.names, self.place(node))
        if isinstance(made, Base):
            self.outline.bases.append(made)
        elif isinstance(made, Model):
            made.loops = self.loops
            self.outline.models.append(made)
        elif made is None and tensor is not None and name in KEEPING:
            return tensor
        elif made is None and tensor is not None and (name in REDUCTIONS or OPERATIONS.intersection(dotted.split("."))):
            return tensor.then(Layer(REDUCTIONS.get(name, name), {}, self.place(node)))
        return made

    def own_training(self, node: ast.Call) -> None:
        """`tape.gradient(loss, model.trainable_variables)`: a step of a training that the notebook writes out."""
        of = node.args[1]
        trained = isinstance(of, ast.Attribute) and of.attr in ("trainable_variables", "trainable_weights")
        model = self.value(of.value) if isinstance(of, ast.Attribute) and trained else None
        if isinstance(model, Base | Model):
            self.fitted(model, node, None)

    def applied(self, node: ast.Call, called: Value) -> Value:
        """A layer, base or model called on tensors."""
        thing = called if called is not None else self.value(node.func)
        if isinstance(thing, Function):
            return self.inline(node, thing)
        if isinstance(thing, LayerOf):
            thing = thing.layer
        if not isinstance(thing, Base | Layer | Model):
            return None
        given = self.value(node.args[0]) if node.args else next((self.value(k.value) for k in node.keywords), None)
        tensors = given.items if isinstance(given, Many) else [given]
        training = next((self.names.constant(k.value)[1] for k in node.keywords if k.arg == "training"), None)
        longest = max((t for t in tensors if isinstance(t, Tensor)), key=lambda t: len(t.steps), default=None)
        if longest is None:
            return None
        repeated = bool(longest.steps) and longest.loops < self.loops
        step = Step(thing, training if isinstance(training, bool) else None, repeated=repeated)
        data = any(isinstance(t, Tensor) and t.data for t in tensors)
        return Tensor((*longest.steps, step), data=data, loops=longest.loops if repeated else self.loops)
