"""Lines of the library go to the logger plotmill. Lines and messages name what the caller gave, not temporary files."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping

from plotmill.errors import Error

Names = dict[str, str]  # of temporary files: what messages call them

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)  # of enum plotmill_log_level

_names: Names = {}  # temporary files that are being opened: what lines call them


@contextlib.contextmanager
def named(names: Mapping[str, str]) -> Iterator[None]:
    """Lines name what the caller gave, not the temporary file that stands for it."""
    _names.update(names)
    try:
        yield
    finally:
        for path in names:
            _names.pop(path, None)


def log(level: int, line: str) -> None:
    """What needs attention is a warning."""
    for path, name in list(_names.items()):
        line = line.replace(path, name)
    logging.getLogger("plotmill").log(LEVELS[min(level, len(LEVELS) - 1)], line)


@contextlib.contextmanager
def renamed(names: Names) -> Iterator[None]:
    """Messages name what the caller gave, not the temporary file that stands for it."""
    try:
        yield
    except Error as error:
        text = str(error)
        for path, name in names.items():
            text = text.replace(path, name)
        error.args = (text,)
        raise
