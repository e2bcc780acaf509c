"""Whose fault is a failed cell?"""

from __future__ import annotations

import pytest

from grader.evidence.model import Cell, CellError
from grader.execution.run import CellOutcome
from grader.observation.errors import assigned_names, installed_packages, read_errors

KERAS_3 = "Arguments `target` and `output` must have the same"


def failed(number: int, name: str, value: str, line: int = 1) -> CellOutcome:
    traceback = f"Traceback\nCell \x1b[32mIn[{number}]\x1b[39m, line {line}"
    return CellOutcome(
        number, number, False, 0.1, name, value, traceback.replace("\x1b[32m", "").replace("\x1b[39m", "")
    )


def read(sources: list[str], *outcomes: CellOutcome, shortened_from: int | None = None) -> tuple[CellError, ...]:
    cells = [Cell(position=n, code_cell=n, kind="code", source=source) for n, source in enumerate(sources, 1)]
    return read_errors(outcomes, cells, shortened_from)


def test_a_typo_is_the_students_and_its_line_is_found() -> None:
    (error,) = read(["x = 1\nprnt(x)"], failed(1, "NameError", "name 'prnt' is not defined", line=2))
    assert (error.ours, error.place.first_line) == (False, 2)


def test_weights_the_pack_lacks_are_ours_and_so_is_what_follows_from_it() -> None:
    sources = ["base = VGG16(weights='imagenet')", "x = base.output\nmodel = Model(base.input, x)", "model.fit(data)"]
    errors = read(
        sources,
        failed(
            1, "Exception", "URL fetch failure: there is no network while grading, and the asset pack does not hold it"
        ),
        failed(2, "NameError", "name 'base' is not defined"),
        failed(3, "NameError", "name 'model' is not defined"),
    )
    assert [error.ours for error in errors] == [True, True, True]


def test_a_name_nobody_ever_gave_is_the_students_even_after_a_failure_of_ours() -> None:
    errors = read(
        ["base = VGG16()", "modle.fit()"],
        failed(1, "Exception", "there is no network while grading"),
        failed(2, "NameError", "name 'modle' is not defined"),
    )
    assert [error.ours for error in errors] == [True, False]


def test_after_a_shortened_fit_an_error_may_be_ours_but_a_missing_name_is_not() -> None:
    sources = ["model.fit(x)", "plot(range(10), history['loss'])", "plot(hist)"]
    errors = read(
        sources, failed(2, "ValueError", "x and y must have same first dimension"),
        failed(3, "NameError", "name 'hist' is not defined"), shortened_from=1,
    )  # fmt: skip
    assert [error.after_shortened_call for error in errors] == [True, False]


def test_an_argument_keras_no_longer_knows_is_not_blamed_on_shortening() -> None:
    (error,) = read(
        ["RMSprop(lr=1e-5)"], failed(1, "ValueError", "Argument(s) not recognized: {'lr': 1e-05}"), shortened_from=1
    )
    assert not error.after_shortened_call


def test_a_well_known_package_that_is_missing_here_is_ours_and_its_names_with_it() -> None:
    errors = read(
        ["import tensorflow_datasets as tfds\nimport tensorflow as tf", "tf.constant(1)", "import tenserflow"],
        failed(1, "ModuleNotFoundError", "No module named 'tensorflow_datasets'"),
        failed(2, "NameError", "name 'tf' is not defined"),
        failed(3, "ModuleNotFoundError", "No module named 'tenserflow'"),
    )
    assert [error.ours for error in errors] == [True, True, False]


def test_names_are_read_around_shell_lines_and_from_broken_cells_not_at_all() -> None:
    assert assigned_names("!wget x\nimport numpy as np\nfor i in a: b = 1\ndef f(): c = 2") == {"np", "i", "b", "f"}
    assert assigned_names("x = (") == set()


def test_a_file_that_could_not_be_fetched_here_is_not_missed_through_the_students_fault() -> None:
    sources = ["!wget https://example.org/photos.zip", "names = os.listdir('photos')", "first = names[0]", "prnt(1)"]
    cells = [Cell(position=n, code_cell=n, kind="code", source=source) for n, source in enumerate(sources, 1)]
    outcomes = [
        failed(2, "FileNotFoundError", "[Errno 2] No such file or directory: 'photos'"),
        failed(3, "NameError", "name 'names' is not defined"),
        failed(4, "NameError", "name 'prnt' is not defined"),
    ]
    assert [error.ours for error in read_errors(outcomes, cells, None, lacking_from=1)] == [True, True, False]
    assert [error.ours for error in read_errors(outcomes, cells, None)] == [False, False, False]


