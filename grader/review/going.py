"""Where a browser goes after a form."""

from __future__ import annotations

from flask import Response, redirect


def see_other(address: str) -> Response:
    """Send the browser on to another page, by GET: loading that one again repeats nothing."""
    response = redirect(address, 303)
    assert isinstance(response, Response)
    return response
