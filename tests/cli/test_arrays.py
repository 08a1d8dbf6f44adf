"""Arrays: what their axes mean, windows inside of sequences, times, labels, tables of pandas. Judged by NumPy."""
import json
import pathlib

import h5py
import numpy as np

from harness import Skip, case, check, contains, equal, main, refuses, render, run

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases"
SMALL = ["--size", "24x16", "--quiet"]
RANDOM = np.random.default_rng(8)


def stored(folder, *arguments, name="out.h5"):
    """The stored samples of each image, and window_start."""
    render(folder, *arguments, *SMALL, "--store-sequences", "-o", name, "--force")
    with h5py.File(folder / name) as file:
        return file["sequences"][:], file["window_start"][:]


def same(found, expected, what):
    check(found.shape == np.shape(expected), f"{what}: found {found.shape}, expected {np.shape(expected)}")
    check(np.array_equal(found, expected, equal_nan=True), f"{what}: other values")


def sliding(values, window):
    return np.lib.stride_tricks.sliding_window_view(values, window)


@case("a table that is taller than wide is asked about; with axes, or a window longer than a row, it is read")
def _(folder):
    leads = RANDOM.standard_normal((900, 12)).cumsum(0)
    np.save(folder / "a.npy", leads)
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"] = leads
    for name, given in (("a.npy", []), ("a.h5", ["--dataset", "x"])):
        refuses(folder, ["render", name, *given, *SMALL, "-o", "o.h5"],
                ["an array of 900 x 12 may be one series of 900 samples with 12 fields (axes TF), or 900 sequences of 12 "
                 "samples (axes NT): set the option axes"])
        refuses(folder, ["render", name, *given, "--window", 8, *SMALL, "-o", "o.h5"], ["axes TF", "axes NT"])
        images, starts = stored(folder, name, *given, "--window", 100, "--column", 7)
        same(images, sliding(leads[:, 7], 100), "windows of a lead")
        equal(starts.tolist(), list(range(801)), "window_start")
        images, starts = stored(folder, name, *given, "--axes", "NT")
        same(images, leads, "rows as sequences")
        refuses(folder, ["render", name, *given, "--window", 100, *SMALL, "-o", "o.h5"], ["12 numeric columns", "column"])


@case("(T, 1) is a series, and so is (1, T) with a window; without one it is a sequence")
def _(folder):
    values = RANDOM.standard_normal(70)
    np.save(folder / "column.npy", values[:, None])
    np.save(folder / "row.npy", values[None, :])
    for name in ("column.npy", "row.npy"):
        images, starts = stored(folder, name, "--window", 30, "--stride", 8)
        same(images, sliding(values, 30)[::8], name)
        equal(starts.tolist(), [0, 8, 16, 24, 32, 40], "window_start")
    images, starts = stored(folder, "row.npy")
    same(images, values[None, :], "the whole row")
    images, _ = stored(folder, str(CASES / "npy-t-by-1.npy"), "--window", 20)
    same(images, sliding(np.load(CASES / "npy-t-by-1.npy")[:, 0], 20), "the case")


@case("windows are cut inside of each row, never across; window_start is row * length + sample")
def _(folder):
    rows, window, stride = RANDOM.standard_normal((7, 40)).cumsum(1), 15, 4
    np.save(folder / "a.npy", rows)
    np.save(folder / "f.npy", np.asfortranarray(rows))
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"] = rows
    expected = np.concatenate([sliding(row, window)[::stride] for row in rows])
    places = [n * 40 + t for n in range(7) for t in range(0, 40 - window + 1, stride)]
    for given in (["a.npy"], ["f.npy"], ["a.h5", "--dataset", "x"]):
        images, starts = stored(folder, *given, "--axes", "NT", "--window", window, "--stride", stride)
        same(images, expected, f"windows of {given}")
        equal(starts.tolist(), places, f"window_start of {given}")
    images, starts = stored(folder, "a.npy", "--axes", "NT", "--window", 40, "--stride", 2)
    same(images, rows[::2], "a window as long as the rows")
    equal(starts.tolist(), [0, 2, 4, 6], "sequences, where each is an image")
    refuses(folder, ["render", "a.npy", "--axes", "NT", "--window", 41, *SMALL, "-o", "o.h5"],
            ["a.npy: holds ready sequences of 40 samples: window 41 is longer"])


