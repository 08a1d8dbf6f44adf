"""Text files of many rows: what is read equals what pandas reads, whatever the blocks, the rows left out and the
columns beside the fields."""
import io
import json
import random

import h5py
import numpy as np

from harness import Skip, case, check, contains, equal, main, refuses, run

try:
    import pandas as pd
except ImportError:
    pd = None

JOB = ["--size", "32x24", "--store-sequences", "--force", "-o", "out.h5"]


def need_pandas():
    if pd is None:
        raise Skip("pandas: not installed")


def read(folder, *arguments):
    """The stored sequences of one image of all rows, and stderr."""
    result = run(folder, "render", *arguments, *JOB).need()
    with h5py.File(folder / "out.h5") as file:
        stored = {name: file[name][()] for name in file if isinstance(file[name], h5py.Dataset)}
        if "labels" in file:
            stored["labels"] = {name: (file["labels"][name][()], file["labels"][name].attrs.get("classes"))
                                for name in file["labels"]}
    return stored, result


def same(found, expected, what):
    expected = np.asarray(expected, dtype=np.float64)
    check(found.shape == expected.shape, f"{what}: found {found.shape}, expected {expected.shape}")
    check(np.array_equal(found, expected, equal_nan=True), f"{what}: found {found}, expected {expected}")


def big_table(rows, seed):
    """Over two blocks of text: minutes, three numbers and a note with quotes, separators and line breaks."""
    random.seed(seed)
    notes = ["", "plain", '"with, comma"', '"line\nbreak"', '"a ""quote"" b"', 'inner "quote"', "  blanks  "]
    lines = ["time,open,note,close,volume"]
    for k in range(rows):
        note = random.choice(notes)
        close = "" if k % 97 == 5 else repr(random.gauss(100, 3))
        lines.append(f"{pd.Timestamp(60 * k + 1704067200, unit='s')},{k / 8},{note},{close},{random.randrange(10**6)}")
    return "\n".join(lines) + "\n"


@case("a table of several blocks, with quotes and line breaks, as pandas reads it")
def _(folder):
    need_pandas()
    rows = 40000
    text = big_table(rows, 1)
    check(len(text) > 2 << 20, "the text fits into two blocks")
    table = pd.read_csv(io.StringIO(text), float_precision="round_trip", parse_dates=["time"])
    for end in ("\n", "\r\n"):
        (folder / "a.csv").write_bytes(text.replace("\n", end).encode())
        for column in ("open", "close", "volume"):
            stored, _ = read(folder, "a.csv", "--column", column, "--window", 4000, "--stride", 4000)
            same(stored["sequences"], table[column].to_numpy().reshape(10, 4000), column)
            equal(stored["window_start"].tolist(), list(range(0, rows, 4000)), "window_start")


@case("rows outside from and to keep their numbers")
def _(folder):
    need_pandas()
    text = big_table(30000, 2)
    (folder / "a.csv").write_text(text)
    table = pd.read_csv(io.StringIO(text), float_precision="round_trip", parse_dates=["time"])
    chosen = table[(table["time"] >= "2024-01-05") & (table["time"] < "2024-01-08")]
    stored, result = read(folder, "a.csv", "--column", "open", "--window", len(chosen), "--from", "2024-01-05",
                          "--to", "2024-01-07")
    same(stored["sequences"][0], chosen["open"], "rows of three days")
    equal(stored["window_start"].tolist(), [int(chosen.index[0])], "window_start")


@case("bad rows are refused by line, or left out and counted")
def _(folder):
    rows = [f"2024-01-{1 + k // 24:02} {k % 24:02}:00,{k}" for k in range(240)]
    bad = {17: "2024-01-01 17:00", 60: "2024-01-03 12:00,6O", 61: "time,x", 100: "2024-01-05 04:00,1,2", 150: "not a time,1",
           200: '"2024-01-09 08:00,5'}
    for at, row in bad.items():
        (folder / "a.csv").write_text("\n".join(["time,x", *rows[:at], row, *rows[at + 1:]]) + "\n")
        refuses(folder, ["render", "a.csv", "--column", "x", "--window", 10, "-o", "hash:"],
                [f"a.csv, line {at + 2}", "bad-rows skip"])
    all_rows = [bad.get(k, row) for k, row in enumerate(rows)]
    (folder / "a.csv").write_text("\n".join(["time,x", *all_rows, "Total", "* adjusted for splits, all of them"]) + "\n")
    kept = [k for k in range(240) if k not in bad]
    stored, result = read(folder, "a.csv", "--column", "x", "--window", len(kept), "--bad-rows", "skip")
    same(stored["sequences"][0], kept, "rows that are left")
    contains(result.err, ["a.csv: 8 bad rows are left out; the first one: a.csv, line 19: found 1 field, expected 2"],
             "the report")
    equal(stored["window_start"].tolist(), [0], "window_start")
    stored, _ = read(folder, "a.csv", "--column", "x", "--window", 10, "--stride", 1, "--bad-rows", "skip")
    equal(stored["window_start"].tolist(), kept[:len(kept) - 9], "bad rows count where they lie")


