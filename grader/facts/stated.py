"""Facts as the source states them, for a notebook that did not get as far as a model on a pre-trained base."""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping, Sequence

from grader.checks.elsewhere import not_handed_in
from grader.evidence.model import Evidence, Place, Range, Scalar, Statement
from grader.facts.doubts import doubts
from grader.facts.flow import MODES
from grader.facts.model import UNKNOWN, Fact, Facts, unknown
from grader.facts.outlined import HEAD_UNREAD, POOLING, graded_base, on_features, outlined, rates
from grader.models.published_weights import is_imagenet_file
from grader.models.scaling import wanted_range
from grader.source.frameworks import foreign_framework
from grader.source.outline import Outline
from grader.source.parse import parse_cell
from grader.source.tracing import read_outline
from grader.source.vocabulary import BACKBONES

NOT_READ = "the source does not state it in a way that can be read"


def stated_facts(evidence: Evidence) -> Facts:
    """Facts at strength `stated`. What is ambiguous is `unknown`, never a guess.

    The code is followed as far as it goes; where no model on a base comes of it, single statements are read.
    """
    outline = read_outline(evidence.cells)
    facts = outlined(outline)
    found = _completed(evidence, outline, facts)
    return found.model_copy(update=doubts(evidence, found, followed=facts))


def _completed(evidence: Evidence, outline: Outline, facts: dict[str, Fact]) -> Facts:
    """What was followed, and what single statements say of the rest."""
    if not facts:
        single = _from_statements(evidence)
        apart = bool(outline.fits) and all(fit.base is None and fit.model.flat() for fit in outline.fits)
        if not apart or single.backbone.value == "none":
            return single
        head = on_features(outline) if single.backbone.value != UNKNOWN else {}
        return single.model_copy(update=_beside_its_base() | head)
    base = graded_base(outline)
    assert base is not None
    rest = {
        "weights": _weights(base.settings, base.place),
        "flip": _not_followed(_augmentation(evidence, "flip"), outline),
        "rotation": _not_followed(_augmentation(evidence, "rotation"), outline),
        "preprocessing": _not_followed(
            _preprocessing(evidence, base.backbone, hub=bool(base.settings.get("hub")), apart=_in_others(outline)),
            outline,
        ),
    }
    missing = {"pooling", "dropout", "head", "loss_matches_output"} - set(facts)
    if missing:
        single = _from_statements(evidence)
        rest |= {name: getattr(single, name) for name in missing}
    return Facts(**(rest | facts))


def _beside_its_base() -> dict[str, Fact]:
    """Where all models that are trained were followed and none holds the base: it made features for them beforehand."""
    reason = unknown("the model that is trained does not hold the base, which may have made its features beforehand")
    return {"frozen_at_first_fit": reason, "pooling": reason}


def _not_followed(fact: Fact, outline: Outline) -> Fact:
    """What single statements say of images whose way could not be followed: nothing, where it may be about others."""
    if fact.value == "in-model":
        return unknown("it is made, but not in the model that is trained; where it acts cannot be followed")
    if fact.place is not None and any(fit.base is None for fit in outline.fits):
        return unknown("several models are trained; which images pass through it cannot be followed")
    return fact


def _from_statements(evidence: Evidence) -> Facts:
    statements = evidence.statements
    bases = [s for s in statements if s.topic == "base" and s.settings.get("backbone")]
    if not bases:
        return _without_base(evidence)
    base = next((s for s in reversed(bases) if s.settings.get("include_top") is False), bases[-1])
    later = [s for s in statements if _after(s, base)]
    fits = [s for s in later if s.topic == "fit"]
    first_fit = fits[0] if fits else None
    head = [s for s in later if first_fit is None or not _after(s, first_fit)]
    pooling, dropout = [s for s in head if s.topic == "pooling"], [s for s in head if s.topic == "dropout"]
    dense = [s for s in head if s.topic == "classifier"]
    compiled = next((s for s in reversed(head) if s.topic == "compile"), None)
    inside = base.settings.get("pooling")
    hub = "hub" in str(base.settings["backbone"]).lower()
    return Facts(
        backbone=unknown(
            f"a {'KerasHub network' if 'keras' in str(base.settings['backbone']) else 'TF-Hub module'}, "
            "not one of keras.applications"
        )
        if hub
        else _said(str(base.settings["backbone"]), base),
        include_top=_yes_no(base.settings.get("include_top"), base),
        weights=_weights(base.settings, base.place),
        frozen_at_first_fit=unknown("a TF-Hub module, in a model that cannot be followed")
        if hub
        else _frozen(head, later, first_fit),
        fine_tunes=_fine_tunes(later, fits),
        flip=_augmentation(evidence, "flip"),
        rotation=_augmentation(evidence, "rotation"),
        pooling=unknown("a TF-Hub module may pool inside")
        if hub and not pooling
        else _said({"avg": "gap", "max": "gmp"}.get(str(inside), "none"), base)
        if not pooling or inside is not None
        else _said(POOLING.get(str(pooling[0].settings.get("name")), "none"), pooling[0]),
        dropout=unknown(f"the head's layers cannot be counted: {HEAD_UNREAD}")
        if dropout and any("units" not in s.settings for s in dense)
        else rates([s.settings.get("rate", "?") for s in dropout], dropout[0].place)
        if dropout
        else Fact(value="none", strength="stated"),
        head=_head(dense),
        loss_matches_output=_loss(dense, compiled),
        base_training_false=unknown(NOT_READ),
        preprocessing=_preprocessing(evidence, str(base.settings["backbone"]), hub=False),
    )


