"""Arguments of data sets: options given twice, changes after they were given, partitioned folders, a newcomer's mistakes."""
import logging
import os
import pickle
import unittest

import numpy as np

import plotmill
from command import check_equal, render, tickers, walk, write_csv
from test_dataset import GROUPS_OPTIONS, SMALL_OPTIONS, Folder, without

logging.getLogger("plotmill").setLevel(logging.ERROR)


class Options(Folder):
    """Options by name are one thing, wherever they are given; a document is another."""

    def test_twice(self):
        """two values of one option are refused with both, the same value is not"""
        series = walk(100)
        (self.folder / "w.csv").write_text("start\n3\n")
        for arguments, keywords, words in (
            (({"window": 60},), {"window": 50}, "window: found 60 in options and 50 as a keyword: expected one value"),
            (({"window": 20}, {"window": 30}), {}, "window: found 20 in options and 30 in windows: expected one value"),
            (({"line-width": 2, "line_width": 3, "window": 9},), {}, "line-width: found 2 in options and 3 in options"),
            (("line",), {"chart": "candles", "window": 9}, "chart: found 'line' as the argument options and 'candles' as a"),
            (({"windows": "a.csv"}, self.folder / "w.csv"), {"window": 9}, "windows: found 'a.csv' in options and"),
            (({"windows": "a.csv"}, [1, 2]), {"window": 9}, "windows: found 'a.csv' in options and a table as the argument"),
        ):
            with self.subTest(words), self.assertRaises(TypeError) as caught:
                plotmill.Dataset(series, *arguments, **keywords)
            self.assertIn(words, str(caught.exception))
        images = plotmill.Dataset(series, {"window": "60", "size": "40x30", "line_width": 1.0, "stride": None},
                                  {"window": 60}, window=60, size=(40, 30), line_width=1, stride=7, margin=None)
        self.assertEqual((images.window, images.shape, len(images)), (60, (30, 40), 6))
        self.assertEqual(plotmill.Dataset(series, {"window": 60}, window=None).window, 60)

    def test_document(self):
        """options by name prevail over a document, as the command line does over a job file"""
        np.save(self.folder / "a.npy", walk(100))
        job = "window: 60\nstride: 10\nsize: 40x30\n"
        (self.folder / "job.yaml").write_text(job)
        stored = render(self.folder, "a.npy", "--config", "job.yaml", "--window", "50")
        images = plotmill.Dataset(self.folder / "a.npy", job, window=50)
        check_equal(self, images, stored)
        self.assertEqual((images.window, len(images)), (50, 6))
        self.assertEqual(len(plotmill.Dataset(self.folder / "a.npy", job, {"window": 50})), len(images))
        self.assertEqual(plotmill.Dataset(self.folder / "a.npy", job, window=None).window, 60)


