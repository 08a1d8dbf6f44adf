"""Files as people have them (tests/cases): what is read equals what pandas and NumPy read, or the refusal names the way
out. docs/input.md has a row for each kind."""
import io
import os
import pathlib
import re
import shutil
import zipfile

import numpy as np

from harness import ROOT, Skip, case, check, contains, equal, main, run

try:
    import h5py
    import pandas as pd
except ImportError as error:
    print(f"1..0 # SKIP {error.name}: not installed")
    raise SystemExit(0)

CASES = ROOT / "tests" / "cases"


def table_of(source, **how):
    """pandas' own reading, with numbers rounded as Python rounds them."""
    if how.get("engine") != "python" and how.get("sep") != r"\s+":
        how["float_precision"] = "round_trip"
    return pd.read_csv(source, **how)


def text_of(name):
    return (CASES / name).read_text(encoding="utf-8-sig")


def read(folder, name, *options, rows=None):
    """What a render of all rows as one image reads, and the stored file."""
    out = pathlib.Path(folder) / f"out{len(os.listdir(folder))}.h5"
    where = CASES / name
    window = ["--window", rows] if rows else []
    result = run(folder, "render", where, *options, *window, "--size", "32x24", "--store-sequences", "-o", out)
    result.need()
    with h5py.File(out) as file:
        stored = {key: file[key][()] for key in ("sequences", "window_start") if key in file}
        for key in ("timestamps", "split", "group"):
            if key in file:
                stored[key] = file[key][()]
        if "labels" in file:
            stored["labels"] = {key: file["labels"][key][()] for key in file["labels"]}
    return stored, result


def same(folder, name, expected, *options):
    """The rows equal `expected`, bit for bit, in one series."""
    expected = np.asarray(expected, dtype=np.float64)
    stored, result = read(folder, name, *options, rows=len(expected))
    found = stored["sequences"]
    equal(found.shape[0], 1, f"{name}: images of all rows")
    check(np.array_equal(found[0], expected, equal_nan=True),
          f"{name}: found {found[0][:5]}..., expected {expected[:5]}...\n{result.err}")
    return stored, result


def refused(folder, name, words, *options):
    result = run(folder, "render", CASES / name, *options, "--size", "32x24", "-o", "hash:").need(2)
    equal(len(result.lines()), 1, f"{name}: lines of the refusal:\n{result.err}\nlines")
    contains(result.err, words, name)
    return result


def utc(texts):
    return pd.to_datetime(texts).astype("int64").to_numpy()


def times_are(stored, expected, name):
    """`expected`: ns of the first and of the last row."""
    check("timestamps" in stored, f"{name}: expected /timestamps")
    equal(stored["timestamps"][0].tolist(), [int(expected[0]), int(expected[-1])], f"{name}: /timestamps")


@case("header-three-rows: three lines of header, times from the first column")
def _(folder):
    table = table_of(CASES / "header-three-rows.csv", skiprows=3, header=None)
    stored, _ = same(folder, "header-three-rows.csv", table[1], "--column", "Close")
    times_are(stored, utc(table[0]), "header-three-rows")
    same(folder, "header-three-rows.csv", table[4], "--column", "open")
    same(folder, "header-three-rows.csv", table[1], "--column", "Close", "--header", "3")


@case("units-row-quoted-names: decorated names are found by plain ones")
def _(folder):
    table = table_of(CASES / "units-row-quoted-names.csv")
    same(folder, "units-row-quoted-names.csv", table["'MLII'"], "--column", "MLII")
    same(folder, "units-row-quoted-names.csv", table["'V5'"], "--column", "V5")


@case("a row of units below the header is passed over, and is data with units none")
def _(folder):
    lines = text_of("units-row-quoted-names.csv").splitlines()
    units = pathlib.Path(folder) / "units.csv"
    units.write_text("\n".join([lines[0], "'sample interval','mV','mV'", *lines[1:]]) + "\n")
    table = table_of(CASES / "units-row-quoted-names.csv")
    same(folder, units, table["'MLII'"], "--column", "MLII")
    result = run(folder, "render", units, "--column", "MLII", "--units", "none", "--window", "10", "-o", "hash:").need(2)
    contains(result.err, ["line 2", "mV"], "units none")