@case("windows inside of sequences with fields, of several files, skipped when the output exists")
def _(folder):
    cube = RANDOM.standard_normal((5, 30, 3)).cumsum(1)
    np.save(folder / "a.npy", cube[:2])
    np.save(folder / "b.npy", cube[2:])
    job = ["a.npy", "b.npy", "--columns", "x,y,z", "--column", "y", "--window", 10, "--stride", 5]
    images, starts = stored(folder, *job)
    same(images, np.concatenate([sliding(row, 10)[::5] for row in cube[..., 1]]), "field y")
    equal(starts.tolist(), [n * 30 + t for n in range(5) for t in range(0, 21, 5)], "window_start")
    again = run(folder, "render", *job, "--size", "24x16", "--store-sequences", "--skip-existing", "-o", "out.h5").need()
    contains(again.err, ["out.h5", "25 images"], "skip-existing")
    # What depends on samples before does not cross sequences either.
    (folder / "c.yaml").write_text("size: 24x16\nlayers:\n  - {mark: line, y: 'ma(y,4)'}\n")
    images, _ = stored(folder, "a.npy", "b.npy", "--columns", "x,y,z", "--chart", "c.yaml", "--window", 10)
    means = np.full((5, 30), np.nan)
    for n in range(5):
        for t in range(3, 30):
            a, b, c, d = cube[n, t - 3:t + 1, 1]
            means[n, t] = (((a + b) + c) + d) / 4
    same(images, np.concatenate([sliding(row, 10) for row in means]), "averages")


@case("sequences stored by plotmill are read again without a word about axes")
def _(folder):
    np.save(folder / "a.npy", RANDOM.standard_normal(60))
    images, _ = stored(folder, "a.npy", "--window", 12, name="first.h5")
    again, _ = stored(folder, "first.h5", "--dataset", "/sequences", name="second.h5")
    same(again, images, "sequences")


def frame(rows=80):
    """Records with a time, two fields, a text and a number of a class, on a Monday and the days after."""
    table = np.zeros(rows, [("when", "<M8[m]"), ("close", "<f8"), ("volume", "<i4"), ("ticker", "<U4"), ("side", "|i1"),
                            ("up", "?")])
    table["when"] = np.datetime64("2024-01-01T09:30") + np.arange(rows)
    table["close"] = RANDOM.standard_normal(rows).cumsum()
    table["volume"] = RANDOM.integers(1, 900, rows)
    table["ticker"] = np.where(np.arange(rows) < 50, "b\u00e4r", "aa")
    table["side"] = RANDOM.integers(-1, 2, rows)
    table["up"] = table["close"] > 0
    return table


@case("structured arrays: datetime64 and integers named time are times, which from and to select")
def _(folder):
    table = frame()
    seconds = table["when"].astype("M8[s]").astype(np.int64)
    forms = {"when": table,
             "big": table.astype([(name, table.dtype[name].newbyteorder(">")) for name in table.dtype.names])}
    for unit, factor in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
        other = np.zeros(80, [("time", "<i8"), ("close", "<f8")])
        other["time"], other["close"] = seconds * factor, table["close"]
        forms[unit] = other
    forms["floats"] = np.zeros(80, [("timestamp", "<f8"), ("close", "<f4")])
    forms["floats"]["timestamp"], forms["floats"]["close"] = seconds, table["close"]
    for name, array in forms.items():
        np.save(folder / "a.npy", array)
        images, starts = stored(folder, "a.npy", "--column", "close", "--window", 20, "--from", "2024-01-01 09:40", "--to",
                                "2024-01-01 10:14")
        same(images, sliding(array["close"][10:45].astype(float), 20), f"{name}: rows of the period")
        equal(starts.tolist(), list(range(10, 26)), f"{name}: window_start")
    only = np.zeros(80, [("time", "<i8"), ("close", "<f8")])
    only["time"], only["close"] = seconds, table["close"]
    np.save(folder / "b.npy", only)
    images, _ = stored(folder, "b.npy", "--window", 20)
    same(images, sliding(table["close"], 20), "the only field beside the time")
    refuses(folder, ["render", "b.npy", "--time", "none", "--window", 20, *SMALL, "-o", "o.h5"], ["2 numeric columns"])
    refuses(folder, ["render", "b.npy", "--time", "when", "--window", 20, *SMALL, "-o", "o.h5"],
            ['b.npy: time: no column "when", expected one of 0 (time), 1 (close)'])
    refuses(folder, ["render", "b.npy", "--time", "time", "--time-format", "%Y", "--window", 20, *SMALL, "-o", "o.h5"],
            ["time-format", "s, ms, us or ns"])
    np.save(folder / "c.npy", only[::-1])
    images, _ = stored(folder, "c.npy", "--window", 20)
    same(images, sliding(table["close"], 20), "newest first, put in order")


