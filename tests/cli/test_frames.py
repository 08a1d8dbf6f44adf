"""Samples of several fields: every form of input gives the same images; what a chart lacks, or cannot show, is refused."""
import zipfile

import h5py
import numpy as np

from harness import case, check, contains, equal, hash_of, main, need_yaml, refuses, render

ROWS, WINDOW = 150, 30
NAMES = ["open", "high", "low", "close", "volume"]
JOB = ["--chart", "candles", "--size", "120x80", "--quiet"]
CUT = ["--window", WINDOW, "--stride", 7]


def prices(seed=3, rows=ROWS):
    """(rows, 5), with some missing values."""
    random = np.random.default_rng(seed)
    close = 100 + random.standard_normal(rows).cumsum().round(2)
    open_ = (close + random.standard_normal(rows).round(2)).round(2)
    high = np.maximum(open_, close) + random.integers(0, 90, rows) / 100
    low = np.minimum(open_, close) - random.integers(0, 90, rows) / 100
    values = np.stack([open_, high.round(2), low.round(2), close, random.integers(1, 500, rows)], axis=1)
    values[random.random(values.shape) < 0.02] = np.nan
    return values


VALUES = prices()


def text(value):
    return "" if np.isnan(value) else repr(float(value))


def table(values, names=NAMES, order=None, further=False):
    """As CSV. `order`: numbers of the columns; `further`: a column of text and one of times as well."""
    order = list(order or range(len(names)))
    lines = [[names[k] for k in order]] if names[0] else []
    if further:
        lines[0] = ["date", *lines[0], "note"]
    for i, row in enumerate(values):
        cells = [text(row[k]) for k in order]
        lines.append([f"2024-{1 + i // 28:02}-{1 + i % 28:02}", *cells, "x"] if further else cells)
    return "".join(",".join(line) + "\n" for line in lines)


def klines(values):
    start = 1704067200000
    return "".join(f"{start + 60000 * i},{','.join(text(v) for v in row)},{start + 60000 * i + 59999},1.5,7,1,2,0\n"
                   for i, row in enumerate(values))


def expected(folder):
    (folder / "plain.csv").write_text(table(VALUES))
    return hash_of(folder, "plain.csv", *JOB, *CUT)


