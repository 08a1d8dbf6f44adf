"""The same samples in every file format give the same images; problems between files are reported."""
import gzip
import zipfile

import h5py
import numpy as np

from harness import DATA, case, check, contains, equal, hash_of, main, refuses, render, run

JOB = ["--window", 30, "--size", "60x40"]
WHOLE = np.random.default_rng(8).integers(-900, 900, 90)  # every format holds them exactly
REAL = np.random.default_rng(8).standard_normal(90).cumsum() * 25 + 3e4
EXPECTED = {}


def expected(folder, values, name):
    if name not in EXPECTED:
        np.save(folder / "expected.npy", np.asarray(values, dtype=np.float64))
        EXPECTED[name] = hash_of(folder, "expected.npy", *JOB)
    return EXPECTED[name]


def same(folder, path, *options, values=REAL, name="real"):
    equal(hash_of(folder, path, *JOB, *options), expected(folder, values, name), f"hash of {path}")


def table(values, header="value", separator=",", end="\n"):
    rows = [f"{i}{separator}{value!r}" for i, value in enumerate(np.asarray(values).tolist())]
    return end.join([*([f"row{separator}{header}"] if header else []), *rows, ""])


KLINES = ["open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "trades",
          "taker_buy_base", "taker_buy_quote", "ignore"]


def klines(values, column, header):
    rows = [KLINES] if header else []
    for i, value in enumerate(values.tolist()):
        time = 1704067200000 + 60000 * i
        row = [str(time), "0", "1e9", "-1e9", "0", "1", str(time + 59999), *["1"] * 5]
        row[KLINES.index(column)] = repr(value)
        rows.append(row)
    return "".join(",".join(row) + "\n" for row in rows)


@case("CSV: by name, by number, with and without a header")
def _(folder):
    (folder / "a.csv").write_text(table(REAL))
    same(folder, "a.csv", "--column", "value")
    same(folder, "a.csv", "--column", "VALUE")
    same(folder, "a.csv", "--column", 1)
    (folder / "b.csv").write_text(table(REAL, header=None))
    same(folder, "b.csv", "--column", 1)
    (folder / "c.csv").write_text("".join(f"{value!r}\n" for value in REAL.tolist()))
    same(folder, "c.csv")
    (folder / "d.csv").write_text(table(REAL, header="0"))  # a name goes before a number
    same(folder, "d.csv", "--column", "0", "--header", 1)


