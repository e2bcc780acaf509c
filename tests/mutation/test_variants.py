"""Mutants and rewrites of a reference: what is changed, and when nothing can be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.mutation.catalogue import Variant, catalogue, read_catalogue
from grader.mutation.make import Made, make_variants
from grader.mutation.notebook import SourceCell, SourceNotebook, load_notebook
from grader.rubric import load_rubric

LAB06 = load_rubric("lab06")
ROOT = Path(__file__).parents[2]

SMALL = """\
import tensorflow as tf
from tensorflow.keras import layers
train = tf.keras.utils.image_dataset_from_directory("train", image_size=(160, 160))
base = tf.keras.applications.MobileNetV2(include_top=False, weights="imagenet", input_shape=(160, 160, 3))
base.trainable = False
model = tf.keras.Sequential([
    layers.RandomFlip("horizontal"),
    layers.Rescaling(1 / 127.5, offset=-1),
    base,
    layers.GlobalAveragePooling2D(),
    layers.Dropout(0.3),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss=tf.keras.losses.BinaryCrossentropy(from_logits=True))
model.fit(train, epochs=3)
"""


def notebook(*cells: str) -> SourceNotebook:
    return SourceNotebook(tuple(SourceCell("code", cell) for cell in cells))


def variant(edits: str, **more: str) -> Variant:
    extra = "".join(f"{key} = {value}\n" for key, value in more.items())
    ((_, made),) = read_catalogue(f'[[mutant]]\nname = "x"\nsays = ""\nedits = [{edits}]\n{extra}'.encode(), "x.toml")
    return made


def changed(edits: str, source: SourceNotebook | None = None) -> Made:
    (made,) = make_variants(source or notebook(SMALL), LAB06, [("mutant", variant(edits))])
    return made


def code(made: Made) -> str:
    assert made.notebook is not None, made.why_not
    return "\n".join(cell.text for cell in made.notebook.cells)


@pytest.mark.parametrize(
    ("edits", "gone", "there"),
    [
        ('{ remove = "freeze" }', "base.trainable = False", "base = "),
        ('{ move = "freeze", after = "fit" }', "", "model.fit(train, epochs=3)\nbase.trainable = False"),
        ('{ drop = "dropout" }', "Dropout", "GlobalAveragePooling2D"),
        ('{ call = "dropout", argument = "rate", position = 0, value = "0.0" }', "0.3", "layers.Dropout(0.0)"),
        ('{ call = "base", argument = "include_top", value = "True" }', "include_top=False", "include_top=True"),
        ('{ call = "fit", argument = "epochs" }', "epochs", "model.fit(train)"),
        ('{ call = "pooling", becomes = "layers.Flatten()" }', "GlobalAverage", "layers.Flatten(),"),
        ('{ insert = "$base_name = $base", after = "freeze" }', "", "trainable = False\nbase = tf.keras.applications"),
        ('{ rename = { model = "netz" } }', "model.fit", "netz.fit(train"),
        ('{ raw = "print((", cell_of = "fit" }', "", "epochs=3)\n\nprint(("),
        ('{ spell = "keras" }', "tf.keras.Sequential", "keras.layers.Dropout(0.3)"),
    ],
)
def test_an_edit_changes_what_it_says(edits: str, gone: str, there: str) -> None:
    text = code(changed(edits))
    assert not gone or gone not in text
    assert there in text


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        ('{ drop = "rotation" }', "no rotation in the reference"),
        ('{ call = "rotation", argument = "factor", position = 0, value = "0.0" }', "no rotation in the reference"),
        ('{ spell = "tf.keras" }', "the reference already says `tf.keras`"),
        ('{ call = "fit", argument = "validation_data", value = "$validation" }', "no validation data passed to `fit`"),
        ('{ layout = "without_plots" }', "it changes nothing in the reference"),
        ('{ answers = "blank" }', "no answer to “transfer-learning” in the reference"),
    ],
)
def test_what_the_reference_lacks_is_said(edits: str, why: str) -> None:
    made = changed(edits)
    assert made.notebook is None
    assert why in made.why_not


def test_a_dropped_layer_goes_however_it_was_put_in() -> None:
    called = "x = layers.Dropout(0.2)(features)\ny = layers.Dense(1)(x)\n"
    added = 'model.add(layers.Dropout(0.2))\nmodel.add(layers.Dense(1, name="Dropout"))\n'
    assert code(changed('{ drop = "dropout" }', notebook(called))) == "x = features\ny = layers.Dense(1)(x)\n"
    assert code(changed('{ drop = "dropout" }', notebook(added))) == 'model.add(layers.Dense(1, name="Dropout"))\n'


def test_a_template_leaves_out_what_the_reference_does_without() -> None:
    made = changed('{ rebuild = """\nx = $flip(x)\nx = $rotation(x)\n$model = $keras.Model(i, $output(x))\n""" }')
    text = code(made)
    assert 'x = layers.RandomFlip("horizontal")(x)\nmodel = tf.keras.Model(i, layers.Dense(1)(x))' in text
    assert "RandomRotation" not in text
    assert "Sequential" not in text


def test_a_model_built_in_a_function_is_not_rebuilt() -> None:
    inside = "def build():\n    return tf.keras.Sequential([tf.keras.layers.Dense(1)])\nmodel = build()\nmodel.fit(1)\n"
    made = changed('{ rebuild = "$model = 1" }', notebook(inside))
    assert made.why_not == "the reference builds its model in a function"


def test_cells_with_magics_are_left_alone() -> None:
    source = notebook("!pip install keras\nbase.trainable = False", SMALL)
    text = code(changed('{ remove = "freeze" }', source))
    assert text.startswith("!pip install keras\nbase.trainable = False")
    assert text.count("trainable") == 1


def test_there_are_enough_of_lab06() -> None:
    """At least 45 mutants and 30 rewrites, each other code than the reference and than each other."""
    reference = load_notebook(ROOT / "reference_solution/lab06.ipynb")
    made = [each for each in make_variants(reference, LAB06, catalogue()) if each.notebook is not None]
    assert sum(each.kind == "mutant" for each in made) >= 45
    assert sum(each.kind == "rewrite" for each in made) >= 30
    assert len({each.notebook for each in made} | {reference}) == len(made) + 1
    for each in made:
        assert each.notebook is not None
        if each.name != "syntax-error":
            for cell in each.notebook.cells:
                if cell.kind == "code":
                    ast.parse(cell.text)


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (b"[[mutant]", "Expected ']]'"),
        (b'[[mutant]]\nname = "x"\nsays = ""\nedits = [{ destroy = "all" }]', "Received destroy"),
        (b'[[mutant]]\nname = "x"\nsays = ""\nedits = [{ remove = "freez" }]', "for `edits.remove`. Received 'freez'"),
        (b'[[mutant]]\nname = "x"\nsays = ""\nedits = [{ drop = "dropot" }]', "for `edits.drop`. Received 'dropot'"),
        (b'[[mutant]]\nname = "x"\nsays = ""\nedits = [{ insert = "x = 1" }]', "one of `after`, `before` and `at`"),
        (
            b'[[mutant]]\nname = "x"\nsays = ""\nedits = [{ move = "freeze" }]',
            "own.toml:4: Expected the key `edits.after`",
        ),
        (
            b'[[mutant]]\nname = "x"\nsays = ""\nedits = [{ remove = "freeze" }]\nshows = { head = "no_hat" }',
            "'no_hat'",
        ),
        (b'[[mutant]]\nname = "X y"\nsays = ""\nedits = [{ remove = "freeze" }]', "lower-case letters"),
        (b'[[mutant]]\nname = "x"\nsays = ""\nedits = []', "not empty for `mutant[1].edits`"),
        (b"\xff", "utf-8"),
    ],
)
def test_a_wrong_catalogue_is_refused(content: bytes, received: str) -> None:
    with pytest.raises(UsageError, match=r"own\.toml") as caught:
        list(read_catalogue(content, "own.toml"))
    assert received in str(caught.value)


def test_a_labs_own_variants_come_after_ours(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[rewrite]]\nname = "mine"\nsays = "Mine"\nedits = [{ layout = "split" }]\n')
    assert [each.name for _, each in catalogue(own)][-1] == "mine"
    own.write_text('[[mutant]]\nname = "not-frozen"\nsays = "Again"\nedits = [{ remove = "freeze" }]\n')
    with pytest.raises(UsageError, match="used once"):
        list(catalogue(own))


HELPED = SMALL.replace(
    "model.fit(train, epochs=3)\n",
    """\
def teach(network, data, *, rounds=3):
    return network.fit(data, epochs=rounds)

history = teach(model, data=train)
""",
)


def test_a_training_in_a_function_is_found_with_what_is_passed_to_it() -> None:
    source = notebook(HELPED)
    late = code(changed('{ move = "freeze", after = "fit" }', source))
    assert late.endswith("history = teach(model, data=train)\nbase.trainable = False\n")
    again = code(changed('{ insert = "$model.fit($train, epochs=$epochs)", after = "fit" }', source))
    assert again.endswith("model.fit(train, epochs=3)\n")
    without = code(changed('{ remove = "fit" }', source))
    assert "return network.fit(data, epochs=rounds)" in without
    assert "history" not in without


def test_a_function_that_trains_and_is_never_called_is_left_as_it_is_written() -> None:
    source = notebook(HELPED.replace("history = teach(model, data=train)\n", ""))
    assert "$" not in code(changed('{ call = "fit", argument = "epochs", value = "1" }', source))
    assert "network.fit(data, epochs=1)" in code(changed('{ call = "fit", argument = "epochs", value = "1" }', source))


COLLECTED = SMALL.replace(
    'model.compile(optimizer="adam", loss=tf.keras.losses.BinaryCrossentropy(from_logits=True))\n'
    "model.fit(train, epochs=3)\n",
    """\
def prepare(network, **settings):
    network.compile(metrics=["accuracy"], **settings)

def teach(network, *args, **kwargs):
    return network.fit(*args, **kwargs)

prepare(model, optimizer="adam", loss="mse")
history = teach(model, train, epochs=3)
""",
)


def test_what_args_and_kwargs_collect_is_found_where_it_is_given() -> None:
    source = notebook(COLLECTED)
    again = code(changed('{ insert = "$model.fit($train, epochs=$epochs)", after = "fit" }', source))
    assert again.endswith("history = teach(model, train, epochs=3)\nmodel.fit(train, epochs=3)\n")
    before = code(changed('{ insert = "$train = $train.cache()", before = "compile" }', source))
    assert before.split().index("train.cache()") + 1 == before.split().index("prepare(model,")
    none = code(changed('{ remove = "compile" }', source))
    assert "prepare(model" not in none
    assert "def prepare(network" in none


@pytest.mark.parametrize(
    ("edit", "there"),
    [
        ('{ call = "fit", argument = "epochs", value = "0" }', "teach(model, train, epochs=0)"),
        ('{ call = "fit", argument = "x", position = 0, value = "other" }', "teach(model, other, epochs=3)"),
        ('{ call = "fit", argument = "callbacks", value = "[]" }', "teach(model, train, epochs=3, callbacks=[])"),
        ('{ call = "fit", argument = "x", position = 0 }', "teach(model, epochs=3)"),
        ('{ call = "compile", argument = "loss", value = "$loss" }', 'optimizer="adam", loss="mse")'),
        ('{ call = "compile", argument = "loss", value = "other" }', 'prepare(model, optimizer="adam", loss=other)'),
        ('{ call = "compile", argument = "metrics", value = "[]" }', "network.compile(metrics=[], **settings)"),
    ],
)
def test_what_is_collected_is_changed_where_it_is_given(edit: str, there: str) -> None:
    made = changed(edit, notebook(COLLECTED))
    text = code(made) if made.notebook is not None else COLLECTED
    assert there in text


def test_one_function_that_compiles_and_trains_is_not_torn_apart() -> None:
    one = SMALL.replace("model.compile(", "def learn(data, **more):\n    model.compile(").replace(
        "model.fit(train, epochs=3)\n", "    model.fit(data, **more)\n\nlearn(train, epochs=3)\n"
    )
    source = notebook(one)
    seeded = code(changed('{ insert = "tf.random.set_seed(1)", before = "compile" }', source))
    assert "\ntf.random.set_seed(1)\n\nlearn(train, epochs=3)\n" in seeded
    without = code(changed('{ remove = "compile" }', source))
    assert "compile" not in without
    assert without.endswith("learn(train, epochs=3)\n")


def test_a_base_that_is_made_elsewhere_is_no_longer_shown() -> None:
    shown = SMALL.replace("model = ", "base.summary()\nprint(len(base.layers))\nmodel = ")
    edit = '{ rebuild = "def make():\\n    return $base\\n\\n$model = make()\\n", also = ["base", "freeze"] }'
    text = code(changed(edit, notebook(shown)))
    assert "summary" not in text
    assert "print" not in text
    kept = code(changed('{ rebuild = "$model = 1" }', notebook(shown)))
    assert "base.summary()" in kept


def test_a_base_whose_settings_stand_among_the_data_does_not_come_first() -> None:
    cells = SMALL.split("\n", 3)
    source = notebook("\n".join(cells[:2]), "SIDE = 160\n" + cells[2], *cells[3].split("\n", 1))
    assert changed('{ layout = "base_first" }', source).notebook is not None
    sized = notebook(*(cell.text.replace("(160, 160, 3)", "(SIDE, SIDE, 3)") for cell in source.cells))
    assert changed('{ layout = "base_first" }', sized).why_not == "the base's cell uses names that are set later"


THREE = SMALL.replace("layers.Dense(1)", 'layers.Dense(3, activation="softmax")').replace(
    "tf.keras.losses.BinaryCrossentropy(from_logits=True)", '"categorical_crossentropy"'
)
NUMBERS = THREE.replace('"categorical', '"sparse_categorical')


@pytest.mark.parametrize(
    ("source", "template", "there"),
    [
        (SMALL, "$class_loss($class_units)", "tf.keras.losses.SparseCategoricalCrossentropy(2)"),
        (THREE, "$class_loss($class_units)", "tf.keras.losses.CategoricalCrossentropy(3)"),
        (NUMBERS, "$class_loss($class_units)", "tf.keras.losses.SparseCategoricalCrossentropy(3)"),
        (THREE, "$next_label", "tf.roll(labels, 1, axis=-1)"),
        (NUMBERS, "$next_label", "(labels + 1) % 3"),
        (SMALL, "$class_mode", '"binary"'),
        (THREE, "$class_mode", '"categorical"'),
    ],
)
def test_what_fits_the_references_labels_is_told_from_its_output_and_loss(
    source: str, template: str, there: str
) -> None:
    edit = f'{{ call = "compile", argument = "loss", value = "{template}" }}'
    assert f"loss={there}" in code(changed(edit, notebook(source)))


@pytest.mark.parametrize(
    ("source", "name", "why"),
    [
        (SMALL, "sigmoid-from-logits", ""),
        (THREE, "sigmoid-from-logits", "no label that is 0 or 1 in the reference"),
        (THREE, "labels-swapped", "no label that is 0 or 1 in the reference"),
        (THREE, "labels-in-another-order", ""),
        (SMALL, "labels-in-another-order", "no third class in the reference"),
        (NUMBERS, "one-output-for-classes", ""),
        (THREE, "binary-loss-for-classes", ""),
        (NUMBERS, "binary-loss-for-classes", "no label with one column per class in the reference"),
        (SMALL, "no-training", ""),
        (SMALL, "augmentation-always-on", "no rotation in the reference"),
    ],
)
def test_variants_fit_how_the_reference_tells_classes_apart(source: str, name: str, why: str) -> None:
    (kind, each) = next((kind, each) for kind, each in catalogue() if each.name == name)
    (made,) = make_variants(notebook(source), LAB06, [(kind, each)])
    assert made.why_not == why


def test_what_is_so_in_one_keras_only_is_no_variant_in_the_other() -> None:
    older = notebook(
        SMALL.replace('layers.RandomFlip("horizontal")', "layers.RandomFlip(), layers.RandomRotation(0.2)")
    )
    pinned = LAB06.model_copy(update={"environment": LAB06.environment.model_copy(update={"framework": "tf_keras"})})
    names = ("augmentation-always-on", "augmentation-at-prediction")
    wanted = [(kind, each) for kind, each in catalogue() if each.name in names]
    assert {made.name for made in make_variants(older, LAB06, wanted) if made.notebook} == {"augmentation-always-on"}
    assert {made.name for made in make_variants(older, pinned, wanted) if made.notebook} == {
        "augmentation-at-prediction"
    }


def test_another_way_is_tried_also_where_no_criterion_asks_about_it() -> None:
    silent = LAB06.model_copy(update={"criteria": tuple(c for c in LAB06.criteria if c.check != "augmentation")})
    (mutant, style) = (next(each for _, each in catalogue() if each.name == name) for name in ("no-flip", "functional"))
    (first, second) = make_variants(notebook(SMALL), silent, [("mutant", mutant), ("rewrite", style)])
    assert first.why_not == "no criterion of this rubric uses augmentation"
    assert second.notebook is not None


TWO_STEPS = (
    SMALL
    + """\
base.trainable = True
for layer in base.layers[:100]:
    layer.trainable = False
model.compile(optimizer=tf.keras.optimizers.Adam(1e-5), loss="binary_crossentropy")
model.fit(train, epochs=2)
"""
)


@pytest.mark.parametrize(
    ("edits", "gone", "there"),
    [
        ('{ remove = "freeze" }', "base.trainable = False\nmodel", "    layer.trainable = False\nmodel.compile"),
        ('{ remove = "fine_tuning" }', "base.trainable = True", "model.fit(train, epochs=3)"),
        ('{ remove = "compile_again" }', "Adam(1e-5)", "base.trainable = True"),
        ('{ move = "freeze", after = "fit" }', "", "epochs=3)\nbase.trainable = False\nbase.trainable = True"),
    ],
)
def test_freezing_for_fine_tuning_is_not_the_freezing_before_the_first_training(
    edits: str, gone: str, there: str
) -> None:
    text = code(changed(edits, notebook(TWO_STEPS)))
    assert there in text
    assert not gone or gone not in text


def test_a_reference_that_fine_tunes_has_mutants_of_it() -> None:
    names = ("no-fine-tuning", "fine-tunes-too-fast", "opened-without-compiling", "cloned-model", "base-in-function")
    asking = LAB06.criteria[0].model_copy(update={"id": "tuned", "check": "fine_tuning", "costs": {}})
    rubric = LAB06.model_copy(update={"criteria": (*LAB06.criteria, asking)})
    wanted = [(kind, each) for kind, each in catalogue() if each.name in names]
    for source, there in ((SMALL, {"cloned-model", "base-in-function"}), (TWO_STEPS, set(names[:3]))):
        made = list(make_variants(notebook(source), rubric, wanted))
        assert {each.name for each in made if each.notebook is not None} == there


def test_what_draws_goes_also_where_it_stands_beside_what_is_needed() -> None:
    drawn = SMALL.replace("model.fit(", "import matplotlib.pyplot as plt\nplt.plot([1])\nhistory = model.fit(")
    text = code(changed('{ layout = "without_plots" }', notebook(drawn)))
    assert "plt.plot" not in text
    assert "history = model.fit(" in text
