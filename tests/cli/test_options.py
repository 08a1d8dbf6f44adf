"""Options that are unknown, out of limits or contradictory: one clear line, exit 2, nothing written."""
from harness import case, contains, main, refuses, render, run

SERIES = "value\n1\n2\n4\n3\n5\n"

# The option, values out of its limits, words of the message.
LIMITS = [
    ("--size", ["0x500", "800x0", "65536x1", "1x65536", "800", "800x", "x500", "800X500", "-1x5", "8.5x5", "800x500x1",
                "99999999999999999999x5"], ["WIDTHxHEIGHT", "1 to 65535"]),
    ("--window", ["1", "0", "16777217", "-2", "2.5", "ten", "", "1e3", "18446744073709551617"],
     ["whole number", "2 to 16777216"]),
    ("--line-width", ["0", "0.49", "64.01", "-3", "nan", "inf", "3pixels", "", "0x3"], ["number", "0.5 to 64"]),
    ("--margin", ["-0.5", "nan", "inf", "much", "99999"], ["number", "0 to "]),
    ("--background", ["-1", "256", "12.5", "white"], ["a grey from 0 to 255", "#rrggbb"]),
    ("--foreground", ["-1", "256", "12.5", "black"], ["a grey from 0 to 255", "#rrggbb"]),
    ("--range", ["5:5", "5:1", "1", "1:", ":1", "nan:1", "0:inf", "a:b", "1:2:3", "-1e999:0"],
     ["LO:HI", "LO below HI", "minmax"]),
    ("--stride", ["0", "-1", "1.5", "two"], ["whole number", "1 or more"]),
    ("--limit", ["0", "-1", "some"], ["whole number", "1 or more"]),
    ("--batch", ["0", "-1", "1.5", "big"], ["auto", "whole number", "1 or more"]),
    ("--missing", ["ignore", "GAP", ""], ["gap, bridge or error"]),
    ("--format", ["tiff", "jpg", "h5py"], ["hdf5, npy, npz, raw, jkx, tar, png or jpeg"]),
    ("--compress", ["gzip", "9"], ["deflate or none"]),
]
# Values at the limits.
WITHIN = [
    ["--size", "1x1"], ["--size", "1x65535"], ["--size", "65535x1"], ["--line-width", "0.5"], ["--line-width", "64"],
    ["--size", "9x5", "--margin", "2"], ["--margin", "249.5"], ["--background", "0", "--foreground", "255"],
    ["--range=-1e300:1e300"], ["--stride", "9223372036854775807"], ["--limit", "9223372036854775807"],
    ["--batch", "9223372036854775807"], ["--batch", "auto"], ["--range", "minmax"],
]
# Contradictions: name, arguments after "render", words of the message.
CONTRADICTIONS = [
    ("a margin wider than half the image",
     ["a.csv", "--window", "3", "--size", "9x5", "--margin", "2.01", "-o", "b.h5"],
     ["margin", "2.01", "0 to 2", "9x5"]),
    ("no output", ["a.csv", "--window", "3"], ["-o OUTPUT is missing"]),
    ("no input", ["-o", "b.h5", "--window", "3"], ["INPUT is missing: plotmill render INPUT... -o OUTPUT"]),
    ("an option without its value", ["a.csv", "-o", "b.h5", "--window"], ["--window needs a value"]),
    ("a letter without its value", ["a.csv", "--window", "3", "-o"], ["-o needs a value"]),
    ("a value for a flag", ["a.csv", "-o", "b.h5", "--antialias=yes"], ["--antialias takes no value", "yes"]),
    ("an empty output name", ["a.csv", "--window", "3", "-o", ""], ["output", "found ''"]),
    ("a misspelt option", ["a.csv", "-o", "b.h5", "--windo", "3"],
     ["unknown option '--windo'", "did you mean --window"]),
    ("two letters swapped", ["a.csv", "-o", "b.h5", "--anitalias"], ["'--anitalias'", "did you mean --antialias"]),
    ("another program's option", ["a.csv", "-o", "b.h5", "--colour-map"], ["unknown option '--colour-map'", "--help"]),
    ("an unknown letter", ["a.csv", "-o", "b.h5", "-x"], ["unknown option '-x'"]),
    ("an unknown extension", ["a.csv", "--window", "3", "-o", "b.tiff"], ["b.tiff", ".tiff", ".h5", ".npy", "png"]),
    ("an output without extension", ["a.csv", "--window", "3", "-o", "b"], ["b: ", "format, png", ".h5"]),
    ("a folder of what is a file", ["a.csv", "--window", "3", "-o", "b/", "--format", "hdf5"], ["b/", "hdf5", "file"]),
    ("a file's extension for a folder", ["a.csv", "--window", "3", "-o", "b.h5", "--format", "png"],
     ["b.h5", "png", "folder"]),
    ("a format for what keeps nothing", ["a.csv", "--window", "3", "-o", "hash:", "--format", "npy"],
     ["format", "hash:"]),
    ("compression of what cannot be", ["a.csv", "--window", "3", "-o", "b.npy", "--compress", "none"],
     ["compress", "hdf5", "png", "b.npy"]),
    ("the input as output", ["a.csv", "--window", "3", "-o", "a.csv", "--format", "npy", "--force"],
     ["a.csv", "one of the inputs"]),
    ("an option of arrays for a CSV file", ["a.csv", "--axes", "TF", "--window", "3", "-o", "b.h5"],
     ["a.csv: the option axes applies to hdf5 and npy"]),
    ("an option of HDF5 for a CSV file", ["a.csv", "--dataset", "/v", "--window", "3", "-o", "b.h5"],
     ["a.csv", "dataset", "hdf5"]),
]
# The other commands, and unknown ones: arguments, words of the message.
COMMANDS = [
    (["rendr", "a.csv"], ["unknown command 'rendr'", "did you mean render"]),
    (["frobnicate"], ["unknown command 'frobnicate'", "--help"]),
    (["a.csv"], ["unknown command 'a.csv'", "plotmill render a.csv"]),
    (["--verzion"], ["unknown option '--verzion'", "did you mean --version"]),
    (["devices", "gpu"], ["unexpected argument 'gpu'", "devices --help"]),
    (["devices", "--jsn"], ["unknown option '--jsn'", "did you mean --json"]),
    (["info"], ["FILE is missing", "info --help"]),
    (["info", "a.csv", "b.h5"], ["unexpected argument 'b.h5'"]),
    (["info", "a.csv", "--has"], ["unknown option '--has'", "did you mean --hash"]),
    (["preview", "a.csv"], ["-o SHEET.png is missing"]),
    (["preview", "a.csv", "-o", "s.jpg"], ["s.jpg", ".png"]),
    (["preview", "a.csv", "--window", "3", "-o", "s.png", "--count", "0"], ["count", "found '0'", "1 to 10000"]),
    (["preview", "a.csv", "--window", "3", "-o", "s.png", "--per-row", "1001"], ["per-row", "found '1001'"]),
    (["preview", "a.csv", "--window", "3", "-o", "s.png", "--first", "3"], ["--first 3", "3 images"]),
    (["verify", "--sheet", "v.jpg"], ["v.jpg", ".png"]),
    (["verify", "--shet", "v.png"], ["unknown option '--shet'", "did you mean --sheet"]),
    (["verify", "more"], ["unexpected argument 'more'"]),
    (["help", "rendr"], ["unknown command 'rendr'", "did you mean render"]),
]