@case("groups of structured arrays by a text, by a number and by a column of a plain array")
def _(folder):
    table = frame()
    np.save(folder / "a.npy", table)
    parts = [table["close"][:50], table["close"][50:]]
    expected = np.concatenate([sliding(part, 15) for part in parts])
    job = ["--column", "close", "--window", 15]
    images, starts = stored(folder, "a.npy", *job, "--group-by", "ticker")
    same(images, expected, "by text")
    equal(starts.tolist(), [*range(36), *range(50, 66)], "window_start")
    refuses(folder, ["render", "a.npy", *job, "--group-by", "tickers", *SMALL, "-o", "o.h5"],
            ['a.npy: group-by: no column "tickers", expected file, none, or one of 0 (when), 1 (close), 2 (volume), 3 (ticker)',
             ': did you mean "ticker"?'])
    plain = np.stack([table["close"], np.where(np.arange(80) < 50, 7, 3)], 1)
    np.save(folder / "b.npy", plain)
    np.save(folder / "f.npy", np.asfortranarray(plain))
    for name in ("b.npy", "f.npy"):
        images, _ = stored(folder, name, "--columns", "close,id", "--axes", "TF", *job, "--group-by", "id")
        same(images, expected, f"by a column of {name}")


@case("records one per file: of different lengths, windows do not cross files with --group-by file")
def _(folder):
    records = [RANDOM.standard_normal(length) for length in (40, 25, 33)]
    for i, values in enumerate(records):
        np.save(folder / f"r{i}.npy", values)
    images, starts = stored(folder, "r0.npy", "r1.npy", "r2.npy", "--group-by", "file", "--window", 20)
    same(images, np.concatenate([sliding(values, 20) for values in records]), "records")
    equal(starts.tolist(), [*range(21), *range(40, 46), *range(65, 79)], "window_start")


@case("HDF5: times, groups and labels from members of records, fields along an axis and data sets beside")
def _(folder):
    table = frame()
    seconds = table["when"].astype("M8[s]").astype(np.int64)
    records = np.zeros(80, [("time", "<i8"), ("close", "<f8"), ("ticker", "S3"), ("side", "|i1")])
    records["time"], records["close"], records["side"] = seconds * 10**9, table["close"], table["side"]
    records["ticker"] = np.where(np.arange(80) < 50, b"bb", b"aa")
    with h5py.File(folder / "a.h5", "w") as file:
        file["table"] = records
        file["prices/close"] = table["close"]
        file["prices/time"] = seconds
        file["prices/short"] = seconds[:9]
        file.create_dataset("prices/ticker", data=[str(t) for t in table["ticker"]], dtype=h5py.string_dtype())
        file["matrix"] = np.stack([table["close"], seconds * 1000.0, np.where(np.arange(80) < 50, 7, 3)], 1)
    parts = [table["close"][:50], table["close"][50:]]
    expected = np.concatenate([sliding(part, 15) for part in parts])
    period = ["--from", "2024-01-01 09:40", "--to", "2024-01-01 10:14"]
    for given, further in ((["--dataset", "table", "--column", "close"], ["--group-by", "ticker"]),
                           (["--dataset", "prices/close"], ["--group-by", "ticker"]),
                           (["--dataset", "matrix", "--axes", "TF", "--columns", "close,time,id", "--column", "close"],
                            ["--group-by", "id"])):
        images, _ = stored(folder, "a.h5", *given, "--window", 15, *further)
        same(images, expected, f"groups of {given}")
        images, starts = stored(folder, "a.h5", *given, "--window", 20, *period)
        same(images, sliding(table["close"][10:45], 20), f"period of {given}")
        equal(starts.tolist(), list(range(10, 26)), "window_start")
    job = ["render", "a.h5", "--dataset", "prices/close", "--window", 15, *SMALL, "-o", "o.h5"]
    refuses(folder, [*job, "--time", "short"], ["data set short beside it has 1 axes, of 9 values", "expected one of 80"])
    refuses(folder, [*job, "--group-by", "nothing"], ['group-by: no column "nothing", expected file, none, or one of'])


