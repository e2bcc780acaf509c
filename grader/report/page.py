"""A page: templates, style sheet, and the policy that lets a browser run nothing else.

The style sheet stands in the page, in one `<style>`; its hash stands in the Content-Security-Policy
(W3C CSP Level 3, hash sources). So even markup that got past the escaping could neither run nor load.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup


def render(template: str, sheets: tuple[str, ...], extra_css: str = "", **values: object) -> str:
    """The page of that template, with those style sheets inline.

    `extra_css` must be made by us (numbers only): it is not escaped. Lone surrogates anywhere else in the text
    become U+FFFD, so that the page can always be written as UTF-8.
    """
    css = "\n".join([*(style_sheet(name) for name in sheets), extra_css])
    if "<" in css:
        raise ValueError("Expected a style sheet without `<`. Received one that could end the style element.")
    page = _template(template).render(style=Markup(css), policy=policy(css), **values)  # noqa: S704
    return page.encode("utf-8", "replace").decode("utf-8")


def part(template: str, **values: object) -> Markup:
    """A piece of a page, escaped, to be put into another template as it is."""
    return Markup(_template(template).render(**values))  # noqa: S704 - made by a template


def policy(css: str) -> str:
    """The Content-Security-Policy that admits this style sheet, pictures in the page, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        auto_reload=False,  # or each of a thousand cards looks whether its template has changed on disk
        loader=PackageLoader("grader.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=16)
def _template(name: str) -> Template:
    return _environment().get_template(name)


@lru_cache(maxsize=16)
def style_sheet(name: str) -> str:
    """A style sheet of the reports; `page.css` has what all our pages share."""
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0].replace("\r\n", "\n")
