"""Mistakes: the class of each exception, and a text that says what was found and what was expected."""
import contextlib
import errno
import logging
import os
import pathlib
import pickle
import re
import tempfile
import unittest

import numpy as np

import plotmill
from command import walk

logging.getLogger("plotmill").setLevel(logging.ERROR)

SERIES = walk(500)
ROWS = np.stack([SERIES] * 5, 1)
# What is called, the class, and words of the text in this order.
CALLS = [
    (lambda: plotmill.render(ROWS[:, :4], 60, chart="candles"), ValueError,
     "needs the fields open, high, low, close, volume, but found 4 columns, without names: expected a column for each"),
    (lambda: plotmill.render(ROWS[:, :4], chart="candles"), ValueError, r"without a window, \(500, 4\) is 500 sequences"),
    (lambda: plotmill.render(ROWS, 60, chart="candles"), ValueError, "have no names: expected the option columns with 5"),
    (lambda: plotmill.render(SERIES), ValueError, "one long series of 500 samples: expected the option window"),
    (lambda: plotmill.render(SERIES, 600), ValueError, "window 600 is longer than the series: it has 500"),
    (lambda: plotmill.render(SERIES.reshape(10, 50), 60), ValueError,
     r"values: found an array \(10, 50\) and the window 60, which is longer than either axis"),
    (lambda: plotmill.Renderer(20)(SERIES[:10].reshape(2, 5)), ValueError, r"windows: found an array \(2, 5\)"),
    (lambda: plotmill.render(SERIES, (60,)), TypeError, r"window: found \(60,\), expected a whole number"),
    (lambda: plotmill.Renderer(SERIES), TypeError, "window: found ndarray, expected a whole number"),
    (lambda: plotmill.render(np.empty(0), 20), ValueError, r"values: found an empty array \(0,\), expected samples"),
    (lambda: plotmill.render([]), ValueError, r"values: found an empty array \(0,\), expected samples"),
    (lambda: plotmill.render(np.empty((20, 0))), ValueError, r"values: found an empty array \(20, 0\)"),
    (lambda: plotmill.render(np.zeros((2, 3, 4, 5))), ValueError, r"found an array \(2, 3, 4, 5\), expected \(T\)"),
    (lambda: plotmill.render(SERIES, 60, axes="NX"), ValueError, r"axes: found 'NX', expected .* the array is \(500,\)"),
    (lambda: plotmill.render([[1, 2, 3], [1, 2]]), ValueError, "values: element 0 has the shape .* expected equal shapes"),
    (lambda: plotmill.render(np.arange(9).astype("M8[D]"), 5), ValueError, "values: found times .* expected numbers"),
    (lambda: plotmill.render("prices.csv", 60), ValueError, "files are read by plotmill.Dataset"),
    (lambda: plotmill.render(SERIES, 60, size=(224,)), ValueError, r"size: found \(224,\), expected .*\(width, height\)"),
    (lambda: plotmill.render(SERIES, 60, size=(9, 9, 3)), ValueError, r"size: found \(9, 9, 3\), expected two numbers"),
    (lambda: plotmill.render(SERIES, 60, range=(1, 2, 3)), ValueError, r"range: found \(1, 2, 3\), expected two numbers"),
    (lambda: plotmill.render(SERIES, 60, ma="5;20", chart="candles"), ValueError, "ma: found '5;20', expected .*commas"),
    (lambda: plotmill.render(SERIES, 60, foreground=(0.1, 0.2, 0.3)), TypeError, r"expected .*\(red, green, blue\)"),
    (lambda: plotmill.render(SERIES, 60, encode="jpg"), ValueError, "encode: found 'jpg', expected png, jpeg or zlib"),
    (lambda: plotmill.render(SERIES, 60, encode=["png"]), ValueError, r"encode: found \['png'\], expected png"),
    (lambda: plotmill.render(SERIES, 60, 5, starts=[0]), ValueError, "stride: found 5 with starts, expected one of them"),
    (lambda: plotmill.render(SERIES, 60, width=64), TypeError, "keyword argument 'width': did you mean 'size'"),
    (lambda: plotmill.render(SERIES, 60, lw=2), TypeError, "'lw': did you mean 'line_width'"),
    (lambda: plotmill.render(SERIES, 60, color="red"), TypeError, "'color': did you mean 'foreground'"),
    (lambda: plotmill.render(SERIES, 60, format="png"), TypeError, "'format': did you mean 'encode'"),
    (lambda: plotmill.render(SERIES, 60, compress="deflate"), TypeError, "of stored images: use plotmill.Dataset.*save"),
    (lambda: plotmill.render(SERIES, 60, label="return:5"), TypeError, "of data sets: use plotmill.Dataset$"),
    (lambda: plotmill.Renderer(60, encode="png"), TypeError, r"argument of calls: renderer\(windows, encode=...\)"),
    (lambda: plotmill.Renderer(60).at(None), ValueError, r"no series is loaded: call load\(series\)"),
]


