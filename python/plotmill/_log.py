"""Lines of the library go to the logger plotmill."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)  # of enum plotmill_log_level

_names: dict[str, str] = {}  # temporary files that are being opened: what lines call them


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