@case("npz: times, groups and labels are other arrays of the archive, as numpy.savez makes it")
def _(folder):
    table = frame()
    arrays = {"y": np.arange(80) % 3, "x": table["close"], "time": table["when"].astype("M8[ms]"),
              "ticker": table["ticker"], "short": np.arange(9), "wide": np.ones((80, 2)),
              "limits": np.where(np.arange(80) % 9, 1, np.inf), "broken": np.array([None])}
    sequences = {"label": np.array(["sick", "", "well", "sick"]), "beats": RANDOM.standard_normal((4, 30)),
                 "patient": np.array([5, 7, 5, 9]), "time": np.arange(5), "day": table["when"][:4]}
    for save in np.savez, np.savez_compressed:
        save(folder / "a.npz", **arrays)
        save(folder / "s.npz", **sequences)
        parts = [table["close"][:50], table["close"][50:]]
        job = ["a.npz", "--member", "x", "--window", 15]
        images, starts = stored(folder, *job, "--group-by", "ticker", "--label", "y,next=y:2,limits", "--from", "2024-01-01 09:31")
        same(images, np.concatenate([sliding(parts[0][1:], 15), sliding(parts[1], 15)]), "groups")
        with h5py.File(folder / "out.h5") as file:
            last = starts + 14
            same(file["labels/y"][:], last % 3, "y")
            same(file["labels/limits"][:], arrays["limits"][last], "infinite labels")
            missing = np.iinfo(np.int64).min
            same(file["labels/next"][:], np.where((last + 2 < 50) | (last >= 50) & (last + 2 < 80), (last + 2) % 3, missing),
                 "y, two rows later")
            same(file["timestamps"][:, 1], table["when"].astype("M8[ns]").astype(np.int64)[last], "times")
        images, _ = stored(folder, *job, "--time", "none", "--label", "ticker", "--group-by", "none")
        same(images, sliding(table["close"], 15), "one series")
        with h5py.File(folder / "out.h5") as file:
            classes = sorted(set(table["ticker"]), key=str.encode)
            equal(list(file["labels/ticker"].attrs["classes"]), classes, "classes")
            check("timestamps" not in file, "times")
        for window, rows in (30, [0, 1, 2, 3]), (10, np.repeat(range(4), 3)):
            job = ["s.npz", "--member", "beats", "--axes", "NT", "--window", window,
                   "--stride", 1 if window == 30 else window, "--label", "label,patient"]
            images, _ = stored(folder, *job)
            same(images, sequences["beats"].reshape(-1, window), f"windows of {window}")
            with h5py.File(folder / "out.h5") as file:
                same(file["labels/patient"][:], sequences["patient"][rows], "numbers of sequences")
                same(file["labels/label"][:], np.array([0, missing, 1, 0])[rows], "texts of sequences")
    job = ["render", "a.npz", "--member", "x", "--window", 15, "--label"]
    for label, words in (("short", ["a.npz/short.npy: has 1 axes, of 9 values", "expected one axis of 80", "a.npz/x.npy"]),
                         ("wide", ["a.npz/wide.npy: has 2 axes"]), ("broken", ["a.npz/broken.npy: found dtype |O"]),
                         ("z", ['a.npz/x.npy: label: no column "z"'])):
        refuses(folder, [*job, label, *SMALL, "-o", "o.h5"], words)
    job = ["render", "s.npz", "--member", "beats", "--axes", "NT", *SMALL, "-o", "o.h5"]
    refuses(folder, [*job, "--time", "day"], ["column day has a value for each sequence: expected one for each sample"])