class Calls(unittest.TestCase):
    def test_messages(self):
        """mistakes of newcomers"""
        for i, (call, kind, words) in enumerate(CALLS):
            with self.subTest(i=i, words=words), self.assertRaisesRegex(kind, words) as raised:
                call()
            self.assertEqual(isinstance(raised.exception, plotmill.InputError), kind is ValueError)

    def test_allowed(self):
        """what looks alike and is none: the stride of a renderer that is called without starts, too; one that is 1"""
        with plotmill.Renderer(60, 50, size=(40, 30), quality=80) as renderer:
            self.assertEqual(len(renderer(SERIES)), 9)
            self.assertEqual(len(renderer.at(SERIES, [0, 7, 9, 1, 5])), 5)
            self.assertEqual(len(renderer.at(SERIES, [0, 7], encode="png")), 2)
        for stride in (1, np.int64(1), None):
            self.assertEqual(plotmill.render(SERIES, 60, stride, starts=[0, 7], size=(40, 30)).shape, (2, 30, 40))
        self.assertEqual(plotmill.Renderer(60, size=(40, 30))(np.empty((0, 60))).shape, (0, 30, 40))
        self.assertEqual(plotmill.render(np.full(100, np.nan), 60, 40, size=(40, 30)).shape, (2, 30, 40))


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    @contextlib.contextmanager
    def raises(self, kind, number, path):
        with self.assertRaises(kind) as raised:
            yield
        for error in (raised.exception, pickle.loads(pickle.dumps(raised.exception))):
            self.assertIsInstance(error, plotmill.InputError)
            self.assertIsInstance(error, OSError)
            self.assertEqual((error.errno, error.filename, error.status), (number, str(path), "bad input"))
            self.assertEqual(error.strerror, os.strerror(number))
            self.assertIn(str(pathlib.Path(path).with_suffix("")), str(error))

    def missing(self, path):
        return self.raises(FileNotFoundError, errno.ENOENT, path)

    def test_missing(self):
        """a file that is not there: FileNotFoundError, and an InputError as before"""
        nope, there = self.folder / "nope.csv", self.folder / "there.csv"
        there.write_text("1\n2\n3\n4\n")
        job = f"input: [{nope}]\nwindow: 2\n"
        windows, chart = self.folder / "windows.csv", self.folder / "chart.yaml"
        for path, call in (
            (nope, lambda: plotmill.Dataset(nope, window=2)),
            (nope, lambda: plotmill.Dataset([there, str(nope)], window=2)),
            (nope, lambda: plotmill.Dataset(None, job)),
            (self.folder / "n*.csv", lambda: plotmill.Dataset(self.folder / "n*.csv", window=2)),
            (windows, lambda: plotmill.Dataset(there, window=2, windows=windows)),
            (windows, lambda: plotmill.Dataset(there, window=2, windows=str(windows))),
            (chart, lambda: plotmill.Dataset(there, window=2, chart=chart)),
            (chart, lambda: plotmill.Dataset(there, str(chart), window=2)),
            (chart, lambda: plotmill.render(SERIES, 60, chart=str(chart))),
            (chart, lambda: plotmill.Renderer(60, chart=chart)),
            (nope, lambda: plotmill.open(nope)),
            (self.folder / "none", lambda: plotmill.Dataset(SERIES, window=60).save(self.folder / "none" / "x.npy")),
        ):
            with self.subTest(path=path), self.missing(path):
                call()

    def test_existing(self):
        """an output that exists: FileExistsError where that is what is wrong, and nothing is replaced"""
        images = plotmill.Dataset(SERIES, window=60, stride=40, size=(40, 30), missing="error")
        for name, further in {"x.npy": {}, "x.tar": {}, "x.h5": {"images_per_file": 5}, "p": {"format": "png"}}.items():
            path = self.folder / name
            images.save(path, progress=False, **further)
            before = {each: each.stat().st_mtime_ns for each in sorted(self.folder.rglob("*"))}
            with self.subTest(name), self.raises(FileExistsError, errno.EEXIST, path):
                images.save(path, progress=False, **further)
            with self.subTest(name), self.assertRaises(plotmill.InputError) as raised:
                images.save(path, progress=False, **further, quality=50)
            self.assertNotIsInstance(raised.exception, OSError)
            self.assertEqual({each: each.stat().st_mtime_ns for each in sorted(self.folder.rglob("*"))}, before)
            images.save(path, progress=False, force=True, **further)
        gap = np.where(np.arange(500) == 300, np.nan, SERIES)
        broken = plotmill.Dataset(gap, window=60, stride=40, size=(40, 30), missing="error")
        with self.assertRaisesRegex(plotmill.InputError, "sample 300 is missing") as raised:
            broken.save(self.folder / "x.npy", progress=False, force=True)
        self.assertNotIsInstance(raised.exception, OSError)

    def test_damaged(self):
        """a damaged file is an InputError, and no OSError"""
        for name in ("x.h5", "x.npy", "x.csv"):
            path = self.folder / name
            path.write_bytes(b"\x93NUMPY\x01 damaged \0\xff")
            with self.subTest(name), self.assertRaisesRegex(plotmill.InputError, re.escape(str(path))) as raised:
                plotmill.Dataset(path, window=2)
            self.assertNotIsInstance(raised.exception, OSError)


if __name__ == "__main__":
    unittest.main()
