"""Splits leak nothing, and are what docs/windows.md says: all is computed again from the rows of the input."""
import json
import pathlib

import numpy as np

import windows_model as model
from harness import case, check, contains, equal, main, refuses, run

BASE = ["a.npy", "--group-by", "sym", "--column", "close"]


def seen(rows):
    return [(int(row["start"]), row["group"], row["split"]) for row in rows]


def expected(images):
    return [(w.start, w.group, w.part) for w in images]


def leaks(rows, table, horizons):
    """Windows of train and val that overlap a later part in time, by the table and the input alone."""
    place = {int(row): (name, k) for name, of in rows.of.items() for k, row in enumerate(of)}
    found, spans = [], []
    for row in table:
        name, at = place[int(row["start"])]
        first, last = np.datetime64(row["first_time"][:-1], "ns"), np.datetime64(row["last_time"][:-1], "ns")
        end = int(np.searchsorted(rows.times[rows.of[name]], last.astype("int64"), "left"))
        ahead = [end + h for h in (0, *horizons) if end + h < len(rows.of[name])]
        spans.append((row["split"], name, int(first.astype("int64")), int(last.astype("int64")),
                      int(rows.times[rows.of[name][max(ahead)]])))
    for part, name, first, _, reach in spans:
        later = {"train": ("val", "test"), "val": ("test",)}.get(part, ())
        found += [o for o in spans if o[0] in later and o[1] == name and o[2] <= reach and first <= o[3]]
    return found


@case("shares, embargo and order are those of the model; nothing leaks")
def _(folder):
    rng = np.random.default_rng(5)
    for number in range(24):
        rows = model.random_rows(rng, groups=int(rng.integers(1, 5)), rows=int(rng.integers(120, 300)),
                                 repeats=number % 3 == 0)
        model.save(folder / "a.npy", rows)
        window, stride = int(rng.integers(2, 12)), int(rng.integers(1, 15))
        horizons = [int(h) for h in rng.integers(1, 20, int(rng.integers(0, 3)))]
        shares = str(rng.choice(["0.7,0.15,0.15", "0.333333333,0.333333333,0.333333334", "0.5,0,0.5", "0.6,0.2,0.1",
                                 "1,0,0"]))
        labels = ["--label", ",".join(f"l{k}=return:{h}" for k, h in enumerate(horizons))] if horizons else []
        arguments = [*BASE, "--window", window, "--stride", stride, "--split", shares, *labels]
        windows = model.windows_of(rows, window, stride)
        model.split_by_time(windows, shares)
        model.embargo(rows, windows, horizons)
        found, _ = model.table(folder, *arguments)
        equal(seen(found), expected(model.in_order(windows)), f"case {number}: {arguments}")
        equal(leaks(rows, found, horizons), [], f"case {number}: windows that overlap a later part")
        found, _ = model.table(folder, *arguments, "--shuffle", number * 7919)
        equal(seen(found), expected(model.in_order(windows, number * 7919)), f"case {number}, shuffled")


@case("the check for leaks finds them: without the embargo there are some")
def _(folder):
    rows = model.random_rows(np.random.default_rng(3), groups=2)
    windows = model.windows_of(rows, 10)
    model.split_by_time(windows, "0.7,0.15,0.15")
    as_table = [{"start": w.start, "split": w.part, "first_time": f"{np.datetime64(w.first_time, 'ns')}Z",
                 "last_time": f"{np.datetime64(w.last_time, 'ns')}Z"} for w in windows]
    check(leaks(rows, as_table, [3]), "found no leak in a split without an embargo")


@case("split-at cuts at times; val begins at the first")
def _(folder):
    rows = model.random_rows(np.random.default_rng(8))
    model.save(folder / "a.npy", rows)
    at = [str(np.datetime64(int(rows.times[k]), "ns").astype("M8[s]")).replace("T", " ") for k in (200, 300)]
    found, _ = model.table(folder, *BASE, "--window", 7, "--split-at", ",".join(at), "--label", "return:4")
    windows = model.windows_of(rows, 7)
    for w in windows:
        w.part = "train" if w.last_time < rows.times[200] else "val" if w.last_time < rows.times[300] else "test"
    model.embargo(rows, windows, [4])
    equal(seen(found), expected(model.in_order(windows)), "the table")


