"""Labels are what NumPy and pandas compute from the rows of the input, bit for bit."""
import json

import numpy as np

import windows_model as model
from harness import case, check, contains, equal, main, refuses, run

BASE = ["a.npy", "--group-by", "sym", "--column", "close"]


def number(text):
    return float(text) if text else np.nan


def same(found, expected, what):
    found, expected = np.array(found, "f8"), np.array(expected, "f8")
    check(np.array_equal(found, expected, equal_nan=True), f"{what}: found {found}, expected {expected}")


@case("returns and directions of groups that take turns")
def _(folder):
    rng = np.random.default_rng(2)
    for stride in (1, 3):
        rows = model.random_rows(rng)
        rows.close[rng.integers(0, 400, 15)] = np.nan
        rows.close[rng.integers(0, 400, 5)] = 0
        rows.close[rng.integers(0, 400, 5)] = np.inf
        model.save(folder / "a.npy", rows)
        found, err = model.table(folder, *BASE, "--window", 8, "--stride", stride, "--label",
                                 "return:5,direction:5,direction:5:0.03", "--label", "far=return:40")
        windows = model.windows_of(rows, 8, stride)
        equal([(int(row["start"]), row["group"]) for row in found], [(w.start, w.group) for w in windows], "windows")
        rows.close[np.isinf(rows.close)] = np.nan  # infinite samples are missing ones
        with np.errstate(all="ignore"):
            near, far = ([model.returns(rows, w, h) for w in windows] for h in (5, 40))
        same([number(row["return:5"]) for row in found], near, "return:5")
        same([number(row["far"]) for row in found], far, "far")
        same([number(row["direction:5"]) for row in found], np.sign(near), "direction:5")
        same([number(row["direction:5:0.03"]) for row in found],
             np.where(np.isnan(near), np.nan, np.where(np.abs(near) <= 0.03, 0, np.sign(near))), "direction:5:0.03")
        lacking = int((np.isnan(near) | np.isnan(far)).sum())
        contains(err, [f"{lacking} windows without a label; drop-unlabelled"], "the report")


@case("returns are those of pandas")
def _(folder):
    import pandas
    close = np.random.default_rng(11).standard_normal(500).cumsum() + 40
    np.save(folder / "b.npy", close)
    found, _ = model.table(folder, "b.npy", "--window", 20, "--label", "return:7")
    series = pandas.Series(close)
    same([number(row["return:7"]) for row in found], (series.shift(-7) / series - 1)[19:], "return:7")


@case("columns as labels: whole numbers, fractions, texts; with a horizon")
def _(folder):
    rng = np.random.default_rng(7)
    rows = model.random_rows(rng)
    level, weight = rng.integers(-3, 4, 400), rng.standard_normal(400)
    sector = np.array(["tech", "bank", "Über, \"x\"", ""])[rng.integers(0, 4, 400)]
    model.save(folder / "a.npy", rows, level=level, weight=weight, sector=sector)
    found, _ = model.table(folder, *BASE, "--window", 6, "--label", "level:2,weight,where=sector")
    windows = model.windows_of(rows, 6)
    ahead = [model.future(rows, w, 2) for w in windows]
    same([number(row["level:2"]) for row in found], [np.nan if k is None else level[k] for k in ahead], "level:2")
    last = [model.future(rows, w, 0) for w in windows]
    same([number(row["weight"]) for row in found], weight[last], "weight")
    equal([row["where"] for row in found], sector[last].tolist(), "sector")
    for row in found[:20]:
        check("." not in row["level:2"], f"level:2 is a whole number, found {row['level:2']}")


@case("the field of returns: label-field, else close in any letter case, else what the chart shows first")
def _(folder):
    rng = np.random.default_rng(3)
    array = np.empty(60, [("open", "f8"), ("CLOSE", "f8"), ("x", "f8")])
    for name in array.dtype.names:
        array[name] = rng.standard_normal(60) + 9
    np.save(folder / "a.npy", array)
    np.save(folder / "b.npy", array[["open", "x"]].copy())
    for path, options, name in (("a.npy", [], "CLOSE"), ("a.npy", ["--label-field", "x"], "x"), ("b.npy", [], "open"),
                                ("b.npy", ["--chart", "{layers: [{mark: line, y: 'ma(x,3)'}]}"], "x")):
        column = [] if "--chart" in options else ["--column", "open"]
        found, _ = model.table(folder, path, *column, "--window", 5, "--label", "return:2", *options)
        same([number(row["return:2"]) for row in found[:-2]], array[name][6:] / array[name][4:-2] - 1, f"{path} {options}")
    refuses(folder, ["windows", "a.npy", "--column", "open", "--window", "5", "--label", "return:2", "--label-field", "y"],
            ['a.npy: label-field: no column "y", expected one of'])
    refuses(folder, ["windows", "a.npy", "--column", "open", "--window", "5", "--label-field", "x"],
            ["label-field", "applies to the labels"])
    (folder / "c.csv").write_text("close,mood\n" + "1,a\n2,b\n" * 9)
    for options, message in ((["--label", "directon:2"], 'c.csv: label: no column "directon", expected return:H, direction:H, or '
                              'one of 0 (close), 1 (mood): did you mean "direction"?'),
                             (["--label", "moud"], ': did you mean "mood"?'),
                             (["--group-by", "mod"], 'c.csv: group-by: no column "mod", expected file, none, or one of 0 (close), '
                              '1 (mood): did you mean "mood"?'),
                             (["--time", "when"], 'c.csv: time: no column "when", expected one of 0 (close), 1 (mood)'),
                             (["--label", "return:2", "--label-field", "clsoe"], 'c.csv: label-field: no column "clsoe", '
                              'expected one of 0 (close), 1 (mood): did you mean "close"?')):
        refuses(folder, ["windows", "c.csv", "--column", "close", "--window", "5", *options], [message])


