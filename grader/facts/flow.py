"""Facts about what happens to images before the base, followed from where they are read to where they are used."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.preprocessing import compare
from grader.evidence.model import Place, Range, Scalar
from grader.facts.model import Fact, unknown
from grader.models.scaling import wanted_range
from grader.source.outline import Base, Layer, Model, Outline, Step

PIXELS = Range(minimum=0.0, maximum=255.0)
TOLERANCE = 0.1
"""As in the check `preprocessing`."""
WORDS = {
    "right_range": "right", "scaled_twice": "scaled twice", "only_0_1": "only [0, 1]", "not_scaled": "not scaled",
    "wrong_range": "other range",
}  # fmt: skip
HUB = Range(minimum=0.0, maximum=1.0)
"""What TF-Hub's image modules take ("Common signature for image inputs", tensorflow.org/hub)."""

MODES = {
    "mobilenet": "signed", "mobilenet_v2": "signed", "inception_v3": "signed", "inception_resnet_v2": "signed",
    "xception": "signed", "resnet_v2": "signed", "nasnet": "signed", "vgg16": "caffe", "vgg19": "caffe",
    "resnet": "caffe", "resnet50": "caffe", "imagenet_utils": "caffe", "densenet": "torch", "efficientnet": "none",
    "efficientnet_v2": "none", "mobilenet_v3": "none", "convnext": "none",
}  # fmt: skip
"""Module of a `preprocess_input` and what it does (`keras.applications`)."""

KEEP_VALUES = ("Resizing", "CenterCrop", "InputLayer", "Identity", "Cropping2D", "Reshape")
CHANGES = {
    "flip": ("RandomFlip", "random_flip", "stateless_random_flip", "flip_left_right", "flip_up_down"),
    "rotation": ("RandomRotation", "rotate", "rot90"),
}
SETTINGS = {"flip": ("horizontal_flip", "vertical_flip"), "rotation": ("rotation_range",)}
OWN_STATISTICS = (
    "samplewise_center", "samplewise_std_normalization", "featurewise_center", "featurewise_std_normalization",
)  # fmt: skip
UNREAD = "(unknown)"


def before_base(outline: Outline) -> tuple[tuple[Step, ...] | None, tuple[Step, ...], Base | None]:
    """What is done to the training images of the graded model: by the data pipeline, and by the model before its base.

    The first is None where the images cannot be followed.
    """
    model, first = outline.graded()
    if model is None:
        return None, (), None
    calls = model.flat()
    at = max((n for n, call in enumerate(calls) if isinstance(call.thing, Base)), default=None)
    if at is None:
        return None, (), None
    base = calls[at].thing
    assert isinstance(base, Base)
    images = first.images if first is not None else None
    fed = None if images is None else _written_out(images.steps)
    return fed, tuple(call for call in calls[:at] if call.thing is not base), base


def followed_preprocessing(outline: Outline) -> Fact | None:
    """What range reaches the base; None where the images cannot be followed."""
    fed, inside, base = before_base(outline)
    if fed is None or base is None:
        return None
    wanted = HUB if base.settings.get("hub") else wanted_range(base.backbone, _scales_inside(base))
    if wanted is None:
        return None
    reached = PIXELS
    place: Place | None = base.place
    for step in (*fed, *inside):
        after = _after(reached, step)
        if after is None:
            return None
        if after != reached and isinstance(step.thing, Layer):
            place = step.thing.place
        reached = after
    code = compare(reached, PIXELS, wanted, TOLERANCE)
    if code == "wrong_range" and _scalings((*fed, *inside)) > 1:
        code = "scaled_twice"
    return Fact(value=WORDS[code], strength="stated", place=place, reason=f"[{reached.minimum:g}, {reached.maximum:g}]")


def followed_augmentation(outline: Outline, kind: str) -> Fact | None:
    """Where `flip` or `rotation` acts; None where the images cannot be followed and the model does not do it."""
    fed, inside, base = before_base(outline)
    if base is None:
        return None
    every = [fed, *_fed_later(outline)]
    for steps, word in ((inside, "in-model"), *((steps or (), "ds.map") for steps in every)):
        for step in steps:
            if not isinstance(step.thing, Layer):
                continue
            if step.thing.class_name == "ImageDataGenerator":
                values = [step.thing.settings.get(name) for name in SETTINGS[kind]]
                if UNREAD in (*values, *(step.thing.settings if UNREAD in step.thing.settings else ())):
                    return unknown("the settings of ImageDataGenerator cannot be read")
                if any(values):
                    return Fact(value="ImageDataGenerator", strength="stated", place=step.thing.place)
            elif step.thing.class_name.startswith(CHANGES[kind]):
                return Fact(value=word, strength="stated", place=step.thing.place)
    if None in every or any(_may_hide(step) for steps in (*every, inside) for step in steps or ()):
        return None
    made = [place for place in _made(outline, kind) if place is not None]
    if made and outline.trained_unread:
        return unknown("it is made, and a model is trained that cannot be followed")
    if made:
        return Fact(value="unused", strength="stated", place=made[0])
    return Fact(value="none", strength="stated")


def _fed_later(outline: Outline) -> list[tuple[Step, ...] | None]:
    """What is done to the images of the other trainings of the graded base, such as one with augmentation at last."""
    _, first = outline.graded()
    later = [fit for fit in outline.fits if first is not None and fit.base is first.base and fit is not first]
    return [None if fit.images is None else _written_out(fit.images.steps) for fit in later]