@case("split-by group assigns whole groups, in the order of their rows or shuffled")
def _(folder):
    rows = model.random_rows(np.random.default_rng(9), groups=11, rows=600)
    model.save(folder / "a.npy", rows)
    for seed in (None, 0, 12345678901234567890):
        windows = model.windows_of(rows, 6)
        names = list(rows.names)
        if seed is not None:
            model.Generator(seed).shuffle(names)
        parts = model.name_parts(names, model.cut(len(names), "0.5,0.25,0.25"))
        for w in windows:
            w.part = parts[w.group]
        shuffled = ["--shuffle", seed] if seed is not None else []
        found, _ = model.table(folder, *BASE, "--window", 6, "--split", "0.5,0.25,0.25", "--split-by", "group", *shuffled)
        equal(seen(found), expected(model.in_order(windows, seed)), f"seed {seed}")


@case("without times windows are ordered by row; the limit is taken before the split")
def _(folder):
    np.save(folder / "b.npy", np.arange(100.0) % 7)
    found, _ = model.table(folder, "b.npy", "--window", 10, "--split", "0.5,0.3,0.2", "--limit", 60)
    parts = ["train"] * 21 + ["none"] * 9 + ["val"] * 9 + ["none"] * 9 + ["test"] * 12
    equal(sorted((int(row["start"]), row["split"]) for row in found), list(enumerate(parts)), "the parts")
    equal([row["split"] for row in found], sorted(parts, key=["train", "val", "test", "none"].index), "the order")


@case("a table that is given back gives the same table, images and counts")
def _(folder):
    rows = model.random_rows(np.random.default_rng(4))
    model.save(folder / "a.npy", rows)
    arguments = [*BASE, "--window", 9, "--split", "0.7,0.15,0.15", "--label", "return:3,up=direction:3:0.01",
                 "--shuffle", 7]
    run(folder, "windows", *arguments, "-o", "w.csv").need()
    again = [*BASE, "--window", 9, "--windows", "w.csv"]
    equal(run(folder, "windows", *again).need().out, (folder / "w.csv").read_text(), "the table")
    reports = [json.loads(run(folder, "render", *options, "--size", "40x30", "-o", "hash:", "--json").need().out)
               for options in (arguments, again)]
    equal(reports[1]["hash"], reports[0]["hash"], "the images")
    for report in reports:
        report["windows"].pop("embargoed")  # of the table they belong to none already
    equal(reports[1]["windows"], reports[0]["windows"], "the counts")


@case("tables: NumPy arrays of starts and of records; the rows are in their order")
def _(folder):
    rows = model.random_rows(np.random.default_rng(6))
    model.save(folder / "a.npy", rows)
    windows = model.windows_of(rows, 5)
    picked = np.random.default_rng(1).permutation(len(windows))[:40]
    starts = np.array([windows[k].start for k in picked], "i8")
    np.save(folder / "w.npy", starts)
    found, _ = model.table(folder, *BASE, "--window", 5, "--windows", "w.npy")
    equal([int(row["start"]) for row in found], starts.tolist(), "starts")
    records = np.empty(40, [("start", "i8"), ("score", "f8"), ("split", "u1")])
    records["start"], records["score"], records["split"] = starts, np.arange(40) / 8, 255
    np.save(folder / "w.npy", records)
    found, _ = model.table(folder, *BASE, "--window", 5, "--windows", "w.npy", "--limit", 30)
    equal([float(row["score"]) for row in found], (np.arange(30) / 8).tolist(), "a column as labels")
    equal({row["split"] for row in found}, {"none"}, "the parts")


@case("a part of a table that reaches into a later one belongs to none")
def _(folder):
    np.save(folder / "b.npy", np.arange(50.0))
    (folder / "w.csv").write_text("start,split\n0,train\n20,val\n12,train\n40,test\n25,train\n38,val\n5,train\n")
    found, err = model.table(folder, "b.npy", "--window", 10, "--windows", "w.csv")
    equal([row["split"] for row in found], ["train", "val", "none", "test", "none", "none", "train"], "the parts")
    check("3 reach into a later part" in err, err)