def _without_base(evidence: Evidence) -> Facts:
    nothing = Fact(value="none", strength="stated", reason="no pre-trained base is made in the source")
    reason = unknown("no pre-trained base was found")
    foreign = foreign_framework(evidence.cells)
    if foreign is not None:
        nothing = reason = unknown(f"not a Keras model: the notebook is written in {foreign}")
    module = not_handed_in(evidence)
    if module is not None:
        foreign = module
        nothing = reason = unknown(f"the notebook needs the module {module}, which is not here")
    elif foreign is None and (named := _named(evidence)) is not None:
        nothing = reason = unknown(f"{named} is named, but where it is made cannot be followed")
    return Facts(
        backbone=nothing if evidence.cells else unknown("there is no source to read"),
        include_top=reason, weights=reason, frozen_at_first_fit=reason, fine_tunes=reason,
        flip=reason if foreign else _augmentation(evidence, "flip"),
        rotation=reason if foreign else _augmentation(evidence, "rotation"), pooling=reason,
        dropout=reason, head=reason, loss_matches_output=reason, base_training_false=reason, preprocessing=reason,
    )  # fmt: skip


def _named(evidence: Evidence) -> str | None:
    """A network that the code names without calling it there, such as `for make in (VGG16, ResNet50):`."""
    code = (cell for cell in evidence.cells if cell.kind == "code")
    for node in (inner for cell in code for each in parse_cell(cell.source) for inner in ast.walk(each)):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
        if name in BACKBONES:
            return name
    return None


def _after(statement: Statement, other: Statement) -> bool:
    return (statement.place.cell, statement.place.first_line) >= (other.place.cell, other.place.first_line) and (
        statement is not other
    )


def _said(value: str, statement: Statement) -> Fact:
    return Fact(value=value, strength="stated", place=statement.place)


def _yes_no(value: Scalar, statement: Statement) -> Fact:
    return _said("yes" if value else "no", statement) if isinstance(value, bool) else unknown(NOT_READ)


def _weights(settings: Mapping[str, Scalar], place: Place) -> Fact:
    if "weights" not in settings:
        return unknown(NOT_READ)
    given = settings["weights"]
    published = given == "imagenet" or (isinstance(given, str) and is_imagenet_file(given))
    if not published and given is not None:
        return unknown(f"weights from a file of the notebook's own ({str(given)[:100]}): whose they are cannot be read")
    value = "imagenet" if published else "none"
    return Fact(value=value, strength="stated", place=place)


def _frozen(head: Sequence[Statement], later: Sequence[Statement], first_fit: Statement | None) -> Fact:
    if first_fit is None:
        return _never() if not any(s.topic == "fit" for s in later) else unknown(NOT_READ)
    flags = [s for s in head if s.topic in ("freeze", "unfreeze")]
    freezing = [s for s in flags if s.topic == "freeze"]
    if not freezing:
        return _said("no", first_fit)
    whole = flags[-1].topic == "freeze" and not any("[" in str(s.settings.get("target")) for s in freezing)
    return _said("yes", freezing[0]) if whole else unknown("some layers are frozen and some are not, or in slices")


def _never() -> Fact:
    return Fact(value="never fitted", strength="stated")


def _fine_tunes(later: Sequence[Statement], fits: Sequence[Statement]) -> Fact:
    thawed = [s for s in later if s.topic == "unfreeze" and fits and _after(s, fits[0])]
    if thawed and any(_after(fit, thawed[0]) for fit in fits):
        return _said("yes", thawed[0])
    return Fact(value="no", strength="stated")


def _augmentation(evidence: Evidence, word: str) -> Fact:
    if not evidence.cells:
        return unknown("there is no source to read")
    for statement in evidence.statements:
        if statement.topic != "augmentation" or statement.settings.get("other"):
            continue
        name = str(statement.settings.get("name"))
        if name == "ImageDataGenerator":
            if any(word in key and value for key, value in statement.settings.items() if key != "name"):
                return _said("ImageDataGenerator", statement)
        elif word in name.lower():
            return _said("ds.map" if ".map(" in statement.detail or "image." in name else "in-model", statement)
    return Fact(value="none", strength="stated")