@case("preambles are recognised and reported")
def _(folder):
    for name, skip in (("preamble-lines.csv", 3), ("sep-line.csv", 1), ("comments-hash.csv", 2)):
        table = table_of(CASES / name, skiprows=skip, sep=None, engine="python")
        _, result = same(folder, name, table["acc"], "--column", "acc")
        check(re.search(r"\b%d\b|comment" % skip, result.err), f"{name}: the lines before are not reported:\n{result.err}")
        same(folder, name, table["acc"], "--column", "acc", "--skip", skip, "--header", "1")


@case("preamble-url-newest-first: rows are put in the order of time, window_start counts file rows")
def _(folder):
    table = table_of(CASES / "preamble-url-newest-first.csv", skiprows=1)
    stored, result = same(folder, "preamble-url-newest-first.csv", table["close"][::-1], "--column", "close")
    equal(stored["window_start"].tolist(), [len(table) - 1], "window_start of the oldest row")
    times_are(stored, (table["unix"] * 10**9)[::-1].to_numpy(), "preamble-url-newest-first")
    contains(result.err, ["newest first"], "report")


@case("start-and-rate-rows: two rows of another kind are not samples without a word")
def _(folder):
    table = table_of(CASES / "start-and-rate-rows.csv", header=None, skiprows=2)
    same(folder, "start-and-rate-rows.csv", table[0], "--skip", "2")
    result = run(folder, "render", CASES / "start-and-rate-rows.csv", "--window", "30", "-o", "hash:")
    check(result.code in (0, 2) and "skip" in result.err, f"expected a refusal or a warning: {result.report()}")


@case("metatrader5: <CLOSE> is close, <DATE> and <TIME> are the time")
def _(folder):
    table = table_of(CASES / "metatrader5.csv", sep="\t")
    stored, _ = same(folder, "metatrader5.csv", table["<CLOSE>"], "--column", "close")
    times_are(stored, utc(table["<DATE>"].str.replace(".", "-", regex=False) + " " + table["<TIME>"]), "metatrader5")


@case("metatrader4-headerless: column 5 is the sixth column")
def _(folder):
    table = table_of(CASES / "metatrader4-headerless.csv", header=None)
    stored, _ = same(folder, "metatrader4-headerless.csv", table[5], "--column", "5")
    times_are(stored, utc(table[0].str.replace(".", "-", regex=False) + " " + table[1]), "metatrader4")
    lines = text_of("metatrader4-headerless.csv").splitlines()
    first = lines[0].split(",")
    first[2] = "5"
    other = pathlib.Path(folder) / "five.csv"
    other.write_text("\n".join([",".join(first), *lines[1:]]) + "\n")
    same(folder, other, table[5], "--column", "5")


@case("headerless files lose no row")
def _(folder):
    table = table_of(CASES / "histdata-headerless.csv", sep=";", header=None)
    stored, _ = same(folder, "histdata-headerless.csv", table[4], "--column", "4", "--order", "file")
    times_are(stored, utc(pd.to_datetime(table[0], format="%Y%m%d %H%M%S")), "histdata")
    table = table_of(CASES / "headerless-decimal-comma.csv", sep=";", header=None, decimal=",")
    same(folder, "headerless-decimal-comma.csv", table[1], "--column", "1")
    for name, column in (("trades-headerless-booleans.csv", 1), ("aggtrades-headerless-booleans.csv", 1)):
        table = table_of(CASES / name, header=None)
        same(folder, name, table[column], "--column", column)


@case("numeric headers are recognised, or asked for with the option header")
def _(folder):
    for name, column in (("numeric-header-index.csv", "1"), ("numeric-header-years.csv", "2020")):
        table = table_of(CASES / name)
        result = run(folder, "render", CASES / name, "--column", column, "--window", len(table), "--size", "32x24", "-o",
                     "hash:")
        if result.code:
            result.need(2)
            contains(result.err, ["header"], name)
        else:
            same(folder, name, table[column], "--column", column)
        same(folder, name, table[column], "--column", column, "--header", "1")


