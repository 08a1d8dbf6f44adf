"""RenderBatch: batches of every kind, and Dask. The images are those of render()."""
import io
import os
import pathlib
import pickle
import re
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np
import pandas as pd

import plotmill
from plotmill import RenderBatch

PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "cluster.md").read_text()
ROWS, WINDOW, SIZE = 37, 100, (64, 48)


def walks(rows=ROWS, seed=1):
    return np.random.default_rng(seed).standard_normal((rows, WINDOW)).cumsum(axis=1)


def objects(items):
    found = np.empty(len(items), object)
    found[:] = list(items)
    return found


def prices():
    close = walks()
    return {"o": close + 0.25, "top": close + 1.5, "l": close - 1, "c": close, "v": np.abs(close)}


FIELDS = {"open": "o", "high": "top", "low": "l", "close": "c", "volume": "v"}


def program(heading):
    """The Python blocks of docs/cluster.md below this heading."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))


class Batches(unittest.TestCase):
    def setUp(self):
        self.windows = walks()
        self.images = plotmill.render(self.windows, size=SIZE)
        self.files = plotmill.render(self.windows, size=SIZE, encode="png")
        self.pixels = RenderBatch("values", window=WINDOW, size=SIZE)
        self.png = RenderBatch("values", size=SIZE, encode="png", image="png")

    def test_dict(self):
        """dicts of arrays, rectangular and of objects, keep their columns"""
        for values in self.windows, self.windows.astype(np.float32).astype(float), objects(self.windows), list(self.windows):
            batch = {"values": values, "label": np.arange(ROWS)}
            found = self.pixels(batch)
            expected = plotmill.render(np.asarray(list(values)), size=SIZE)
            np.testing.assert_array_equal(found["image"], expected)
            self.assertEqual((list(found), list(batch)), (["values", "label", "image"], ["values", "label"]))
        self.assertEqual(list(self.png({"values": self.windows})["png"]), self.files)

    def test_pandas(self):
        """data frames of pandas keep their index and columns"""
        frame = pd.DataFrame({"values": list(self.windows), "label": range(ROWS)}, index=range(100, 100 + ROWS))
        found = self.pixels(frame)
        np.testing.assert_array_equal(np.stack(found["image"].tolist()), self.images)
        self.assertEqual(list(found["image"].map(lambda image: image.base is None).unique()), [True])
        pd.testing.assert_frame_equal(found.drop(columns="image"), frame)
        self.assertEqual(self.png(frame)["png"].tolist(), self.files)

    def test_arrow(self):
        """tables and record batches of Arrow"""
        try:
            import pyarrow
        except ImportError:
            self.skipTest("pyarrow: not installed")
        for values in list(self.windows), pyarrow.FixedShapeTensorArray.from_numpy_ndarray(self.windows):
            table = pyarrow.table({"values": values, "label": range(ROWS)})
            for batch in table, table.to_batches()[0]:
                found = self.pixels(batch)
                self.assertIs(type(found), type(batch))
                self.assertEqual(found.drop_columns(["image"]), batch)
                column = found["image"].combine_chunks() if batch is table else found["image"]
                np.testing.assert_array_equal(column.to_numpy_ndarray(), self.images)
                self.assertEqual(self.png(batch)["png"].to_pylist(), self.files)

    def test_polars(self):
        """data frames of Polars"""
        try:
            import polars
        except ImportError:
            self.skipTest("polars: not installed")
        frame = polars.DataFrame({"values": self.windows.tolist(), "label": range(ROWS)})
        found = self.pixels(frame)
        np.testing.assert_array_equal(found["image"].to_numpy(), self.images)
        self.assertTrue(found.drop("image").equals(frame))
        self.assertEqual(self.png(frame)["png"].to_list(), self.files)

    def test_no_rows(self):
        """batches without rows give a column of the same type"""
        empty = self.pixels({"values": np.empty((0, WINDOW))})["image"]
        self.assertEqual((empty.shape, empty.dtype), ((0, 48, 64), np.uint8))
        self.assertEqual(len(self.png({"values": objects([])})["png"]), 0)
        self.assertEqual(list(self.pixels(pd.DataFrame({"values": []})).columns), ["values", "image"])
        try:
            import pyarrow
        except ImportError:
            return
        table = pyarrow.table({"values": list(self.windows)})
        for draw in self.pixels, self.png:
            self.assertEqual(draw(table[:0]).schema, draw(table).schema)

    def test_several_columns(self):
        """fields of a chart from several columns, by their names or by a mapping"""
        batch = prices()
        expected = plotmill.render({field: batch[name] for field, name in FIELDS.items()}, chart="candles", size=(200, 120))
        found = RenderBatch(FIELDS, window=WINDOW, chart="candles", size=(200, 120))(batch)["image"]
        np.testing.assert_array_equal(found, expected)
        named = {field: objects(batch[name]) for field, name in FIELDS.items()}
        found = RenderBatch(list(FIELDS), chart="candles", size=(200, 120))(pd.DataFrame(named))["image"]
        np.testing.assert_array_equal(np.stack(found.tolist()), expected)

    def test_arrays_in_one_column(self):
        """a column of arrays (T, F)"""
        values = np.stack([walks(seed=1), walks(seed=2)], axis=2)
        options = {"chart": {"layers": [{"mark": "line", "y": name} for name in "ab"]}, "columns": ["b", "a"], "size": SIZE}
        expected = plotmill.render(values, **options)
        np.testing.assert_array_equal(RenderBatch("x", **options)({"x": objects(values)})["image"], expected)

    def test_chart_that_changes(self):
        """a dict that is changed later changes nothing; a chart file that is edited counts from the next object on"""
        line = {"mark": "line", "width": 1}
        chart = {"layers": [line], "size": "64x48"}
        thin, expected = RenderBatch("values", chart=chart), plotmill.render(self.windows, chart=chart)
        line["width"] = 5
        thick, wider = RenderBatch("values", chart=chart), plotmill.render(self.windows, chart=chart)
        for render, images in (thin, expected), (thick, wider), (pickle.loads(pickle.dumps(thin)), expected):
            np.testing.assert_array_equal(render({"values": self.windows})["image"], images)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "chart.json")
            for width, images in (1, expected), (5, wider):
                path.write_text(f'{{"layers": [{{"mark": "line", "width": {width}}}], "size": "64x48"}}')
                found = RenderBatch("values", chart=path)({"values": self.windows})["image"]
                np.testing.assert_array_equal(found, images)

    def test_pickle(self):
        """another process that unpickles it draws the same bytes; it holds options alone"""
        self.pixels({"values": self.windows})
        text = pickle.dumps(self.pixels)
        self.assertLess(len(text), 2000)
        code = "import pickle, sys, numpy as np\nrender, values = pickle.load(sys.stdin.buffer)\n" \
               "sys.stdout.buffer.write(render({'values': values})['image'].tobytes())"
        done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps((self.pixels, self.windows)),
                              capture_output=True, check=True)
        self.assertEqual(done.stdout, self.images.tobytes())

    def test_threads(self):
        """threads share the renderer of the process"""
        found = [None] * 8

        def work(i):
            found[i] = (self.png if i % 2 else self.pixels)({"values": self.windows})
        threads = [threading.Thread(target=work, args=[i]) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for i, batch in enumerate(found):
            self.assertEqual(list(batch["png"]) if i % 2 else batch["image"].tobytes(),
                             self.files if i % 2 else self.images.tobytes())

    def test_fork(self):
        """a process that was forked after drawing raises at once, and says what to do"""
        self.pixels({"values": self.windows})
        read, write = os.pipe()
        child = os.fork()
        if not child:
            try:
                self.pixels({"values": self.windows})
            except plotmill.DeviceError as error:
                os.write(write, str(error).encode())
            os._exit(0)
        os.close(write)
        with io.FileIO(read) as pipe:
            self.assertIn("spawn", pipe.read().decode())
        os.waitpid(child, 0)

    def test_refusals(self):
        """what cannot be drawn is refused with the column's name"""
        wide = np.hstack([self.windows, self.windows])
        for batch, words in (({"other": wide}, "'values': not found; the batch has other"),
                             ({"values": np.arange(5.0)}, "'values': found single numbers"),
                             ({"values": wide}, "found rows of 200 values, expected 100"),
                             ({"values": objects([[1.0, 2.0], [1.0]])}, "expected equal shapes"),
                             ({"values": self.windows, "image": 1}, "has a column 'image' already")):
            with self.assertRaises(plotmill.InputError) as caught:
                self.pixels(batch)
            self.assertIn(words, str(caught.exception))
        with self.assertRaises(TypeError):
            self.pixels([1, 2, 3])
        for options in {"lin_width": 3}, {"limit": 5}, {"group_by": "a"}:
            with self.assertRaises(TypeError):
                RenderBatch("values", **options)
        for column, encode in ("values", "gif"), ([], None):
            with self.assertRaises(plotmill.InputError):
                RenderBatch(column, encode=encode)


class Dask(unittest.TestCase):
    def test_page(self):
        """the program of docs/cluster.md with Dask writes the files of render()"""
        try:
            import dask
            import dask.dataframe
        except ImportError as error:
            self.skipTest(f"dask: not installed ({error})")
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(f"{folder}/windows")
            windows = walks(200)
            for first in range(0, 200, 50):
                part = slice(first, first + 50)
                pd.DataFrame({"key": [f"{i:08d}" for i in range(200)][part], "label": np.arange(200)[part] % 3,
                              "values": list(windows[part])}).to_parquet(f"{folder}/windows/{first:05d}.parquet")
            before = os.getcwd()
            try:
                os.chdir(folder)
                # Two processes, which are spawned.
                with dask.config.set(scheduler="processes", num_workers=2):
                    exec(compile(program("Dask"), "docs/cluster.md", "exec"), {})
                found = pd.read_parquet("images")
            finally:
                os.chdir(before)
        self.assertEqual(found["key"].astype(str).tolist(), [f"{i:08d}" for i in range(200)])
        self.assertEqual(found["image"].tolist(), plotmill.render(windows, size=(224, 224), encode="png"))


if __name__ == "__main__":
    unittest.main()