def test_a_network_reached_for_in_another_way_is_not_there_either() -> None:
    sources = ["model = Sequential([hub.KerasLayer(url)])", "model.summary()"]
    errors = read(
        sources,
        failed(1, "URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>"),
        failed(2, "NameError", "name 'model' is not defined"),
    )
    assert [error.ours for error in errors] == [True, True]


def test_fewer_pictures_than_the_real_data_set_has_are_ours_and_so_is_a_model_that_was_then_never_compiled() -> None:
    sources = [
        "(x, y), _ = mnist.load_data()\nx = x.reshape((60000, 28, 28, 1))\nmodel.compile('adam')\nmodel.fit(x, y)",
        "model.evaluate(x, y)",
        "other.fit(x, y)",
    ]
    cells = [Cell(position=n, code_cell=n, kind="code", source=source) for n, source in enumerate(sources, 1)]
    outcomes = [
        failed(1, "ValueError", "cannot reshape array of size 392000 into shape (60000,28,28,1)"),
        failed(2, "ValueError", "You must call `compile()` before using the model."),
        failed(3, "TypeError", "'NoneType' object is not callable"),
    ]
    assert [error.ours for error in read_errors(outcomes, cells, None, lacking_from=1)] == [True, True, False]
    assert [error.ours for error in read_errors(outcomes, cells, None)] == [False, False, False]


def test_a_file_that_a_cell_of_ours_should_have_written_is_not_missed_through_the_students_fault() -> None:
    sources = ["model = Sequential([hub.KerasLayer(url)])", "model.save('m')", "TFLiteConverter.from_saved_model('m')"]
    errors = read(
        sources,
        failed(1, "URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>"),
        failed(2, "NameError", "name 'model' is not defined"),
        failed(3, "OSError", "SavedModel file does not exist at: m/saved_model.pb"),
    )
    assert [error.ours for error in errors] == [True, True, True]


def test_a_magic_of_a_package_that_is_missing_here_is_ours() -> None:
    (error,) = read(
        ["%tensorboard --logdir logs"], failed(1, "UsageError", "Line magic function `%tensorboard` not found.")
    )
    assert error.ours


def test_memory_that_other_machines_have_is_ours_and_an_array_that_none_has_is_the_students() -> None:
    errors = read(
        ["vgg = VGG16()", "vgg.summary()", "np.zeros((100000, 1000, 1000))"],
        failed(1, "MemoryError", "Unable to allocate 392. MiB for an array with shape (25088, 4096)"),
        failed(2, "NameError", "name 'vgg' is not defined"),
        failed(3, "MemoryError", "Unable to allocate 745. GiB for an array with shape (100000, 1000, 1000)"),
    )
    assert [error.ours for error in errors] == [True, True, False]


def test_pictures_of_a_size_that_the_base_was_not_made_for_are_the_students_whatever_stood_in() -> None:
    cells = [Cell(position=1, code_cell=1, kind="code", source="model.fit(train)")]
    value = (
        "Exception encountered when calling Sequential.call(). Input 0 of layer 'mobilenetv2' is "
        "incompatible with the layer: expected shape=(None, 224, 224, 3), found shape=(32, 180, 180, 3) "
        "Arguments received by Sequential.call(): kwargs=<class 'inspect._empty'>"
    )
    (error,) = read_errors([failed(1, "ValueError", value)], cells, 1, lacking_from=1)
    assert not error.ours
    assert not error.after_shortened_call


@pytest.mark.parametrize(
    ("source", "message", "ours"),
    [
        ("model.save('models/cats.h5')", "Unable to create file (name = 'models/cats.h5', errno = 2)", False),
        ("plt.savefig('plots/loss.png')", "[Errno 2] No such file or directory: 'plots/loss.png'", False),
        ("with open('out/log.txt', 'w') as f: pass", "[Errno 2] No such file or directory: 'out/log.txt'", False),
        ("model.save('/content/drive/MyDrive/cats.h5')",
         "[Errno 2] No such file or directory: '/content/drive/MyDrive/cats.h5'", True),
        ("np.save('../input/pets/x.npy', x)", "[Errno 2] No such file or directory: '../input/pets/x.npy'", True),
        ("labels = open('labels.csv').read()", "[Errno 2] No such file or directory: 'labels.csv'", True),
    ],
)  # fmt: skip
def test_a_folder_to_save_into_is_the_students_to_make_unless_it_is_of_another_machine(
    source: str, message: str, ours: bool
) -> None:
    cells = [Cell(position=1, code_cell=1, kind="code", source=source)]
    outcome = failed(1, "FileNotFoundError", message)
    (error,) = read_errors([outcome], cells, None, lacking_from=1, asked={"../input/pets"})
    assert error.ours is ours