def acts_elsewhere(outline: Outline, kind: str) -> bool:
    """Whether another trained model, or its data, is augmented: what was made is then no loose end."""
    graded, _ = outline.graded()
    for fit in outline.fits:
        if fit.model is graded:
            continue
        steps = (*fit.model.flat(), *(_written_out(fit.images.steps) if fit.images is not None else ()))
        if any(_does(step, kind) for step in steps):
            return True
    return False


def _made(outline: Outline, kind: str) -> list[Place | None]:
    """Where augmentation is made that acts on nothing trained."""
    if acts_elsewhere(outline, kind):
        return []
    steps = [step for model in outline.models for step in model.flat()]
    if all(fit.images is not None for fit in outline.fits):
        steps += [Step(generator.layer) for generator in outline.generators]
    return [step.thing.place for step in steps if isinstance(step.thing, Layer) and _does(step, kind)]


def _does(step: Step, kind: str) -> bool:
    if not isinstance(step.thing, Layer):
        return False
    if step.thing.class_name == "ImageDataGenerator":
        return any(step.thing.settings.get(name) for name in SETTINGS[kind])
    return step.thing.class_name.startswith(CHANGES[kind])


def _may_hide(step: Step) -> bool:
    """Whether a step could flip or rotate without saying so."""
    return not isinstance(step.thing, Layer) or step.thing.settings.get("preprocessing_function") == UNREAD


def _written_out(steps: Sequence[Step]) -> tuple[Step, ...]:
    return tuple(Model(list(steps), Place(cell=1)).flat())


def _scales_inside(base: Base) -> bool | None:
    given = base.settings.get("include_preprocessing")
    return given if isinstance(given, bool) else None


def _scalings(steps: Sequence[Step]) -> int:
    """How often images are scaled, where `preprocess_input` is one of the ways: arithmetic alone is one thought."""
    own = divided = 0
    for step in steps:
        settings = step.thing.settings if isinstance(step.thing, Layer) else {}
        name = step.thing.class_name if isinstance(step.thing, Layer) else ""
        own += name == "preprocess_input" or settings.get("preprocessing_function") is not None
        divided += name in ("arithmetic", "Rescaling") and settings.get("scale") not in (1, 1.0, None)
        divided += settings.get("rescale") is not None
    return own + min(divided, 1) if own else 1


def _after(reached: Range, step: Step) -> Range | None:
    """The range behind a step; None where that cannot be told."""
    layer = step.thing
    if not isinstance(layer, Layer):
        return None
    name, settings = layer.class_name, layer.settings
    if name in ("arithmetic", "Rescaling"):
        return _line(reached, settings.get("scale"), settings.get("offset", 0.0))
    if name == "preprocess_input":
        return _mode(
            reached, str(settings.get("mode")) if "mode" in settings else MODES.get(str(settings.get("module")))
        )
    if name == "ImageDataGenerator":
        return _generated(reached, settings)
    if name == "ImageConverter":
        return wanted_range(str(settings.get("backbone")), None) if reached == PIXELS else None
    if name in KEEP_VALUES or name.startswith(("Random", "random_flip", "random_crop", "stateless_random", "flip_",
                                               "rot90", "rotate", "transpose", "random_brightness", "random_contrast",
                                               "random_saturation", "random_hue", "adjust_")):  # fmt: skip
        return reached
    return None


def _generated(reached: Range, settings: dict[str, Scalar]) -> Range | None:
    """Keras applies `preprocessing_function` first and `rescale` after it (`ImageDataGenerator.standardize`)."""
    told = _told_means(settings)
    hidden = [name for name in OWN_STATISTICS if settings.get(name) and (told is None or name != "featurewise_center")]
    if UNREAD in settings or hidden:
        return None
    function = settings.get("preprocessing_function")
    if function is not None:
        if not str(function).endswith("preprocess_input") or str(function).count(".") == 0:
            return None
        done = _mode(reached, MODES.get(str(function).split(".")[-2]))
        if done is None:
            return None
        reached = done
    rescale = settings.get("rescale")
    scaled = _line(reached, rescale, 0.0) if rescale is not None else reached
    if scaled is None or told is None:
        return scaled
    return Range(minimum=scaled.minimum - told[1], maximum=scaled.maximum - told[0])


def _told_means(settings: dict[str, Scalar]) -> tuple[float, float] | None:
    """The smallest and the largest of the means that a generator was told to take off."""
    low, high = settings.get("mean_from"), settings.get("mean_to")
    if not settings.get("featurewise_center") or not isinstance(low, float) or not isinstance(high, float):
        return None
    return low, high


def _line(reached: Range, scale: Scalar, offset: Scalar) -> Range | None:
    if not isinstance(scale, int | float) or not isinstance(offset, int | float):
        return None
    ends = (reached.minimum * scale + offset, reached.maximum * scale + offset)
    return Range(minimum=min(ends), maximum=max(ends))


def _mode(reached: Range, mode: str | None) -> Range | None:
    """What `keras.applications.imagenet_utils.preprocess_input` makes of a range in each of its modes."""
    if mode in ("signed", "tf"):
        return _line(reached, 1 / 127.5, -1.0)
    if mode == "caffe":
        return Range(minimum=reached.minimum - 123.68, maximum=reached.maximum - 103.939)
    if mode == "torch":
        low, high = reached.minimum / 255, reached.maximum / 255
        return Range(minimum=(low - 0.485) / 0.229, maximum=(high - 0.406) / 0.225)
    return reached if mode == "none" else None