class Changes(Folder):
    """A data set is of the values that it was given: images, labels, columns and what is pickled stay."""

    def check(self, images, change, expected):
        change()
        for each in (images, pickle.loads(pickle.dumps(images))):
            np.testing.assert_array_equal(each[:], expected[:])
            np.testing.assert_array_equal(each.labels["return:3"], expected.labels["return:3"])
            each.close()
            np.testing.assert_array_equal(each[:], expected[:])
            np.testing.assert_array_equal(each.labels["return:3"], expected.labels["return:3"])

    def test_arrays(self):
        """arrays of every kind that are changed before the first image and after it"""
        options = {"window": 20, "label": "return:3", **SMALL_OPTIONS}
        for kind in ("f8", "f4", "i4", "view", "fields"):
            for drawn in (False, True):
                series = (walk(120) * 100).astype("f8" if kind in ("view", "fields") else kind)
                given = series[::-1] if kind == "view" else series
                if kind == "view":
                    given.flags.writeable = False  # the array that it is a view of can still be changed
                further = {}
                if kind == "fields":
                    given, further = {"a": series.reshape(6, 20)}, {"column": "a"}
                with self.subTest(kind, drawn=drawn):
                    if kind == "fields":
                        images = plotmill.Dataset(given, column="a", **SMALL_OPTIONS)
                        before = images[:] if drawn else plotmill.Dataset({"a": given["a"].copy()}, **further, **SMALL_OPTIONS)[:]
                        series[:] = 0
                        np.testing.assert_array_equal(images[:], before)
                        continue
                    expected = plotmill.Dataset(given.copy(), **options)
                    images = plotmill.Dataset(given, **options)
                    if drawn:
                        images[0]
                    self.check(images, lambda: series.__setitem__(slice(None), np.arange(120)), expected)

    def test_read_only(self):
        """an array that cannot be written to is not copied, such as a file in memory"""
        np.save(self.folder / "a.npy", walk(120))
        mapped = np.load(self.folder / "a.npy", mmap_mode="r")
        images = plotmill.Dataset(mapped, window=20, **SMALL_OPTIONS)
        self.assertTrue(np.shares_memory(images._source.array, mapped))
        writable = np.load(self.folder / "a.npy", mmap_mode="r+")
        self.assertFalse(np.shares_memory(plotmill.Dataset(writable, window=20)._source.array, writable))

    def test_tables(self):
        """dicts, records and data frames, also after close"""
        options = {**GROUPS_OPTIONS, "label": "return:3"}
        expected = plotmill.Dataset(self.folder / "t.csv", **options)
        for kind in ("dict", "records", "pandas"):
            if kind == "pandas" and without("pandas"):
                continue
            columns = {name: values.copy() for name, values in tickers().items()}
            table = columns
            if kind == "records":
                table = np.empty(330, [(name, values.dtype) for name, values in columns.items()])
                for name, values in columns.items():
                    table[name] = values
            elif kind == "pandas":
                import pandas

                table = pandas.DataFrame(columns)

            def change(table=table, kind=kind):
                if kind == "pandas":
                    table.loc[:, "close"] = 1.0
                    table["close"].to_numpy().flags.writeable and table["close"].to_numpy().fill(2)
                else:
                    table["close"][:] = 1

            with self.subTest(kind):
                self.check(plotmill.Dataset(table, **options), change, expected)

    def test_windows(self):
        """a table of windows that is changed before it is saved"""
        starts, marks = np.arange(0, 90, 10), np.arange(9.0)
        images = plotmill.Dataset(walk(120), window=20, windows={"start": starts, "y": marks}, **SMALL_OPTIONS)
        before = images[:]
        starts[:], marks[:] = 0, 7
        images.save(self.folder / "a.npz", progress=False)
        stored = plotmill.open(self.folder / "a.npz")
        np.testing.assert_array_equal(stored[:], before)
        np.testing.assert_array_equal(stored.labels["y"], np.arange(9.0))