@case("CSV: names in any letter case, columns in any order, without a header, tabs, kline dumps in a zip")
def _(folder):
    wanted = expected(folder)
    (folder / "upper.csv").write_text(table(VALUES, [name.upper() for name in NAMES]))
    (folder / "order.csv").write_text(table(VALUES, order=[4, 2, 0, 3, 1], further=True))
    (folder / "none.csv").write_text(table(VALUES, [""] * 5))
    (folder / "tabs.tsv").write_text(table(VALUES).replace(",", "\t"))
    (folder / "klines.csv").write_text(klines(VALUES))
    with zipfile.ZipFile(folder / "klines.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("klines.csv", klines(VALUES))
    (folder / "other.csv").write_text(table(VALUES, ["o", "h", "l", "Adj Close", "v"]))
    for arguments in (["upper.csv"], ["order.csv"], ["none.csv", "--columns", ",".join(NAMES)],
                      ["none.csv", "--columns", "volume=4,open=0,high=1,low=2,close=3"], ["tabs.tsv"], ["klines.csv"],
                      ["klines.zip"], ["other.csv", "--columns", "open=o,high=h,low=2,close=Adj Close,volume=v"]):
        equal(hash_of(folder, *arguments, *JOB, *CUT), wanted, f"hash of {arguments}")


@case("job files name columns as a text or as a list")
def _(folder):
    need_yaml()
    wanted = expected(folder)
    (folder / "none.csv").write_text(table(VALUES, [""] * 5))
    for columns in (",".join(NAMES), "[open, high, low, close, volume]", "[volume=4, open=0, high=1, low=2, close=3]"):
        (folder / "job.yaml").write_text(f"input: none.csv\ncolumns: {columns}\n")
        equal(hash_of(folder, "--config", "job.yaml", *JOB, *CUT), wanted, f"hash of columns: {columns}")


@case("arrays: NPY and HDF5 in every order of axes, structured arrays")
def _(folder):
    wanted = expected(folder)
    columns = ["--columns", ",".join(NAMES)]
    records = np.zeros(ROWS, [("note", "U3"), *((name.title(), ">f8") for name in reversed(NAMES))])
    for k, name in enumerate(NAMES):
        records[name.title()] = VALUES[:, k]
    np.save(folder / "tf.npy", VALUES)
    np.save(folder / "fortran.npy", np.asfortranarray(VALUES))
    np.save(folder / "ft.npy", VALUES.T)
    np.save(folder / "records.npy", records)
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset("tf", data=VALUES, chunks=(40, 2), compression="gzip")
        file["deep/ft"] = VALUES.T
        file["records"] = np.array(records[list(reversed(records.dtype.names[1:]))])
    for arguments in (["tf.npy", "--axes", "TF", *columns], ["fortran.npy", "--axes", "TF", *columns],
                      ["ft.npy", "--axes", "FT", *columns], ["records.npy"],
                      ["a.h5", "--dataset", "tf", "--axes", "TF", *columns],
                      ["a.h5", "--dataset", "deep/ft", "--axes", "FT", *columns], ["a.h5", "--dataset", "records"]):
        equal(hash_of(folder, *arguments, *JOB, *CUT), wanted, f"hash of {arguments}")


@case("ready sequences of rows are the windows of the series, without what depends on rows before them")
def _(folder):
    chart = ["--chart", "{size: [120, 80], layers: [{mark: candle, body: 3, wick: 1}]}", "--quiet"]
    columns = ["--columns", ",".join(NAMES)]
    (folder / "a.csv").write_text(table(VALUES))
    wanted = hash_of(folder, "a.csv", *chart, "--window", WINDOW, "--stride", WINDOW)
    sequences = VALUES.reshape(-1, WINDOW, 5)
    np.save(folder / "ntf.npy", sequences)
    np.save(folder / "nft.npy", sequences.transpose(0, 2, 1))
    with h5py.File(folder / "a.h5", "w") as file:
        file["ntf"] = sequences
        file["tnf"] = sequences.transpose(1, 0, 2)
    result = render(folder, "ntf.npy", *columns, *chart[:2], "-o", "null:")
    contains(result.err, ["ntf.npy: an array of 5 x 30 x 5 is read as axes NTF: 5 sequences of 30 samples with 5 fields"],
             "what was assumed")
    for arguments in (["ntf.npy"], ["ntf.npy", "--axes", "NTF", "--window", WINDOW], ["nft.npy", "--axes", "NFT"],
                      ["a.h5", "--dataset", "ntf"], ["a.h5", "--dataset", "tnf", "--axes", "TNF"]):
        equal(hash_of(folder, *arguments, *columns, *chart), wanted, f"hash of {arguments}")


def average(values, rows):
    sums = np.array([sum(values[i + 1 - rows:i + 1].tolist()) if i + 1 >= rows else np.nan for i in range(len(values))])
    return sums / rows


def exponential(values, rows):
    alpha, found, last = 2 / (rows + 1), [], np.nan
    for value in values.tolist():
        if not np.isnan(value):
            last = value if np.isnan(last) else alpha * value + (1 - alpha) * last
        found.append(np.nan if np.isnan(value) else last)
    return np.array(found)


@case("derived fields are those of a column that was computed before")
def _(folder):
    close, volume = VALUES[:, 3], VALUES[:, 4]
    for field, column in (("ma(close,5)", average(close, 5)), ("ema(close,4)", exponential(close, 4)),
                          ("ma((high+low)/2,3)", average((VALUES[:, 1] + VALUES[:, 2]) / 2, 3)),
                          ("close*volume-2", close * volume - 2)):
        (folder / "a.csv").write_text(table(np.column_stack([VALUES, column]), [*NAMES, "derived"]))
        line = "{{size: [120, 80], layers: [{{mark: line, y: '{}', width: 2}}]}}"
        hashes = [hash_of(folder, "a.csv", "--chart", line.format(name), "--quiet", *CUT) for name in ("derived", field)]
        equal(hashes[1], hashes[0], f"hash of {field}")


@case("derived fields of ready sequences begin anew in each")
def _(folder):
    chart = ["--chart", "{size: [60, 40], layers: [{mark: line, y: 'ma(close,3)'}]}", "--quiet"]
    np.save(folder / "all.npy", VALUES[:, 3].reshape(-1, WINDOW))
    np.save(folder / "one.npy", VALUES[WINDOW:2 * WINDOW, 3].reshape(1, WINDOW))
    column = ["--columns", "close"]
    render(folder, "all.npy", *column, *chart, "-o", "all_out.npy")
    render(folder, "one.npy", *column, *chart, "-o", "one_out.npy")
    equal(np.load(folder / "all_out.npy")[1].tolist(), np.load(folder / "one_out.npy")[0].tolist(), "the second image")


@case("/sequences holds the rows of the chart's fields, and their names")
def _(folder):
    (folder / "a.csv").write_text(table(VALUES))
    chart = "{size: [64, 64], layers: [{mark: line, y: 'ma(close,2)'}, {mark: line, y: high, width: 1}]}"
    for options in ([], ["--batch", 3, "--images-per-file", 5]):
        render(folder, "a.csv", "--chart", chart, "--quiet", *CUT, *options, "--store-sequences", "-o", "a.h5", "--force")
        with h5py.File(folder / "a.h5") as file:
            sequences = file["sequences"]
            equal(list(sequences.attrs["fields"]), ["ma(close,2)", "high"], "the fields")
            starts = file["window_start"][:]
            rows = np.column_stack([average(VALUES[:, 3], 2), VALUES[:, 1]])
            for start, found in zip(starts, sequences[:]):
                check(np.array_equal(found, rows[start:start + WINDOW], equal_nan=True), f"the rows from {start} on")
    # They are an input again, with their names.
    line = ["--chart", "{size: [64, 64], layers: [{mark: line, y: High, width: 1}]}", "--quiet"]
    np.save(folder / "high.npy", np.stack([VALUES[start:start + WINDOW, 1] for start in starts]))
    equal(hash_of(folder, "a.h5", "--dataset", "sequences", *line), hash_of(folder, "high.npy", "--columns", "high", *line),
          "hash of the sequences")


LINE = "m.csv, line 12: "
BAD = [
    ("a high below the low", "candles", 10, [(1, 5.0), (2, 9.0)],
     [LINE + "high of sample 10 is 5, low is 9: expected the high to be at least the low", "correct or empty"]),
    ("a negative volume", "candles", 10, [(4, -7.0)],
     [LINE + "volume of sample 10 is -7: expected 0 or more for a column", "abs: true"]),
    ("a missing close under missing: error", "{layers: [{mark: line, y: close, missing: error}, {mark: line, y: high}]}",
     10, [(3, np.nan)], [LINE + "close of sample 10 is missing: expected a number (missing is error)"]),
]
for name, chart, row, changes, words in BAD:
    @case(f"refused: {name}")
    def _(folder, chart=chart, row=row, changes=changes, words=words):
        values = np.nan_to_num(VALUES, nan=300.0)
        values[:, 1], values[:, 2] = values.max(axis=1) + 1, 0
        for column, value in changes:
            values[row, column] = value
        (folder / "m.csv").write_text(table(values))
        for batch in (1, 4):
            refuses(folder, ["render", "m.csv", "--chart", chart, "--size", "120x80", "--quiet", *CUT, "--stride", 1,
                             "--batch", batch, "-o", "out.h5"], words)


def refused(folder, arguments, words):
    refuses(folder, ["render", *arguments, *JOB, *CUT, "-o", "out.h5"], words)


@case("refused: fields that are missing or text, in one line")
def _(folder):
    (folder / "a.csv").write_text(table(VALUES[:, :4], NAMES[:4]))
    refused(folder, ["a.csv"], ["a.csv: the chart needs the field volume; found the columns 0 (open), 1 (high), 2 (low), "
                                "3 (close)", "volume=NUMBER"])
    (folder / "b.csv").write_text("open,high,low,close,volume\n1,2,0.5,1,5\n1,2,0.5,oops,5\n" + "1,2,0,1,5\n" * 40)
    refused(folder, ["b.csv"], ['b.csv, line 3, column 3 (close): found "oops", expected a number'])
    (folder / "c.csv").write_text(table(VALUES, [""] * 5))
    refused(folder, ["c.csv"], ["c.csv: the chart needs the fields open, high, low, close", "the columns have no names",
                                "the option columns with 5 names"])
    np.save(folder / "d.npy", VALUES)
    np.save(folder / "e.npy", np.ones((150, 40)))
    refused(folder, ["d.npy", "--axes", "TF"], ["d.npy: the chart needs the fields", "no names", "5 names"])
    refused(folder, ["e.npy", "--columns", ",".join(NAMES)],
            ["e.npy: with a window, an array of 150 x 40 may be one series of 150 samples with 40 fields (axes TF), or "
             "150 sequences of 40 samples (axes NT): set the option axes"])
    refused(folder, ["a.csv", "--column", "close", "--columns", "open,high,low,close,volume=0"],
            ["a.csv: columns: column 0 (open) is listed twice"])
    (folder / "plain.csv").write_text(table(VALUES))
    refused(folder, ["plain.csv", "--column", "close"],
            ["plain.csv: column: does not apply to this chart, which names its fields"])


@case("columns and axes are part of the input: an output with others is refused")
def _(folder):
    np.save(folder / "a.npy", VALUES)
    job = ["a.npy", *JOB, *CUT, "--skip-existing", "-o", "a.h5", "--axes", "TF", "--columns", ",".join(NAMES)]
    render(folder, *job)
    render(folder, *job)
    other = [*job[:-1], "high,open,low,close,volume"]
    refuses(folder, ["render", *other], ["a.h5: was made with columns open,high,low,close,volume, this job has high,open"])
    with h5py.File(folder / "a.h5") as file:
        contains(file["images"].attrs["input"], ['"columns": "open,high,low,close,volume"', '"axes": "TF"'], "the input")


@case("12 columns that are no klines have no names; leads of an ECG are numbered")
def _(folder):
    leads = np.random.default_rng(1).standard_normal((200, 12)).round(4)
    np.savetxt(folder / "leads.csv", leads, delimiter=",", fmt="%.4f")
    refused(folder, ["leads.csv"], ["leads.csv: the chart needs the fields open", "the columns have no names"])
    line = ["--size", "60x40", "--quiet", "--window", 50]
    np.save(folder / "lead.npy", leads[:, 7])
    equal(hash_of(folder, "leads.csv", "--column", 7, *line), hash_of(folder, "lead.npy", *line), "hash of lead 7")


@case("(T, 1) is a series; of (T, 2) and of records a field is chosen")
def _(folder):
    line = ["--size", "60x40", "--quiet", "--window", 50]
    close = VALUES[:, 3]
    np.save(folder / "t.npy", close)
    wanted = hash_of(folder, "t.npy", *line)
    np.save(folder / "t1.npy", close[:, None])
    np.save(folder / "t2.npy", np.column_stack([np.arange(ROWS), close]))
    records = np.zeros(ROWS, [("t", "<i8"), ("close", "<f8")])
    records["close"] = close
    np.save(folder / "records.npy", records)
    for arguments in (["t1.npy"], ["t2.npy", "--axes", "TF", "--column", 1],
                      ["t2.npy", "--axes", "TF", "--columns", "t,close", "--column", "Close"],
                      ["records.npy", "--column", "close"], ["records.npy", "--columns", "close"]):
        equal(hash_of(folder, *arguments, *line), wanted, f"hash of {arguments}")


main()
