"""Inputs are known by their contents: compressed files, members of archives, folders, pipes, encodings. Each gives the
images of the plain file; what cannot be read is named."""
import bz2
import csv
import gzip
import io
import json
import lzma
import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import threading
import zipfile

import h5py
import numpy as np

from harness import (COMMAND, Skip, case, check, contains, environment, equal, hash_of, holds_open, launched, listing,
                     main, output_of, refuses, render, run, wait_until)

JOB = ["--window", 30, "--size", "60x40"]
VALUES = np.random.default_rng(12).standard_normal(90).cumsum() * 25 + 3e4
TEXT = "row,close\n" + "".join(f"{i},{v!r}\n" for i, v in enumerate(VALUES.tolist()))
COLUMN = ["--column", "close"]


def plain_hash(folder, text=TEXT, options=COLUMN):
    (folder / "plain.csv").write_text(text)
    return hash_of(folder, "plain.csv", *JOB, *options)


def same(folder, path, *options, plain=None, **further):
    expected = plain or plain_hash(folder)
    equal(hash_of(folder, path, *JOB, *(options or COLUMN), **further), expected, f"hash of {path} {options}")


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members.items():
            data = data.encode() if isinstance(data, str) else data
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def npy(values):
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


def hdf5(folder, values):
    with h5py.File(folder / "made.h5", "w") as file:
        file["x"] = values
    data = (folder / "made.h5").read_bytes()
    (folder / "made.h5").unlink()
    return data


