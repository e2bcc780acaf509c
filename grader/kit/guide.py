"""The kit's README, for students."""

from __future__ import annotations

from grader.rubric.model import Rubric
from grader.rubric.public import decided_later, public_part

GUIDE = """# {title}

This folder has what you need to work on the lab and to check your own work before you hand it in.

| file | what it is |
|---|---|
| `{name}.ipynb` | the notebook you start from |
| `{name}.toml` | what is asked, criterion by criterion |

## Install

You need Python 3.11 or newer.

```console
python -m venv .venv
source .venv/bin/activate
pip install {package} jupyterlab
```

In Colab, upload the files of this folder and run `%pip install {package}` in a first cell.

## Check your work

In the notebook, the first cell loads the check and the last one asks it. It looks at what you have run so far and
runs nothing again:

```python
%load_ext grader      # before you build your model
%check                # at any time afterwards
```

In a terminal:

```console
grader check {name}.ipynb --quick    # reads the text only: an answer at once
grader check {name}.ipynb            # runs the notebook from top to bottom, with shortened training
grader check {name}.ipynb --watch    # again each time you save
```

You see what was asked, what was found, in which cell, and what to try; the most useful thing comes first.

## What is asked

{criteria}
{later}"""


def guide(rubric: Rubric, package: str) -> str:
    """Markdown; `package` is what pip is given."""
    shown = public_part(rubric)
    later = decided_later(rubric)
    sentence = "\nOnly grading can decide:\n\n" + _list([(c.title, c.points) for c in later]) if later else ""
    return GUIDE.format(
        title=rubric.lab.title, name=rubric.lab.id, package=package, later=sentence,
        criteria=_list([(criterion.title, criterion.points) for criterion in shown.criteria]),
    )  # fmt: skip


def _list(criteria: list[tuple[str, float]]) -> str:
    return "".join(f"- {title} ({points:g})\n" for title, points in criteria)