@case("records of several series are refused without group-by, as in CSV; a period is looked at alone")
def _(folder):
    table = frame()
    names = ("when", "close", "ticker")
    lines = [",".join(names), *(f"{row['when']},{row['close']},{row['ticker']}" for row in table)]
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    np.save(folder / "a.npy", table)
    numbered = np.zeros(80, [("close", "f8"), ("patient", "i4"), ("note", "S4")])
    numbered["close"], numbered["patient"] = table["close"], np.arange(80) // 40 + 7
    numbered["note"] = [b"%d" % i for i in range(80)]  # each row has its own: no series
    np.save(folder / "n.npy", numbered)
    with h5py.File(folder / "n.h5", "w") as file:
        file["x"] = numbered
    job = ["--column", "close", "--window", 12, *SMALL]
    words = ['changes from "b\u00e4r" to "aa" (2 values in all)', "group-by: ticker or none"]
    refuses(folder, ["render", "a.csv", *job, "-o", "o.h5"], ["line 52: column ticker", *words])
    refuses(folder, ["render", "a.npy", *job, "-o", "o.h5"], ["a.npy, row 50: column ticker", *words])
    for name, given in (("n.npy", []), ("n.h5", ["--dataset", "x"])):
        refuses(folder, ["render", name, *given, *job, "-o", "o.h5"],
                [f"{name}, row 40: column patient", 'from "7" to "8"', "group-by: patient or none"])
        images, _ = stored(folder, name, *given, "--column", "close", "--window", 12, "--group-by", "none")
        same(images, sliding(table["close"], 12), "one series")
        images, _ = stored(folder, name, *given, "--column", "close", "--window", 12, "--group-by", "patient")
        same(images, np.concatenate([sliding(part, 12) for part in (table["close"][:40], table["close"][40:])]), "patients")
    for name in ("a.csv", "a.npy"):
        images, _ = stored(folder, name, "--column", "close", "--window", 12, "--to", "2024-01-01 10:00")
        same(images, sliding(table["close"][:31], 12), f"the period of {name}, which has one ticker")


@case("values outside a fixed range are counted, samples and images, for each panel; cut off ones are not")
def _(folder):
    values = np.sin(np.arange(90) / 5.0)
    values[[3, 40, 41]] = 5, -7, np.nan
    np.save(folder / "a.npy", values)
    job = ["a.npy", "--window", 10, "--size", "24x16", "-o", "hash:", "--range=-1:1"]
    result = run(folder, "render", *job).need()
    images = int((np.isin(sliding(values, 10), [5.0, -7.0])).any(1).sum())
    contains(result.err, [f"2 samples lie outside the range -1 to 1, and are drawn at its limits, in {images} of 81 images"],
             "the summary")
    for further in ([], ["--batch", 7, "--jobs", 3]):
        found = json.loads(run(folder, "render", *job, "--json", *further).need().out)
        equal(found["clamped"], [{"panel": 0, "lo": -1, "hi": 1, "samples": 2, "images": images}], f"JSON {further}")
    found = json.loads(run(folder, "render", *job[:-1], "--json").need().out)
    equal(found["clamped"], [], "without a fixed range")
    result = run(folder, "render", *job[:-1], "--range=-9:9").need()
    check("outside the range" not in result.err, "values inside")
    prices = np.stack([values, 10 * values], 1)
    np.save(folder / "b.npy", prices)
    panel = "  - {rect: [0, %s, 1, 0.5], y: {range: [-2, 2]%s}, layers: [{mark: line, y: %s}]}\n"
    for outside, expected in (("", 2), (", outside: clip", 1)):
        (folder / "c.yaml").write_text("size: 24x32\npanels:\n" + panel % ("0", "", "x") + panel % ("0.5", outside, "y"))
        found = json.loads(run(folder, "render", "b.npy", "--columns", "x,y", "--chart", "c.yaml", "--window", 10, "-o",
                               "hash:", "--json").need().out)["clamped"]
        equal(len(found), expected, "panels")
        for entry, column in zip(found, (values, 10 * values)):
            outer = np.abs(np.nan_to_num(column)) > 2
            equal((entry["samples"], entry["images"]), (int(outer.sum()), int(sliding(outer, 10).any(1).sum())), "counts")