def compressed(program, data):
    """By a program of the system; None where there is none."""
    if not shutil.which(program):
        return None
    return subprocess.run([program, "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


@case("compressed files are known by their contents, not by their names")
def _(folder):
    data = TEXT.encode()
    for kind, packed in {"gzip": gzip.compress(data), "bzip2": bz2.compress(data), "xz": lzma.compress(data),
                         "zstd": compressed("zstd", data), "lz4": compressed("lz4", data)}.items():
        for name in (f"a.csv.{kind}", "named.csv", "none") if packed else ():
            (folder / name).write_bytes(packed)
            same(folder, name)


@case("names without a known extension are text where the contents are")
def _(folder):
    for name in ("a.txt", "a.data", "a.dat", "a.asc", "a", "a.b.c", "a.gz", "a.zip", "a.npy", "a.h5"):
        (folder / name).write_text(TEXT)
        same(folder, name)
    for name in ("array.csv", "array"):
        (folder / name).write_bytes(npy(VALUES))
        same(folder, name, "--window", 30)


@case("one table in a zip or a tar, compressed or not, beside other files")
def _(folder):
    inner = {"readme.txt": "no table", "__MACOSX/data/._a.csv": b"\0\5\26\7", "data/._a.csv": b"\0\5\26\7",
             "data/a.csv": TEXT}
    for name, data in {"a.zip": zipped(inner), "a.tar": tarred(inner), "a.tar.gz": tarred(inner, "w:gz"),
                       "a.tar.xz": tarred(inner, "w:xz"), "a.tar.bz2": tarred(inner, "w:bz2"),
                       "named.csv": tarred(inner, "w:gz"), "zip.dat": zipped(inner)}.items():
        (folder / name).write_bytes(data)
        same(folder, name)


@case("compressed tables within archives")
def _(folder):
    inner = {"a.csv.gz": gzip.compress(TEXT.encode())}
    for name, data in {"a.zip": zipped(inner), "a.tar": tarred(inner), "a.tar.gz": tarred(inner, "w:gz")}.items():
        (folder / name).write_bytes(data)
        same(folder, name)


@case("several tables: one by the option member, or refused")
def _(folder):
    inner = {"x/one.csv": TEXT.replace("3", "4"), "x/two.csv": TEXT}
    for name, data in {"a.zip": zipped(inner), "a.tar": tarred(inner), "a.tgz": tarred(inner, "w:gz")}.items():
        (folder / name).write_bytes(data)
        refuses(folder, ["render", name, *JOB, *COLUMN, "-o", "o.npy"],
                [f"{name}: holds 2 tables", "x/one.csv, x/two.csv", "the option member", "group-by file"])
        same(folder, name, *COLUMN, "--member", "x/two.csv")
        same(folder, name, *COLUMN, "--member", "two.csv")
        refuses(folder, ["render", name, *JOB, *COLUMN, "--member", "three.csv", "-o", "o.npy"],
                [name, "member three.csv: there is none", "x/one.csv, x/two.csv"])
    (folder / "b.zip").write_bytes(zipped({"x/a.csv": TEXT, "y/a.csv": TEXT}))
    refuses(folder, ["render", "b.zip", *JOB, *COLUMN, "--member", "a.csv", "-o", "o.npy"], ["x/a.csv, y/a.csv"])
    same(folder, "b.zip", *COLUMN, "--member", "y/a.csv")
    refuses(folder, ["render", "plain.csv", *JOB, *COLUMN, "--member", "a.csv", "-o", "o.npy"],
            ["plain.csv: the option member applies to archives"])


@case("names of members in UTF-8 are read in every locale")
def _(folder):
    inner = {"Kurse-für-März.csv": TEXT, "цены.csv": TEXT.replace("3", "4")}
    for name, data in {"a.zip": zipped(inner), "a.tar": tarred(inner)}.items():
        (folder / name).write_bytes(data)
        for locale in ("C", "C.UTF-8", "POSIX"):
            same(folder, name, *COLUMN, "--member", "Kurse-für-März.csv", env={"LC_ALL": locale})
            refuses(folder, ["render", name, *JOB, *COLUMN, "-o", "o.npy"], ["Kurse-für-März.csv", "цены.csv"],
                    env={"LC_ALL": locale})


@case("arrays that are compressed, or members of archives")
def _(folder):
    array, stored = npy(VALUES), hdf5(folder, VALUES)
    (folder / "a.npy.gz").write_bytes(gzip.compress(array))
    same(folder, "a.npy.gz", "--window", 30)
    (folder / "a.h5.xz").write_bytes(lzma.compress(stored))
    same(folder, "a.h5.xz", "--dataset", "x")
    refuses(folder, ["render", "a.h5.xz", *JOB, "--dataset", "y", "-o", "o.npy"], ['a.h5.xz: no data set "y"'])
    (folder / "a.zip").write_bytes(zipped({"a.npy": array}))
    same(folder, "a.zip", "--window", 30)
    (folder / "b.tar.gz").write_bytes(tarred({"a.h5": stored}, "w:gz"))
    same(folder, "b.tar.gz", "--dataset", "x")
    np.savez(folder / "one.npz", VALUES)
    same(folder, "one.npz", "--window", 30)
    np.savez_compressed(folder / "two.npz", other=VALUES * 2 + 1, close=VALUES)
    same(folder, "two.npz", "--member", "close")
    same(folder, "two.npz", "--member", "close.npy")
    refuses(folder, ["render", "two.npz", *JOB, "-o", "o.npy"], ["two.npz: holds 2", "other.npy, close.npy", "member"])


def grouped(folder, *inputs):
    """The groups and the hash of a job with a group for each file."""
    table = run(folder, "windows", *inputs, *JOB[:2], *COLUMN, "--group-by", "file").need().out
    rows = list(csv.DictReader(io.StringIO(table)))
    return [row["group"] for row in rows], hash_of(folder, *inputs, *JOB, *COLUMN, "--group-by", "file")


@case("group-by file: folders, and archives of many members, in the order of their names")
def _(folder):
    names = ["BRK.B", "A", "ZED", "MID", "a.us"]  # as stored: not in order
    tables = {f"{name}.csv": TEXT.replace("3", str(i)) for i, name in enumerate(names)}
    (folder / "t").mkdir()
    (folder / "t" / ".hidden").write_text("x")
    (folder / "t" / "inner").mkdir()
    for name, text in tables.items():
        (folder / "t" / name).write_text(text)
    expected, images = grouped(folder, *[f"t/{name}" for name in sorted(tables)])
    equal(sorted(set(expected)), sorted(names), "the groups")
    inner = {"d/" + name: text for name, text in tables.items()}
    for name, data in {"a.zip": zipped(inner), "a.tar": tarred(inner), "a.tar.gz": tarred(inner, "w:gz"),
                       "packed.zip": zipped({n + ".gz": gzip.compress(t.encode()) for n, t in inner.items()})}.items():
        (folder / name).write_bytes(data)
        found, pixels = grouped(folder, name)
        equal(found, expected, f"groups of {name}")
        equal(pixels, images, f"hash of {name}")
    found, pixels = grouped(folder, "t")
    equal(found, expected, "groups of the folder")
    equal(pixels, images, "hash of the folder")
    refuses(folder, ["render", "t", *JOB, *COLUMN, "-o", "o.npy"], ["t: the folder holds 5", "group-by"])


@case("a folder with one table, none, or what is no table")
def _(folder):
    expected = plain_hash(folder)
    (folder / "one").mkdir()
    refuses(folder, ["render", "one", *JOB, *COLUMN, "-o", "o.npy"], ["one: ", "holds no file"])
    (folder / "one" / "a.csv").write_text(TEXT)
    (folder / "one" / "README.md").write_text("# what this is")
    (folder / "one" / "licence.txt").write_text("free")
    same(folder, "one", plain=expected)
    same(folder, "one/", plain=expected)
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    refuses(folder, ["render", "pictures", *JOB, "-o", "o.npy"], ["pictures/a.png: found a PNG image"])


@case("an archive of 3,000 members is read in a few seconds, in any order")
def _(folder):
    order = np.random.default_rng(1).permutation(3000)
    members = {f"{i:05}.csv": f"close\n{i}\n2\n{i % 7}\n" for i in order}
    (folder / "many.zip").write_bytes(zipped(members))
    (folder / "many.tgz").write_bytes(tarred(members, "w:gz"))
    for name in ("many.zip", "many.tgz"):
        out = render(folder, name, "--window", 3, "--size", "16x16", "--group-by", "file", "-o", "hash:",
                     "--json").out
        equal(json.loads(out)["images"], 3000, f"images of {name}")


def fed(folder, arguments, data):
    done = subprocess.run([str(COMMAND), *map(str, arguments)], cwd=folder, env=environment(), input=data,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    return done.returncode, done.stdout.decode().strip(), done.stderr.decode()


@case("standard input and pipes: text, compressed text, archives and arrays")
def _(folder):
    expected = plain_hash(folder)
    data = TEXT.encode()
    for given, options in [(data, COLUMN), (gzip.compress(data), COLUMN), (zipped({"a.csv": TEXT}), COLUMN),
                           (npy(VALUES), []), (hdf5(folder, VALUES), ["--dataset", "x"])]:
        code, out, err = fed(folder, ["render", "-", *JOB, *options, "-o", "hash:"], given)
        equal((code, out), (0, expected), f"standard input: {err}")
        os.mkfifo(folder / "pipe")
        writer = threading.Thread(target=(folder / "pipe").write_bytes, args=(given,))
        writer.start()
        same(folder, "pipe", *options, "--window", 30, plain=expected)
        writer.join()
        (folder / "pipe").unlink()
    with open(folder / "plain.csv", "rb") as file:
        done = subprocess.run([str(COMMAND), "render", "-", *map(str, JOB), *COLUMN, "-o", "hash:"], cwd=folder,
                              env=environment(), stdin=file, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=300)
        equal(done.stdout.decode().strip(), expected, "a file as standard input")
    script = f"'{COMMAND}' render <(cat plain.csv) {' '.join(map(str, JOB + COLUMN))} -o hash:"
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=300)
    equal(done.stdout.decode().strip(), expected, "a process substitution")
    code, _, err = fed(folder, ["render", "-", *JOB, *COLUMN, "-o", "hash:"], b"")
    check(code == 2 and "standard input: empty" in err, f"no input: {code}, {err}")


@case("an output from a pipe is found again by its contents")
def _(folder):
    arguments = ["render", "-", *JOB, *COLUMN, "-o", "o.h5", "--skip-existing"]
    for _ in range(2):
        code, _, err = fed(folder, arguments, TEXT.encode())
        equal(code, 0, err)
    code, _, err = fed(folder, arguments, TEXT.replace("3", "4").encode())
    check(code == 2 and "o.h5: was made from" in err, f"other contents: {code}, {err}")


@case("preview knows inputs by their contents, and reads a pipe once")
def _(folder):
    (folder / "plain.csv").write_text(TEXT)
    (folder / "close").write_bytes(lzma.compress(TEXT.encode()))
    for image in ([], ["--foreground", "#ff0000"]):
        options = [*JOB, *image, "--force", "-o"]
        first = run(folder, "preview", "plain.csv", *COLUMN, *options, "expected.png")
        if "stb" in first.err:
            raise Skip("stb_image_write: this build has none")
        first.need()
        code, _, err = fed(folder, ["preview", "-", *COLUMN, *options, "standard.png"], TEXT.encode())
        equal(code, 0, err)
        os.mkfifo(folder / "pipe")
        writer = threading.Thread(target=(folder / "pipe").write_bytes, args=(npy(VALUES),))
        writer.start()
        run(folder, "preview", "pipe", *options, "fifo.png").need()
        writer.join()
        (folder / "pipe").unlink()
        run(folder, "preview", "close", *COLUMN, *options, "packed.png").need()
        (folder / "array").write_bytes(npy(VALUES))
        run(folder, "preview", "array", *options, "array.png").need()
        for name in ("standard", "fifo", "packed", "array"):
            equal((folder / f"{name}.png").read_bytes(), (folder / "expected.png").read_bytes(), f"the sheet {name}")
    (folder / "page.csv").write_text("<!doctype html><html>")
    refuses(folder, ["preview", "page.csv", *JOB, "-o", "page.png"], ["page.csv: found an HTML page"])


@case("temporary copies lie in TMPDIR, and nothing is left there")
def _(folder):
    (folder / "temporary").mkdir()
    (folder / "a.npy.gz").write_bytes(gzip.compress(npy(VALUES)))
    (folder / "bad.npy.gz").write_bytes(gzip.compress(npy(VALUES)[:-9]))
    there = {"TMPDIR": str(folder / "temporary")}
    same(folder, "a.npy.gz", "--window", 30, env=there)
    run(folder, "render", "bad.npy.gz", *JOB, "-o", "hash:", env=there).need(2)
    equal(listing(folder / "temporary"), {}, "the temporary folder")
    missing = run(folder, "render", "a.npy.gz", *JOB, "-o", "hash:", env={"TMPDIR": str(folder / "none")}).need(1)
    contains(missing.err, ["a temporary copy cannot be made in", "TMPDIR"], "the error")
    os.mkfifo(folder / "pipe")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with launched(folder, "render", "pipe", *JOB, *COLUMN, "-o", "o.npy", env=there) as process:
            with open(folder / "pipe", "wb", buffering=0) as pipe:
                pipe.write(TEXT.encode())
                wait_until(process, lambda: holds_open(process, folder / "pipe"), "the pipe")
                process.send_signal(number)
                process.wait(60)
            check(process.returncode != 0, f"{number}: it went on")
        equal(listing(folder / "temporary"), {}, f"the temporary folder after {number}")
        check(not (folder / "o.npy").exists(), f"{number}: an output")


ENCODED = "row,Größe °C\n" + TEXT.split("\n", 1)[1]


@case("encodings: found by a mark or by zero bytes, or named")
def _(folder):
    expected = plain_hash(folder)
    column = ["--column", "Größe °C"]
    for encoding, mark in [("utf-8", b"\xef\xbb\xbf"), ("utf-8", b""), ("utf-16-le", b"\xff\xfe"),
                           ("utf-16-be", b"\xfe\xff"), ("utf-16-le", b""), ("utf-16-be", b""),
                           ("utf-32-le", b"\xff\xfe\0\0"), ("utf-32-be", b"\0\0\xfe\xff")]:
        (folder / "a.csv").write_bytes(mark + ENCODED.encode(encoding))
        same(folder, "a.csv", *column, plain=expected)
        (folder / "a.csv.gz").write_bytes(gzip.compress(mark + ENCODED.encode(encoding)))
        same(folder, "a.csv.gz", *column, plain=expected)
    for encoding in ("iso-8859-1", "windows-1252", "latin1", "utf-16", "utf-16-le", "CP1252"):
        (folder / "a.csv").write_bytes(ENCODED.encode(encoding))
        same(folder, "a.csv", *column, "--encoding", encoding, plain=expected)
    (folder / "a.csv").write_bytes(("row,цена\n" + TEXT.split("\n", 1)[1]).encode("cp1251"))
    same(folder, "a.csv", "--column", "цена", "--encoding", "windows-1251", plain=expected)
    (folder / "a.csv").write_bytes(("row,価格\n" + TEXT.split("\n", 1)[1]).encode("shift_jis"))
    same(folder, "a.csv", "--column", "価格", "--encoding", "SHIFT_JIS", plain=expected)


@case("encodings: text that is not UTF-8 is refused unless its characters are certain")
def _(folder):
    expected = plain_hash(folder)
    # The same characters in the Western and the Central European encodings.
    (folder / "a.csv").write_bytes(ENCODED.encode("windows-1252"))
    same(folder, "a.csv", "--column", "Größe °C", plain=expected)
    def refused(data, words, *options):
        (folder / "a.csv").write_bytes(data)
        refuses(folder, ["render", "a.csv", *JOB, "--column", "1", *options, "-o", "o.npy"], words)
    rest = TEXT.split("\n", 1)[1]
    refused(("row,prè\n" + rest).encode("windows-1252"), ["line 1", "0xe8", "encoding"])
    refused(("row,цена\n" + rest).encode("cp1251"), ["line 1", "encoding"])
    refused(("row,価格\n" + rest).encode("shift_jis"), ["line 1", "encoding"])
    refused(("row,é\n" + rest).encode() + b"90,1\xe9\n91,2\n", ["line 92", "0xe9", "encoding"])
    refused(ENCODED.encode("utf-16"), ["encoding UTF-8", "UTF-16"], "--encoding", "UTF-8")
    refused(TEXT.encode(), ["encoding", "'latin99'", "expected a name that iconv knows"], "--encoding", "latin99")
    refused(b"row,x\xff\n" + rest.encode(), ["line 1"], "--encoding", "UTF-8")
    for name in ("UTF-8//IGNORE", "ISO-8859-1//TRANSLIT", ""):
        refused(TEXT.encode(), ["encoding"], "--encoding", name)


def sqlite(folder):
    with sqlite3.connect(folder / "made.db") as base:
        base.execute("create table t (x)")
    data = (folder / "made.db").read_bytes()
    (folder / "made.db").unlink()
    return data


OTHERS = [
    ("an HTML page", b"\r\n <!DOCTYPE html>\n<html>", ["an HTML page"]),
    ("an HTML page with a mark", b"\xef\xbb\xbf<html lang=en>", ["an HTML page"]),
    ("an HTML fragment", b"<!-- x -->\n<html>", ["HTML"]),
    ("JSON", b'[\n {"close": 1}, {"close": 2}]', ["JSON", "pandas.read_json"]),
    ("JSON lines", b'{"close": 1}\n{"close": 2}\n', ["JSON", "lines=True"]),
    ("XML", b'<?xml version="1.0"?><a/>', ["XML"]),
    ("a Git LFS pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
     ["a Git LFS pointer", "run git lfs pull"]),
    ("Parquet", b"PAR1" + bytes(60) + b"PAR1", ["a Parquet file", "pandas.read_parquet"]),
    ("Arrow", b"ARROW1\0\0" + bytes(50), ["an Arrow file", "pandas.read_feather"]),
    ("Feather", b"FEA1" + bytes(50), ["a Feather file"]),
    ("xlsx", zipped({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), ["Excel .xlsx", "read_excel"]),
    ("ods", zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}),
     ["OpenDocument"]),
    ("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), ["Excel .xls"]),
    ("SQLite", sqlite, ["an SQLite database", "sqlite3"]),
    ("a pickle", pickle.dumps({"a": 1}), ["a Python pickle"]),
    ("an old pickle", pickle.dumps({"a": 1}, 2), ["a Python pickle"]),
    ("MATLAB 5", b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(100), ["a MATLAB .mat file", "scipy.io.loadmat"]),
    ("EDF", b"0       " + b"X" * 248, ["an EDF recording"]),
    ("a WFDB header", b"100 2 360 650000\n100.dat 212 200 11 1024 995 -22131 0 MLII\n", ["a WFDB header", "wfdb"]),
    ("PNG", b"\x89PNG\r\n\x1a\n" + bytes(50), ["a PNG image"]),
    ("JPEG", b"\xff\xd8\xff\xe0" + bytes(50), ["a JPEG image"]),
    ("PDF", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3", ["a PDF document"]),
    ("7z", b"7z\xbc\xaf\x27\x1c" + bytes(50), ["a 7z archive"]),
    ("RTF", b"{\\rtf1\\ansi x}", ["RTF"]),
    ("random bytes", np.random.default_rng(5).bytes(5000), ["binary data"]),
]


def add_other(name, held, words):
    @case(f"named for what it is: {name}")
    def _(folder):
        data = held(folder) if callable(held) else held
        arguments = [*JOB, *COLUMN, "-o", "o.npy"]
        for path in ("a.hea" if "WFDB" in name else "a.csv",):
            (folder / path).write_bytes(data)
            refuses(folder, ["render", path, *arguments], [f"{path}: found", *words])
            if "zip" not in name and name not in ("xlsx", "ods"):
                (folder / (path + ".gz")).write_bytes(gzip.compress(data))
                if "WFDB" not in name:
                    refuses(folder, ["render", path + ".gz", *arguments], [f"{path}.gz: found", *words])


for row in OTHERS:
    add_other(*row)


@case("what plotmill made is no input")
def _(folder):
    (folder / "a.csv").write_text(TEXT)
    for output in ("o.npz", "o.tar"):
        render(folder, "a.csv", *JOB, *COLUMN, "-o", output)
        refuses(folder, ["render", output, *JOB, "-o", "again.npy"], [f"{output}: holds images that plotmill made"])
    render(folder, "a.csv", *JOB, *COLUMN, "--format", "png", "-o", "pngs")
    refuses(folder, ["render", "pngs", *JOB, "-o", "again.npy"], ["pngs: holds images that plotmill made"])


@case("damaged archives and files that cannot be opened: the reason, not a guess")
def _(folder):
    (folder / "cut.zip").write_bytes(zipped({"a.csv": TEXT})[:-40])
    (folder / "cut.tar.gz").write_bytes(tarred({"a.csv": TEXT}, "w:gz")[:-30])
    (folder / "cut.csv.xz").write_bytes(lzma.compress(TEXT.encode())[:-20])
    for name in ("cut.zip", "cut.tar.gz", "cut.csv.xz"):
        refuses(folder, ["render", name, *JOB, *COLUMN, "-o", "o.npy"], [name, "damaged or truncated"])
    locked = zipped({"a.csv": TEXT})
    at = locked.index(b"PK\1\2")
    locked = bytearray(locked)
    locked[6] |= 1  # the flags of the member, and those in the directory: encrypted
    locked[at + 8] |= 1
    (folder / "locked.zip").write_bytes(bytes(locked))
    refuses(folder, ["render", "locked.zip", *JOB, *COLUMN, "-o", "o.npy"], ["locked.zip", "encrypted"])
    (folder / "a.csv").write_text(TEXT)
    (folder / "a.csv").chmod(0)
    if os.access(folder / "a.csv", os.R_OK):
        raise Skip("permissions: this user reads everything")
    refuses(folder, ["render", "a.csv", *JOB, *COLUMN, "-o", "o.npy"], ["a.csv: cannot be opened: Permission denied"])


main()
