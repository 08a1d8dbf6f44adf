"""Data sets: pixels and columns equal the command's, for every kind of source, and through save and open."""
import contextlib
import decimal
import gc
import importlib
import io
import json
import logging
import multiprocessing
import os
import pathlib
import pickle
import tempfile
import threading
import unittest
import unittest.mock
import warnings
import weakref

import numpy as np

import plotmill
from command import DATA, check_columns, check_equal, render, run, tickers, walk, write_csv

logging.getLogger("plotmill").setLevel(logging.ERROR)

SMALL = ["--size", "40x30", "--line-width", "1"]
SMALL_OPTIONS = {"size": (40, 30), "line_width": 1}
GROUPS = ["--column", "close", "--window", "12", "--group-by", "ticker", *SMALL]
GROUPS_OPTIONS = {"column": "close", "window": 12, "group_by": "ticker", **SMALL_OPTIONS}

# Arguments of the command, and the same in Python; of the file t.csv.
CASES = {
    "interleaved groups": (GROUPS, GROUPS_OPTIONS),
    "a return and a direction": (
        [*GROUPS, "--label", "return:3,direction:2:0.001", "--stride", "3"],
        {**GROUPS_OPTIONS, "label": ["return:3", "direction:2:0.001"], "stride": 3},
    ),
    "numbers and texts as labels": (
        [*GROUPS, "--label", "volume,later=mood:2,mood"],
        {**GROUPS_OPTIONS, "label": ["volume", "later=mood:2", "mood"]},
    ),
    "unlabelled windows left out": (
        [*GROUPS, "--label", "return:20", "--drop-unlabelled"],
        {**GROUPS_OPTIONS, "label": "return:20", "drop_unlabelled": True},
    ),
    "a split by shares, shuffled": (
        [*GROUPS, "--split", "0.5,0.25,0.25", "--shuffle", "7"],
        {**GROUPS_OPTIONS, "split": (0.5, 0.25, 0.25), "shuffle": 7},
    ),
    "a split at dates": (
        [*GROUPS, "--split-at", "2024-01-02,2024-01-03", "--label", "return:1"],
        {**GROUPS_OPTIONS, "split_at": ("2024-01-02", "2024-01-03"), "label": "return:1"},
    ),
    "a split by groups": (
        [*GROUPS, "--split", "0.4,0.3,0.3", "--split-by", "group"],
        {**GROUPS_OPTIONS, "split": (0.4, 0.3, 0.3), "split_by": "group"},
    ),
    "windows that end at gaps": ([*GROUPS, "--break-at-gaps"], {**GROUPS_OPTIONS, "break_at_gaps": True}),
    "a limit": ([*GROUPS, "--limit", "17", "--shuffle", "1"], {**GROUPS_OPTIONS, "limit": 17, "shuffle": 1}),
    "a period": (
        [*GROUPS, "--from", "2024-01-02", "--to", "2024-01-02"],
        {**GROUPS_OPTIONS, "from_": "2024-01-02", "to": "2024-01-02"},
    ),
    "candles in colour": (
        ["--chart", "candles", "--window", "8", "--group-by", "ticker", "--size", "80x60", "--label", "return:2"],
        {"chart": "candles", "window": 8, "group_by": "ticker", "size": "80x60", "label": "return:2"},
    ),
    "a channel per layer": (
        ["--chart", "candles", "--window", "8", "--group-by", "ticker", "--size", "80x60", "--channels", "layer"],
        {"chart": "candles", "window": 8, "group_by": "ticker", "size": "80x60", "channels": "layer"},
    ),
    "antialiased": (
        [*GROUPS, "--antialias", "--margin", "2", "--order", "time"],
        {**GROUPS_OPTIONS, "antialias": True, "margin": 2, "order": "time"},
    ),
}


def without(module):
    """The reason of a skip, or None."""
    try:
        importlib.import_module(module)
    except ImportError:
        return f"{module}: not installed"
    return None


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.columns = tickers()
        write_csv(self.folder / "t.csv", self.columns)


def in_spawned(dataset, queue):
    queue.put((len(dataset), dataset[[3, 0]], dataset.labels))