@case("drop-unlabelled leaves out, before limit and split, what lacks a label")
def _(folder):
    rng = np.random.default_rng(5)
    rows = model.random_rows(rng, groups=2)
    rows.close[rng.integers(0, 400, 30)] = np.nan
    model.save(folder / "a.npy", rows)
    windows = model.windows_of(rows, 8)
    kept = [w for w in windows if not np.isnan(model.returns(rows, w, 6))]
    found, err = model.table(folder, *BASE, "--window", 8, "--label", "return:6", "--drop-unlabelled")
    equal([int(row["start"]) for row in found], [w.start for w in kept], "starts")
    contains(err, [f"{len(windows) - len(kept)} windows without a label left out"], "the report")
    found, _ = model.table(folder, *BASE, "--window", 8, "--label", "return:6", "--drop-unlabelled", "--limit", 90,
                           "--split", "0.6,0.2,0.2")
    kept = kept[:90]
    model.split_by_time(kept, "0.6,0.2,0.2")
    model.embargo(rows, kept, [6])
    equal([(int(row["start"]), row["split"]) for row in found], [(w.start, w.part) for w in model.in_order(kept)],
          "limit and split")
    refuses(folder, ["windows", *BASE, "--window", "8", "--label", "return:500", "--drop-unlabelled", "-q"],
            ["drop-unlabelled", "none of the"])
    refuses(folder, ["windows", *BASE, "--window", "8", "--drop-unlabelled", "-q"], ["there is no label"])


@case("a horizon reaches over a gap, a window does not")
def _(folder):
    rows = model.random_rows(np.random.default_rng(1), groups=1, gaps=True)
    model.save(folder / "a.npy", rows)
    found, _ = model.table(folder, *BASE, "--window", 8, "--break-at-gaps", "10", "--label", "return:3")
    name = rows.names[0]
    gaps = np.flatnonzero(np.diff(rows.times[rows.of[name]]) > 100 * 60_000_000_000) + 1
    windows = [w for w in model.windows_of(rows, 8) if not any(w.at < gap <= w.end for gap in gaps)]
    equal([int(row["start"]) for row in found], [w.start for w in windows], "starts")
    same([number(row["return:3"]) for row in found], [model.returns(rows, w, 3) for w in windows], "return:3")


@case("the report counts windows per class and part, in the JSON too")
def _(folder):
    rows = model.random_rows(np.random.default_rng(8))
    model.save(folder / "a.npy", rows)
    options = [*BASE, "--window", "8", "--label", "direction:5:0.02", "--split", "0.7,0.15,0.15"]
    found, err = model.table(folder, *options)
    done = run(folder, "render", *options, "--size", "40x30", "-o", "hash:", "--json").need()
    counted = json.loads(done.out)["windows"]
    for part in ("train", "val", "test", "none"):
        mine = [row["direction:5:0.02"] for row in found if row["split"] == part]
        equal(counted[part], len(mine), part)
        label = counted["labels"]["direction:5:0.02"]
        equal(label["missing"][part], mine.count(""), f"missing, {part}")
        for name in ("-1", "0", "1"):
            equal(label["classes"][name][part], mine.count(name), f"{name}, {part}")
        words = ", ".join(f"{name}: {mine.count(name)}" for name in ("-1", "0", "1"))
        contains(err, [f"label direction:5:0.02, {part}: {words}"], "the report")
    contains(done.err, ["split: ", "label direction:5:0.02, val: "], "the report of render")


@case("sequences as rows: the label column is the label; splits cut by row")
def _(folder):
    rng = np.random.default_rng(12)
    names = np.array(["N", "V", "A"])[rng.integers(0, 3, 30)]
    values = rng.standard_normal((30, 12)).round(4)
    for place, order in (("first", lambda name, row: [name, *row]), ("last", lambda name, row: [*row, name])):
        (folder / "a.csv").write_text("".join(",".join(map(str, order(n, r))) + "\n" for n, r in zip(names, values.tolist())))
        found, _ = model.table(folder, "a.csv", "--rows", "sequences", "--label-column", place, "--header", "none",
                               "--split", "0.5,0.3,0.2")
        equal([(int(row["start"]), row["label"]) for row in found], list(enumerate(names)), place)
        equal([row["split"] for row in found], ["train"] * 15 + ["val"] * 9 + ["test"] * 6, place)
    refuses(folder, ["windows", "a.csv", "--rows", "sequences", "--label-column", "last", "--header", "none", "--label",
                     "return:5", "-q"], ["return:5", "ready sequences"])


@case("labels that are malformed are refused before the input is read")
def _(folder):
    for label, words in (("return", ["number of rows"]), ("return:0", ["return:H"]), ("return:x", ["return:H"]),
                         ("return:5:1", ["return:H"]), ("direction:5:-1", ["direction:H:T"]), ("=return:5", ["NAME="]),
                         ("a=", ["NAME="]), ("return:5,return:5", ["there twice"]), ("a/b=return:5", ["slashes"]),
                         ("return:5,", ["expected"])):
        refuses(folder, ["windows", "none.npy", "--window", "5", "--label", label], ["label", *words])


main()