@case("tables of pandas, fixed and table: columns, times of the index, groups; what cannot be read is named")
def _(folder):
    try:
        import pandas
        import tables  # noqa: F401, what to_hdf needs
    except ImportError as error:
        raise Skip(f"{error.name}: not installed")
    import warnings
    warnings.simplefilter("ignore")
    rows = 70
    table = pandas.DataFrame({"open": RANDOM.standard_normal(rows), "close": RANDOM.standard_normal(rows),
                              "volume": RANDOM.integers(1, 9, rows), "small": RANDOM.standard_normal(rows).astype("f4"),
                              "sym": ["bb"] * 40 + ["a"] * 30}, index=pandas.date_range("2024-01-01", periods=rows, freq="h"))
    table.to_hdf(folder / "a.h5", "fixed")
    table.to_hdf(folder / "a.h5", "deep/table", format="table")
    table.to_hdf(folder / "a.h5", "own", format="table", data_columns=True)
    table.to_hdf(folder / "a.h5", "some", format="table", data_columns=["close"])
    table.drop(columns="sym").rename(columns={"close": 5, "open": 6, "volume": 7, "small": 8}).to_hdf(folder / "a.h5", "numbers")
    table["close"].to_hdf(folder / "a.h5", "series")
    table["close"].to_hdf(folder / "a.h5", "series_table", format="table")
    table.reset_index(drop=True)[["close"]].to_hdf(folder / "a.h5", "plain")
    period = ["--from", "2024-01-01 10:00", "--to", "2024-01-02 14:00"]
    for key in ("fixed", "/deep/table", "own", "some"):
        for column in ("open", "close", "volume", "small"):
            images, starts = stored(folder, "a.h5", "--dataset", key, "--column", column, "--window", 20, *period)
            same(images, sliding(table[column].to_numpy(float)[10:39], 20), f"{key}, {column}")
            equal(starts.tolist(), list(range(10, 20)), f"window_start of {key}")
    for key in ("/deep/table", "own", "some"):
        images, _ = stored(folder, "a.h5", "--dataset", key, "--column", "close", "--window", 20, "--group-by", "sym")
        close = table["close"].to_numpy()
        same(images, np.concatenate([sliding(close[:40], 20), sliding(close[40:], 20)]), f"groups of {key}")
    for key, further in (("series", []), ("series_table", []), ("plain", []), ("numbers", ["--column", "5"])):
        images, _ = stored(folder, "a.h5", "--dataset", key, *further, "--window", 20)
        same(images, sliding(table["close"].to_numpy(), 20), key)
    job = ["render", "a.h5", "--window", 20, *SMALL, "-o", "o.h5"]
    refuses(folder, [*job, "--dataset", "fixed"], ["a.h5: fixed: 4 numeric columns", "(open)", "(close)"])
    refuses(folder, [*job, "--dataset", "fixed", "--column", "sym"], ["column", "(sym) holds Python objects"])
    refuses(folder, [*job, "--dataset", "own", "--column", "sym"], ["column", "(sym) holds texts, expected numbers"])
    refuses(folder, [*job, "--dataset", "own", "--column", "none"], ['a.h5: own: no column "none"'])
    refuses(folder, [*job, "--dataset", "nothing"], ["/fixed (a table of pandas)", "/deep/table (a table of pandas)"])
    refuses(folder, job, ["the option dataset", "/fixed (a table of pandas)"])
    both = pandas.DataFrame({"x": table["open"].to_numpy(), "y": table["close"].to_numpy()},
                            index=pandas.MultiIndex.from_product([range(7), range(10)]))
    both.to_hdf(folder / "m.h5", "multi")
    images, _ = stored(folder, "m.h5", "--dataset", "multi", "--column", "y", "--window", 20)
    same(images, sliding(table["close"].to_numpy(), 20), "an index of several levels")


main()