@case("a column of text as a field is refused, also where bad rows are skipped")
def _(folder):
    (folder / "a.csv").write_text("time,name\n" + "".join(f"2024-01-{k + 1:02},AAA\n" for k in range(20)))
    for options in ([], ["--bad-rows", "skip"]):
        refuses(folder, ["render", "a.csv", "--column", "name", "--window", 5, "-o", "hash:", *options],
                ["a.csv, line 2, column 1 (name)", "AAA", "expected a number"])


@case("options of text are refused where no input is text, and time-format where there are no times to read by it")
def _(folder):
    np.save(folder / "a.npy", np.arange(100.0))
    given = [["--header", "1"], ["--skip", "1"], ["--comment", "#"], ["--separator", ";"], ["--decimal", ","],
             ["--thousands", ","], ["--missing-values", "-9"], ["--units", "none"], ["--encoding", "UTF-16"],
             ["--bad-rows", "skip"], ["--rows", "sequences"], ["--label-column", "first"]]
    for option in given:
        refuses(folder, ["windows", "a.npy", "--window", 20, *option],
                [f"a.npy: the option {option[0][2:]} applies to text"])
    refuses(folder, ["windows", "a.npy", "--window", 20, "--time-format", "s"],
            ["a.npy: time-format: no column of times was found"])
    records = np.zeros(100, dtype=[("time", "M8[ns]"), ("close", "f8")])
    records["time"] = np.datetime64("2024-01-01") + np.arange(100) * np.timedelta64(1, "D")
    np.save(folder / "records.npy", records)
    refuses(folder, ["windows", "records.npy", "--window", 20, "--column", "close", "--time-format", "s"],
            ["time-format applies to numbers"])
    counted = np.zeros(100, dtype=[("t", "i8"), ("close", "f8")])
    counted["t"] = np.arange(100)[::-1] * 10**11
    np.save(folder / "counted.npy", counted)
    refuses(folder, ["windows", "counted.npy", "--window", 20, "--column", "close", "--time", "t", "--quiet"],
            ["the numbers of the time column go down"])
    (folder / "t.csv").write_text("time,close\n" + "".join(f"2024-01-01 00:{i:02d}:00,{i}\n" for i in range(60)))
    refuses(folder, ["windows", "t.csv", "--window", 20, "--time-format", "s"],
            ["of a form that is not that of time-format: expected another time-format"])
    (folder / "b.csv").write_text("close\n" + "".join(f"{i}\n" for i in range(100)))
    run(folder, "windows", "a.npy", "b.csv", "--window", 20, "--header", "1").need()


@case("rows that are sequences, with labels of numbers and of text")
def _(folder):
    random.seed(3)
    values = np.array([[random.gauss(0, 1) for _ in range(24)] for _ in range(50)])
    classes = [random.choice(["b", "a", "Z", "ä"]) for _ in range(50)]
    numbers = [random.randrange(1, 5) for _ in range(50)]

    def write(name, label, first, separator=","):
        rows = [[repr(v) for v in row] for row in values.tolist()]
        rows = [[str(c), *row] if first else [*row, str(c)] for c, row in zip(label, rows)]
        (folder / name).write_text("".join(separator.join(row) + "\n" for row in rows))

    write("first.tsv", numbers, True, "\t")
    write("last.csv", classes, False)
    for name, where in (("first.tsv", "first"), ("last.csv", "last"), ("first.tsv", "0"), ("last.csv", "24")):
        stored, _ = read(folder, name, "--rows", "sequences", "--label-column", where)
        same(stored["sequences"], values, name)
        equal(stored["window_start"].tolist(), list(range(50)), f"{name}: window_start")
        table = run(folder, "windows", name, "--rows", "sequences", "--label-column", where).need().out.splitlines()
        labels = numbers if name == "first.tsv" else classes
        equal(table, ["start,label", *(f"{k},{label}" for k, label in enumerate(labels))], f"{name}: labels")
    refuses(folder, ["render", "first.tsv", "--window", 5, "-o", "hash:"],
            ["25 columns of numbers without names", "column", "rows sequences", "label-column"])
    refuses(folder, ["render", "first.tsv", "--rows", "sequences", "--window", 5, "--column", 1, "-o", "hash:"], ["column"])
    refuses(folder, ["render", "last.csv", "--rows", "sequences", "-o", "hash:"], ["last.csv, line 1, column 24"])