class Command(Folder):
    def test_files_and_tables(self):
        """each case: a CSV, a dict of columns and records of NumPy equal the command's output of the CSV"""
        records = np.empty(len(self.columns["time"]), [(n, v.dtype) for n, v in self.columns.items()])
        for name, values in self.columns.items():
            records[name] = values
        for name, (arguments, options) in CASES.items():
            stored = render(self.folder, "t.csv", *arguments)
            self.assertGreater(len(stored["images"]), 10, name)
            for source in (self.folder / "t.csv", self.columns, records):
                with self.subTest(name, source=type(source).__name__):
                    with plotmill.Dataset(source, **options) as images:
                        check_equal(self, images, stored)
                        counts = {key: stored["report"]["windows"][key] for key in images.info}
                        self.assertEqual(images.info, counts)

    def test_save_and_open(self):
        """saved in every format and opened again, the data set is as it was"""
        arguments = [*GROUPS, "--label", "return:3,mood", "--split", "0.5,0.25,0.25"]
        options = {**GROUPS_OPTIONS, "label": "return:3,mood", "split": "0.5,0.25,0.25"}
        stored = render(self.folder, "t.csv", *arguments)
        images = plotmill.Dataset(self.columns, **options)
        for name, output in {"a.h5": {}, "b.h5": {"images_per_file": 20}, "c.npy": {}, "d.npz": {}, "e.dat": {},
                             "f.tar": {}, "g": {"format": "png"}, "h.npy": {"dtype": "f32", "layout": "NCHW"},
                             "i.h5": {"dtype": "bits"}, "k": {"format": "png", "folders": "split"}}.items():
            with self.subTest(name):
                report = images.save(self.folder / name, progress=False, **output)
                self.assertEqual(report["images"], len(images))
                with plotmill.open(self.folder / name) as opened:
                    check_equal(self, opened, stored)
                    self.assertEqual(opened.indices("val").tolist(), images.indices("val").tolist())
                    self.assertEqual(opened.info["labels"]["mood"], images.info["labels"]["mood"])
                    self.assertEqual(opened.info["train"], images.info["train"])
        with self.assertRaisesRegex(plotmill.InputError, "force"):
            images.save(self.folder / "a.h5", progress=False)
        images.save(self.folder / "a.h5", progress=False, force=True)

    def test_arrays(self):
        """arrays of one to three axes equal the command's output of the same array in a file"""
        cases = [
            (walk(200), ["--window", "20", "--stride", "7"], {"window": 20, "stride": 7}),
            (walk(200).astype(np.float32)[::-1], ["--window", "20"], {"window": 20}),
            ((walk(200) * 100).astype(np.int16), ["--window", "20"], {"window": 20}),
            (walk(300).reshape(100, 3), ["--window", "20", "--column", "1"], {"window": 20, "column": 1}),
            (walk(300).reshape(3, 100), [], {}),
            (walk(300).reshape(3, 100).T, ["--axes", "TN"], {"axes": "TN"}),
            (walk(300).reshape(3, 100), ["--window", "30", "--axes", "NT", "--stride", "9"],
             {"window": 30, "axes": "NT", "stride": 9}),
            (walk(400).reshape(5, 40, 2), ["--column", "0"], {"column": 0}),
            (np.sort(np.random.default_rng(3).random((60, 5)), axis=1)[:, [1, 3, 0, 2, 4]] + 5,
             ["--window", "9", "--chart", "candles", "--columns", "open,high,low,close,volume"],
             {"window": 9, "chart": "candles", "columns": ["open", "high", "low", "close", "volume"]}),
            (walk(200), ["--window", "20", "--label", "return:3,d=direction:1", "--split", "0.5,0.2,0.3"],
             {"window": 20, "label": "return:3,d=direction:1", "split": "0.5,0.2,0.3"}),
            (walk(300).reshape(100, 3), ["--window", "20", "--column", "1", "--label", "2"],
             {"window": 20, "column": 1, "label": "2"}),
        ]
        for array, arguments, options in cases:
            with self.subTest(shape=array.shape, options=options):
                np.save(self.folder / "a.npy", array)
                size = {"size": "90x60"} if "chart" in options else SMALL_OPTIONS
                arguments += ["--size", "90x60"] if "chart" in options else SMALL
                stored = render(self.folder, "a.npy", *arguments, "--limit", "30")
                images = plotmill.Dataset(array, **options, **size, limit=30)
                check_equal(self, images, stored)

    def test_broadcast(self):
        """an array whose elements are one number in memory"""
        for values, axes in ((np.broadcast_to(5.0, (3000,)), None), (np.broadcast_to(5.0, (40, 60)), "NT")):
            options = {"axes": axes, "window": None if axes else 60, "size": (40, 30)}
            images = plotmill.Dataset(values, **options)
            np.testing.assert_array_equal(images[:], plotmill.Dataset(values.copy(), **options)[:])
        with self.assertRaisesRegex(plotmill.InputError, "axes: found 'NTF', expected one of the letters"):
            plotmill.Dataset(np.zeros((40, 60)), axes="NTF", size=(40, 30))

    def test_named_sequences(self):
        """a dict of ready sequences (N, T) equals the command's output of records (N, T)"""
        fields = {name: self.columns[name].reshape(11, 30).astype(float) for name in ("open", "high", "low", "close")}
        records = np.empty((11, 30), [(name, "f8") for name in fields])
        for name, values in fields.items():
            records[name] = values
        np.save(self.folder / "r.npy", records)
        for further, options in (([], {}), (["--window", "20", "--stride", "5"], {"window": 20, "stride": 5})):
            with self.subTest(options):
                stored = render(self.folder, "r.npy", "--column", "close", *SMALL, *further)
                check_equal(self, plotmill.Dataset(fields, column="close", **SMALL_OPTIONS, **options), stored)

    def test_windows(self):
        """a table of windows: a file, a dict, and what the data set's own table holds"""
        table = {"start": np.array([300, 5, 120, 301, 0x7F]), "split": ["train", "test", "", "none", "val"],
                 "kind": ["b", "a", "", "ü", "a"], "y": np.array([0.5, np.nan, 2, -1, 3]), "n": np.arange(5)}
        starts = np.sort(plotmill.Dataset(self.columns, **GROUPS_OPTIONS).window_start)
        table["start"] = starts[[200, 5, 120, 201, 50]]
        lines = [",".join(table), *(",".join("" if v != v else str(v) for v in row) for row in zip(*table.values()))]
        (self.folder / "w.csv").write_text("\n".join(lines) + "\n")
        stored = render(self.folder, "t.csv", *GROUPS, "--windows", "w.csv", "--label", "return:1")
        self.assertEqual(stored["window_start"].tolist(), table["start"].tolist())
        self.assertEqual(stored["classes"], {"kind": ["a", "b", "ü"]})
        options = {**GROUPS_OPTIONS, "label": "return:1"}
        for windows in (self.folder / "w.csv", table, {"windows": str(self.folder / "w.csv")}):
            with self.subTest(type(windows).__name__):
                check_equal(self, plotmill.Dataset(self.columns, windows=windows, **options), stored)
        images = plotmill.Dataset(self.columns, windows=table, **GROUPS_OPTIONS)
        images.save(self.folder / "w.h5", progress=False)
        check_columns(self, images, vars(Stored(plotmill.open(self.folder / "w.h5"))))
        only = plotmill.Dataset(self.columns, windows=table["start"], **GROUPS_OPTIONS)
        np.testing.assert_array_equal(only[:], stored["images"])

    def test_own_table(self):
        """what table() returns chooses the same windows, with the same columns"""
        options = {**GROUPS_OPTIONS, "label": "return:3,mood,volume:4", "split": "0.5,0.25,0.25", "shuffle": 2}
        images = plotmill.Dataset(self.columns, **options)
        table = images.table()
        self.assertEqual(list(table), ["start", "first_time", "last_time", "group", "split", "return:3", "mood", "volume:4"])
        self.assertEqual({len(values) for values in table.values()}, {len(images)})
        again = plotmill.Dataset(self.columns, windows=table, **GROUPS_OPTIONS)
        np.testing.assert_array_equal(again[:], images[:])
        check_columns(self, again, vars(Stored(images)))

    def test_documents(self):
        """options as a mapping, a preset, a chart file, a job file, and a job document with its input"""
        stored = render(self.folder, "t.csv", *GROUPS)
        check_equal(self, plotmill.Dataset(self.folder / "t.csv", GROUPS_OPTIONS), stored)
        check_equal(self, plotmill.Dataset(self.folder / "t.csv", {"window": 12, "column": "close"},
                                           {"group-by": "ticker"}, **SMALL_OPTIONS), stored)
        job = "column: close\nwindow: 12\ngroup-by: ticker\nsize: 40x30\nline-width: 1\n"
        (self.folder / "job.yaml").write_text(job)
        check_equal(self, plotmill.Dataset(self.folder / "t.csv", self.folder / "job.yaml"), stored)
        whole = job + f"input: {self.folder}/t.csv\noutput: {self.folder}/job.h5\ndtype: f16\n"
        images = plotmill.Dataset(None, whole)
        check_equal(self, images, stored)
        self.assertEqual(images.save(progress=False)["dtype"], "f16")
        check_equal(self, plotmill.open(self.folder / "job.h5"), stored)
        candles = render(self.folder, "t.csv", "--chart", "candles", "--window", "8", "--group-by", "ticker")
        (self.folder / "mine.yaml").write_text(run(self.folder, "preset", "candles"))
        for chart in ("candles", str(self.folder / "mine.yaml")):
            images = plotmill.Dataset(self.folder / "t.csv", chart, window=8, group_by="ticker")
            np.testing.assert_array_equal(images[::9], candles["images"][::9])

    def test_shipped_data(self):
        """a zip of klines, and several files with --group-by file"""
        archive = DATA / "SYNTHETIC-1m-2024-01.zip"
        arguments = ["--column", "close", "--window", "60", "--stride", "50", *SMALL]
        stored = render(self.folder, archive, *arguments)
        check_equal(self, plotmill.Dataset(archive, column="close", window=60, stride=50, **SMALL_OPTIONS), stored)
        for name in "xy":
            write_csv(self.folder / f"{name}.csv", {"close": walk(40, ord(name))})
        stored = render(self.folder, "x.csv", "y.csv", "--window", "20", "--group-by", "file", *SMALL)
        paths = [self.folder / "x.csv", self.folder / "y.csv"]
        check_equal(self, plotmill.Dataset(paths, window=20, group_by="file", **SMALL_OPTIONS), stored)