def start(folder):
    (folder / "a.csv").write_text(SERIES)
    (folder / "c.npy").write_bytes(b"")


def add_limits(option, values, words):
    @case(f"{option} out of its limits")
    def _(folder):
        start(folder)
        for value in values:
            window = [] if option == "--window" else ["--window", "3"]
            refuses(folder, ["render", "a.csv", *window, "-o", "b.h5", f"{option}={value}"],
                    [f"{option[2:]}: found '{value}', expected ", *words])


def add_contradiction(name, arguments, words):
    @case(f"refused: {name}")
    def _(folder):
        start(folder)
        refuses(folder, ["render", *arguments], words)


for row in LIMITS:
    add_limits(*row)
for row in CONTRADICTIONS:
    add_contradiction(*row)


@case("values at the limits are accepted")
def _(folder):
    start(folder)
    for options in WITHIN:
        render(folder, "a.csv", "--window", "3", *options, "-o", "null:")


@case("wrong usage of the other commands")
def _(folder):
    start(folder)
    for arguments, words in COMMANDS:
        refuses(folder, arguments, words)


@case("no command: help on stderr, exit 2")
def _(folder):
    result = run(folder).need(2)
    contains(result.err, ["Usage: plotmill COMMAND", "render", "preview", "devices", "verify", "info"], "the help")


@case("after -- a name may start with a dash")
def _(folder):
    (folder / "-odd.csv").write_text(SERIES)
    render(folder, "--window", "3", "-o", "null:", "--", "-odd.csv")


main()