@case("decimal commas")
def _(folder):
    table = table_of(CASES / "decimal-comma.csv", sep=";", decimal=",")
    stored, _ = same(folder, "decimal-comma.csv", table["Kurs"], "--column", "Kurs", "--order", "file")
    times_are(stored, utc(pd.to_datetime(table["Datum"], format="%d.%m.%Y")), "decimal-comma")
    same(folder, "decimal-comma.csv", table["Kurs"], "--column", "Kurs", "--decimal", ",", "--order", "file")
    result = run(folder, "render", CASES / "decimal-comma.csv", "--window", "20", "-o", "hash:").need(2)
    contains(result.err, ["Kurs", "Umsatz"], "two numeric columns")
    table = table_of(CASES / "decimal-comma-empty-columns.csv", sep=";", decimal=",")
    refused(folder, "decimal-comma-empty-columns.csv", ["time-format", "%d/%m/%Y", "%m/%d/%Y"], "--column", "CO(GT)",
            "--window", "10")  # all dates may be 10 March or 3 October
    same(folder, "decimal-comma-empty-columns.csv", table["CO(GT)"], "--column", "CO(GT)", "--time", "none")
    times = pd.to_datetime(table["Date"] + " " + table["Time"], format="%d/%m/%Y %H.%M.%S")
    result = run(folder, "render", CASES / "decimal-comma-empty-columns.csv", "--column", "CO(GT)", "--time",
                 "Date,Time", "--time-format", "%d/%m/%Y %H.%M.%S", "--window", len(table), "--size", "32x24", "-o",
                 "said.h5").need()
    with h5py.File(pathlib.Path(folder) / "said.h5") as file:
        equal(file["timestamps"][0].tolist(), [utc(times)[0], utc(times)[-1]], "times as said")


@case("thousands, percent, suffixes and money")
def _(folder):
    table = table_of(CASES / "thousands-percent-suffix.csv", thousands=",")
    newest = not pd.to_datetime(table["Date"]).is_monotonic_increasing
    order = slice(None, None, -1) if newest else slice(None)
    same(folder, "thousands-percent-suffix.csv", table["Price"][order], "--column", "Price")
    volume = table["Vol."].str.rstrip("K").astype(float)
    expected = np.array([float(f"{text.rstrip('K')}e3") for text in table["Vol."]])
    check(len(volume) == len(expected), "the case has K suffixes")
    same(folder, "thousands-percent-suffix.csv", expected[order], "--column", "Vol.")
    percent = table["Change %"].str.rstrip("%").astype(float)
    same(folder, "thousands-percent-suffix.csv", percent[order], "--column", "Change %")
    table = table_of(CASES / "money-sign.csv")
    money = table["Close/Last"].str.lstrip("$").astype(float)
    newest = not pd.to_datetime(table["Date"]).is_monotonic_increasing
    same(folder, "money-sign.csv", money[::-1] if newest else money, "--column", "Close/Last")
    result = run(folder, "render", CASES / "money-sign.csv", "--window", "20", "-o", "hash:").need(2)
    contains(result.err, ["Close/Last", "Volume"], "no column is chosen because another was not understood")


@case("rows are sequences, the first column is a label")
def _(folder):
    table = table_of(CASES / "rows-are-sequences-label-first.tsv", sep="\t", header=None)
    stored, _ = read(folder, "rows-are-sequences-label-first.tsv", "--rows", "sequences", "--label-column", "first")
    check(np.array_equal(stored["sequences"], table.iloc[:, 1:].to_numpy()), "sequences")
    equal([label.tolist() for label in stored["labels"].values()], [table[0].tolist()], "labels")
    equal(stored["window_start"].tolist(), list(range(len(table))), "window_start")
    refused(folder, "rows-are-sequences-label-first.tsv", ["rows"], "--window", "5")


@case("other separators, endings and extensions")
def _(folder):
    table = table_of(CASES / "whitespace-savetxt.txt", sep=r"\s+", header=None)
    for column in range(3):
        same(folder, "whitespace-savetxt.txt", np.loadtxt(CASES / "whitespace-savetxt.txt")[:, column], "--column", column)
    check(len(table) == 50, "the case has 50 rows")
    table = table_of(CASES / "separator-pipe.csv", sep="|")
    same(folder, "separator-pipe.csv", table["x"], "--column", "x")
    same(folder, "separator-pipe.csv", table["y"], "--column", "y", "--separator", "|")
    table = table_of(CASES / "trailing-semicolon.txt", header=None,
                        converters={5: lambda text: float(text.rstrip(";"))})
    same(folder, "trailing-semicolon.txt", table[5], "--column", "5", "--group-by", "none")
    same(folder, "trailing-semicolon.txt", table[3], "--column", "3", "--group-by", "none")
    for name in ("table.data", "table.dat", "table"):
        copy = pathlib.Path(folder) / name
        shutil.copyfile(CASES / "whitespace-savetxt.txt", copy)
        same(folder, copy, np.loadtxt(copy)[:, 1], "--column", "1")