class Windows(Folder):
    """Starts of windows count the rows of the input as they lie, whatever groups they are of."""

    def test_interleaved(self):
        """of rows that take turns, a start is a row of the table or the file; its window goes on in the row's group"""
        turns = np.argsort(np.tile(np.arange(110), 3), kind="stable")
        columns = {name: values[turns] for name, values in self.columns.items()}
        self.assertEqual(len(set(columns["ticker"][:3].tolist())), 3)
        write_csv(self.folder / "turns.csv", columns)
        starts = [4, 2, 33, 270]
        expected = []
        for start in starts:
            rows = np.flatnonzero(columns["ticker"] == columns["ticker"][start])
            expected.append(columns["close"][rows[rows >= start][:12]])
        options = {**GROUPS_OPTIONS, "order": "file"}
        for source in (columns, self.folder / "turns.csv"):
            for windows in (starts, {"start": starts}, {"start": starts, "group": columns["ticker"][starts]}):
                images = plotmill.Dataset(source, windows=windows, **options)
                np.testing.assert_array_equal(images.samples(slice(None))[:, :, 0], expected)
                self.assertEqual(images.window_start.tolist(), starts)

    def test_within_groups(self):
        """starts that were counted within groups are refused where the table says the groups"""
        write_csv(self.folder / "t.csv", self.columns)
        for name in ("group", "ticker"):
            for group in ("BB", "A"):
                own = {"start": [0, 0], name: [self.columns["ticker"][0], group]}
                for source in (self.columns, self.folder / "t.csv"):
                    with self.assertRaisesRegex(plotmill.InputError, f'windows, row 1: {name}: found "{group}", but row 0 of the '
                                                'input belongs to "Zürich": start counts the rows of the input, not those'):
                        plotmill.Dataset(source, windows=own, **GROUPS_OPTIONS, order="file")
        same = {"start": [0, 1, 4], "ticker": [*self.columns["ticker"][:2], ""]}
        images = plotmill.Dataset(self.columns, windows=same, **GROUPS_OPTIONS, order="file")
        self.assertEqual(images.labels["ticker"][2], -(2**63))
        numbers = {**self.columns, "ticker": 10000 + np.arange(330) % 3}
        own = {"start": [0, 1], "ticker": [10000, 10001]}
        self.assertEqual(len(plotmill.Dataset(numbers, windows=own, **GROUPS_OPTIONS, order="file")), 2)
        with self.assertRaisesRegex(plotmill.InputError, 'ticker: found 10001, but row 0 of the input belongs to "10000"'):
            plotmill.Dataset(numbers, windows={**own, "start": [0, 0]}, **GROUPS_OPTIONS, order="file")

    @unittest.skipIf(without("pyarrow"), without("pyarrow"))
    def test_parquet(self):
        import pyarrow
        from pyarrow import feather, parquet

        table = {"start": [7, 0, 3], "kind": ["b", "a", None]}
        for write, path in ((parquet.write_table, self.folder / "w.parquet"), (feather.write_feather, self.folder / "w.feather")):
            write(pyarrow.table(table), path)
            given = plotmill.Dataset(walk(120), window=20, windows=path, **SMALL_OPTIONS)
            expected = plotmill.Dataset(walk(120), window=20, windows=table, **SMALL_OPTIONS)
            np.testing.assert_array_equal(given[:], expected[:])
            self.assertEqual(given.labels["kind"].tolist(), expected.labels["kind"].tolist())
            self.assertEqual(len(plotmill.Dataset(walk(120), {"windows": path}, window=20, **SMALL_OPTIONS)), 3)
            write(pyarrow.table({"strt": [1]}), path)
            with self.assertRaisesRegex(plotmill.InputError, rf"windows {path}: found the columns strt, expected a column start"):
                plotmill.Dataset(walk(120), window=20, windows=path, **SMALL_OPTIONS)

    def test_another(self):
        """a table of one data set picks the same windows in another of the same rows, and is refused in one of others"""
        options = {**GROUPS_OPTIONS, "shuffle": 3}
        images = plotmill.Dataset(self.folder / "t.csv", **options)
        table = images.table()
        np.testing.assert_array_equal(plotmill.Dataset(self.columns, windows=table, **GROUPS_OPTIONS)[:], images[:])
        few = {name: values[::3] for name, values in table.items()}
        days = {**few, "first_time": few["first_time"].astype("M8[D]")}
        for windows in (few, days):
            again = plotmill.Dataset(self.columns, windows=windows, limit=40, **GROUPS_OPTIONS)
            np.testing.assert_array_equal(again[:], images[::3][:40])
        later = {name: values[30:] for name, values in self.columns.items()}
        kept = {name: values[table["start"] < 200] for name, values in table.items() if name != "group"}
        for name in ("first_time", "last_time"):
            one = {key: values for key, values in kept.items() if key in ("start", name)}
            with self.assertRaisesRegex(plotmill.InputError, rf"windows, row \d+: {name}: found .*, but the window that "
                                        r"begins with row \d+ has .*: expected a table of windows of these rows"):
                plotmill.Dataset(later, windows=one, **GROUPS_OPTIONS)


