"""Groups by a column or by file, against NumPy's computation; and refusals where rows are of several series."""
import calendar
import json
import pathlib
import resource
import zipfile

import h5py
import numpy as np

from harness import ROOT, case, check, contains, equal, main, refuses, run

CASES = ROOT / "tests" / "cases"
START = calendar.timegm((2024, 1, 1, 0, 0, 0))
WINDOW = 5
JOB = ["--window", WINDOW, "--size", "32x24", "--column", "close"]


def write(path, names, times, values, column="symbol"):
    stamps = np.datetime_as_string(np.asarray(times).astype("datetime64[s]"))
    lines = [f"{stamp},{name},{value!r}\n" for stamp, name, value in zip(stamps, names, values.tolist())]
    path.write_text("".join([f"time,{column},close\n", *lines]))


def numbers(count, seed=3):
    return np.random.default_rng(seed).standard_normal(count).cumsum().round(3) + 100


def rendered(folder, *arguments):
    result = run(folder, "render", *arguments, *JOB, "--store-sequences", "--json", "-o", "out.h5", "--force").need()
    with h5py.File(pathlib.Path(folder) / "out.h5") as file:
        stored = {name: file[name][()] for name in ("sequences", "window_start", "group", "groups") if name in file}
    return stored, result


def expect(stored, names, times, values, what):
    """Windows of each group, in the order of first rows, its rows in the order of time."""
    names, known = np.asarray(names), list(dict.fromkeys(names))
    samples, starts, numbers_of = [], [], []
    for number, name in enumerate(known):
        rows = np.flatnonzero(names == name)
        rows = rows[np.argsort(np.asarray(times)[rows], kind="stable")]
        for k in range(len(rows) - WINDOW + 1):
            samples.append(values[rows[k:k + WINDOW]])
            starts.append(int(rows[k]))
            numbers_of.append(number)
    equal(stored["window_start"].tolist(), starts, f"{what}: window_start")
    check(np.array_equal(stored["sequences"], np.array(samples)), f"{what}: samples")
    if "group" in stored:
        equal(stored["group"].tolist(), numbers_of, f"{what}: group")
        equal([name.decode() if isinstance(name, bytes) else name for name in stored["groups"]], known, f"{what}: groups")


@case("rows of groups that are interleaved are gathered")
def _(folder):
    names = np.tile(["MSFT", "AAPL", "IBM"], 60)
    times, values = START + 86400 * np.repeat(np.arange(60), 3), numbers(180)
    write(folder / "a.csv", names, times, values)
    stored, result = rendered(folder, "a.csv", "--group-by", "symbol")
    expect(stored, names, times, values, "interleaved")
    contains(result.err, ["a.csv: 3 groups by symbol: MSFT, AAPL, IBM; the rows of each were put together"], "report")
    check("warning" not in result.err, result.err)
    stored, _ = rendered(folder, "a.csv", "--group-by", "symbol", "--from", "2024-01-10", "--to", "2024-02-10 12:00")
    inside = np.flatnonzero((times >= START + 9 * 86400) & (times < START + 41 * 86400))
    model = {"window_start": np.searchsorted(inside, stored["window_start"]), "sequences": stored["sequences"]}
    expect(model, names[inside], times[inside], values[inside], "with from and to")


@case("blocks of groups, some newest first; any order with order: time; many groups")
def _(folder):
    rng = np.random.default_rng(6)
    names, times = np.repeat(["b", "a", "c"], 40), np.tile(np.arange(40), 3)
    times = START + 60 * np.where(names == "a", 39 - times, times)
    values = numbers(120)
    write(folder / "a.csv", names, times, values)
    expect(rendered(folder, "a.csv", "--group-by", "symbol")[0], names, times, values, "blocks")
    names = np.array([f"T{number}" for number in rng.integers(0, 300, 5000)])
    times, values = START + 60 * rng.integers(0, 4000, 5000), numbers(5000)
    write(folder / "b.csv", names, times, values)
    stored, result = rendered(folder, "b.csv", "--group-by", "symbol", "--order", "time")
    expect(stored, names, times, values, "300 groups")
    check(len(result.lines()) < 12, f"lines on stderr:\n{result.err}")
    refuses(folder, ["render", "b.csv", *JOB, "--group-by", "symbol", "-o", "x.h5"], ["within a group", "order: time"])


@case("groups that go on in other inputs, and texts as numbers")
def _(folder):
    names, times = np.tile(["10", "9", "007"], 50), START + 60 * np.arange(150)
    values = numbers(150)
    write(folder / "b.csv", names[60:], times[60:], values[60:], "patient")
    write(folder / "a.csv", names[:60], times[:60], values[:60], "patient")
    expect(rendered(folder, "a.csv", "b.csv", "--group-by", "patient")[0], names, times, values, "in order")
    order = np.concatenate([np.arange(60, 150), np.arange(60)])
    expect(rendered(folder, "b.csv", "a.csv", "--group-by", "patient")[0], names[order], times[order], values[order],
           "the later input first")