@case("ecg-8-leads-headerless: columns are numbers, not names of an exchange")
def _(folder):
    table = table_of(CASES / "ecg-8-leads-headerless.csv", header=None)
    for column in (0, 7):
        same(folder, "ecg-8-leads-headerless.csv", table[column], "--column", column)
    refused(folder, "ecg-8-leads-headerless.csv", ["close"], "--column", "close", "--window", "10")


@case("zip: a member can be chosen, resource forks are ignored, UTF-8 names in every locale")
def _(folder):
    def member(name, inner):
        with zipfile.ZipFile(CASES / name) as archive:
            return table_of(io.BytesIO(archive.read(inner)))
    for inner in ("a.csv", "b.csv"):
        table = member("zip-two-tables.zip", inner)
        same(folder, "zip-two-tables.zip", table.iloc[:, -1], "--member", inner, "--column", table.columns[-1])
    refused(folder, "zip-two-tables.zip", ["a.csv", "b.csv", "member"], "--window", "10")
    table = member("zip-mac-resource.zip", "a.csv")
    same(folder, "zip-mac-resource.zip", table.iloc[:, -1], "--column", table.columns[-1])
    table = member("zip-utf8-member-name.zip", "Börse.csv")
    for locale in ("C", "C.UTF-8", "POSIX"):
        result = run(folder, "render", CASES / "zip-utf8-member-name.zip", "--column", table.columns[-1], "--window",
                     len(table), "--size", "32x24", "--store-sequences", "--force", "-o", "out.h5", env={"LC_ALL": locale})
        result.need()
        with h5py.File(pathlib.Path(folder) / "out.h5") as file:
            check(np.array_equal(file["sequences"][0], table.iloc[:, -1]), f"LC_ALL={locale}")


@case("NumPy arrays: (T,1), (T,2), fields, members")
def _(folder):
    one = np.load(CASES / "npy-t-by-1.npy")
    same(folder, "npy-t-by-1.npy", one[:, 0])
    two = np.load(CASES / "npy-t-by-2.npy") if np.load(CASES / "npy-t-by-2.npy").ndim == 2 else None
    if two is not None:
        for column in (0, 1):
            same(folder, "npy-t-by-2.npy", two[:, column], "--axes", "TF", "--column", column)
        refused(folder, "npy-t-by-2.npy", ["axes"], "--column", "0")
    fields = np.load(CASES / "npy-structured.npy")
    same(folder, "npy-structured.npy", fields["close"], "--column", "close")
    named = np.load(CASES / "npz-named.npz")
    stored, _ = read(folder, "npz-named.npz", "--member", "x", "--axes", "NT")
    check(np.array_equal(stored["sequences"], named["x"]), "x of the npz")
    refused(folder, "npz-named.npz", ["x", "y", "member"])


@case("dates in many forms are recognised, and from and to work")
def _(folder):
    forms = {"dates-compact.csv": "%Y%m%d", "dates-d-mon-y.csv": "%d-%b-%y", "dates-us-12h.csv": "%m/%d/%Y %I:%M %p"}
    for name, form in forms.items():
        table = table_of(CASES / name, dtype={"date": str})
        times = pd.to_datetime(table["date"], format=form)
        stored, _ = same(folder, name, table["x"], "--column", "x")
        times_are(stored, utc(times), name)
        day = times.dt.strftime("%Y-%m-%d")
        chosen = day.unique()[1] if day.nunique() > 1 else day.iloc[0]
        kept = table["x"][(day >= chosen)]
        stored, _ = same(folder, name, kept, "--column", "x", "--from", chosen)
        equal(stored["window_start"].tolist(), [kept.index[0]], f"{name}: window_start with from")
        kept = table["x"][(day <= day.iloc[0])]
        same(folder, name, kept, "--column", "x", "--to", day.iloc[0])
        same(folder, name, table["x"], "--column", "x", "--time", "date", "--time-format", form)
    table = table_of(CASES / "gmt-time.csv")
    times = pd.to_datetime(table["Gmt time"], format="%d.%m.%Y %H:%M:%S.%f")
    stored, _ = same(folder, "gmt-time.csv", table["Close"], "--column", "close")
    times_are(stored, utc(times), "gmt-time")