@case("tables that do not fit are refused with the line")
def _(folder):
    rows = model.random_rows(np.random.default_rng(6), groups=2)
    model.save(folder / "a.npy", rows)
    last = int(rows.of[rows.names[0]][-1])
    other = rows.names[1]
    for text, words in (("start\n1\n1000\n", ["w.csv, line 3", "no such row"]),
                        (f"start\n{last}\n", ["w.csv, line 2", "does not lie in one group"]),
                        (f"start,group\n{int(rows.of[rows.names[0]][0])},{other}\n", ["w.csv, line 2: group", "belongs to"]),
                        (f"start,sym\n{int(rows.of[rows.names[0]][0])},{other}\n",
                         ["w.csv, line 2: sym: found", "belongs to", "start counts the rows of the input"]),
                        ("start\n1.5\n", ["w.csv, line 2: start: found 1.5", "number of a row"]),
                        ("start\n-1\n", ["w.csv, line 2", "number of a row"]),
                        ("begin\n1\n", ["w.csv", "no column start"]), ("start,split\n0,dev\n", ['line 2: split: found "dev"', "train, val"]),
                        ("start,a\n1,2,3\n", ["line 2", "3 fields", "expected 2"]), ("start\n", ["no row"]),
                        ("", ["empty"]), ("start,a,a\n0,1,2\n", ["two columns"]), ("start,a/b\n0,1\n", ["slashes"])):
        (folder / "w.csv").write_text(text)
        refuses(folder, ["windows", *BASE, "--window", "5", "--windows", "w.csv", "-q"], words)
    (folder / "w.csv").write_text("start\n0\n")
    refuses(folder, ["windows", *BASE, "--window", "5", "--windows", "w.csv", "--stride", "2"],
            ["windows and stride"])
    refuses(folder, ["windows", *BASE, "--window", "5", "--windows", "none.csv", "-q"], ["none.csv", "cannot be opened"])


@case("splits that are malformed or contradict each other are refused")
def _(folder):
    rows = model.random_rows(np.random.default_rng(6), groups=2)
    model.save(folder / "a.npy", rows)
    np.save(folder / "b.npy", np.arange(50.0))
    for options, words in ((["--split", "0.7,0.3"], ["three shares"]), (["--split", "0.7,0.3,0.1"], ["at most 1"]),
                           (["--split", "0.7,0.2,x"], ["three shares"]), (["--split", "0,0,0"], ["three shares"]),
                           (["--split-at", "2024-01-02"], ["two days"]),
                           (["--split-at", "2024-01-02,2024-01-01"], ["earlier one first"]),
                           (["--split-by", "group"], ["split beside it"]),
                           (["--split", "0.5,0.5,0", "--split-by", "day"], ["expected group"]),
                           (["--split", "0.5,0.5,0", "--split-at", "2024-01-01,2024-01-02"], ["only one"]),
                           (["--shuffle", "-1"], ["whole number"]), (["--shuffle", "18446744073709551616"], ["whole"])):
        refuses(folder, ["windows", *BASE, "--window", "5", *options], words)
    refuses(folder, ["windows", "b.npy", "--window", "5", "--split", "0.5,0.5,0", "--split-by", "group"], ["no groups"])
    refuses(folder, ["windows", "b.npy", "--window", "5", "--split-at", "2024-01-01,2024-02-01"], ["no times"])



@case("a part that the embargo leaves empty is a warning")
def _(folder):
    path = pathlib.Path(folder) / "short.csv"
    path.write_text("x\n" + "\n".join(str(k * k % 17) for k in range(100)) + "\n")
    result = run(folder, "render", path, "--window", "20", "--size", "32x24", "--split", "0.7,0.1,0.2", "-o", "hash:")
    contains(result.need().err, ["split: val holds no window", "all 8"], "an empty part")


main()
