"""Paths: of files, and of Parquet, Feather and Arrow files alone, in folders, and in folders that are partitioned."""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import unquote

from plotmill.errors import InputError

PARTITION = re.compile(r"([^=]+)=(.*)", re.DOTALL)
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
PARTITION_MISSING = "__HIVE_DEFAULT_PARTITION__"


class ArrowPath(NamedTuple):
    """A file, and what the names of its folders say: sym=AAPL is the column sym with the value AAPL."""

    path: str
    partitions: dict[str, str]


def current_folder() -> str:
    """What relative paths mean now; "" if the current folder was removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def path_from(folder: str, path: str) -> str:
    """A path that was given while `folder` was the current one, also after that has changed. "-" is standard input."""
    return path if path == "-" or current_folder() == folder else os.path.join(folder, path)


def arrow_format(path: str) -> str | None:
    """Parquet, Arrow IPC (which Feather is), or the first version of Feather: by the first bytes. None: none of them."""
    try:
        with open(path, "rb") as file:
            start = file.read(6)
    except OSError:
        return None
    kinds = {b"PAR1": "parquet", b"ARRO": "ipc", b"FEA1": "feather 1"}
    return kinds.get(start[:4])


def find_arrow_files(paths: list[str]) -> list[ArrowPath]:
    """The files of a list of files and folders, in its order, those of a folder by their paths. []: none is such a file."""
    found: list[ArrowPath] = []
    plain: list[str] = []
    beside: list[str] = []
    for path in paths:
        inside, deeper = _of_folder(path, {}) if os.path.isdir(path) else ([ArrowPath(path, {})], [])
        beside += deeper
        for each in inside:
            if arrow_format(each.path):
                found.append(each)
            else:
                plain.append(each.path)
    if not found and (plain or not beside):
        return []
    if plain or beside:
        place = f"beside {found[0].path}" if found else "in a folder of a folder"
        raise InputError(
            f"{(plain + beside)[0]}: found {place}: expected Parquet, Feather and Arrow files alone, in folders also folders "
            "named COLUMN=VALUE; or a list of files, as sorted(glob.glob('FOLDER/**/*.parquet', recursive=True)) makes"
        )
    columns = [list(each.partitions) for each in found]
    for each, names in zip(found, columns):
        if names != columns[0]:
            raise InputError(
                f"{each.path}: the folders give the columns {', '.join(names) or 'none'}, expected "
                f"{', '.join(columns[0]) or 'none'}, as those of {found[0].path} do"
            )
    return found


def _of_folder(folder: str, partitions: dict[str, str]) -> tuple[list[ArrowPath], list[str]]:
    """The files of a folder and of its partitions, sorted by their names, and the files of its other folders."""
    found: list[ArrowPath] = []
    others: list[str] = []
    for name in sorted(os.listdir(folder)):
        path, partition = os.path.join(folder, name), PARTITION.fullmatch(name)
        if name.startswith((".", "_")):
            continue
        if not os.path.isdir(path):
            found.append(ArrowPath(path, partitions))
        elif partition:
            inside, beside = _of_folder(path, {**partitions, unquote(partition[1]): unquote(partition[2])})
            found += inside
            others += beside
        else:
            others += sorted(
                os.path.join(top, file)
                for top, _, files in os.walk(path)
                for file in files
                if arrow_format(os.path.join(top, file))
            )
    return found, others


def partition_number(values: list[str]) -> bool:
    """Whether the values of a partition are whole numbers; 007 is a text."""
    return all(value == PARTITION_MISSING or WHOLE.fullmatch(value) for value in values) and set(values) != {PARTITION_MISSING}