@case("the day or the month first: a row behind the first MiB decides, or the option time-format")
def _(folder):
    for day, month in (("%d/%m/%Y %H:%M:%S", "25/01/2024"), ("%m/%d/%Y %H:%M:%S", "01/25/2024")):
        times = [np.datetime64("2024-01-02T00:00:00") + np.timedelta64(10 * k, "s") for k in range(60000)]
        texts = [time.astype(object).strftime(day) for time in times]
        rows = [f"{text},{k}" for k, text in enumerate(texts)]
        (folder / "open.csv").write_text("time,x\n" + "\n".join(rows) + "\n")
        refuses(folder, ["render", "open.csv", "--column", "x", "--window", 10, "-o", "hash:"], ["time-format", "%d/%m/%Y"])
        (folder / "a.csv").write_text("time,x\n" + "\n".join([*rows, f"{month} 00:00:00,-1"]) + "\n")
        check((folder / "a.csv").stat().st_size > 1 << 20, "the last row lies behind the first MiB")
        for options in ([], ["--time-format", day]):
            stored, _ = read(folder, "a.csv", "--column", "x", "--window", 8640, "--from", "2024-01-03", "--to", "2024-01-03",
                             *options)
            same(stored["sequences"], [range(8640, 2 * 8640)], f"{day}: the rows of a day")


@case("how each input was read is one line, and one for many that are alike")
def _(folder):
    names = [f"{k}.csv" for k in range(6)]
    for k, name in enumerate(names):
        separator = ";" if k == 5 else ","
        rows = [f"2024-01-{6 * k + i // 4 + 1:02} {i % 4:02}:00{separator}{i}" for i in range(4)]
        (folder / name).write_text(f"time{separator}x\n" + "\n".join(rows) + "\n")
    result = run(folder, "render", *names, "--column", "x", "--window", 24, "-o", "hash:", "--json").need()
    read_lines = [line for line in result.err.splitlines() if "; column 1 (x); " in line]
    equal([line.split(": ")[0] for line in read_lines], ["0.csv to 4.csv (5 inputs)", "5.csv"], result.err)
    check(read_lines[0].endswith("; 20 rows") and "semicolons" in read_lines[1], result.err)
    check("separator" in json.dumps(json.loads(result.out)), f"no dialect in the summary: {result.out}")


WAVE = [round(12.5 * np.sin(i / 5 + 4), 2) for i in range(60)]


def write_rows(folder, header, row):
    lines = [header] if header else []
    (folder / "a.csv").write_text("\n".join(lines + [row(value, i) for i, value in enumerate(WAVE)]) + "\n")


@case("a unit behind each number, minus signs behind numbers and U+2212")
def _(folder):
    behind = lambda value: f"{abs(value)}{'-' if value < 0 else ''}"
    for words, row in (("units behind numbers (mV)", lambda v, i: f"{v} mV,{i}"),
                       ("units behind numbers (\u00b0C, rpm)", lambda v, i: f"{v}\u00b0C,{i} rpm"),
                       ("units behind numbers (mV)", lambda v, i: f"{v if v else 0}{' mV' if v else ''},{i}"),
                       ("minus signs behind numbers", lambda v, i: f"{behind(v)},{i}"),
                       ("2 columns", lambda v, i: f"{v},{i}".replace("-", "\u2212"))):
        for header, column in (("volt,n", "volt"), (None, "0")):  # the first row of data is no header
            write_rows(folder, header, row)
            stored, result = read(folder, "a.csv", "--column", column, "--window", len(WAVE))
            same(stored["sequences"], [WAVE], f"{words}, {header}")
            contains(result.err, [words, "1 header line" if header else "no header"], words)
    write_rows(folder, "1 h,24 h", lambda v, i: f"{v},{i}")
    stored, _ = read(folder, "a.csv", "--column", "1 h", "--window", len(WAVE))
    same(stored["sequences"], [WAVE], "names that look like numbers with units")