class Stored:
    """A data set as command.render describes one."""

    def __init__(self, images):
        self.labels, self.classes, self.groups = images.labels, dict(images.label_classes), images.groups
        for name, values in (("split", images.split), ("group", images.group), ("timestamps", images.timestamps)):
            if values is not None:
                setattr(self, name, values)


OPTIONS = {**GROUPS_OPTIONS, "label": "return:3,mood,volume", "split": "0.5,0.25,0.25", "shuffle": 4}


class Tables(Folder):
    """Tables of other libraries equal the CSV of the same data."""

    def check(self, *sources, **further):
        expected = plotmill.Dataset(self.folder / "t.csv", **OPTIONS)
        for number, source in enumerate(sources):
            with self.subTest(number=number):
                images = plotmill.Dataset(source, **OPTIONS, **further)
                np.testing.assert_array_equal(images[:], expected[:])
                np.testing.assert_array_equal(images.window_start, expected.window_start)
                check_columns(self, images, vars(Stored(expected)))

    @unittest.skipIf(without("pandas"), without("pandas"))
    def test_pandas(self):
        """pandas: columns, an index of dates, a MultiIndex, categories, nullable and zoned types, missing texts"""
        import pandas

        self.columns["mood"] = np.where(self.columns["mood"] == "up", None, self.columns["mood"])
        write_csv(self.folder / "t.csv", self.columns)
        frame = pandas.DataFrame(self.columns)
        zoned = frame.time.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
        self.check(frame, frame.set_index("time"), frame.set_index("time").rename_axis(None),
                   frame.set_index(["ticker", "time"]), frame.assign(time=zoned), frame[frame.columns[::-1]],
                   frame.astype({"ticker": "category", "mood": "string", "volume": "Int64"}),
                   frame.assign(time=frame.time.astype(object)))
        if not without("pyarrow"):
            import pyarrow

            arrow = {"close": pyarrow.float64(), "volume": pyarrow.int64(), "ticker": pyarrow.string()}
            self.check(frame.astype({name: pandas.ArrowDtype(kind) for name, kind in arrow.items()}))
            if pandas.__version__ >= "2":
                self.check(frame.convert_dtypes(dtype_backend="pyarrow"))
        series = frame.set_index("time").close[::3]
        images = plotmill.Dataset(series, window=12, **SMALL_OPTIONS)
        self.assertEqual(images.timestamps[0, 0], self.columns["time"].min())

    def test_metadata(self):
        """columns whose dtypes have metadata, as h5py gives texts, are read without a warning"""
        noted = {name: values.astype(np.dtype(values.dtype, metadata={"unit": "mV"}))
                 for name, values in self.columns.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.check(noted)

    @unittest.skipIf(without("polars"), without("polars"))
    def test_polars(self):
        """Polars: data frames and lazy ones, categories, times in ms"""
        import polars

        frame = polars.DataFrame({**self.columns, "time": self.columns["time"].astype("M8[us]")})
        self.check(frame, frame.lazy(), frame.with_columns(polars.col("ticker").cast(polars.Categorical),
                                                           polars.col("time").cast(polars.Datetime("ms"))))

    @unittest.skipIf(without("pyarrow"), without("pyarrow"))
    def test_arrow(self):
        """Arrow tables, Parquet and Feather files, alone and as several files"""
        import pyarrow
        from pyarrow import feather, parquet

        table = pyarrow.table(self.columns)
        chunks = pyarrow.concat_tables([table.slice(0, 100), table.slice(100)])
        coded = table.set_column(1, "ticker", table["ticker"].dictionary_encode())
        parquet.write_table(table, self.folder / "t.parquet", row_group_size=50)
        feather.write_feather(coded, self.folder / "t.feather")
        feather.write_feather(table, self.folder / "u.feather", version=1)
        self.check(table, chunks, coded, table.combine_chunks().to_batches()[0], self.folder / "t.parquet",
                   self.folder / "t.feather", self.folder / "u.feather")
        os.mkdir(self.folder / "several")
        for part in range(3):
            parquet.write_table(table.slice(part * 110, 110), self.folder / "several" / f"{part}.parquet")
        self.check(self.folder / "several", sorted((self.folder / "several").iterdir()))
        for source, names in ((self.folder / "t.parquet", ["t.parquet"]),
                              (self.folder / "several", ["0.parquet", "1.parquet", "2.parquet"])):
            images = plotmill.Dataset(source, **OPTIONS)
            report = images.save(self.folder / "several.h5", progress=False, force=True)
            listed = [os.path.basename(each["input"]) for each in report["read"]]
            self.assertEqual(listed, names)
            self.assertEqual([os.path.dirname(each["input"]) for each in report["read"]],
                             [os.path.dirname(each["input"]) for each in images.source["read"]])
            self.assertNotIn("plotmill-", json.dumps(report) + json.dumps(images.source))
            stored = run(self.folder, "info", "several.h5", "--json")
            self.assertEqual([each["name"] for each in json.loads(stored)["input"]["list"]], names)
        for name in "xy":
            columns = {"time": np.arange(40).astype("M8[D]"), "close": walk(40, ord(name))}
            write_csv(self.folder / f"{name}.csv", columns)
            parquet.write_table(pyarrow.table(columns), self.folder / f"{name}.parquet")
        stored = render(self.folder, "x.csv", "y.csv", "--column", "close", "--window", "20", "--group-by", "file", *SMALL)
        paths = [self.folder / "x.parquet", self.folder / "y.parquet"]
        check_equal(self, plotmill.Dataset(paths, column="close", window=20, group_by="file", **SMALL_OPTIONS), stored)

    @unittest.skipIf(without("pyarrow"), without("pyarrow"))
    def test_needed_columns(self):
        """of a Parquet file only the columns that are needed are read; numbers of columns keep their meaning"""
        import pyarrow
        from pyarrow import dataset, parquet

        table = pyarrow.table({**self.columns, "more": walk(330, 9), "other": walk(330, 8)})
        parquet.write_table(table, self.folder / "t.parquet")
        kept, read = dataset.Dataset.to_table, []

        def to_table(self, columns=None, **further):
            read.extend(columns)
            return kept(self, columns=columns, **further)

        with unittest.mock.patch("plotmill._sources.require") as require:
            require.return_value = unittest.mock.Mock(wraps=dataset)
            opened = dataset.dataset(self.folder / "t.parquet", format="parquet")
            spy = unittest.mock.Mock(wraps=opened, schema=opened.schema)
            require.return_value.dataset.side_effect = lambda *a, **k: spy
            images = plotmill.Dataset(self.folder / "t.parquet", window=12, group_by="ticker", column=3, label="return:1")
            self.assertEqual(sorted(spy.to_table.call_args.kwargs["columns"]), ["close", "ticker", "time"])
        with_names = plotmill.Dataset(self.columns, window=12, group_by="ticker", column="close", label="return:1")
        np.testing.assert_array_equal(images[::20], with_names[::20])
        for k, ids in enumerate((np.full(330, 7), np.arange(330) // 100)):  # numbers may also say which series a row is of
            path = self.folder / f"ids{k}.parquet"
            parquet.write_table(pyarrow.table({"close": walk(330), "id": ids, "more": walk(330, 9)}), path)
        self.assertEqual(len(plotmill.Dataset(self.folder / "ids0.parquet", window=12, column="close")), 319)
        with self.assertRaisesRegex(plotmill.InputError, "ids1.parquet.*column id changes .*group-by: id or none"):
            plotmill.Dataset(self.folder / "ids1.parquet", window=12, column="close")

    @unittest.skipIf(without("pyarrow"), without("pyarrow"))
    def test_damaged_arrow_files(self) -> None:
        """damaged Parquet and Feather files are refused as InputError with their name"""
        import pyarrow
        from pyarrow import feather, parquet

        table = pyarrow.table({"close": walk(3000, 5)})
        parquet.write_table(table, self.folder / "t.parquet")
        feather.write_feather(table, self.folder / "t.feather")
        for name in ("t.parquet", "t.feather"):
            whole = (self.folder / name).read_bytes()
            pages = whole[:8] + b"\xff" * 400 + whole[408:]
            for damaged in (whole[: len(whole) // 2], whole[:-8] + bytes(8)) + ((pages,) if "parquet" in name else ()):
                (self.folder / f"bad-{name}").write_bytes(damaged)
                with self.assertRaisesRegex(plotmill.InputError, f"bad-{name}: cannot be read: .*expected a whole"):
                    plotmill.Dataset(self.folder / f"bad-{name}", window=12, column="close")

    @unittest.skipIf(without("pandas"), without("pandas"))
    def test_in_memory(self):
        """a table is handed over in memory: no temporary file, columns with gaps, without a copy of a float64 column"""
        import pandas

        with unittest.mock.patch("tempfile.mkdtemp", side_effect=AssertionError("a temporary folder")):
            self.check(self.columns, pandas.DataFrame(self.columns))
            wide = {name: np.repeat(values, 2)[::2] for name, values in self.columns.items()}
            self.check(wide, {**wide, "volume": wide["volume"].astype(">i4"), "close": wide["close"].astype(">f8")},
                       {**self.columns, "one": np.broadcast_to(np.float64(3), 330)})
        close = self.columns["close"].copy()
        close.flags.writeable = False
        images = plotmill.Dataset({"close": close}, column="close", window=12, **SMALL_OPTIONS)
        expected = images[:]
        self.assertTrue(np.shares_memory(images._source._columns[0].values, close))
        again = pickle.loads(pickle.dumps(images))
        np.testing.assert_array_equal(again[:], expected)

    def test_stored_input(self):
        """images record a table by its name and contents, so that a job is skipped when it has the same table"""
        images = plotmill.Dataset(self.columns, **OPTIONS)
        images.save(self.folder / "a.h5", progress=False)
        listed = json.loads(run(self.folder, "info", "a.h5", "--json"))["input"]
        self.assertEqual([each["name"] for each in listed["list"]], ["table"])
        self.assertEqual((listed["files"], listed["samples"]), (1, 330))
        again = plotmill.Dataset({name: values.copy() for name, values in self.columns.items()}, **OPTIONS)
        self.assertTrue(again.save(self.folder / "a.h5", progress=False, skip_existing=True)["skipped"])
        other = {**self.columns, "close": self.columns["close"] + (np.arange(330) == 200)}
        with self.assertRaisesRegex(plotmill.InputError, "was made from table, this job has table with other contents"):
            plotmill.Dataset(other, **OPTIONS).save(self.folder / "a.h5", progress=False, skip_existing=True)

    def test_units(self):
        """times of every unit of datetime64"""
        times = np.datetime64("2024-01-01", "D") + np.arange(40)
        for unit in ("W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "10ms", "2D"):
            early = np.datetime64("1970-01-05T00", "h") + np.arange(40)  # ps end in April 1970
            table = {"when": (early if unit == "ps" else times).astype(f"M8[{unit}]"), "x": walk(40)}
            images = plotmill.Dataset(table, window=10, **SMALL_OPTIONS)
            np.testing.assert_array_equal(images.timestamps[:, 1], table["when"][9:].astype("M8[ns]"))
        missing = {"when": np.where(np.arange(40) == 20, np.datetime64("NaT"), times), "x": walk(40)}
        self.assertTrue(np.isnat(plotmill.Dataset(missing, window=10, **SMALL_OPTIONS).timestamps[20, 0]))

    def integers(self, values):
        """The same integers, None among them or not, as columns of each library."""
        yield "a list", {"x": values}
        yield "objects", {"x": np.array(values, object)}
        yield "decimals", {"x": [None if value is None else decimal.Decimal(value) for value in values]}
        yield "fractions beside", {"x": [*values, 0.5]}
        if None not in values:
            yield "records", np.array([(value, 0) for value in values], [("x", "i8"), ("y", "f8")])
            yield "uint64", {"x": np.array(values, np.uint64)}
        else:
            hidden = [value is None for value in values]
            yield "masked", {"x": np.ma.masked_array([value or 0 for value in values], hidden)}
        if None not in values:
            yield "another byte order", {"x": np.array(values, ">i8")}
        if not without("pandas"):
            import pandas

            yield "pandas Int64", pandas.DataFrame({"x": pandas.array(values, "Int64")})
            yield "pandas UInt64", pandas.DataFrame({"x": pandas.array(values, "UInt64")})
            yield "pandas object", pandas.DataFrame({"x": pandas.Series(values, dtype=object)})
            yield "pandas category", pandas.DataFrame({"x": pandas.Series(values, dtype="Int64").astype("category")})
        if not without("polars"):
            import polars

            yield "polars", polars.DataFrame({"x": values})
            yield "polars uint64", polars.DataFrame({"x": polars.Series(values, dtype=polars.UInt64)})
            whole = [None if value is None else decimal.Decimal(value) for value in values]
            yield "polars decimal", polars.DataFrame({"x": polars.Series(whole, dtype=polars.Decimal(38, 0))})
        if not without("pyarrow"):
            import pyarrow

            for kind in (pyarrow.int64(), pyarrow.uint64(), pyarrow.decimal128(38, 0), pyarrow.decimal128(38, 2)):
                yield f"arrow {kind}", pyarrow.table({"x": pyarrow.array(values, kind)})
            yield "arrow chunks", pyarrow.table({"x": pyarrow.chunked_array([values[:7], values[7:]], pyarrow.int64())})
            yield "arrow dictionary", pyarrow.table({"x": pyarrow.array(values, pyarrow.int64()).dictionary_encode()})
            if not without("pandas"):
                kind = pandas.ArrowDtype(pyarrow.int64())
                yield "pandas of Arrow", pandas.DataFrame({"x": pandas.array(values, kind)})

    def test_integers(self):
        """integers beyond 2^53 are drawn where float64 has them, else refused; beside missing values, too"""
        options = {"column": "x", "window": 10, **SMALL_OPTIONS}
        for missing in ([], [None]):
            far = [2**53 + 2 * (i % 9) for i in range(30)] + missing
            expected = plotmill.Dataset({"x": [float("nan") if v is None else float(v) for v in far]}, **options)[:20]
            for name, table in self.integers(far):
                with self.subTest(name, missing=missing):
                    images = plotmill.Dataset(table, **options)
                    np.testing.assert_array_equal(images[:20], expected)
                    self.assertEqual(np.isnan(images.samples([len(images) - 1])).any(), bool(missing))
            odd = [*self.integers([*far[:17], 2**53 + 1, *far[18:]])]
            odd += [(f"{name} in a dict", {"x": table["x"]}) for name, table in odd]
            for name, table in odd:
                with self.subTest(name, missing=missing), self.assertRaises(plotmill.InputError) as caught:
                    plotmill.Dataset(table, **options)[:]
                self.assertRegex(str(caught.exception), rf"x\b.*found {2**53 + 1}(\.00)?, which no float64 equals: expected "
                                 "integers up to 2\\^53: convert them to float64")
                self.assertIn("row 17", str(caught.exception))

    def test_large_identifiers(self):
        """groups keep all digits of integers; labels that are numbers are refused where float64 has them not"""
        who = [2**53 + 1] * 15 + [2**53 + 2] * 15 + [2**53 + 3] * 15
        for name, table in self.integers(who):
            if name in ("a list", "fractions beside", "decimals", "arrow decimal128(38, 2)"):
                continue  # lists are objects; other decimals are numbers with fractions
            with self.subTest(name):
                rows = {"w": table["x"], "y": np.arange(45.0)}
                images = plotmill.Dataset(rows, column="y", window=10, group_by="w", **SMALL_OPTIONS)
                self.assertEqual(images.groups, [str(value) for value in (2**53 + 1, 2**53 + 2, 2**53 + 3)])
                with self.assertRaisesRegex(plotmill.InputError, f"row 0, column w: found {2**53 + 1}, which no float64"):
                    plotmill.Dataset(rows, column="y", window=10, group_by="w", label="w", **SMALL_OPTIONS)
        options = {"column": "y", "window": 10, **SMALL_OPTIONS}
        windows = {"start": [3, 1], "id": np.array([2**53 + 1, 5])}
        with self.assertRaisesRegex(plotmill.InputError, f"column id: found {2**53 + 1}|column id.*{2**53 + 1}"):
            plotmill.Dataset({"y": np.arange(45.0)}, windows=windows, **options)
        exact = plotmill.Dataset({"y": np.arange(45.0)}, windows={"start": [3, 1], "id": [2**52 + 1, 5]}, **options)
        self.assertEqual(exact.labels["id"].tolist(), [2**52 + 1, 5])

    @unittest.skipIf(without("pyarrow"), without("pyarrow"))
    def test_decimals(self):
        """decimals with fractions are the nearest float64, as in text"""
        import pyarrow

        rng = np.random.default_rng(3)
        values = [decimal.Decimal(int(v)).scaleb(-int(s)) for v, s in zip(rng.integers(0, 2**62, 60), rng.integers(1, 20, 60))]
        table = pyarrow.table({"x": pyarrow.array(values, pyarrow.decimal128(38, 19))})
        found = plotmill.Dataset(table, column="x", window=60, **SMALL_OPTIONS).samples([0]).ravel()
        self.assertEqual(found.tolist(), [float(value) for value in values])

    def test_absent_library(self):
        """without pyarrow a Parquet file is refused with what to install"""
        (self.folder / "t.parquet").write_bytes(b"PAR1....PAR1")
        with unittest.mock.patch.dict("sys.modules", {"pyarrow": None, "pyarrow.dataset": None}):
            with self.assertRaisesRegex(ImportError, "pip install pyarrow"):
                plotmill.Dataset(self.folder / "t.parquet", window=12, column="close")

    def test_groups_of_a_period(self):
        """the groups of a period are numbered by its first rows, and the others are not known, as in a text file"""
        names = np.array(["AA", "CC", "BB", "CC", "DD"] * 18)
        times = np.datetime64("2024-01-01") + np.arange(90)
        later = times >= np.datetime64("2024-02-01")
        kept = ~(later & ((names == "DD") | ((names == "BB") & (times < np.datetime64("2024-02-20")))))
        columns = {"time": times[kept], "ticker": names[kept], "close": walk(int(kept.sum()))}
        write_csv(self.folder / "period.csv", columns)
        for period, groups in (({"from_": "2024-02-01"}, ["CC", "AA", "BB"]), ({"to": "2024-01-04"}, ["AA", "CC", "BB"])):
            options = {**GROUPS_OPTIONS, "window": 2, **period}
            file = plotmill.Dataset(self.folder / "period.csv", **options)
            table = plotmill.Dataset(columns, **options)
            self.assertEqual((file.groups, table.groups), (groups, groups))
            blocks = np.argsort(columns["ticker"], kind="stable")  # groups one after another, which stay where they lie
            gathered = {name: values[blocks] for name, values in columns.items()}
            write_csv(self.folder / "blocks.csv", gathered)
            for source in (gathered, self.folder / "blocks.csv"):
                other = plotmill.Dataset(source, **options)
                self.assertEqual(other.groups, sorted(groups))
                np.testing.assert_array_equal(other[:], file[np.argsort(np.array(groups)[file.group], kind="stable")])
            self.assertEqual(table.group.tolist(), file.group.tolist())
            self.assertEqual(table.window_start.tolist(), file.window_start.tolist())
            np.testing.assert_array_equal(table[:], file[:])


class Use(Folder):
    def test_indices(self):
        """integers, slices, lists, arrays and masks mean what they mean to NumPy"""
        images = plotmill.Dataset(walk(120), window=20, **SMALL_OPTIONS)
        every = images[:]
        self.assertEqual(every.shape, (101, 30, 40))
        mask = np.arange(101) % 3 == 1
        for key in (0, -1, np.int64(7), np.uint8(3), slice(3, 9), slice(None, None, -7), slice(90, 300), [4, -1, 4], [],
                    np.array([[1, 2], [3, -4]]), mask, mask.tolist(), ..., np.arange(5, dtype=np.uint64), range(3)):
            with self.subTest(key):
                expected = every[list(key) if isinstance(key, range) else key]
                np.testing.assert_array_equal(images[key], expected)
                self.assertEqual(images[key].shape, expected.shape)
                np.testing.assert_array_equal(images.read(key), expected)
        many = plotmill.Dataset(walk(330), window=20, **SMALL_OPTIONS)  # more than an int8 counts
        np.testing.assert_array_equal(many[np.array([5, -2], np.int8)], many[[5, 309]])
        for key in (101, -102, [0, 101], [1.5], 1.0, "a", mask[:5], (1, 2), None):
            with self.subTest(key), self.assertRaises(IndexError):
                images[key]
        with self.assertRaisesRegex(IndexError, "index -102 is out of bounds: there are 101 images"):
            images[[3, -102]]
        self.assertEqual([len(batch) for batch in images.batches(40)], [40, 40, 21])
        np.testing.assert_array_equal(np.stack(list(images)), every)

    def test_out(self):
        """images are read into the caller's array, with gaps or without; a wrong one is refused"""
        images = plotmill.Dataset(walk(120), window=20, **SMALL_OPTIONS)
        out = np.empty((4, 30, 40), np.uint8)
        self.assertIs(images.read([3, 1, 100, 1], out), out)
        np.testing.assert_array_equal(out, images[[3, 1, 100, 1]])
        wide = np.full((2, 30, 80), 9, np.uint8)
        images.read([5, 6], wide[:, :, ::2])
        np.testing.assert_array_equal(wide[:, :, ::2], images[5:7])
        self.assertTrue((wide[:, :, 1::2] == 9).all())
        for wrong in (np.empty((3, 30, 40), np.uint8), np.empty((2, 30, 40)), [[1]], np.broadcast_to(wide[:, :, :1], (2, 30, 40))):
            with self.assertRaisesRegex(ValueError, "out: found"):
                images.read([5, 6], wrong)

    def test_subset(self):
        """a part, or chosen images, with the same interface"""
        images = plotmill.Dataset(self.columns, **OPTIONS)
        train = images.subset("train")
        chosen = images.indices("train")
        self.assertEqual(len(train), images.info["train"])
        np.testing.assert_array_equal(train[:], images[chosen])
        np.testing.assert_array_equal(train.labels["mood"], images.labels["mood"][chosen])
        np.testing.assert_array_equal(train.window_start, images.window_start[chosen])
        self.assertEqual(train.info["train"], len(train))
        few = pickle.loads(pickle.dumps(images.subset([5, -1])))
        np.testing.assert_array_equal(few[::-1], images[[-1, 5]])
        np.testing.assert_array_equal(few.y_range(), images.y_range([5, -1]))
        self.assertIsInstance(few, plotmill.dataset.Images)

    def test_read_only(self):
        """arrays beside the images cannot be changed, of which save() would not know; those of table() can"""
        images = plotmill.Dataset(self.columns, **OPTIONS)
        for part in (images, images.subset("train")):
            for values in (*part.labels.values(), part.split, part.timestamps, part.group, part.window_start):
                with self.assertRaisesRegex(ValueError, "read-only"):
                    values[0] = values[1]
            self.assertTrue(all(values.flags.writeable for values in part.table().values()))

    def test_no_device(self):
        """the number of images, columns and the size open no device"""
        code = ("import os; os.environ['PLOTMILL_DEVICE'] = 'no such device'; import plotmill, numpy\n"
                "d = plotmill.Dataset(numpy.arange(50.0), window=10, size='8x6', label='return:1', split='0.5,0.2,0.3')\n"
                "print(len(d), d.shape, d.labels['return:1'].shape, d.info['train'], d.window, repr(d))\n"
                "try: d[0]\n"
                "except plotmill.DeviceError as error: print('refused')\n")
        import subprocess
        import sys

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        self.assertRegex(done.stdout, r"^41 \(6, 8\) \(41,\) \d+ 10 Dataset 'array': 41 images")
        self.assertIn("refused", done.stdout)

    def test_spawn(self):
        """recipes of paths, arrays and tables are pickled for spawned processes, before and after a device was used"""
        context = multiprocessing.get_context("spawn")
        table = plotmill.Dataset(self.columns, **OPTIONS)
        path = plotmill.Dataset(self.folder / "t.csv", **OPTIONS)
        array = plotmill.Dataset(walk(100)[::-2], window=20, windows={"start": np.arange(9), "y": np.arange(9.0)},
                                 **SMALL_OPTIONS)
        table[0]
        for images in (table, path, array):
            queue = context.Queue()
            process = context.Process(target=in_spawned, args=(images, queue))
            process.start()
            count, some, labels = queue.get(timeout=300)
            process.join()
            self.assertEqual(count, len(images))
            np.testing.assert_array_equal(some, images[[3, 0]])
            for name, values in images.labels.items():
                np.testing.assert_array_equal(labels[name], values)

    def test_fork(self):
        """a forked process refuses to draw after its parent did, and reads columns"""
        images = plotmill.Dataset(self.folder / "t.csv", **OPTIONS)
        expected = images[1]
        context = multiprocessing.get_context("fork")
        queue = context.Queue()

        def child():
            try:
                images[1]
                queue.put("drawn")
            except plotmill.DeviceError as error:
                queue.put((str(error), images.labels["mood"], len(images)))

        process = context.Process(target=child)
        process.start()
        message, mood, count = queue.get(timeout=300)
        process.join()
        self.assertIn("fork", message)
        self.assertEqual(count, len(images))
        np.testing.assert_array_equal(mood, images.labels["mood"])
        np.testing.assert_array_equal(images[1], expected)

    def test_threads(self):
        """several threads read at the same time, from the first image on, and one closes the data set meanwhile"""
        images = plotmill.Dataset(self.columns, **OPTIONS)
        expected = plotmill.Dataset(self.columns, **OPTIONS)[:]
        wrong = []

        def work(seed):
            rng = np.random.default_rng(seed)
            for _ in range(20):
                chosen = rng.integers(-len(expected), len(expected), 30)
                if not np.array_equal(images[chosen], expected[chosen]) or len(images.group) != len(expected):
                    wrong.append(seed)
                if seed == 3:
                    images.close()

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_progress(self):
        """a progress function sees all images, and cancels the job without an output"""
        images = plotmill.Dataset(walk(3000), window=20, **SMALL_OPTIONS)
        seen = []
        images.save(self.folder / "a.h5", progress=lambda at: seen.append((at["done"], at["images"])) and None)
        self.assertEqual(seen[-1], (2981, 2981))
        with self.assertRaises(plotmill.CancelledError):
            images.save(self.folder / "b.h5", progress=lambda at: True)
        self.assertFalse((self.folder / "b.h5").exists())

    def test_nothing_stored(self):
        """the outputs null: and hash: draw all images, and report what a job reports"""
        images = plotmill.Dataset(np.full(100, 7.0), window=20, range=(0, 1), **SMALL_OPTIONS)
        stored = images.save(self.folder / "c.npy")
        with self.assertLogs("plotmill", "WARNING") as seen:
            self.assertEqual(images.save("null:")["images"], 81)
        self.assertIn("all samples are 7", seen.output[0])
        self.assertEqual(images.save("hash:")["clamped"], stored["clamped"])
        self.assertIn(images.save("hash:")["hash"], run(self.folder, "info", "c.npy", "--hash"))

    def test_dropped(self):
        """a data set that nothing refers to is freed at once, not when the garbage collector comes to it"""
        values = walk(120)
        gc.disable()
        self.addCleanup(gc.enable)
        for use in (len, lambda images: images[3], lambda images: images.draw_samples(images.window_samples([0]), images[:1])):
            images = plotmill.Dataset(values, window=20, **SMALL_OPTIONS)
            use(images)
            gone = weakref.ref(images)
            del images
            self.assertIsNone(gone())

    def test_close(self):
        """a closed data set opens again at its next use"""
        with plotmill.Dataset(self.folder / "t.csv", **OPTIONS) as images:
            first = images[0]
        np.testing.assert_array_equal(images[0], first)

    def test_log(self):
        """what the library reports goes to logging, and names the table, not a temporary file"""
        logger = logging.getLogger("plotmill")
        handler = logging.StreamHandler(text := io.StringIO())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        self.addCleanup(logger.removeHandler, handler)
        self.addCleanup(logger.setLevel, logging.ERROR)
        plotmill.Dataset(self.columns, **OPTIONS)
        plotmill.render({"time": np.arange(9) + np.datetime64("2024-01-01"), "x": np.arange(9)}, column="x", window=4)
        self.assertIn("table: times are those of the field time", text.getvalue())
        self.assertIn("table: rows lie newest first; they are put in the order of time", text.getvalue())
        self.assertNotIn(tempfile.gettempdir() + os.sep, text.getvalue())
        self.assertEqual(plotmill.Dataset(self.columns, **OPTIONS).source["read"][0]["input"], "table")


class Refusals(Folder):
    """Errors say what was found and what was expected."""

    def refuse(self, words, *arguments, error=plotmill.InputError, **options):
        with self.assertRaises(error) as caught:
            plotmill.Dataset(*arguments, **options)
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertNotIn("plotmill-", str(caught.exception))

    def test_series(self):
        """rows of several series need group_by, in a table as in a file; two readings are named"""
        plain = {**GROUPS_OPTIONS, "group_by": None}
        self.refuse(["ticker", "Zürich", "group-by: ticker or none"], self.folder / "t.csv", **plain)
        self.refuse(["table", "ticker", "Zürich", "group-by: ticker or none"], self.columns, **plain)
        numbered = {**self.columns, "ticker": np.arange(330) // 110}
        self.refuse(["table, row 110: column ticker", "changes from", "group-by"], numbered, **plain)
        renamed = {("who" if name == "ticker" else name): values for name, values in self.columns.items()}
        self.refuse(["who", "group-by"], renamed, **plain)
        self.assertEqual(len(plotmill.Dataset(self.columns, **{**plain, "group_by": "none"})), 319)
        self.refuse(["100 x 50", "TF", "NT", "axes"], np.zeros((100, 50)), window=20)

    def test_columns(self):
        """unknown, ambiguous and unfit columns"""
        self.refuse(["table", "no column", "nope", "close"], self.columns, **{**GROUPS_OPTIONS, "column": "nope"})
        self.refuse(["numeric columns", "close"], self.columns, window=12, group_by="ticker")
        self.refuse(["table", "no column", "nope"], self.columns, **GROUPS_OPTIONS, label="nope")
        texts = {**self.columns, "time": self.columns["time"].astype(str)}
        self.refuse(["column time holds texts", "to_datetime"], texts, **GROUPS_OPTIONS)
        self.refuse(["close", "has 10 rows, expected 330"], {**self.columns, "close": np.zeros(10)}, **GROUPS_OPTIONS)
        self.refuse(["close, row 1", "'a'", "column of numbers"], {"close": [1, "a", 2]}, window=2)
        self.refuse(["volume has 10 rows, expected 330"], {**self.columns, "volume": np.zeros(10)}, **GROUPS_OPTIONS)
        self.refuse(["table: column mood holds texts", "numbers"], self.columns, **{**GROUPS_OPTIONS, "column": "mood"})
        self.refuse(["table: column s holds values of type"], pairs := {"x": np.arange(9), "s": np.zeros(9, "c8")}, column="s", window=2)
        self.assertEqual(len(plotmill.Dataset(pairs, column="x", window=2)), 8)

    def test_arrays_in_cells(self):
        """a column of arrays or lists, as nested Parquet gives, is passed over, or refused by what it holds"""
        cells = np.empty(9, object)
        cells[:] = [np.arange(3)] * 9
        table = {"x": np.arange(9.0), "cells": cells}
        np.testing.assert_array_equal(plotmill.Dataset(table, column="x", window=4)[:], plotmill.render(np.arange(9.0), window=4))
        self.refuse(["table: column cells holds objects of type ndarray", "numbers"], table, column="cells", window=2)

    @unittest.skipIf(without("pandas") or without("pyarrow"), without("pandas") or without("pyarrow"))
    def test_files_of_series(self):
        """files of one series each, as a folder of Parquet files, are not drawn as one series"""
        import pandas

        paths = [self.folder / f"{name}.parquet" for name in "ab"]
        for i, path in enumerate(paths):
            pandas.DataFrame({"symbol": "AB"[i], "day": [f"d{k}" for k in range(20)], "x": walk(20)}).to_parquet(path)
        self.refuse(["b.parquet", 'column symbol holds "B", and "A" in', "a.parquet"], paths, column="x", window=4)
        self.assertEqual(len(plotmill.Dataset(paths, column="x", window=4, group_by="file")), 34)
        self.assertEqual(len(plotmill.Dataset(paths, column="x", window=4, group_by="none")), 37)
        for path in paths:
            pandas.DataFrame({"day": [f"d{k}" for k in range(20)], "x": walk(20)}).to_parquet(path)
        self.refuse(["column day begins with", "group-by: file"], paths, column="x", window=4)
        time = pandas.date_range("2024", periods=40)
        for i, path in enumerate(paths):
            pandas.DataFrame({"day": [f"d{k}" for k in range(20)], "time": time[20 * i :][:20], "x": walk(20)}).to_parquet(path)
        self.assertEqual(len(plotmill.Dataset(paths, column="x", window=4)), 37)

    def test_blocks(self):
        """values in long blocks are a warning, as in a file, and none where there are times"""
        table = {"who": np.repeat(["A", "B"], 20), "x": walk(40)}
        with self.assertLogs("plotmill", "WARNING") as seen:
            plotmill.Dataset(table, column="x", window=4)
        self.assertIn('table: column who changes from "A" to "B" in blocks (2 values)', seen.output[0])
        with self.assertNoLogs("plotmill", "WARNING") if hasattr(self, "assertNoLogs") else contextlib.nullcontext():
            plotmill.Dataset({**table, "time": np.datetime64("2024-01-01") + np.arange(40)}, column="x", window=4)

    def test_windows(self):
        """tables of windows"""
        self.refuse(["row 1", "start 99999", "no such row"], self.columns, windows={"start": [300, 99999]}, **GROUPS_OPTIONS)
        self.refuse(["expected a column start"], self.columns, windows={"begin": np.arange(3)}, **GROUPS_OPTIONS)
        self.refuse(["group", "belongs to"], self.columns, windows={"start": [329], "group": ["A"]}, **GROUPS_OPTIONS)
        self.refuse(["float64", "whole numbers"], self.columns, windows=np.zeros(3), **GROUPS_OPTIONS)
        self.refuse(["has 1 rows, expected 2"], self.columns, windows={"start": [1, 2], "y": [1]}, **GROUPS_OPTIONS)

    def test_options(self):
        """unknown options, options of outputs, options given twice"""
        series = walk(100)
        self.refuse(["Dataset()", "windw", "window"], series, windw=20, error=TypeError)
        self.refuse(["dtype", "save"], series, window=20, dtype="f32", error=TypeError)
        self.refuse(["window", "20 in options", "30 in windows"], series, {"window": 20}, {"window": 30}, error=TypeError)
        self.refuse(["chart", "nope"], series, "nope", window=20)
        self.refuse(["window"], series)
        self.refuse(["text", "numbers"], np.array(["a", "b"]), window=2)
        self.refuse(["no such file"], self.folder / "nope.csv", window=2)
        images = plotmill.Dataset(series, window=20)
        with self.assertRaisesRegex(TypeError, "window is not an option of outputs"):
            images.save(self.folder / "a.h5", window=30)
        with self.assertRaisesRegex(TypeError, "expected a path"):
            images.save()
        with self.assertRaisesRegex(plotmill.InputError, "no split"):
            images.indices("train")
        with self.assertRaisesRegex(plotmill.InputError, "trian"):
            images.indices("trian")
        with self.assertRaisesRegex(KeyError, "nope"):
            images.column("nope")


if __name__ == "__main__":
    unittest.main()
