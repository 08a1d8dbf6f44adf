"""Options of plotmill as keyword arguments: their values as texts, their table, their documentation.

Every option of the library is a keyword: ``line-width`` is ``line_width``, ``from`` is ``from_``.
"""

from __future__ import annotations

import datetime
import decimal
import difflib
import functools
import json
import numbers
import os
import re
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from plotmill import _core, _option_types
from plotmill.errors import InputError, check_exists

__all__ = ["Option", "options"]

T = TypeVar("T")

# What separates the values of a list, by type and by name; others take no list.
SEPARATORS = {"size": "x", "range": ":", "share": "/", "texts": ",", "columns": ",", "device": ",", "ma": ",",
              "label": ",", "missing-values": ",", "time": ",", "split": ",", "split-at": ","}  # fmt: skip
# Lists of two values.
PAIRS = {"size": "(width, height)", "range": "(lowest, highest)"}
# What other libraries call options and arguments.
MEANT = {"width": "size", "height": "size", "shape": "size", "figsize": "size", "lw": "line_width", "color": "foreground",
         "colour": "foreground", "step": "stride", "format": "encode"}  # fmt: skip
# NEW=NAME: lists that a mapping can give.
MAPPINGS = ("columns", "label")
DTYPES = {"uint8": "u8", "float32": "f32", "float16": "f16"}


class Option(NamedTuple):
    """One row of the table of options."""

    name: str
    """As on the command line, in job files and in messages: ``line-width``."""
    keyword: str
    """In Python: ``line_width``."""
    scope: str
    """data, chart, device, output or general."""
    type: str
    """flag, integer, number, length, size, range, ink, share, choice, text or texts."""
    default: str | None
    """As text, or in words where it depends on something else; None: not set."""
    unit: str | None
    choices: tuple[str, ...]
    """The values that are allowed; empty: not a choice."""
    expected: str
    """What is allowed, in words."""
    help: str


@functools.cache
def option_table() -> dict[str, dict[str, Any]]:
    """The rows of the library's table by name, without the options of the command alone."""
    return {row["name"]: row for row in json.loads(_core.describe_options()) if row["library"]}


def keyword_of(name: str) -> str:
    return "from_" if name == "from" else name.replace("-", "_")


def name_of(keyword: str) -> str:
    """`line_width` and `from_` are line-width and from; names that are so already stay."""
    return keyword.rstrip("_-").replace("_", "-")


def options() -> list[Option]:
    """The table of options.

    Returns
    -------
    list of Option
        A row for each option that the library takes, with its name, keyword, scope, type, default, unit, choices, what
        is expected, and what it means.
    """
    return [
        Option(
            row["name"],
            keyword_of(row["name"]),
            row["scope"],
            row["type"],
            row["default"] if row["default_words"] is None else row["default_words"],
            row["unit"],
            tuple(row["choices"]),
            row["expected"],
            in_python(row["help"]),
        )
        for row in option_table().values()
    ]


# Keywords to texts.


def time_text(value: datetime.date | np.datetime64) -> str:
    """As the options from, to and split-at take it, in UTC. A time without a zone is UTC."""
    if isinstance(value, np.datetime64):
        unit = np.datetime_data(value)[0]
        if unit in ("Y", "M", "D"):  # the whole of it
            return str(value)
        seconds = value.astype("datetime64[s]")
        return str(seconds if seconds == value else value).replace("T", " ")
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value.isoformat(" ")
    return value.isoformat()


def one_text(value: object) -> str | None:
    """The text of a single value; None: it has none."""
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, numbers.Real):
        return repr(float(value))
    if isinstance(value, (datetime.date, np.datetime64)):
        return time_text(value)
    if isinstance(value, os.PathLike):
        path = os.fspath(value)
        return path if isinstance(path, str) else os.fsdecode(path)
    return None


def wrong(row: Mapping[str, Any], value: object) -> TypeError:
    found = repr(value)
    return TypeError(
        f"{keyword_of(row['name'])}: found {found if len(found) < 60 else type(value).__name__}, "
        f"expected {row['expected'] if row['type'] not in ('text', 'texts') else row['argument']}"
        + (", or (red, green, blue), each a whole number from 0 to 255" if row["type"] == "ink" else "")
    )