def _head(dense: Sequence[Statement]) -> Fact:
    if not dense:
        return unknown(NOT_READ)
    words = ", ".join(
        f"Dense({s.settings.get('units', '?')}, {s.settings.get('activation') or 'linear'})" for s in dense
    )
    return unknown(f"{words}: {HEAD_UNREAD}") if "?" in words else _said(words, dense[-1])


def _loss(dense: Sequence[Statement], compiled: Statement | None) -> Fact:
    if not dense or compiled is None or not compiled.settings.get("loss"):
        return unknown(NOT_READ)
    probabilities = dense[-1].settings.get("activation") in ("sigmoid", "softmax")
    from_logits = bool(compiled.settings.get("from_logits"))
    if "entropy" not in str(compiled.settings["loss"]).lower():
        return unknown("the loss is no cross-entropy")
    among_classes = "categorical" in str(compiled.settings["loss"]).lower()
    if among_classes and (dense[-1].settings.get("units") == 1 or dense[-1].settings.get("activation") == "sigmoid"):
        return _said("no", compiled)
    return _said("no" if probabilities == from_logits else "yes", compiled)


def _in_others(outline: Outline) -> frozenset[Place]:
    """Places of steps that lie in other trained models and not in the graded one."""
    graded, _ = outline.graded()
    others = [fit.model for fit in outline.fits if fit.model is not graded]
    inside = {step.thing.place for model in others for step in model.flat()}
    return frozenset(inside - {step.thing.place for step in (graded.flat() if graded is not None else ())})


def _preprocessing(evidence: Evidence, backbone: str, *, hub: bool, apart: Container[Place] = ()) -> Fact:
    """By all statements about pixel values, wherever they stand: which images pass through which is not followed.

    Those that stand `apart` are known to be about another model.
    """
    found = [s for s in evidence.statements if s.topic == "preprocessing" and s.place not in apart]
    own = [s for s in found if s.settings.get("name") == "preprocess_input" or "preprocess" in _function(s)]
    by_255 = [s for s in found if abs((_scale(s) or 0) - 1 / 255) < 1e-4]
    by_127 = [s for s in found if abs((_scale(s) or 0) - 1 / 127.5) < 1e-4 and s.settings.get("offset") in (-1, -1.0)]
    others = [s for s in found if s not in own and s not in by_255 and s not in by_127]
    if hub:
        # TF-Hub's image modules take [0, 1] ("Common signature for image inputs", tensorflow.org/hub).
        return _said("right", by_255[0]) if by_255 and not (own or by_127 or others) else unknown(NOT_READ)
    wanted = wanted_range(backbone, None)
    if wanted is None or others:
        return unknown(NOT_READ)
    if (own or by_127) and by_255:
        return unknown("the source scales in two ways; which images pass through both cannot be read")
    signed = (wanted.minimum, wanted.maximum) == (-1, 1)
    pixels = (wanted.minimum, wanted.maximum) == (0, 255)
    if by_255:
        return _said("only [0, 1]", by_255[0])
    if by_127:
        return _said("right", by_127[0]) if signed else _said("other range", by_127[0])
    if own:
        modes = {mode for s in own if (mode := _mode_said(s)) is not None}
        if len(modes) > 1:
            return unknown("images are scaled for two kinds of networks; which pass through which cannot be followed")
        if modes - {mode_of(wanted)}:
            return _said("other range", own[0])
        return _said("right", own[0])
    if not found and pixels:
        return Fact(value="right", strength="stated", reason=f"{backbone} scales images itself")
    return unknown(NOT_READ)


def _mode_said(statement: Statement) -> str | None:
    """What a `preprocess_input` does: as its call says, or as its module does."""
    said = statement.settings.get("mode")
    if said is not None:
        return "signed" if said == "tf" else str(said)
    return MODES.get(str(statement.settings.get("module") or ""))


def mode_of(wanted: Range) -> str:
    """What kind of scaling leads to a range: that of `keras.applications.imagenet_utils`."""
    ends = (wanted.minimum, wanted.maximum)
    if ends in ((-1, 1), (0, 255)):
        return "signed" if ends == (-1, 1) else "none"
    return "caffe" if wanted.minimum < -100 else "torch"


def _function(statement: Statement) -> str:
    return str(statement.settings.get("preprocessing_function") or "")


def _scale(statement: Statement) -> float | None:
    value = statement.settings.get("scale", statement.settings.get("rescale"))
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