@unittest.skipIf(without("pyarrow"), without("pyarrow"))
class Partitions(Folder):
    """Folders named COLUMN=VALUE, as pyarrow, pandas, DuckDB, Spark and Polars write them."""

    def setUp(self):
        super().setUp()
        import pyarrow

        self.columns["ticker"] = np.where(self.columns["ticker"] == "B", "A/ b=c", self.columns["ticker"])
        self.table = pyarrow.table(self.columns)

    def write(self, folder, names, kind="parquet", table=None):
        from pyarrow import dataset

        dataset.write_dataset(table or self.table, self.folder / folder, format=kind, partitioning=names,
                              partitioning_flavor="hive")
        return self.folder / folder

    def test_groups(self):
        """the rows, fields, groups and labels of the folder are those of its files in the order of their paths"""
        import pyarrow
        from pyarrow import dataset

        options = {**GROUPS_OPTIONS, "label": "return:3,mood", "order": "time"}
        for kind in ("parquet", "feather"):
            with self.subTest(kind):
                folder = self.write(kind, ["ticker"], kind)
                read = dataset.dataset(folder, format=kind, partitioning="hive").to_table()
                images, expected = plotmill.Dataset(folder, **options), plotmill.Dataset(read, **options)
                np.testing.assert_array_equal(images[:], expected[:])
                np.testing.assert_array_equal(images.window_start, expected.window_start)
                np.testing.assert_array_equal(images.timestamps, expected.timestamps)
                self.assertEqual([images.groups[i] for i in images.group], [expected.groups[i] for i in expected.group])
                self.assertEqual(images.label_classes, expected.label_classes)
                self.assertEqual(images.fields, read.column_names)
                again = pickle.loads(pickle.dumps(images))
                np.testing.assert_array_equal(again[3], images[3])
        table = self.table.append_column("year", pyarrow.array(2022 + np.arange(330) // 200))
        folder = self.write("two", ["ticker", "year"], table=table)
        (folder / "_SUCCESS").write_text("")
        images = plotmill.Dataset(folder, column="close", window=12, group_by="ticker", order="time", label="year", **SMALL_OPTIONS)
        self.assertEqual(sorted(images.groups), sorted(set(self.columns["ticker"].tolist())))
        self.assertEqual((images.labels["year"].dtype, set(images.labels["year"].tolist())), (np.int64, {2022, 2023}))

    def test_readings(self):
        """series without group_by, columns in both places, and other files are refused with what to do"""
        from pyarrow import parquet

        folder = self.write("a", ["ticker"])
        options = {"column": "close", "window": 12}

        def refuse(pattern, path=folder, **further):
            with self.assertRaisesRegex(plotmill.InputError, pattern):
                plotmill.Dataset(path, **{**options, **further})

        refuse("the folders ticker=.* and ticker=.* may be several series, or parts of one: expected the option group_by: "
               "ticker or none")
        self.assertGreater(len(plotmill.Dataset(folder, group_by="none", order="time", **options)), 300)
        refuse("group_by: file: .* have the same name", self.write("b", ["ticker", "mood"]), group_by="file")
        os.mkdir(self.folder / "c")
        for name in ("x", "y"):
            os.mkdir(self.folder / "c" / f"ticker={name}")
            table = self.table.set_column(1, "ticker", [["x"] * 330])
            parquet.write_table(table.drop(["time"]), self.folder / "c" / f"ticker={name}" / "0.parquet")
        refuse("y/0.parquet: column ticker differs from the name of its folder, ticker=y", self.folder / "c", group_by="ticker")
        (self.folder / "c" / "ticker=y").rename(self.folder / "other")
        self.assertEqual(plotmill.Dataset(self.folder / "c", group_by="ticker", **options).groups, ["x"])
        (folder / "notes.txt").write_text("1\n")
        refuse("notes.txt: found beside .*: expected Parquet", group_by="ticker")
        (folder / "notes.txt").unlink()
        parquet.write_table(self.table, folder / "all.parquet")
        refuse("the folders give the columns", group_by="ticker")
        (folder / "all.parquet").unlink()
        self.write("plain/AA", ["ticker"])
        refuse("found in a folder of a folder: .*glob", self.folder / "plain", group_by="ticker")

    def test_values(self):
        """whole numbers are numbers; dates, leading zeros and missing values are texts, and dates are no series"""
        from pyarrow import parquet

        for name, values, found in (("n", ("-3", "12"), [-3, 12]), ("code", ("007", "12"), ["007", "12"]),
                                    ("date", ("2024-01-01", "2024-01-02"), ["2024-01-01", "2024-01-02"]),
                                    ("code", ("__HIVE_DEFAULT_PARTITION__", "a%2Fb"), ["", "a/b"])):
            with self.subTest(values):
                for i, value in enumerate(values):
                    path = self.folder / f"{name}{values[1]}" / f"{name}={value}"
                    os.makedirs(path)
                    parquet.write_table(self.table.select(["close"]).slice(i * 40, 40), path / "0.parquet")
                images = plotmill.Dataset(path.parent, window=40, stride=40, column="close", label=name,
                                          group_by="none" if "007" not in values else None, **SMALL_OPTIONS)
                classes = images.label_classes.get(name)
                labels = images.labels[name].tolist()
                self.assertEqual(sorted(classes[i] if i >= 0 else "" for i in labels) if classes else labels, found)


class Mistakes(Folder):
    """What a newcomer does wrong, and what he is told."""

    def test_sources(self):
        """patterns, several tables, series of different lengths, windows without starts"""
        series, columns = walk(100), {"close": walk(100)}
        frames = [np.rec.fromarrays([walk(9)], names="close")] * 2
        for source, options, words in (
            (self.folder / "*.csv", {}, ["*.csv: no such file; patterns are not expanded", "sorted(glob.glob("]),
            (frames, {}, ["found 2 tables, expected one table with a column that says which series", "group_by"]),
            ({"A": frames[0], "B": frames[0]}, {}, ["found 2 tables", "pandas.concat(tables, names=['series'])"]),
            ([{"close": 1}, {"close": 2}], {}, ["found 2 dicts", "pandas.DataFrame(rows)"]),
            ([series, series[:50]], {}, ["found 2 series of different lengths (100, 50, ...)", "group_by"]),
            ("https://example.org/a.csv", {}, ["https://example.org/a.csv: found an address, expected a file: download it"]),
            (["a.csv", series], {}, ["found ndarray beside the path 'a.csv', expected paths alone"]),
            ({"close": 5.0}, {}, ["column close: found 5.0, expected a list or an array, a value per row"]),
            ({"close": "abc"}, {}, ["column close: found 'abc', expected a list"]),
            (columns, {"options": "job.yaml"}, ["options: job.yaml: cannot be opened: No such file"]),
            (columns, {"windows": {"strt": [1, 2]}}, ["windows: found the columns strt, expected a column start"]),
            (columns, {"windows": {"strt": [1, 2], "label": ["a", "b"]}}, ["found the columns strt, label, expected"]),
            (columns, {"windows": {"start": 5}}, ["windows: column start: found 5, expected a list"]),
            (columns, {"windows": {"start": [1.5]}}, ["windows, row 0: start: found 1.5, expected the number of a row"]),
            (columns, {"windows": {"start": [1], "split": ["trian"]}}, ['windows, row 0: split: found "trian", expected']),
            (columns, {"label": "directon:5"}, ['label: no column "directon"', 'did you mean "direction"?']),
            (columns, {"label": "clos"}, ['label: no column "clos"', 'did you mean "close"?']),
            (columns, {"group_by": "tickr"}, ['group-by: no column "tickr", expected file, none, or one of 0 (close)']),
            (columns, {"label": "return:1", "label_field": "clsoe"}, ['label-field: no column "clsoe"', '"close"?']),
        ):
            with self.subTest(words[0]), self.assertRaises(plotmill.InputError) as caught:
                plotmill.Dataset(source, **{"window": 5, **options})
            for word in words:
                self.assertIn(word, str(caught.exception))
            self.assertNotIn("plotmill-", str(caught.exception))

    def test_use(self):
        """wrong names of labels and parts, texts as indices, arrays in place of paths"""
        images = plotmill.Dataset(walk(100), window=20, label="return:5")
        with self.assertRaisesRegex(KeyError, "no label 'return': the labels are return:5"):
            images.labels["return"]
        with self.assertRaisesRegex(KeyError, "the labels are none: the option label makes them"):
            plotmill.Dataset(walk(100), window=20).labels["return"]
        with self.assertRaisesRegex(IndexError, "found the index 'train', .*subset"):
            images["train"]
        with self.assertRaisesRegex(TypeError, "open: found ndarray, expected the path of stored images; plotmill.Dataset"):
            plotmill.open(walk(100))
        with self.assertRaisesRegex(TypeError, "options: found int, expected options by name"):
            plotmill.Dataset(walk(100), 20)
        for label in (np.zeros(100), [0.5, 1.5], {"y": np.zeros(3)}, len):
            with self.assertRaisesRegex(TypeError, "label: found .*, expected texts such as 'return:5' or the name of a column"):
                plotmill.Dataset(walk(100), window=20, label=label)
        for path, progress, words in ((5, None, "save: found int, expected a path"), ("a.npz", "yes", "progress: found 'yes'")):
            with self.assertRaisesRegex(TypeError, words):
                images.save(path, progress=progress)

    @unittest.skipIf(without("torch"), without("torch"))
    def test_loaders(self):
        """loaders of what is no data set"""
        import plotmill.torch

        for make in (lambda data: plotmill.torch.Loader(data, 8), plotmill.torch.MapDataset):
            for data in (walk(100), "prices.csv", [1, 2]):
                with self.assertRaisesRegex(TypeError, f"found {type(data).__name__}, expected a data set: plotmill.Dataset"):
                    make(data)
        images = plotmill.Dataset(walk(100), window=20, split=(1, 0, 0), size=(8, 8))
        with self.assertRaisesRegex(ValueError, "no images in the part 'val': the data set has 81 train, 0 val, 0 test"):
            plotmill.torch.Loader(images, 8, split="val")
        for seed in ("x", None, True, 1.5, -1):
            with self.assertRaisesRegex(ValueError, "seed is .*; expected a whole number"):
                plotmill.torch.Loader(images, 8, seed=seed)


if __name__ == "__main__":
    unittest.main()
