"""Lines of the library go to the logger plotmill."""

from __future__ import annotations

import logging

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)  # of enum plotmill_log_level


def log(level: int, line: str) -> None:
    """What needs attention is a warning."""
    logging.getLogger("plotmill").log(LEVELS[min(level, len(LEVELS) - 1)], line)
