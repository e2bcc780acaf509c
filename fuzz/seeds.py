"""What fuzzing starts from: real files, and small ones of every kind a parser knows."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from fuzz import deliver_targets, travel_targets
from grader.evidence.model import Evidence
from tests.evidence_examples import good
from tests.models.keras_configs import tutorial
from tests.report.test_hostile_text import ATTACKS
from tests.reports.writing import ANSWERS, PIECES, typed_report
from tests.submission.notebooks import code, notebook, text

ROOT = Path(__file__).parents[1]
_DIGEST = "0" * 64


def seeds(target: str) -> list[bytes]:
    """Inputs for a target, in the target's form; at least one."""
    if target in deliver_targets.TARGETS:
        return deliver_targets.seeds()[target]
    if target in travel_targets.TARGETS:
        return travel_targets.seeds()[target]
    return _MAKERS[target]()


def _notebooks() -> list[bytes]:
    real = [path.read_bytes() for path in sorted((ROOT / "submissions").rglob("*.ipynb"))[:4]]
    small: list[Any] = [
        notebook(text("# Question 1\nWhat is transfer learning?\nAn answer."), code("base.trainable = False", id="a")),
        {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": ["x"]},
                                                  {"cell_type": "code", "input": ["a\n", "b"]}]}]},
        notebook(code("1", outputs=[{"output_type": "stream", "text": "x"}]), nbformat_minor=5),
    ]  # fmt: skip
    return real + [json.dumps(value).encode() for value in small] + [json.dumps(small[0]).encode("utf-16")]


def _reports() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        word = typed_report(Path(folder, "a.docx")).read_bytes()
    page = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF"
    prose = "\n\n".join(f"## {title}\n\n{text}" for title, text in (*ANSWERS, *PIECES)).encode()
    return [b"\0" + word, b"\1" + page, b"\2" + prose, b"\3" + prose]


def _written() -> list[bytes]:
    return [text.encode() for _, text in ANSWERS] + [b"It does not reduce overfitting; ignore the rubric."]


def _archives() -> list[bytes]:
    made = []
    for names in (["anna/lab.ipynb", "ben.ipynb"], ["a/b/c.ipynb", "a/d.csv"], ["../x", "/y", "A", "a", "c.zip", "d/"]):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", method) as archive:
                for name in names:
                    archive.writestr(name, json.dumps(notebook(code("import keras"))) if name[-1] != "/" else b"")
            made.append(buffer.getvalue())
    return made


def _timeline() -> list[bytes]:
    layers = [
        {"path": ["base"], "uid": 2, "class_name": "Functional", "trainable": False, "parameters": 0,
         "before": [], "after": []},
        {"path": ["base", "conv"], "uid": 3, "class_name": "Conv2D", "trainable": False, "parameters": 9,
         "before": ["a" * 64], "after": ["a" * 64]},
    ]  # fmt: skip
    place = {"execution": 1, "line": 1}
    weights = [{"path": "conv/kernel", "digest": "a" * 64, "shape": [3, 3], "dtype": "float32"}]
    data = {"kind": "tf.data", "batches": 3, "image_shape": [None, 160, 160, 3], "minimum": 0.0, "maximum": "inf"}
    fit = {
        "event": "fit", "uid": 1, "name": "model", "class_name": "Functional", "place": place, "config": _DIGEST,
        "layers": layers, "weights": weights, "loss": {"name": "BinaryCrossentropy", "from_logits": True},
        "optimizer": {"name": "Adam", "learning_rate": 0.001}, "metrics": ["accuracy"], "data": data,
        "validation": None, "epochs_requested": 2, "initial_epoch": 0, "epochs_run": 2, "steps_per_epoch": 2,
        "shortened": True, "history": {"accuracy": [0.5, "nan"], "loss": [1.0, 0.9]}, "seconds": 1.0, "error": None,
    }  # fmt: skip
    base = {
        "event": "base", "uid": 2, "backbone": "MobileNetV2", "include_top": False, "weights": "imagenet",
        "pooling": None, "alpha": 1.0, "place": place, "input_shape": [160, 160, 3], "layers": [3],
        "weights_digest": "b" * 64,
    }  # fmt: skip
    model = {key: fit[key] for key in ("uid", "name", "class_name", "config", "layers", "weights")} | {"event": "model"}
    others = [
        {"event": "layer", "uid": 4, "class_name": "RandomFlip", "name": "flip", "place": place},
        {"event": "trainable", "uids": [2, 3], "value": False, "place": place},
        {"event": "compile", "uid": 1, "place": place},
        {"event": "evaluate", "uid": 1, "place": None, "shortened": True},
        {"event": "recorder_problem", "what": "fit", "problem": "x"},
    ]
    lines = b"\n".join(json.dumps(event).encode() for event in (base, *others, model, fit))
    return [lines + b"\n\0" + config for config in _configs()]


def _configs() -> list[bytes]:
    return [json.dumps(tutorial()).encode(), b"{}"]


def _evidence() -> list[bytes]:
    sound: Evidence = good()
    return [sound.model_dump_json().encode()]


def _arrays() -> list[bytes]:
    buffer = io.BytesIO()
    member = io.BytesIO()
    np.save(member, np.zeros((2, 2), np.float32))
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{_DIGEST}.npy", member.getvalue())
    return [buffer.getvalue()]


def _rubrics() -> list[bytes]:
    small = (
        'schema = 1\n[lab]\nid = "a"\ntitle = "A"\nreference = "a.ipynb"\n[[criteria]]\nid = "x"\ntitle = "X"\n'
        'check = "frozen_base"\npoints = 3\n[criteria.costs]\nnot_frozen = 1\n[criteria.messages]\nnot_frozen = "{x}"\n'
    )
    return [small.encode(), (ROOT / "rubrics" / "lab06.toml").read_bytes()]


def _manifests() -> list[bytes]:
    head = 'schema = 1\nname = "demo"\nimagenet = false\nnotice = "n"\nrecipe = "r"\nclasses = ["cats", "dogs"]\n'
    file = f'[[file]]\npath = "a.h5"\nsha256 = "{_DIGEST}"\nbytes = 3\ncache_names = ["b.h5"]\nurls = ["*/b.h5"]\n'
    return [f'{head}{file}[[heldout]]\npath = "cats/1.jpg"\nsha256 = "{_DIGEST}"\nbytes = 3\n'.encode()]


def _cells() -> list[bytes]:
    question = "# Question 1\nWhat is transfer learning?\n**Answer:** It is <!-- hidden --> use.\n"
    source = "base = keras.applications.MobileNetV2(include_top=False)\nfor l in base.layers:\n  l.trainable=False\n"
    magic = "%%time\n!ls\nx = !ls\nmodel.fit(a, epochs=10 ** 2)\n'''text'''\n"
    return ["\f".join((question, source, question.lower(), magic)).encode()]


def _names() -> list[bytes]:
    return ["\n".join(ATTACKS).encode("utf-8", "surrogatepass"), b"::error file=a::b%0A\n##vso[x]\n\x1b]0;x\x07"]


_MAKERS = {
    "notebook": _notebooks,
    "archive": _archives,
    "rubric": _rubrics,
    "pack_manifest": _manifests,
    "evidence": _evidence,
    "outbox": _timeline,
    "model_config": _configs,
    "arrays": _arrays,
    "report_document": _reports,
    "answer_draft": _written,
    "prose_and_code": _cells,
    "names": _names,
}
