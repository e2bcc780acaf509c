"""What reading a damaged zip member ends in besides `zipfile.BadZipFile`."""

from __future__ import annotations

import lzma
import struct
import zlib
from typing import Final

DECODER_ERRORS: Final = (zlib.error, lzma.LZMAError, struct.error)
"""None is an `OSError` or a `ValueError`, and `zipfile` lets them through."""