@case("newest first: never a mirrored chart")
def _(folder):
    for name, form in (("newest-first-us-dates.csv", "%m/%d/%Y"), ("newest-first-open-time.csv", "%Y-%m-%d %H:%M:%S")):
        table = table_of(CASES / name)
        stored, result = same(folder, name, table["Close"][::-1], "--column", "close")
        equal(stored["window_start"].tolist(), [len(table) - 1], f"{name}: window_start")
        times_are(stored, utc(pd.to_datetime(table.iloc[::-1, 0], format=form)), name)
        contains(result.err, ["newest first"], f"{name}: report")
        same(folder, name, table["Close"], "--column", "close", "--order", "file")


@case("times of an unknown form are a warning")
def _(folder):
    path = pathlib.Path(folder) / "odd.csv"
    path.write_text("Date,x\n" + "".join(f"<{30 - k}~Mar~24>,{k % 7}\n" for k in range(29)))
    result = run(folder, "render", path, "--column", "x", "--window", "10", "--size", "32x24", "-o", "hash:").need()
    contains(result.err, ["warning", "Date", "time-format"], "unknown times")
    result = run(folder, "render", path, "--column", "x", "--window", "10", "--size", "32x24", "--time", "none", "-o",
                 "hash:").need()
    check("warning" not in result.err, result.err)


@case("weekends and holidays between two files are no alarm")
def _(folder):
    tables = [table_of(CASES / f"year-{year}.csv")["Close"] for year in (2023, 2024)]
    both = pd.concat(tables).to_numpy(dtype=float)
    result = run(folder, "render", CASES / "year-2023.csv", CASES / "year-2024.csv", "--column", "Close", "--window",
                 len(both), "--size", "32x24", "--store-sequences", "-o", "years.h5").need()
    check("missing" not in result.err and "warning" not in result.err, f"no alarm: {result.err}")
    with h5py.File(pathlib.Path(folder) / "years.h5") as file:
        check(np.array_equal(file["sequences"][0], both), "both years")


@case("gaps and duplicates inside a file are counted, and windows can break at gaps")
def _(folder):
    table = table_of(CASES / "gap-of-hours.csv")
    step = table["open_time"].diff()
    usual = step.median()
    gaps = np.flatnonzero(step > 1.5 * usual)
    result = run(folder, "render", CASES / "gap-of-hours.csv", "--column", "close", "--window", "10", "--size", "32x24",
                 "-o", "all.h5").need()
    contains(result.err, ["gap"], "gap report")
    result = run(folder, "render", CASES / "gap-of-hours.csv", "--column", "close", "--window", "10", "--size", "32x24",
                 "--break-at-gaps", "-o", "broken.h5").need()
    with h5py.File(pathlib.Path(folder) / "all.h5") as whole, h5py.File(pathlib.Path(folder) / "broken.h5") as broken:
        equal(len(whole["images"]), len(table) - 9, "windows over gaps")
        expected = [start for start in range(len(table) - 9)
                    if not any(start < gap <= start + 9 for gap in gaps)]
        equal(broken["window_start"][()].tolist(), expected, "windows between gaps")
    table = table_of(CASES / "duplicate-rows.csv")
    repeated = int(table["open_time"].duplicated().sum())
    result = run(folder, "render", CASES / "duplicate-rows.csv", "--column", "close", "--window", "10", "-o", "hash:")
    check(result.code in (0, 2), result.report())
    check(str(repeated) in result.err or "order" in result.err, f"duplicates: {repeated} expected in:\n{result.err}")


@case("a footer is not a sample")
def _(folder):
    name = "footer-total.csv"
    lines = text_of(name).splitlines()
    table = table_of(io.StringIO("\n".join(line for line in lines if not line.startswith('"*'))))
    refused(folder, name, [f"line {len(lines)}", "bad-rows"], "--column", "x", "--window", "10")
    _, result = same(folder, name, table["x"], "--column", "x", "--bad-rows", "skip", "--order", "file")
    contains(result.err, ["1 bad row"], "count of skipped rows")