@case("CSV: separators, quotes, BOM, CRLF, old Mac line ends, no last line end, empty lines")
def _(folder):
    texts = {
        "tab.tsv": table(REAL, separator="\t"), "semicolon.csv": table(REAL, separator=";"),
        "bom.csv": "\ufeff" + table(REAL, header=None), "crlf.csv": table(REAL, end="\r\n"),
        "last.csv": table(REAL).rstrip("\n"), "lines.csv": table(REAL, end="\n\n"),
        "both.csv": "\ufeff" + table(REAL, end="\r\n"),
        "quotes.csv": "".join('"%s","%s"\n' % tuple(line.split(",")) for line in table(REAL).splitlines()),
        "spaces.csv": table(REAL, separator=" , "),
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
        same(folder, name, "--column", 1)


@case("CSV: empty, nan, NA, null and infinite fields are missing")
def _(folder):
    values = REAL.copy()
    values[[4, 5, 33, 50, 51, 52, 70]] = np.nan
    for mark in ("", "nan", "NaN", "NA", "null", "NULL", "inf", "-inf"):
        (folder / "a.csv").write_text(table(values).replace("nan", mark))
        same(folder, "a.csv", "--column", "value", values=values, name="gaps")


@case("tables inside gzip and zip; a zip may hold other files as well")
def _(folder):
    text = table(REAL).encode()
    (folder / "a.csv.gz").write_bytes(gzip.compress(text))
    (folder / "a.tsv.gz").write_bytes(gzip.compress(table(REAL, separator="\t").encode()))
    (folder / "two.csv.gz").write_bytes(gzip.compress(text[:500]) + gzip.compress(text[500:]))
    for method, name in ((zipfile.ZIP_DEFLATED, "a.zip"), (zipfile.ZIP_STORED, "stored.zip")):
        with zipfile.ZipFile(folder / name, "w", method) as archive:
            archive.writestr("readme.txt", "no table")
            archive.writestr("inner/prices.csv", text)
    for name in ("a.csv.gz", "a.tsv.gz", "two.csv.gz", "a.zip", "stored.zip"):
        same(folder, name, "--column", "value")


@case("kline files: twelve columns with known names, with and without a header, zipped or not")
def _(folder):
    for column in ("open", "close", "volume", "taker_buy_quote"):
        for header in (False, True):
            values, name = (np.abs(REAL), "positive") if column in ("volume", "taker_buy_quote") else (REAL, "real")
            text = klines(values, column, header)
            (folder / "k.csv").write_text(text)
            same(folder, "k.csv", "--column", column, values=values, name=name)
            same(folder, "k.csv", "--column", KLINES.index(column), values=values, name=name)
            with zipfile.ZipFile(folder / "k.zip", "w") as archive:
                archive.writestr("k.csv", text)
            same(folder, "k.zip", "--column", column, values=values, name=name)


@case("NPY: every type, both byte orders, both storage orders, all versions")
def _(folder):
    for dtype in ("<f8", ">f8"):
        np.save(folder / "a.npy", REAL.astype(dtype))
        same(folder, "a.npy")
    for dtype in ("<f4", ">f4", "<f2", ">f2", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8"):
        np.save(folder / "a.npy", WHOLE.astype(dtype))
        same(folder, "a.npy", values=WHOLE, name="whole")
    for dtype in ("i1", "u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8"):
        small = np.abs(WHOLE) % 120
        np.save(folder / "a.npy", small.astype(dtype))
        same(folder, "a.npy", values=small, name="small")
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(folder / "a.npy", "wb") as file:
            np.lib.format.write_array(file, REAL, version=version)
        same(folder, "a.npy")


@case("NPY: integers beyond 2^53 that float64 has, float32 is exact")
def _(folder):
    large = (WHOLE.astype(np.int64) * 3) * 1024 + 2 ** 62
    np.save(folder / "a.npy", large)
    same(folder, "a.npy", values=large.astype(np.float64), name="large")
    np.save(folder / "a.npy", REAL.astype(np.float32))
    same(folder, "a.npy", values=REAL.astype(np.float32).astype(np.float64), name="single")


@case("2-D NPY: C and Fortran order, big-endian, and the same rows from HDF5")
def _(folder):
    rows = REAL.reshape(6, 15)
    np.save(folder / "c.npy", rows)
    size = ["--size", "60x40"]
    first = hash_of(folder, "c.npy", *size)
    np.save(folder / "f.npy", np.asfortranarray(rows))
    np.save(folder / "b.npy", np.asfortranarray(rows.astype(">f8")))
    check(b"'fortran_order': True" in (folder / "b.npy").read_bytes(), "the test's file is in C order")
    with h5py.File(folder / "r.h5", "w") as file:
        file.create_dataset("rows", data=rows, chunks=(4, 4), compression="gzip")
    for arguments in (["f.npy"], ["b.npy"], ["r.h5", "--dataset", "rows"]):
        equal(hash_of(folder, *arguments, *size), first, f"hash of {arguments[0]}")
    check(hash_of(folder, "c.npy", *size, "--stride", 2) != first, "stride is ignored")


@case("HDF5: plain, compressed, in groups, big-endian, integers and floats")
def _(folder):
    with h5py.File(folder / "a.h5", "w") as file:
        file["plain"] = REAL
        file.create_dataset("deep/er/packed", data=REAL, chunks=(7,), compression="gzip", shuffle=True)
        file["big"] = REAL.astype(">f8")
        file["whole"] = WHOLE.astype(">i2")
        file["half"] = WHOLE.astype("<f2")
    for dataset in ("plain", "/plain", "deep/er/packed", "/deep/er/packed", "big"):
        same(folder, "a.h5", "--dataset", dataset)
    for dataset in ("whole", "half"):
        same(folder, "a.h5", "--dataset", dataset, values=WHOLE, name="whole")
    (folder / "a.h5").rename(folder / "a.hdf5")
    same(folder, "a.hdf5", "--dataset", "plain")


@case("data/: the ECG renders like the same numbers in a CSV")
def _(folder):
    ecg = np.load(DATA / "ecg.npy")
    (folder / "ecg.csv").write_text("".join(f"{value}\n" for value in ecg.tolist()))
    job = ["--window", 360, "--stride", 1000, "--size", "100x60", "--antialias"]
    equal(hash_of(folder, "ecg.csv", *job), hash_of(folder, DATA / "ecg.npy", *job), "the hash")


def minutes(start, count, step=60):
    return "time,close\n" + "".join(f"{1704067200 + step * (start + i)},{(start + i) % 17}\n" for i in range(count))


SEAMS = [  # first file, second file: start and rows of each; words of the warning, or of the refusal; or none
    ("rows that go on", (0, 40), (40, 40), 0, None),
    ("one row repeated", (0, 40), (39, 40), 0, "1 row has the time of the row before, the first in b.csv, line 2"),
    ("rows repeated", (0, 40), (30, 40), 2, "a.csv and b.csv overlap in time"),
    ("one row missing", (0, 40), (41, 40), 0, "1 gap in time, of 2 minutes before b.csv, line 2"),
    ("rows missing", (0, 40), (100, 40), 0, "1 gap in time, of 1 hour before b.csv, line 2"),
    ("files in the wrong order", (100, 40), (0, 40), 0, "1 gap in time"),
]


@case("repeated rows, missing rows and a wrong order between files are reported")
def _(folder):
    for name, first, second, code, words in SEAMS:
        (folder / "a.csv").write_text(minutes(*first))
        (folder / "b.csv").write_text(minutes(*second))
        result = run(folder, "render", "a.csv", "b.csv", "--column", "close", *JOB, "-o", "null:", "--quiet").need(code)
        equal(len(result.lines()), 1 if words else 0, f"lines of {name}:\n{result.err}\nthese")
        contains(result.err, [words] if words else [], name)


@case("files of several months and formats are one series")
def _(folder):
    (folder / "a.csv").write_text(klines(REAL[:33], "close", False))
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        archive.writestr("b.csv", klines(REAL[33:40], "close", True))
    (folder / "c.csv.gz").write_bytes(gzip.compress(klines(REAL[40:], "close", False).encode()))
    inputs = ["a.csv", "b.zip", "c.csv.gz"]
    # Each of these files starts its clock at 0.
    refuses(folder, ["render", *inputs, "--column", "close", *JOB, "-o", "hash:"], ["overlap in time", "order"])
    result = render(folder, *inputs, "--column", "close", *JOB, "--order", "file", "-o", "hash:")
    equal(result.out.strip(), expected(folder, REAL, "real"), "the hash")
    contains(result.err, inputs, "how each was read")


main()