@case("a blank before the unit of the only column separates nothing")
def _(folder):
    for words, row in (("units behind numbers (mV)", lambda v: f"{v} mV"), ("percentages", lambda v: f"{v} %"),
                       ("units behind numbers (mV)", lambda v: f"{v} mV" if v else "0"), ("money ($)", lambda v: f"$ {v}"),
                       ("units behind numbers (mV), decimal", lambda v: f"{v} mV".replace(".", ","))):
        for header, column in (("volt", "volt"), (None, "0")):
            write_rows(folder, header, lambda v, i: row(v))
            decimal = ["--decimal", ","] if "decimal" in words else []
            stored, result = read(folder, "a.csv", "--column", column, "--window", len(WAVE), *decimal)
            same(stored["sequences"], [WAVE], f"{words}, {header}")
            contains(result.err, [words.split(",")[0], "1 header line" if header else "no header", "1 column"], words)
    two = ["separated by blanks", "2 columns"]
    for header, row, options in (("volt unit", lambda v, i: f"{v} mV", []),  # two names
                                 (None, lambda v, i: f"{v} {'NVA'[i % 3]}", []),  # beats of an ECG, not newton and volt
                                 (None, lambda v, i: f"{v} mV", ["--separator", "space"]),
                                 (None, lambda v, i: f"{v} mV", ["--columns", "volt,unit"]),
                                 (None, lambda v, i: f"{v} 1{i:02}", ["--column", "0"])):
        write_rows(folder, header, row)
        stored, result = read(folder, "a.csv", "--window", len(WAVE), *options)
        same(stored["sequences"], [WAVE], f"{header} {options}")
        contains(result.err, two, f"{header} {options}")
    job = ["render", "a.csv", "--window", 10, "-o", "hash:"]
    for header in "volt", None:
        write_rows(folder, header, lambda v, i: f"{abs(v)} {'K' if i else 'M'}")
        refuses(folder, job, [f"a.csv, line {1 + bool(header)}: \"{abs(WAVE[0])} M\" may be one number", "separator: ,",
                              "separator: space"])
        write_rows(folder, header, lambda v, i: f"{v} mV".replace(".", ","))
        refuses(folder, job, ["mV\" may be one number with a decimal comma, or two numbers"])
    write_rows(folder, "volt", lambda v, i: f"{v} {'mV' if i < 40 else 'V'}")
    refuses(folder, job, ["a.csv, line 2, column 0 (volt)", "expected a number"])


@case("units that differ in a column, and minus signs on both sides, are refused with the line")
def _(folder):
    job = ["render", "a.csv", "--column", "volt", "--window", 10, "-o", "hash:"]
    for row, line in ((lambda v, i: f"{v} {'mV' if i < 40 else 'V'},{i}", 2),
                      (lambda v, i: f"{v}{' mV' if i < 50 else ''},{i}", 52),
                      (lambda v, i: f"{v if i != 57 else '3-'},{i}", 59)):
        write_rows(folder, "volt,n", row)
        refuses(folder, job, [f"a.csv, line {line}, column 0 (volt)", "expected a number"])


@case("TOA5 files of loggers: one line and three header lines")
def _(folder):
    head = ('"TOA5","S1","CR1000","123","CR1000.Std.27","CPU:p.CR1","1","TenMin"\n"TIMESTAMP","RECORD","Air","RH"\n'
            '"TS","RN","Deg C","%"\n"","","Avg","Smp"\n')
    (folder / "a.dat").write_text(head + "".join(f'"2024-01-01 {i // 6:02}:{i % 6}0:00",{i},{value},"NAN"\n'
                                                 for i, value in enumerate(WAVE)))
    for options in [], ["--skip", 1, "--header", 3]:
        stored, result = read(folder, "a.dat", "--column", "Air", "--window", len(WAVE), *options)
        same(stored["sequences"], [WAVE], f"TOA5 {options}")
        contains(result.err, ["1 line before the table, 3 header lines, 4 columns"], "the line on the input")
        equal("TOA5" in result.err, not options, result.err)


@case("a line of too many fields is refused before it is read to its end")
def _(folder):
    for separator in ",", " ":
        (folder / "a.csv").write_text(separator.join(["0.5"] * 3_000_000) + "\n")
        refuses(folder, ["render", "a.csv", "-o", "hash:"], ["a.csv, line 1: found more than 1048576 fields", ".npy"])
    (folder / "a.csv").write_text("a,b\n" + "1,2\n" * 300_000 + "1," * 1_100_000 + "1\n" + "3,4\n")
    job = ["render", "a.csv", "--column", "b", "--window", 300_001, "-o", "hash:"]
    refuses(folder, job, ["a.csv, line 300002: found 1048576 fields", "expected 2"])
    contains(run(folder, *job, "--bad-rows", "skip").need().err, ["1 bad row is left out", "Processed 1/1"], "left out")


main()