@case("each input is a group")
def _(folder):
    (folder / "x").mkdir()
    for number, name in enumerate(["b.csv", "a.csv", "x/a.csv"]):
        write(folder / name, ["one"] * 30, START + 60 * np.arange(30)[::-1 if number == 1 else 1], numbers(30, number))
    values = np.concatenate([numbers(30, number) for number in range(3)])
    times = np.concatenate([START + 60 * np.arange(30)[::-1 if number == 1 else 1] for number in range(3)])
    stored, result = rendered(folder, "b.csv", "a.csv", "x/a.csv", "--group-by", "file")
    names = [name.decode() for name in stored["groups"]] if "groups" in stored else ["0", "1", "2"]
    equal(len(set(names)), 3, "names of groups differ")
    expect(stored, np.repeat(names, 30), times, values, "files")
    contains(result.err, ["3 groups by file: b"], "report")


@case("rows of several series without group-by are refused, and none says that they are one")
def _(folder):
    names, times = np.repeat(["AAA", "BBB"], 40), START + 60 * np.arange(80)
    write(folder / "a.csv", names, times, numbers(80), "Ticker")
    refuses(folder, ["render", "a.csv", *JOB, "-o", "x.h5"],
            ['a.csv, line 42: column Ticker changes from "AAA" to "BBB" (2 values in all)', "group-by: Ticker or none"])
    stored, _ = rendered(folder, "a.csv", "--group-by", "none")
    equal(len(stored["window_start"]), 80 - WINDOW + 1, "windows of one series")
    write(folder / "b.csv", np.tile(["up", "down"], 40), START + 60 * np.repeat(np.arange(40), 2), numbers(80), "kind")
    refuses(folder, ["render", "b.csv", *JOB, "-o", "x.h5"], ["line 3: column kind changes", "group-by: kind or none"])
    write(folder / "c.csv", np.array(["AAA"] * 80), times, numbers(80))
    write(folder / "d.csv", np.array(["BBB"] * 80), times + 80 * 60, numbers(80))
    refuses(folder, ["render", "c.csv", "d.csv", *JOB, "-o", "x.h5"],
            ['d.csv: column symbol holds "BBB", and "AAA" in c.csv', "group-by: symbol, file or none"])
    refuses(folder, ["render", "c.csv", *JOB, "--group-by", "tickr", "-o", "x.h5"], ["tickr"])
    for column, texts in [("symbol", ["AAA"] * 80), ("note", [f"n{row}" for row in range(80)]), ("side", ["buy", "sell"] * 40)]:
        write(folder / "e.csv", np.array(texts), times, numbers(80), column)
        result = run(folder, "render", "e.csv", *JOB, "-o", "hash:").need()
        check("group" not in result.err, result.err)


@case("the cases: tickers in one file and in several")
def _(folder):
    result = run(folder, "render", CASES / "tickers-in-one-file.csv", *JOB, "-o", "hash:").need(2)
    contains(result.err, ["line 42: column Name changes", "group-by: Name"], "one file")
    files = sorted((CASES / "tickers").glob("S*.csv"))
    job = ["--window", WINDOW, "--column", "Close", "--size", "32x24", "--json", "-o", "hash:"]
    contains(run(folder, "render", *files, *job).need(2).err, ["group-by: file"], "several files")
    result = run(folder, "render", *files, *job, "--group-by", "file").need()
    equal(json.loads(result.out)["images"], 3 * (40 - WINDOW + 1), "windows of three files")


@case("more arrays than a process may open at first: the limit is raised, or named")
def _(folder):
    (folder / "a").mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for k in range(150):
            np.save(folder / f"a/{k:03}.npy", numbers(20, k))
            archive.write(folder / f"a/{k:03}.npy", f"{k:03}.npy")
    job = ["--group-by", "file", "--window", WINDOW, "--size", "16x16", "-o", "hash:", "--json"]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for source in "a", "a.zip":
        def limit(most):
            return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, most))
        result = run(folder, "render", source, *job, preexec_fn=limit(hard)).need()
        equal(json.loads(result.out)["images"], 150 * (20 - WINDOW + 1), f"{source}: the limit is raised")
        result = run(folder, "render", source, *job, preexec_fn=limit(100)).need(2)
        contains(result.err, ["may have 100 files open at once", "ulimit -n"], f"{source}: the limit is named")


if __name__ == "__main__":
    main()