def separator(row: Mapping[str, Any]) -> str | None:
    return SEPARATORS.get(row["name"]) or SEPARATORS.get(row["type"])


def list_text(row: Mapping[str, Any], values: Sequence[object]) -> str:
    """(640, 480) is 640x480, [5, 20] is 5,20, and (255, 0, 0) is #ff0000."""
    if row["type"] == "ink" and len(values) == 3:
        parts = [value for value in values if isinstance(value, numbers.Integral) and 0 <= int(value) <= 255]
        if len(parts) == 3:
            return "#" + "".join(f"{int(part):02x}" for part in parts)
    between = separator(row)
    if between is None or not values:
        raise wrong(row, values)
    if row["type"] in PAIRS and len(values) != 2:
        raise InputError(f"{keyword_of(row['name'])}: found {values!r}, expected two numbers, {PAIRS[row['type']]}")
    texts = []
    for value in values:
        text = one_text(value)
        if text is None:
            raise wrong(row, values)
        if between in text and between == ",":
            raise InputError(
                f"{keyword_of(row['name'])}: found {text!r} in a list, expected values without a comma, which "
                "separates them"
            )
        texts.append(text)
    return between.join(texts)


def dtype_text(row: Mapping[str, Any], value: object) -> object:
    """NumPy's types by the names that the option has. Its own names come first: NumPy's u8 is another type."""
    if isinstance(value, str) and value in row["choices"]:
        return value
    try:
        return DTYPES.get(np.dtype(value).name, value)  # type: ignore[call-overload]
    except TypeError:
        return value


def text_of(row: Mapping[str, Any], value: object) -> str:
    """The text of an option's value."""
    if row["name"] == "dtype":
        value = dtype_text(row, value)
    if isinstance(value, np.ndarray):
        if value.ndim != 1 or (row["type"] != "ink" and not separator(row)):
            raise wrong(row, value)
        value = value.tolist()
    if value is True and row["without_value"]:
        return str(row["without_value"])
    if isinstance(value, Mapping) and row["name"] in MAPPINGS:
        value = [f"{new}={one_text(old)}" for new, old in value.items()]
    if isinstance(value, (list, tuple)):
        return list_text(row, value)
    text = one_text(value)
    if text is None:
        raise wrong(row, value)
    return text


# Charts.


def plain(value: object) -> object:
    """Numbers of NumPy and paths, for JSON."""
    text = one_text(value)
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if text is None:
        raise TypeError(f"chart: found a value of type {type(value).__name__}, expected numbers, texts, lists and dicts")
    return text


def chart_text(chart: object) -> str:
    """A preset, a file, or a chart in braces, as the option takes it.

    A text of several lines, and one that has a colon and is no file, is a chart in YAML.
    """
    if isinstance(chart, Mapping):
        return json.dumps(dict(chart), default=plain, ensure_ascii=False)  # YAML has no surrogates
    if isinstance(chart, os.PathLike):
        path = os.fsdecode(os.fspath(chart))
        return path if os.sep in path else os.path.join(".", path)
    if not isinstance(chart, str):
        raise TypeError(f"chart: found {chart!r}, expected the name of a preset, a file, a dict, or a chart in YAML")
    text = chart.strip()
    if text.startswith("{") or ("\n" not in text and (": " not in text or os.path.exists(text))):
        return text
    # The library reads YAML in documents alone; there it is the value of the key chart.
    lines = [line for line in chart.splitlines() if line.strip() not in ("---", "...")]
    document = "chart:\n" + textwrap.indent(textwrap.dedent("\n".join(lines)), "  ") + "\n"
    return _core.Handle().options({}, document, "chart").get("chart") or ""


def check_chart(texts: Mapping[str, str]) -> None:
    """Raises MissingFileError where the chart is a path, or has the name of a YAML or JSON file, and is not there."""
    chart = texts.get("chart", "")
    if not chart.startswith("{") and (os.sep in chart or chart.endswith((".yaml", ".yml", ".json"))):
        check_exists(chart)


