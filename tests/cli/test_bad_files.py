"""Every bad input: one clear line that names the file, the place, what was found and what was expected; exit 2."""
import gzip
import io
import os
import struct
import zipfile

import h5py
import numpy as np

from harness import case, main, refuses, render

RAMP = "value\n" + "".join(f"{i}\n" for i in range(10))
PRICES = "time,open,close,note\n" + "".join(f"{i},{i}.5,{i}.25,x\n" for i in range(10))


def npy(array, **further):
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asanyarray(array), **further)
    return out.getvalue()


def npy_with_header(text, version=(1, 0), data=bytes(80)):
    text = text.encode()
    size = struct.pack("<H" if version[0] == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + size + text + data


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return out.getvalue()


def wrong_sum(packed):
    return packed[:-8] + bytes(byte ^ 255 for byte in packed[-8:-4]) + packed[-4:]


LONG = "".join(f"{x}\n" for x in np.random.default_rng(1).random(60000)).encode()
HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': (10,), }\n"
DECADE = np.arange(10.0)
ALSO_PREVIEW = {"an empty csv", "text among numbers", "an unknown column", "a window longer than the series"}
# Defect, file name, contents (None: no such file), more options, words of the message.
FILES = [
    ("a missing file", "none.csv", None, [], ["none.csv: no such file"]),
    ("a missing npy", "none.npy", None, [], ["none.npy: no such file"]),
    ("a missing h5", "none.h5", None, ["--dataset", "v"], ["none.h5: no such file"]),
    ("an empty folder as input", "folder.csv", "folder", [], ["folder.csv: the folder holds no file"]),
    ("an empty csv", "e.csv", "", [], ["e.csv: empty file"]),
    ("an empty npy", "e.npy", "", [], ["e.npy: empty file"]),
    ("an empty h5", "e.h5", "", ["--dataset", "v"], ["e.h5: empty file"]),
    ("an empty gz", "e.csv.gz", "", [], ["e.csv.gz: "]),
    ("an unknown kind of file", "a.parquet", "PAR1", [], ["a.parquet: found a Parquet file", "read_parquet"]),
    ("a header alone", "h.csv", "value\n", [], ["h.csv: no data after the header"]),
    ("a record with a field too many", "r.csv", "a,b\n1,2\n3,4\n5,6,7\n", ["--column", "a"],
     ["r.csv, line 4: found 3 fields, expected 2 as in line 1"]),
    ("a record with a field too few", "r.csv", "a,b\n1,2\n3\n5,6\n", ["--column", "a"],
     ["r.csv, line 3: found 1 field, expected 2 as in line 1"]),
    ("text among numbers", "t.csv", "a,b\n1,2\n3,4\n5,oops\n7,8\n", ["--column", "b"],
     ["t.csv, line 4, column 1 (b): found \"oops\", expected a number"]),
    ("text among numbers after empty lines", "t.csv", "b\n1\n\n2\n3x\n", [],
     ["t.csv, line 5, column 0 (b): found \"3x\", expected a number"]),
    ("a decimal comma among points", "t.csv", 'a;b\n1.5;2\n2.5;2\n1,5;2\n', ["--column", "a"],
     ["t.csv, line 4, column 0 (a): found \"1,5\", expected a number"]),
    ("an unknown column", "p.csv", PRICES, ["--column", "closing"],
     ["p.csv: no column \"closing\", expected one of", "0 (time)", "1 (open)", "2 (close)", "3 (note)"]),
    ("a column beyond the last", "p.csv", PRICES, ["--column", "4"], ["p.csv: no column \"4\"", "3 (note)"]),
    ("several numeric columns", "p.csv", PRICES, [],
     ["p.csv: 2 numeric columns, expected the option column to name one", "1 (open)", "2 (close)"]),
    ("a column of text", "p.csv", PRICES, ["--column", "note"], ["p.csv, line 2, column 3 (note): found \"x\""]),
    ("a name that two columns bear", "p.csv", "a,a\n1,2\n3,4\n", ["--column", "a"],
     ["p.csv: several columns are named \"a\"", "0 (a)", "1 (a)"]),
    ("no numeric column", "n.csv", "a,b\nx,y\nz,w\n", [], ["n.csv: found no numeric column among 0 (a), 1 (b)"]),
    ("an open quote", "q.csv", 'value\n1\n"2\n3\n4\n', [], ["q.csv", "quote", "line"]),
    ("a zero byte", "z.csv", "value\n1\n2\0\n3\n", [], ["z.csv, line 3, offset 9: found a zero byte, expected UTF-8 text"]),
    ("Latin-1 text", "u.csv", "valu\xe8\n1\n".encode("latin-1"), [],
     ["u.csv, line 1, offset 4: found the byte 0xe8, expected UTF-8 text", "encoding"]),
    ("a window longer than the series", "s.csv", RAMP, ["--window", "11"],
     ["s.csv: window 11 is longer than the series: it has 10 samples"]),
    ("a long series without --window", "s.csv", RAMP, ["--window", ""],
     ["s.csv: holds one long series of 10 samples", "expected the option window"]),
    ("ready sequences with --window", "s.npy", npy(np.zeros((4, 5))), [],
     ["s.npy: with a window, an array of 4 x 5 may be one series of 4 samples with 5 fields (axes TF), or 4 "
      "sequences of 5 samples (axes NT): set the option axes"]),
    ("ready sequences with --window and --axes", "s.npy", npy(np.zeros((4, 5))), ["--axes", "NT", "--window", 9],
     ["s.npy: holds ready sequences of 5 samples: window 9 is longer"]),
    ("rows of fields without --column", "s.npy", npy(np.zeros((4, 5))), ["--axes", "TF"],
     ["s.npy: 5 numeric columns, expected the option column to name one: 0, 1, 2, 3, 4"]),
    ("a table that is taller than wide, without --axes", "s.npy", npy(np.zeros((500, 12))), ["--window", ""],
     ["s.npy: an array of 500 x 12 may be one series of 500 samples with 12 fields (axes TF), or 500 sequences of 12 "
      "samples (axes NT): set the option axes"]),
    ("sequences of more fields than samples", "s.npy", npy(np.zeros((5, 12, 500))), ["--column", "0"],
     ["s.npy: an array of 5 x 12 x 500 may be 5 sequences of 12 samples with 500 fields (axes NTF), or 5 sequences of "
      "500 samples with 12 fields (axes NFT): set the option axes"]),
    ("axes that are none", "s.npy", npy(np.zeros((4, 5))), ["--axes", "rows"],
     ['axes: found "rows", expected T, TF, NT or NTF, the letters in the order of the axes']),
    ("axes of another array", "s.npy", npy(np.zeros((4, 5))), ["--axes", "NTF"],
     ["s.npy: axes: found NTF, expected 2 letters: the array is 4 x 5"]),
    ("the option axes for a CSV file", "p.csv", PRICES, ["--axes", "TF"],
     ["p.csv: the option axes applies to hdf5 and npy"]),
    ("columns that are not there", "p.csv", PRICES, ["--columns", "open,closing"],
     ["p.csv: no column \"closing\", expected one of", "0 (time)", "1 (open)", "2 (close)", "3 (note)"]),
    ("several numeric columns of --columns", "p.csv", PRICES, ["--columns", "open,close"],
     ["p.csv: 2 numeric columns, expected the option column to name one: 1 (open), 2 (close)"]),
    ("too few names for columns", "c.csv", "1,2,3\n4,5,6\n7,8,9\n", ["--columns", "open,close"],
     ["c.csv: columns: the input has 3 columns without names", "found 2 of which 2 are names"]),
    ("12 columns that are no klines", "c.csv", "1,2,3,4,5,6,7,8,9,10,11,12\n" * 9, ["--column", "close"],
     ["c.csv: no column \"close\", expected one of 0, 1, 2, 3"]),
    ("a missing sample under --missing error", "m.csv", "a,b\n1,2\n3,4\n5,\n7,8\n",
     ["--column", "b", "--missing", "error"],
     ["m.csv, line 4", "sample 2 is missing", "expected a number", "the option missing is error"]),
    ("a NaN of an npy under --missing error", "m.npy", npy([1, 2, 3, 4, np.nan, 5]), ["--missing", "error"],
     ["m.npy", "sample 4 is missing"]),
    ("a truncated npy", "c.npy", npy(DECADE)[:-9], [],
     ["c.npy: truncated: found 8 samples", "expected 10 x 1 of 8 bytes"]),
    ("an npy that ends in its header", "c.npy", npy(DECADE)[:40], [], ["c.npy: truncated within the NPY header"]),
    ("an npy that ends in its first bytes", "c.npy", b"\x93NUMPY", [], ["c.npy: truncated within the NPY header"]),
    ("an npy without its magic", "c.npy", b"NUMPY" + bytes(100), [],
     ["c.npy: found binary data, expected"]),
    ("an npy of an unknown version", "c.npy", npy_with_header(HEADER, (9, 0)), [],
     ["c.npy, offset 6: found NPY version 9.0, expected 1.0, 2.0 or 3.0"]),
    ("an npy with an endless header", "c.npy", npy_with_header(HEADER, (2, 0)).replace(
        struct.pack("<I", len(HEADER)), b"\xff\xff\xff\xff", 1), [], ["c.npy, offset 8", "4294967295 bytes"]),
    ("an npy header that is no dict", "c.npy", npy_with_header("hello\n"), [],
     ["c.npy, offset 10: malformed NPY header", "hello"]),
    ("an npy header without a shape", "c.npy", npy_with_header("{'descr': '<f8', 'fortran_order': False}\n"), [],
     ["c.npy, offset", "malformed NPY header", "shape"]),
    ("an npy with a negative shape", "c.npy", npy_with_header(HEADER.replace("(10,)", "(-1,)")), [],
     ["c.npy, offset", "malformed NPY header", "-1"]),
    ("an npy of complex numbers", "d.npy", npy(np.zeros(9, np.complex128)), [],
     ["d.npy: found dtype", "c16", "expected float16, float32, float64, or integers"]),
    ("an npy of text", "d.npy", npy(np.array(["a", "b"])), [], ["d.npy: found dtype", "U1", "expected"]),
    ("an npy of Python objects", "d.npy", npy(np.array([None, 1]), allow_pickle=True), [], ["d.npy: found dtype", "O"]),
    ("an npy of records", "d.npy", npy(np.zeros(3, [("a", "<f4"), ("b", "<i2")])), [],
     ["d.npy: 2 numeric columns, expected the option column to name one: 0 (a), 1 (b)"]),
    ("an npy of records, a text of them", "d.npy", npy(np.zeros(3, [("a", "<f4"), ("b", "<U2")])), ["--column", "b"],
     ["d.npy: field 1 (b) holds <U2, expected float16"]),
    ("an npy of three dimensions", "d.npy", npy(np.zeros((2, 5, 4))), [],
     ["d.npy: 4 numeric columns, expected the option column to name one: 0, 1, 2, 3"]),
    ("an npy of four dimensions", "d.npy", npy(np.zeros((2, 3, 4, 5))), [],
     ["d.npy: found 4 dimensions, expected 1 (one long series), 2 (ready sequences, or rows of fields) or 3"]),
    ("a series with --column", "d.npy", npy(np.zeros(9)), ["--column", "0"],
     ["d.npy: the option column applies to csv, and to arrays with fields"]),
    ("an npy of none", "d.npy", npy(np.float64(3)), [], ["d.npy: found 0 dimensions, expected 1"]),
    ("an npy without samples", "d.npy", npy(np.zeros(0)), [], ["d.npy: holds no samples"]),
    ("sequences of one sample", "d.npy", npy(np.zeros((5, 1))), ["--window", "", "--axes", "NT"], ["window", "1", "2"]),
    ("a damaged gz", "g.csv.gz", gzip.compress(RAMP.encode())[:-12], [],
     ["g.csv.gz: damaged or truncated"]),
    ("a long gz that is cut short", "g.csv.gz", gzip.compress(LONG)[:-4000], [], ["g.csv.gz: damaged or truncated"]),
    ("a gz with a wrong checksum", "g.csv.gz", wrong_sum(gzip.compress(RAMP.encode())), [],
     ["g.csv.gz: damaged: the checksum is wrong"]),
    ("a zip with two tables", "g.zip", zipped(a__csv=RAMP, b__csv=RAMP), [],
     ["g.zip: holds 2 tables", "a.csv", "b.csv", "member", "group-by"]),
    ("text that calls itself h5", "t.h5", RAMP, ["--dataset", "v"], ["t.h5: the option dataset applies to hdf5"]),
    ("a truncated h5", "t.h5", b"\x89HDF\r\n\x1a\n" + bytes(20), ["--dataset", "v"],
     ["t.h5: cannot be opened", "truncated"]),
]


def add_file(name, path, held, options, words):
    @case(f"refused: {name}")
    def _(folder):
        if held == "folder":
            (folder / path).mkdir()
        elif held is not None:
            (folder / path).write_bytes(held if isinstance(held, bytes) else held.encode())
        window = ["--window", "3"] if "--window" not in options else []
        given = options[2:] if options[:2] == ["--window", ""] else options
        # --quiet: errors found while reading appear after the line that names the device.
        refuses(folder, ["render", path, *window, *given, "--size", "16x16", "--quiet", "-o", "out.h5"], words)
        if name in ALSO_PREVIEW:
            refuses(folder, ["preview", path, *window, *given, "-o", "out.png"], words)


for row in FILES:
    add_file(*row)


@case("refused: HDF5 files")
def _(folder):
    with h5py.File(folder / "a.h5", "w") as file:
        file["prices/close"] = np.arange(10.0)
        file["prices/open"] = np.arange(10.0)
        file["names"] = np.array([b"a", b"b"])
        file["cube"] = np.zeros((2, 5, 4))
        file["square"] = np.zeros((3, 4))
        file["none"] = np.zeros(0)
        file["pairs"] = np.zeros(4, [("a", "<f4"), ("b", "<f4")])
    rows = [
        ([], ["a.h5: expected the option dataset to name a data set", "prices/close", "prices/open"]),
        (["--dataset", "prices/clos"], ["a.h5: no data set \"prices/clos\"", "those in the file", "prices/close"]),
        (["--dataset", "prices"], ["a.h5", "prices", "prices/close"]),
        (["--dataset", "names"], ["a.h5: data set names holds", "expected floats, or integers of 8 to 64 bits"]),
        (["--dataset", "pairs"], ["a.h5: data set pairs: 2 numeric columns", "0 (a), 1 (b)"]),
        (["--dataset", "cube"], ["a.h5: data set cube: 4 numeric columns, expected the option column to name one"]),
        (["--dataset", "square"], ["a.h5: data set square: with a window, an array of 3 x 4 may be", "axes TF", "axes NT"]),
        (["--dataset", "none"], ["a.h5: data set none holds no samples"]),
        (["--dataset", "prices/close", "--column", "1"], ["a.h5: the option column applies to csv, and to arrays with fields"]),
    ]
    for options, words in rows:
        refuses(folder, ["render", "a.h5", *options, "--window", "3", "-o", "out.h5"], words)


@case("refused: several inputs that do not form one series")
def _(folder):
    np.save(folder / "a.npy", np.zeros(10))
    np.save(folder / "b.npy", np.zeros((3, 4)))
    np.save(folder / "c.npy", np.zeros((3, 5)))
    for names, words in [(["a", "b"], ["b.npy holds ready sequences, expected one long series as in a.npy"]),
                         (["b", "a"], ["a.npy holds one long series, expected ready sequences as in b.npy"]),
                         (["b", "c"], ["c.npy holds sequences of 5 samples, expected 4 as in b.npy"]),
                         (["a", "d"], ["d.npy: no such file"])]:
        refuses(folder, ["render", *[f"{name}.npy" for name in names], "-o", "out.h5"], words)
    refuses(folder, ["render", "a.npy", "a.npy", "--window", "21", "-o", "out.h5"], ["a.npy", "21", "20 samples"])


@case("a missing sample in the second file is reported with that file and its line")
def _(folder):
    (folder / "a.csv").write_text(RAMP)
    (folder / "b.csv").write_text("value\n1\nnan\n2\n")
    options = ["--window", "3", "--missing", "error", "-o"]
    refuses(folder, ["render", "a.csv", "b.csv", "--quiet", *options, "out.h5"],
            ["b.csv, line 3", "sample 11 is missing"])
    # Samples that no image needs are not checked.
    render(folder, "a.csv", "b.csv", "--limit", "8", *options, "null:")


@case("refused: an existing output, unless forced; a folder that plotmill did not write, even then")
def _(folder):
    (folder / "a.csv").write_text(RAMP)
    arguments = ["render", "a.csv", "--window", "3", "--size", "16x16", "-o"]
    for name in ("out.h5", "out.npy"):
        (folder / name).write_text("precious")
        refuses(folder, [*arguments, name], [f"{name}: exists already", "the option force replaces it"])
        render(folder, *arguments[1:], name, "--force")
        refuses(folder, [*arguments, name], [f"{name}: exists already"])
    (folder / "mine").mkdir()
    (folder / "mine" / "letter.txt").write_text("dear")
    (folder / "file").write_text("text")
    (folder / "folder.h5").mkdir()
    png = ["--format", "png"]
    refuses(folder, [*arguments, "mine", *png], ["mine: exists already", "the option force"])
    refuses(folder, [*arguments, "mine/", *png, "--force"], ["mine: not a folder that plotmill made", "plotmill.json"])
    refuses(folder, [*arguments, "file", *png, "--force"], ["file: is a file, expected a folder"])
    os.mkfifo(folder / "pipe.npy")
    refuses(folder, [*arguments, "pipe.npy", "--force"], ["pipe.npy: is a device, pipe or socket, not replaced"])
    refuses(folder, [*arguments, "folder.h5", "--force"], ["folder.h5: is a folder, expected a file"])
    render(folder, *arguments[1:], "pngs", *png)
    refuses(folder, [*arguments, "pngs", *png], ["pngs: exists already"])
    render(folder, *arguments[1:], "pngs", *png, "--force", "--limit", "2")
    assert len(list((folder / "pngs").glob("*.png"))) == 2


@case("a bad input leaves the output that --force would replace unchanged")
def _(folder):
    (folder / "a.csv").write_text("value\n1\n2\nx\n")
    (folder / "m.csv").write_text("value\n1\n2\n\"\"\n4\n")
    (folder / "out.h5").write_text("precious")
    refuses(folder, ["render", "a.csv", "--window", "2", "-o", "out.h5", "--force"], ["a.csv, line 4"])
    refuses(folder, ["render", "m.csv", "--window", "2", "-o", "out.h5", "--force", "--quiet", "--missing",
                     "error"], ["m.csv, line 4"])


main()
