"""What the pack does not hold: something stands in, it is written down, and the notebook goes on."""

from __future__ import annotations

import pytest

from grader.assets.pack import AssetPack
from grader.evidence.model import Cell
from grader.execution.timeline import BaseEvent, BaseWeightsEvent, FitEvent, SubstitutionEvent
from grader.observation.errors import read_errors
from grader.observation.fits import base_entries, contained_base
from grader.observation.substitutions import lacking_from
from tests.execution.notebooks import run_cells
from tests.execution.test_offline_world import pack as pack

pytestmark = pytest.mark.slow


def test_a_notebook_with_other_weights_and_other_pictures_goes_on(pack: AssetPack) -> None:
    ran = run_cells(
        """
        import tensorflow as tf
        from tensorflow.keras.preprocessing.image import ImageDataGenerator
        base = tf.keras.applications.VGG16(include_top=False, weights="imagenet", input_shape=(32, 32, 3))
        other = tf.keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
        other.load_weights("/tmp/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5")
        """,
        """
        flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
            "/content/drive/MyDrive/pets/train", target_size=(32, 32), batch_size=4, class_mode="binary")
        images, labels = flow[0]
        print(flow.class_indices, images.shape)
        flowers = tf.keras.utils.image_dataset_from_directory("photos/flower_photos", image_size=(32, 32))
        print(flowers.class_names)
        """,
        """
        base.trainable = False
        model = tf.keras.Sequential([base, tf.keras.layers.Flatten(), tf.keras.layers.Dense(1, "sigmoid")])
        model.compile(loss="binary_crossentropy")
        model.fit(flow, epochs=1, verbose=0)
        """,
        """
        (x, y), (x_test, _) = tf.keras.datasets.cifar10.load_data()
        print(x.shape[1:], y.shape[1:])
        import kagglehub
        print(kagglehub.dataset_download("someone/cats-and-dogs"))
        """,
        "tf.keras.applications.VGG16(weights='imagenett')",
        r"""
        import glob, os, urllib.request
        print(sorted(os.listdir("/home/someone/data/flower_photos")),
              len(glob.glob(r"D:\data\horse\*")), glob.glob("*.csv"))
        url = "https://example.org/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
        urllib.request.urlretrieve(url, "vgg.h5")
        other.load_weights("vgg.h5")
        """,
        "os.listdir('results')",
        pack=pack,
    )
    assert [cell.error_name for cell in ran.outcome.cells] == [
        "", "", "", "", "ValueError", "", "FileNotFoundError",
    ]  # fmt: skip
    assert "['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'] 2 []" in ran.printed[5]
    assert "{'cats': 0, 'dogs': 1} (4, 32, 32, 3)" in ran.printed[1]
    assert "['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips']" in ran.printed[1]
    assert "(32, 32, 3) (1,)" in ran.printed[3]
    assert [(e.weights, e.substituted) for e in ran.outbox.events if isinstance(e, BaseEvent)] == [
        ("imagenet", True), (None, False),
    ]  # fmt: skip
    loaded = [e for e in ran.outbox.events if isinstance(e, BaseWeightsEvent)]
    assert [(e.weights, e.substituted) for e in loaded] == 2 * [
        ("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", True)
    ]
    asked = [e.asked for e in ran.outbox.events if isinstance(e, SubstitutionEvent)]
    assert asked == [
        "/content/drive/MyDrive/pets/train", "photos/flower_photos", "keras.datasets.cifar10",
        "someone/cats-and-dogs", "/home/someone/data/flower_photos", "D:/data/horse",
        "https://example.org/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    ]  # fmt: skip
    assert ran.fits[0].data is not None
    assert ran.fits[0].data.kind == "ImageDataGenerator"


def test_archives_from_the_shell_and_what_is_missing_after_all(pack: AssetPack) -> None:
    ran = run_cells(
        """
        !wget -q https://download.microsoft.com/download/kagglecatsanddogs_5340.zip -O /tmp/pets.zip
        !unzip -qo /tmp/pets.zip -d pets
        import os
        print(sorted(os.listdir("pets/PetImages")), len(os.listdir("pets/PetImages/Cat")))
        """,
        "!curl -O https://example.org/mine.zip",
        "!kaggle datasets download -d someone/mine",
        "from google.colab import drive; drive.mount('/content/drive')",
        "os.listdir('mine')",
        """
        !unzip -x /content/drive/MyDrive/kagglecatsanddogs_5340.zip
        print(sorted(os.listdir("PetImages")))
        """,
        pack=pack,
    )
    assert "['Cat', 'Dog'] 5" in ran.printed[0]
    assert "['Cat', 'Dog']" in ran.printed[5]
    seen = [(e.kind, e.asked) for e in ran.outbox.events if isinstance(e, SubstitutionEvent)]
    assert seen == [
        ("data", "https://download.microsoft.com/download/kagglecatsanddogs_5340.zip"),
        ("missing", "https://example.org/mine.zip"), ("missing", "kaggle datasets download -d someone/mine"),
        ("missing", "google.colab.drive.mount"), ("data", "/content/drive/MyDrive/kagglecatsanddogs_5340.zip"),
    ]  # fmt: skip
    assert lacking_from(ran.outbox.events) == 1


def test_a_module_of_tf_hub_is_the_network_of_keras_applications_here(pack: AssetPack) -> None:
    ran = run_cells(
        """
        import tensorflow as tf
        import tensorflow_hub as hub
        address = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"
        features = hub.KerasLayer(address, input_shape=(96, 96, 3))
        print(hub.__version__, features.trainable, features(tf.zeros((2, 96, 96, 3))).shape)
        model = tf.keras.Sequential([features, tf.keras.layers.Dense(5)])
        model.compile(loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(tf.zeros((4, 96, 96, 3)), tf.constant([0, 1, 2, 3]), verbose=0)
        model.save("saved.h5")
        print(tf.keras.models.load_model("saved.h5", custom_objects={"KerasLayer": hub.KerasLayer}).count_params())
        """,
        """
        scores = hub.KerasLayer("https://tfhub.dev/google/imagenet/mobilenet_v2_050_224/classification/5")
        print(scores(tf.zeros((1, 224, 224, 3))).shape)
        """,
        "hub.KerasLayer('https://tfhub.dev/google/nnlm-en-dim50/2')",
        pack=pack,
        framework="tf_keras",
    )
    assert [cell.error_name for cell in ran.outcome.cells] == ["", "", "ConnectionError"]
    assert "there is no network while grading" in ran.outcome.cells[2].error_value
    assert "0.16.1 False (2, 1280)\n" in ran.printed[0]
    assert "\n2264389\n" in ran.printed[0]
    assert "(1, 1001)" in ran.printed[1]
    first, second = (event for event in ran.outbox.events if isinstance(event, BaseEvent))
    assert (first.backbone, first.weights, first.include_top, first.pooling, first.substituted) == (
        "MobileNetV2", "tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4", False, "avg", True,
    )  # fmt: skip
    assert (second.include_top, second.alpha) == (True, 0.5)
    (fit,) = (event for event in ran.outbox.events if isinstance(event, FitEvent))
    inside = [entry for entry in fit.layers if entry.uid in first.layers]
    assert inside
    assert all(entry.before == entry.after for entry in inside)


def test_a_base_that_a_lambda_layer_hides_is_found_in_it(pack: AssetPack) -> None:
    ran = run_cells(
        """
        import tensorflow as tf
        import tensorflow_hub as hub
        features = hub.KerasLayer("https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4", trainable=False)
        model = tf.keras.Sequential([
            tf.keras.layers.InputLayer(input_shape=(96, 96, 3)),
            tf.keras.layers.Lambda(lambda x: features(x)),
            tf.keras.layers.Dense(2, activation="softmax"),
        ])
        model.compile(loss="sparse_categorical_crossentropy")
        model.fit(tf.zeros((2, 96, 96, 3)), tf.constant([0, 1]), verbose=0)
        """,
        pack=pack,
        framework="tf_keras",
    )
    events = list(ran.outbox.events)
    (base,) = (event for event in events if isinstance(event, BaseEvent))
    (fit,) = (event for event in events if isinstance(event, FitEvent))
    assert contained_base(fit, [base]) is base
    inside = base_entries(fit, base)
    assert len(inside) > 100
    assert all(entry.before == entry.after for entry in inside)


def test_keras_on_another_backend_runs_on_tensorflow(pack: AssetPack) -> None:
    ran = run_cells(
        "import os; os.environ['KERAS_BACKEND'] = 'jax'",
        """
        import keras, numpy as np
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile(loss="mse")
        model.fit(np.zeros((4, 2)), np.zeros(4), verbose=0)
        print(keras.backend.backend())
        """,
        pack=pack,
    )
    assert [cell.error_name for cell in ran.outcome.cells] == ["", ""]
    assert ran.printed[1].endswith("\ntensorflow\n")
    seen = [(e.kind, e.asked) for e in ran.outbox.events if isinstance(e, SubstitutionEvent)]
    assert seen == [("module", "Keras on jax")]
    assert any(isinstance(event, FitEvent) for event in ran.outbox.events)


def test_a_photo_on_another_machine_to_try_the_model_on(pack: AssetPack) -> None:
    ran = run_cells(
        r"""
        import cv2
        import PIL.Image
        from tensorflow.keras.preprocessing.image import load_img
        print(load_img("/content/drive/MyDrive/dogs/dog.4028.jpg", target_size=(8, 8)).size)
        print(cv2.imread(r"C:\Users\me\rex.png").shape, PIL.Image.open("/kaggle/input/pets/1.jpg").size)
        """,
        "cv2.imread('beside.jpg') is None and load_img('beside.jpg')",
        pack=pack,
    )
    assert "(8, 8)" in ran.printed[0]
    assert "(20, 30, 3) (30, 20)" in ran.printed[0]
    assert ran.outcome.cells[1].error_name == "FileNotFoundError"
    assert [e.kind for e in ran.outbox.events if isinstance(e, SubstitutionEvent)] == 3 * ["picture"]


def test_kaggles_own_archive_of_cats_and_dogs(pack: AssetPack) -> None:
    ran = run_cells(
        """
        import os, zipfile
        with zipfile.ZipFile(os.path.join("/kaggle/input/dogs-vs-cats", "train.zip"), "r") as archive:
            archive.extractall(".")
        print(sorted(os.listdir("train"))[:2], len(os.listdir("train")))
        """,
        "zipfile.ZipFile('mine.zip')",
        "zipfile.ZipFile('/kaggle/input/other/others.zip')",
        pack=pack,
    )
    assert "['cat.0.jpg', 'cat.1.jpg'] 10" in ran.printed[0]
    assert [cell.error_name for cell in ran.outcome.cells] == ["", "FileNotFoundError", "FileNotFoundError"]
    errors = read_errors(ran.outcome.cells, [Cell(position=n, kind="code", source="x") for n in (1, 2, 3)], None)
    assert [error.ours for error in errors] == [False, True]


def test_an_import_of_what_is_not_installed_does_not_take_the_others_with_it(pack: AssetPack) -> None:
    ran = run_cells(
        """
        from imutils import paths
        import livelossplot, os
        from livelossplot.inputs import PlotLossesKeras
        print(len(list(paths.list_images("/content/drive/MyDrive/masks"))))
        """,
        "print(os.sep); PlotLossesKeras()",
        """
        try:
            import mlxtend
        except ImportError:
            print("goes on without")
        """,
        "class Own(livelossplot.Base): pass",
        "import no_such_module",
        pack=pack,
    )
    assert "10" in ran.printed[0]
    assert [cell.error_value for cell in ran.outcome.cells] == [
        "", "No module named 'livelossplot'", "", "No module named 'livelossplot'", "No module named 'no_such_module'",
    ]  # fmt: skip
    assert "goes on without" in ran.printed[2]
    seen = [(e.kind, e.asked) for e in ran.outbox.events if isinstance(e, SubstitutionEvent)]
    assert seen == [("module", "imutils"), ("module", "livelossplot"), ("data", "/content/drive/MyDrive/masks")]


def test_a_package_that_is_missing_here_stops_a_notebook_only_where_it_is_used(pack: AssetPack) -> None:
    ran = run_cells(
        """
        import numpy as np
        import plotly.express as px
        from skimage.io import imread
        import albumentations as A
        try:
            import visualkeras
        except ImportError:
            visualkeras = None
        after = np.zeros(3)
        """,
        "print(after.shape, visualkeras)",
        "px.line(after)",
        "class Mine(A.Compose): pass",
        "import plotli",
        pack=pack,
    )
    errors = [(cell.error_name, cell.error_value) for cell in ran.outcome.cells]
    assert errors == [
        ("", ""), ("", ""), ("ModuleNotFoundError", "No module named 'plotly'"),
        ("ModuleNotFoundError", "No module named 'albumentations'"),
        ("ModuleNotFoundError", "No module named 'plotli'"),
    ]  # fmt: skip
    assert ran.printed[1].strip() == "(3,) None"
    seen = {e.asked for e in ran.outbox.events if isinstance(e, SubstitutionEvent)}
    assert seen == {"plotly", "skimage", "albumentations"}