# Checks.


def nearest(keyword: str, known: Collection[str]) -> str | None:
    begins = [name for name in sorted(known, key=len) if len(keyword) > 2 and name.startswith(keyword)]
    return next(iter(begins or difflib.get_close_matches(keyword, known, 1)), None)


def check_keywords(
    keywords: Iterable[str], function: str, allowed: Collection[str], further: Iterable[str] = ()
) -> None:
    """Raises TypeError for a keyword that is no option, or one that `function` does not take.

    allowed: names of options; further: names of the function's other parameters, for the nearest name.
    """
    for keyword in keywords:
        name = name_of(keyword)
        if name in allowed:
            continue
        names = {keyword_of(known) for known in allowed} | set(further)
        if name in option_table() and MEANT.get(keyword) not in names:
            stored = option_table()[name]["scope"] == "output"
            raise TypeError(
                f"{function}() has no option {keyword!r}, which is of {'stored images' if stored else 'data sets'}: use "
                f"plotmill.Dataset{'(...).save' if stored else ''}"
            )
        meant = MEANT.get(keyword)
        meant = meant if meant in names else nearest(keyword, names)
        raise TypeError(
            f"{function}() got an unexpected keyword argument {keyword!r}"
            + (f": did you mean {meant!r}?" if meant else ": plotmill.options() lists the options")
        )


def option_texts(keywords: Mapping[str, object]) -> dict[str, str]:
    """Options as Handle.options takes them: texts by name. What is None is left out.

    keywords: names of options or keywords, which are known (check_keywords); otherwise TypeError.
    """
    check_keywords(keywords, "options", option_table())
    texts = {}
    for keyword, value in keywords.items():
        row = option_table()[name_of(keyword)]
        if value is not None:
            texts[row["name"]] = chart_text(value) if row["name"] == "chart" else text_of(row, value)
    return texts


# Documentation.


def in_python(text: str) -> str:
    """A help text with the names of keywords."""
    return re.sub(r"(?<![\w-])--([a-z][a-z-]*)", lambda found: keyword_of(found[1]), text)


def type_text(types: type, keyword: str) -> str:
    annotation = types.__annotations__[keyword]
    text = str(getattr(annotation, "__forward_arg__", annotation)).removesuffix(" | None")
    choices = re.fullmatch(r"Literal\[(.*)\]", text)
    return "{" + choices[1] + "}" if choices else text.replace('"', "")


def parameter(types: type, keyword: str) -> str:
    row = option_table()[name_of(keyword)]
    default = row["default"] if row["default_words"] is None else row["default_words"]
    head = f"{keyword} : {type_text(types, keyword)}" + (f", default: {in_python(default)}" if default is not None else "")
    words = in_python(row["help"]).rstrip(".") + "."
    if re.split("[ ,;:]", words)[0] not in {"auto", *(name for other in option_table().values() for name in other["choices"])}:
        words = words[0].upper() + words[1:]
    if row["unit"] and row["unit"] not in words:
        words += f" Unit: {row['unit']}."
    return head + "\n" + textwrap.fill(words, 96, initial_indent="    ", subsequent_indent="    ")


def documented(types: type) -> Callable[[T], T]:
    """Puts the parameters of a TypedDict of options into a docstring, in place of a line ``{options}``.

    types: a class of plotmill._option_types.
    """

    def fill(thing: T) -> T:
        text = thing.__doc__
        if text:  # without it: python -OO
            rows = "\n".join(parameter(types, keyword) for keyword in types.__annotations__)
            line = re.search(r"^([ \t]*)\{options\}$", text, re.MULTILINE)
            assert line, f"{thing}: the docstring has no line {{options}}"
            thing.__doc__ = text.replace(line[0], textwrap.indent(rows, line[1]))
        return thing

    return fill


DRAW = frozenset(name_of(keyword) for keyword in _option_types.DrawOptions.__annotations__)
SAVE = frozenset(name_of(keyword) for keyword in _option_types.SaveOptions.__annotations__)
JOB = frozenset(name_of(keyword) for keyword in _option_types.JobOptions.__annotations__)