@case("windows never cross tickers, in one file and in several")
def _(folder):
    table = table_of(CASES / "tickers-in-one-file.csv")
    refused(folder, "tickers-in-one-file.csv", ["group-by", "Name"], "--column", "close", "--window", "10")
    stored, _ = read(folder, "tickers-in-one-file.csv", "--column", "close", "--group-by", "Name", rows=10)
    rows = [range(group.index[0] + k, group.index[0] + k + 10) for _, group in table.groupby("Name", sort=False)
            for k in range(len(group) - 9)]
    check(np.array_equal(stored["sequences"], np.array([table["close"].to_numpy()[list(at)] for at in rows])), "windows")
    equal(stored["window_start"].tolist(), [at[0] for at in rows], "window_start")
    files = [CASES / "tickers" / f"S{k}.csv" for k in range(3)]
    result = run(folder, "render", *files, "--column", "Close", "--window", "5", "-o", "hash:")
    check(result.code == 2 and "group-by" in result.err, f"several tickers: {result.report()}")
    result = run(folder, "render", *files, "--column", "Close", "--window", "5", "--group-by", "file", "--size", "32x24",
                 "--store-sequences", "-o", "files.h5").need()
    tables = [table_of(file)["Close"].to_numpy() for file in files]
    expected = np.array([values[k:k + 5] for values in tables for k in range(len(values) - 4)])
    with h5py.File(pathlib.Path(folder) / "files.h5") as file:
        check(np.array_equal(file["sequences"][()], expected), "windows of files")
        equal([name.decode() for name in file["groups"][()]], ["S0", "S1", "S2"], "groups")


@case("no row vanishes in quotes")
def _(folder):
    for name, rows in (("quote-inside-text.csv", 61), ("quote-swallows-rows.csv", 60)):
        table = table_of(CASES / name)
        equal(len(table), rows, "rows as pandas reads them")
        same(folder, name, table["x"], "--column", "x")
    lines = text_of("quote-swallows-rows.csv").splitlines()
    swallowing = pathlib.Path(folder) / "open.csv"
    for opened in ('"abc,20', '"abc, def",20,', '"a, b" c,20'):
        swallowing.write_text("\n".join([*lines[:21], opened, *lines[22:]]) + "\n")
        refused(folder, swallowing, ["line 22", "bad-rows"], "--column", "x", "--window", "10")
    swallowing.write_text("\n".join([*lines[:21], '"abc,20', *lines[22:39], 'note,"38', *lines[40:]]) + "\n")
    refused(folder, swallowing, ["line 22", "quote"], "--column", "x", "--window", "10")
    same(folder, swallowing, [k for k in range(60) if k not in (20, 38)], "--column", "x", "--bad-rows", "skip")


@case("times of rare forms, or without a header: newest rows first are put in order")
def _(folder):
    values = [100.5 + (k * 7 % 11) / 4 for k in range(40)]
    whens = pd.date_range("2024-03-25 01:00", periods=40, freq="h")
    expected = whens.astype("int64").to_numpy()
    forms = ["%Y%m%d%H%M%S", "%a %b %d %H:%M:%S %Y", "%A, %B %d, %Y %H:%M", "%Y-%m-%d-%H-%M", "%H:%M:%S %d.%m.%Y",
             "%Y-%jT%H:%M", "%Y-%m-%d %I-%p", "%s"]
    for at, form in enumerate(forms):
        texts = [str(ns // 10**9) if form == "%s" else when.strftime(form) for when, ns in zip(whens, expected)]
        for header in ("", "when\tx\n"):
            path = pathlib.Path(folder) / f"rare{at}{len(header)}.tsv"
            path.write_text(header + "".join(f"{text}\t{x}\n" for text, x in zip(texts[::-1], values[::-1])))
            stored, _ = same(folder, path, values, "--column", "1")
            times_are(stored, expected, f"{form} {header!r}")


@case("mostly-missing: the share of missing samples is reported")
def _(folder):
    table = table_of(CASES / "mostly-missing.csv")
    _, result = same(folder, "mostly-missing.csv", table["Close"], "--column", "Close")
    share = 100 * table["Close"].isna().mean()
    check("missing" in result.err and f"{share:.0f}" in result.err, f"{share:.1f} % expected in:\n{result.err}")


@case("kinds are known by content")
def _(folder):
    table = table_of(CASES / "gzip-named-csv.csv", compression="gzip")
    column = table.columns[-1]
    values = table[column]
    same(folder, "gzip-named-csv.csv", values, "--column", column)
    refused(folder, "html-named-csv.csv", ["HTML"], "--window", "10")
    refused(folder, "lfs-pointer.csv", ["Git LFS", "git lfs pull"], "--window", "10")
    table = table_of(CASES / "utf16-bom.csv", encoding="utf-16")
    same(folder, "utf16-bom.csv", table["x"], "--column", "x")


@case("holes: a virtual data set whose part is missing is an error")
def _(folder):
    refused(folder, "holes/virt.h5", ["part1.h5"], "--dataset", "x", "--window", "10")


main()