@pytest.mark.parametrize(
    ("message", "ours"),
    [
        (f"{KERAS_3} rank (ndim). Received: target.shape=(8,), output.shape=(8, 2)", False),
        (f"{KERAS_3} shape. Received: target.shape=(8, 1), output.shape=(8, 2)", False),
        (f"{KERAS_3} shape. Received: target.shape=(8, 1), output.shape=(32, 1)", True),
        ("Shapes (None, 1) and (None, 2) are incompatible", False),
        ("`logits` and `labels` must have the same shape, received ((8, 2) vs (8, 1)).", False),
        ("`logits` and `labels` must have the same shape, received ((8, 2) vs (None, 2)).", True),
    ],
)  # fmt: skip
def test_only_another_number_of_pictures_may_come_from_shortening(message: str, ours: bool) -> None:
    (error,) = read(["model.fit(x)"], failed(1, "ValueError", message), shortened_from=1)
    assert error.after_shortened_call is ours


def test_a_cell_that_waits_for_the_keyboard_is_the_notebooks_own() -> None:
    message = "raw_input was called, but this frontend does not support input requests."
    (error,) = read(["photo = input('Which photo? ')"], failed(1, "StdinNotImplementedError", message))
    assert error.ours is False


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/kaggle/input/dogs-vs-cats/sample.csv", True),
        ("/content/drive/MyDrive/dogs/rex.heic", True),
        ("photos/rex.jpg", False),
        ("/content/rex.jpg", False),
    ],
)
def test_a_file_of_another_machine_is_missing_through_nobodys_fault(path: str, ours: bool) -> None:
    message = f"[Errno 2] No such file or directory: '{path}'"
    (error,) = read([f"table = open('{path}')"], failed(1, "FileNotFoundError", message))
    assert error.ours is ours


def test_a_package_that_the_notebook_installs_is_missing_through_us() -> None:
    sources = ["%pip install -q dagshub 'mlflow>=2'\n!pip install split-folders[full]==0.5", "import mlflow"]
    assert installed_packages([Cell(position=1, kind="code", source=sources[0])]) >= {"dagshub", "split_folders"}
    errors = read(
        ["%pip install -q mlflow", "import mlflow", "import flowml"],
        failed(2, "ModuleNotFoundError", "No module named 'mlflow'"),
        failed(3, "ModuleNotFoundError", "No module named 'flowml'"),
    )
    assert [error.ours for error in errors] == [True, False]


@pytest.mark.parametrize(
    ("line", "key", "logged", "excused"),
    [
        ("acc = history.history['acc']", "acc", ("loss", "accuracy"), False),
        ('plt.plot(hist["val_acc"])', "val_acc", ("loss", "accuracy", "val_loss", "val_accuracy"), False),
        # A validation every other epoch is not seen in a single one, a rate that falls after three not either.
        ('plt.plot(hist["val_accuracy"])', "val_accuracy", ("loss", "accuracy"), True),
        ("plt.plot(history.history['lr'])", "lr", ("loss", "accuracy"), True),
        # What is counted while training goes on may have been cut short.
        ("print(seen['dog'])", "dog", ("loss", "accuracy"), True),
    ],
)
def test_a_metric_that_no_epoch_logs_is_missing_in_a_full_training_too(
    line: str, key: str, logged: tuple[str, ...], excused: bool
) -> None:
    outcome = CellOutcome(
        2, 2, False, 0.1, "KeyError", f"'{key}'",
        f"\x1b[31mKeyError\x1b[39m\nCell In[2], line 1\n\x1b[32m----> 1\x1b[39m {line}\n\nKeyError: '{key}'",
    )  # fmt: skip
    cells = [Cell(position=n, code_cell=n, kind="code", source=s) for n, s in enumerate(["model.fit(x)", line], 1)]
    (error,) = read_errors([outcome], cells, 1, logged=logged)
    assert error.after_shortened_call == excused
