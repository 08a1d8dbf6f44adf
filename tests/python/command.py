"""The built command, for comparisons, and data of the tests."""
import json
import os
import pathlib
import subprocess

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMMAND = (ROOT / os.environ.get("BUILD", "build") / "tools" / "plotmill").resolve()
DATA = ROOT / "data"


def run(folder, *arguments):
    """Standard output of the command in a folder."""
    arguments = [str(argument) for argument in arguments]
    done = subprocess.run([str(COMMAND), *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise AssertionError(f"plotmill {' '.join(arguments)}: exit {done.returncode}\n{done.stderr.decode()}")
    return done.stdout.decode()


def render(folder, *arguments):
    """What the command stores, with h5py alone: a dict of arrays, `classes` of labels, `groups`, and its report."""
    report = json.loads(run(folder, "render", *arguments, "-o", "command.h5", "--force", "--json"))
    with h5py.File(pathlib.Path(folder) / "command.h5") as file:
        found = {name: file[name][:] for name in file if isinstance(file[name], h5py.Dataset)}
        labels = file.get("labels", {})
        found["labels"] = {name: labels[name][:] for name in labels}
        found["classes"] = {name: [as_text(text) for text in labels[name].attrs["classes"]] for name in labels
                            if "classes" in labels[name].attrs}
        found["spec"] = json.loads(file["images"].attrs["spec"])
    found["groups"] = [as_text(text) for text in found["groups"]] if "groups" in found else None
    found["report"] = report
    return found


def as_text(text):
    return text.decode() if isinstance(text, bytes) else text


def check_equal(case, images, stored):
    """A data set has the images and the columns that the command stored."""
    case.assertEqual(len(images), len(stored["images"]))
    case.assertEqual(images.shape, stored["images"].shape[1:])
    np.testing.assert_array_equal(images[:], stored["images"])
    np.testing.assert_array_equal(images.window_start, stored["window_start"])
    np.testing.assert_array_equal(images.y_range(), stored["y_range"])
    check_columns(case, images, stored)
    case.assertEqual(images.spec, stored["spec"])


def check_columns(case, images, stored):
    for name, found in (("split", images.split), ("group", images.group), ("timestamps", images.timestamps)):
        case.assertEqual(found is not None, name in stored, name)
        if found is not None:
            np.testing.assert_array_equal(found.astype(stored[name].dtype), stored[name])
    case.assertEqual(images.groups, stored["groups"])
    case.assertEqual(sorted(images.labels), sorted(stored["labels"]))
    case.assertEqual(dict(images.label_classes), stored["classes"])
    for name, values in stored["labels"].items():
        case.assertEqual(images.labels[name].dtype, values.dtype)
        np.testing.assert_array_equal(images.labels[name], values)
    if "row" in stored:
        np.testing.assert_array_equal(images.column("row"), stored["row"])


def walk(rows, seed=1):
    return np.random.default_rng(seed).standard_normal(rows).cumsum().round(3) + 60


def tickers(rows=330, seed=2, newest_first=True):
    """Three symbols that take turns, newest first, as columns: times, texts with gaps in them, numbers."""
    rng = np.random.default_rng(seed)
    steps = np.arange(rows) // 3 + (np.arange(rows) > rows // 2) * 400
    columns = {
        "time": np.datetime64("2024-01-01T00:00:00") + steps * np.timedelta64(1, "h"),
        "ticker": np.array(["BB", "A", "Zürich"])[np.arange(rows) % 3],
        "open": walk(rows, seed),
        "close": walk(rows, seed + 1),
        "volume": rng.integers(1, 1000, rows),
        "mood": np.array(["up", "down", "at rest"])[rng.integers(0, 3, rows)],
    }
    columns["high"] = np.maximum(columns["open"], columns["close"]) + 1
    columns["low"] = np.minimum(columns["open"], columns["close"]) - 1
    return {name: values[::-1] for name, values in columns.items()} if newest_first else columns


def write_csv(path, columns):
    """Numbers as Python writes them, times as ISO 8601."""
    rows = [",".join(columns)]
    for values in zip(*(column.tolist() for column in columns.values())):
        rows.append(",".join("" if v is None or v != v else v.isoformat() if hasattr(v, "isoformat") else str(v)
                             for v in values))
    pathlib.Path(path).write_text("\n".join(rows) + "\n", encoding="utf-8")
