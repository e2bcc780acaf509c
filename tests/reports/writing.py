"""Write reports as students do: typed answers, pasted code with prompts and output, pictures of code."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import docx
import matplotlib
from PIL import Image, ImageDraw, ImageFilter, ImageFont

ANSWERS = (
    (
        "1. Explain the concept of transfer learning. How does it differ from training a model from scratch?",
        """\
Transfer learning means that we take a network which was already trained on a large data set like ImageNet and use it \
for another task. From scratch all the weights start at random and the network has to learn everything by itself, \
which needs much more data and time.""",
    ),
    (
        "2. What is fine-tuning, and why is it useful?",
        """\
After the head is trained we unfreeze the last layers of the base and train them with a very low learning rate, so the \
features adapt to cats and dogs and the accuracy gets better.""",
    ),
    (
        "3. Why is it important to freeze the convolutional base?",
        "Otherwise the large gradients of the random head would destroy the features that the base has learned.",
    ),
    (
        "4. Why use data augmentation?",
        "It makes more varied images out of the few we have, so the model overfits less.",
    ),
)

BASE = """\
In [4]: base_model = tf.keras.applications.MobileNetV2(input_shape=IMG_SHAPE,
                                               include_top=False,
                                               weights=‘imagenet’)
Downloading data from https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2.h5
9406464/9406464 [==============================] - 0s 0us/step"""
FROZEN = """\
In [5]: base_model.trainable = False
In [6]: base_model.summary()
Model: "mobilenetv2_1.00_160"
Total params: 2,257,984
Trainable params: 0"""
AUGMENTATION = """\
>>> data_augmentation = tf.keras.Sequential([
...   tf.keras.layers.RandomFlip(“horizontal”),
...   tf.keras.layers.RandomRotation(0.2),
... ])"""
CLASSIFIER = """\
global_average_layer = tf.keras.layers.GlobalAveragePooling2D()
prediction_layer =
tf.keras.layers.Dense(1)
inputs = tf.keras.Input(shape=(160, 160, 3))
x = data_augmentation(inputs)
x = preprocess_input(x)
x = base_model(x, training=False)
x = global_average_layer(x)
x = tf.keras.layers.Dropout(0.2)(x)
outputs = prediction_layer(x)
model = tf.keras.Model(inputs, outputs)"""
PIECES = (
    ("Base model without top", BASE),
    ("Base model frozen", FROZEN),
    ("Data augmentation layers", AUGMENTATION),
    ("New classifier", CLASSIFIER),
)


def typed_report(path: Path, *, pieces: Sequence[tuple[str, str]] = PIECES) -> Path:
    """A Word document with typed answers and pasted code."""
    document = docx.Document()
    document.add_heading("Lab 6 - Transfer Learning", 0)
    document.add_paragraph("Student: Noor Haddad")
    document.add_heading("Part A: Questions", 1)
    for question, answer in ANSWERS:
        document.add_paragraph().add_run(question).bold = True
        document.add_paragraph(answer)
    document.add_heading("Part B: Code", 1)
    for title, code in pieces:
        document.add_paragraph(f"{title}:")
        # Word makes a paragraph of each pasted line, and its indentation is gone.
        for line in code.split("\n"):
            document.add_paragraph(line.strip())
    document.save(str(path))
    return path


def report_with_pictures(path: Path, *, size: int = 22, dark: bool = False, blur: float = 0.0) -> Path:
    """A Word document with typed answers and screenshots of code."""
    document = docx.Document()
    document.add_heading("Transfer learning lab report", 0)
    for question, answer in ANSWERS:
        document.add_heading(question, 2)
        document.add_paragraph(answer)
    for title, code in PIECES:
        document.add_heading(f"Screenshot: {title}", 2)
        shown = straight(code).replace(">>> ", "").replace("... ", "")
        document.add_picture(io.BytesIO(screenshot(shown, size=size, dark=dark, blur=blur)))
    document.save(str(path))
    return path


def scanned_report(path: Path) -> Path:
    """A PDF of page pictures without a text layer, as phones make them."""
    pages = []
    for title, text in [*ANSWERS, *((title, straight(code)) for title, code in PIECES)]:
        page = Image.new("RGB", (1654, 2339), "white")
        draw = ImageDraw.Draw(page)
        draw.text((120, 120), title, font=font(26), fill="black")
        y = 220
        for line in wrapped(text, 78):
            draw.text((120, y), line, font=font(26), fill="black")
            y += 42
        pages.append(page)
    pages[0].save(path, "PDF", save_all=True, append_images=pages[1:], resolution=200)
    return path


def wrapped(text: str, width: int) -> list[str]:
    """Prose in lines of at most `width` characters; code as it is."""
    lines: list[str] = []
    for line in text.split("\n"):
        while len(line) > width and not line.startswith((" ", "base", "tf.", "x =")):
            cut = line.rfind(" ", 0, width)
            lines.append(line[:cut])
            line = line[cut + 1 :]
        lines.append(line)
    return lines


def screenshot(code: str, *, size: int = 22, dark: bool = False, blur: float = 0.0) -> bytes:
    """A PNG of code in a monospaced font."""
    letters = font(size)
    lines = code.split("\n")
    width = int(max(letters.getlength(line) for line in lines)) + 40
    paper, ink = ("#1e1e1e", "#d4d4d4") if dark else ("white", "#202020")
    image = Image.new("RGB", (width, len(lines) * int(size * 1.4) + 30), paper)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((20, 15 + number * int(size * 1.4)), line, font=letters, fill=ink)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def straight(code: str) -> str:
    """Code as it looks in a notebook: only word processors curl quotes."""
    kept = [line for line in code.split("\n") if not line.startswith(("Downloading", "9406464"))]
    return "\n".join(kept).translate(str.maketrans("“”‘’", "\"\"''")).replace("=\ntf.", "= tf.")


def font(size: int) -> ImageFont.FreeTypeFont:
    """A monospaced font that comes with Matplotlib."""
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSansMono.ttf")), size)
