"""Job files: --config, --set and --print-config."""
import json
import re
import subprocess

import numpy as np

from harness import COMMAND, case, check, contains, environment, equal, listing, main, need_yaml, refuses, render
from harness import run, unchanged

START = 1704067200000  # ms
SERIES = np.random.default_rng(7).standard_normal(80).cumsum()
PIPELINE = """\
data:
  symbol: BTCUSDT
  interval: 1m
  start_date: "2024-01-01"
  end_date: 2024-03-31
  max_sequences: 25
image:
  seq_len: 20          # samples per image
  line_width: 2
  batch_size: 8
  colors:
    background: white
    line: "#101010"
  resolution: {width: 60, height: 40, dpi: 100}
  rendering:
    mode: cpu
    gpu_batch_size: 16
    fallback_on_error: true
  storage:
    format: hdf5
    mode: single
    images_per_file: 1000
pipeline:
  skip_existing_images: true
  num_workers: -1
paths:
  raw_data: data/raw
  processed_data: data/processed
  models: models
  logs: logs
"""


def dump(path, first, values):
    """An exchange's klines from minute `first` on: 12 columns, no header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{START + 60000 * i},1,1e9,-1e9,{value!r},5,{START + 60000 * i + 59999},6,7,8,9,0\n"
                            for i, value in enumerate(values.tolist(), first)))


def start(folder, text):
    need_yaml()
    (folder / "job.yaml").write_text(text)
    np.save(folder / "a.npy", SERIES)
    for month in range(3):
        dump(folder / f"data/raw/BTCUSDT-1m-2024-0{month + 1}.csv", 20 * month, SERIES[20 * month:20 * month + 20])


def settings(folder, *arguments):
    """The options that --print-config prints, as texts by name."""
    result = run(folder, "render", *arguments, "--print-config").need()
    return dict(line.split(": ", 1) for line in result.out.splitlines())


def wrong(folder, text, words, *arguments):
    start(folder, text)
    return refuses(folder, ["render", "--config", "job.yaml", *arguments], words)


@case("options by their names, in either spelling and every kind of value")
def _(folder):
    start(folder, """\
input: a.npy
window: 30
line_width: 2.5
antialias: yes
size: [64, 48]
range: [-5, 5.5]
missing: bridge
format: png
output: "pngs"
background: 200
batch: auto
column: ~
""")
    found = settings(folder, "--config", "job.yaml")
    expected = {"input": '["a.npy"]', "window": "30", "line-width": "2.5", "antialias": "true", "size": "64x48",
                "range": "-5:5.5", "missing": "bridge", "format": "png", "output": '"pngs"', "background": "200",
                "batch": "auto", "foreground": "0"}
    equal({name: found.get(name) for name in expected}, expected, "the settings")
    check("column" not in found, "a column that is null")
    render(folder, "--config", "job.yaml")
    equal(len(list((folder / "pngs").glob("*.png"))), 51, "images")
    same = ["a.npy", "--window", 30, "--line-width", 2.5, "--antialias", "--size", "64x48", "--range", "-5:5.5",
            "--missing", "bridge", "--background", 200]
    render(folder, *same, "--format", "png", "-o", "other")
    check((folder / "pngs" / "00000050.png").read_bytes() == (folder / "other" / "00000050.png").read_bytes(),
          "another picture than by the command line")


@case("the command line overrides --set, a later --set an earlier one, and --set the file")
def _(folder):
    start(folder, "input: [a.npy]\nwindow: 30\nstride: 2\nlimit: 3\nantialias: true\n"
                  "image: {resolution: {width: 50}}\n")
    found = settings(folder, "--config", "job.yaml", "--set", "stride=4", "--set", "stride=5", "--set", "limit=6",
                     "--limit", "7", "--set", "antialias=false", "--set", "image.resolution.height=30")
    equal([found[name] for name in ("window", "stride", "limit", "antialias", "size", "input")],
          ["30", "5", "7", "false", "50x30", '["a.npy"]'], "settings")
    np.save(folder / "b.npy", SERIES)
    equal(settings(folder, "b.npy", "--config", "job.yaml")["input"], '["b.npy"]', "the input of the command line")
    equal(settings(folder, "--config", "job.yaml", "--set", "input=b.npy")["input"], '["b.npy"]', "that of --set")
    # Without a file as well.
    equal(settings(folder, "a.npy", "--set", "image.seq_len=12")["window"], "12", "--set alone")


@case("--config reads the output of --print-config, which renders nothing")
def _(folder):
    start(folder, PIPELINE)
    before = listing(folder)
    for arguments in [["--config", "job.yaml"], ["a.npy", "--window", 9, "--line-width", "3pt", "--dpi", 50],
                      ["a.npy", "--range", "0.1:1e300", "-o", 'q"uo\\te.npy', "--missing", "error", "--jobs", 3],
                      ["a.npy", "--format", "png", "--compress", "none", "-o", "true", "--device", "cpu"]]:
        text = run(folder, "render", *arguments, "--print-config").need().out
        unchanged(before, folder, "--print-config")
        (folder / "printed.yaml").write_text(text)
        equal(run(folder, "render", "--config", "printed.yaml", "--print-config").need().out, text, "read back")
        (folder / "printed.yaml").unlink()


@case("an unchanged pipeline file: the meaning of each key, and one notice")
def _(folder):
    start(folder, PIPELINE)
    found = settings(folder, "--config", "job.yaml")
    expected = {"input": json.dumps([f"data/raw/BTCUSDT-1m-2024-0{month}.csv" for month in (1, 2, 3)]),
                "column": '"close"', "window": "20", "limit": "25", "line-width": "2", "batch": "16",
                "background": "255", "foreground": "16", "size": "60x40", "device": '"cpu"', "skip-existing": "true",
                "output": '"data/processed/images.h5"', "log-file": '"logs/plotmill.log"'}
    equal({name: found.get(name) for name in expected}, expected, "the settings")
    check("images-per-file" not in found, "several files where mode is single")
    check(int(found["jobs"]) >= 1, "jobs")
    result = render(folder, "--config", "job.yaml")
    notices = [line for line in result.lines() if "have no effect here" in line]
    equal(len(notices), 1, f"notices in {result.err}")
    contains(notices[0], ["job.yaml: ", "paths.models", "image.resolution.dpi", "image.storage.images_per_file"],
             "the notice")
    check((folder / "data/processed/images.h5").is_file() and (folder / "logs/plotmill.log").is_file(), "the output")
    result = render(folder, "--config", "job.yaml")
    contains(result.err, ["data/processed/images.h5: up to date", "25 images, nothing to do"], "a second run")


@case("a pipeline's other storage settings")
def _(folder):
    start(folder, PIPELINE)
    found = settings(folder, "--config", "job.yaml", "--set", "image.storage.mode=multiple")
    equal(found["images-per-file"], "1000", "images-per-file")
    found = settings(folder, "--config", "job.yaml", "--set", "image.storage.format=jpeg")
    equal((found["output"], found["format"]), ('"data/processed/images"', "jpeg"), "jpeg")
    found = settings(folder, "--config", "job.yaml", "--set", "image.storage.format=npz")
    equal((found["output"], found["fallback"], found["no-fallback"]), ('"data/processed/images.npz"', "true", "false"),
          "npz, and going on when a device fails")
    found = settings(folder, "--config", "job.yaml", "--set", "image.rendering.fallback_on_error=false")
    equal((found["fallback"], found["no-fallback"]), ("false", "true"), "no going on")
    found = settings(folder, "--config", "job.yaml", "--no-fallback")
    equal((found["fallback"], found["no-fallback"]), ("false", "true"), "the command line takes precedence")
    found = settings(folder, "--config", "job.yaml", "-o", "other.npy")
    equal((found["output"], found.get("format")), ('"other.npy"', None), "an output of the command line's")
    for key, value, words in [
            ("storage.format", "zarr", ["image.storage.format: found 'zarr', which is not supported", "hdf5"]),
            ("storage.format", "bmp", ["found 'bmp', expected hdf5, jpeg, npz"]),
            ("storage.mode", "individual", ["found 'individual', expected single or multiple"]),
            ("storage.mode", "some", ["found 'some', expected single or multiple"]),
            ("rendering.mode", "tpu", ["found 'tpu', expected auto, gpu or cpu"]),
            ("colors.line", "blue", ["found 'blue', expected a grey"]),
            ("colors.line", "#101011", ["found '#101011', expected a grey"]),
            ("colors.line", "256", ["found '256', expected a grey"])]:
        refuses(folder, ["render", "--config", "job.yaml", "--set", f"image.{key}={value}"], words)
    for text, grey in [("black", "0"), ("w", "255"), ("#fff", "255"), ("#808080", "128"), ("7", "7")]:
        equal(settings(folder, "--config", "job.yaml", "--set", f"image.colors.line={text}")["foreground"], grey, text)


def pipeline(colours, further=""):
    return PIPELINE.replace('    line: "#101010"\n', f'    line: "#101010"\n{colours}') + further


COLOURS = "    bullish: %s\n    bearish: %s\n"


@case("a pipeline's bars: chart crypto, or the colours of both directions and all four prices")
def _(folder):
    def chart_of(text, *arguments):
        start(folder, text)
        result = run(folder, "render", "--config", "job.yaml", *arguments, "-o", "hash:", "--json", "--no-cache").need()
        return json.loads(result.out)["spec"]["chart"], result.err
    line, _ = chart_of(PIPELINE.replace("  skip_existing_images: true\n", ""))
    equal(line["panels"][0]["layers"][0]["mark"], "line", "as it was")
    black, err = chart_of(pipeline(COLOURS % ("black", "black")).replace("width: 60", "width: 80"))
    contains(err, ["image.line_width", "image.colors.line"], "the notice")
    bars = chart_of(pipeline("", "chart: crypto\n").replace("width: 60", "width: 80"))[0]
    equal(black, bars, "black bars are chart crypto")
    equal(bars, {**json.loads(run(folder, "render", *(f"data/raw/BTCUSDT-1m-2024-0{month}.csv" for month in (1, 2, 3)),
                                  "--window", 20, "--chart", "crypto", "--size", "80x40", "-o", "hash:", "--json")
                              .need().out)["spec"]["chart"]}, "the preset")
    for columns in ("", "  columns: [open, High, low, close, volume]\n"):
        found = chart_of(pipeline(COLOURS % ("green", '"#ef5350"')).replace("width: 60", "width: 80")
                         .replace("  symbol", columns + "  symbol"))[0]
        layer = found["panels"][0]["layers"][0]
        equal((layer["mark"], layer["up"], layer["down"], found["channels"]), ("bar", "#008000", "#ef5350", 3), "colours")
    found, err = chart_of(pipeline(COLOURS % ("green", "red")).replace("  symbol", "  columns: [close]\n  symbol"))
    equal(found, line, "one price: a line")
    contains(err, ["data.columns", "image.colors.bullish", "image.colors.bearish"], "the notice")
    found, err = chart_of(pipeline(COLOURS % ("green", "red"), "chart: line\n"))
    equal(found, line, "chart line")
    for text, words in (
            (pipeline("    bullish: green\n"), ["job.yaml:14:5: image.colors.bullish requires image.colors.bearish"]),
            (pipeline(COLOURS % ("green", "pink")), ["job.yaml:15:14: image.colors.bearish: found 'pink', expected a grey"]),
            ("input: a.npy\nwindow: 9\nimage: {colors: {bullish: green, bearish: red}}\n",
             ["job.yaml:3:18: image.colors.bullish and bearish are colours of OHLC bars, but the columns of the input are "
              "not known: expected chart: crypto for bars, or chart: line"])):
        wrong(folder, text, words, "-o", "hash:")
    start(folder, pipeline(COLOURS % ("green", "red")))
    contains(run(folder, "render", "--config", "job.yaml", "-o", "hash:").need(2).err,
             ["pitch: found 4, which makes 80 columns of 20 samples, expected 1 to 3"], "too narrow for bars")


@case("monthly files: a missing file, and invalid dates")
def _(folder):
    start(folder, PIPELINE)
    (folder / "data/raw/BTCUSDT-1m-2024-02.csv").unlink()
    refuses(folder, ["render", "--config", "job.yaml"],
            ["job.yaml:4:3: neither data/raw/BTCUSDT-1m-2024-02.zip nor data/raw/BTCUSDT-1m-2024-02.csv exists"])
    for key, value, words in [
            ("end_date", "2023-12-31", ["data.end_date: 2023-12-31 is before data.start_date"]),
            ("start_date", "2024-03-32", ["data.start_date: found '2024-03-32', expected YYYY-MM-DD or YYYY-MM"]),
            ("end_date", "2024-02-30", ["found '2024-02-30', expected YYYY-MM-DD or YYYY-MM"]),
            ("end_date", "soon", ["found 'soon', expected YYYY-MM-DD"])]:
        refuses(folder, ["render", "--config", "job.yaml", "--set", f"data.{key}={value}"], words)
    found = settings(folder, "--config", "job.yaml", "--set", "data.end_date=2024-01")
    equal(found["input"], '["data/raw/BTCUSDT-1m-2024-01.csv"]', "a month without a day")
    cut = 'data: {symbol: BTCUSDT, interval: 1m, start_date: 2024-01-15, end_date: %s}\npaths: {raw_data: data/raw}\n'
    wrong(folder, cut % "2024-01-10", ["job.yaml:1:73: data.end_date: 2024-01-10 is before data.start_date: 2024-01-15"])
    for end in ("2024-01-15", "2024-01"):
        start(folder, cut % end)
        equal(settings(folder, "--config", "job.yaml", "--set", "window=9").get("from"), '"2024-01-15"', end)
    wrong(folder, "data: {symbol: X, interval: 1m}\n", ["job.yaml:1:8: data.symbol requires data.start_date"])


@case("a dry run before the output's folder exists reports the memory of the job")
def _(folder):
    start(folder, PIPELINE)
    job = ["--config", "job.yaml", "--antialias", "--json", "-q"]
    planned = json.loads(render(folder, *job, "--dry-run").out)
    check(not (folder / "data/processed").exists(), "the output's folder was made")
    done = json.loads(render(folder, *job).out)
    equal(planned["device_bytes"], done["device_bytes"], "memory")


@case("KEY=null restores the default")
def _(folder):
    start(folder, PIPELINE)
    def found(*sets, more=()):
        return settings(folder, "--config", "job.yaml", *[word for text in sets for word in ("--set", text)], *more)
    several = ["image.storage.mode=multiple"]
    equal(found(*several)["images-per-file"], "1000", "several files")
    for key in ("image.storage.images_per_file", "images-per-file", "images_per_file"):
        check("images-per-file" not in found(f"{key}=null"), f"{key}: several files")
    check("images-per-file" not in found("image.storage.mode=~", "image.storage.images_per_file=~"), "both keys")
    equal(found("images-per-file=null", "images-per-file=7")["images-per-file"], "7", "a later one wins")
    check("images-per-file" not in found("images-per-file=7", "images-per-file=Null", "image.storage.mode=NULL"), "null")
    equal(found("images-per-file=null", more=["--images-per-file", 3])["images-per-file"], "3", "the command line")
    plain = found()
    for key, option in [("data.max_sequences", "limit"), ("limit", "limit"), ("paths.logs", "log-file"),
                        ("image.rendering.mode", "device"), ("pipeline", "skip-existing"), ("batch", "batch"),
                        ("image.line_width", "line-width"), ("image.colors", "foreground"), ("image.resolution", "size")]:
        before, now = plain[option], found(f"{key}=null").get(option)
        check(now != before, f"{key}: {option} is still {before}")
        equal(now, settings(folder, "a.npy", "--window", 20).get(option), f"{key}: {option}")
    err = render(folder, "--config", "job.yaml", "--set", "image.storage=null", "--set", "paths.models=null").err
    check("paths.models" not in err and "images_per_file" not in err, f"a dropped key is reported: {err}")
    refuses(folder, ["render", "--config", "job.yaml", "--set", "images-per-fil=null"], ["did you mean 'images-per-file'"])
    dropped = ["--set", "paths.models=~", "--set", "image=null"]
    contains(run(folder, "render", "--config", "job.yaml", *dropped).need(2).err, ["expected the option window"], "no window")


@case("OPTION=null also drops the keys that set the option")
def _(folder):
    start(folder, PIPELINE.replace("num_workers: -1", "num_workers: 3").replace("format: hdf5", "format: jpeg")
          .replace('"2024-01-01"', "2024-01-10").replace("03-31", "03-20"))
    def found(*sets):
        return settings(folder, "--config", "job.yaml", *[word for text in sets for word in ("--set", text)])
    plain, bare = found(), settings(folder, "a.npy", "--window", 20)
    for option in ("size", "background", "foreground", "device", "jobs", "output", "log-file", "from", "to"):
        setting = "image.colors.background=7" if option == "background" else f"window={plain['window']}"
        check(found(setting).get(option) != bare.get(option), f"{option}: {setting} is the default")
        now = found(setting, f"{option}=null")
        equal(now.get(option), bare.get(option), option)
        equal(now["input"], plain["input"], f"{option}: the input")
    equal((plain["format"], plain["output"]), ("jpeg", '"data/processed/images"'), "the format")
    now = found("format=null")
    equal((now.get("format"), now["output"]), (bare.get("format"), '"data/processed/images.h5"'), "no format")
    refuse = "image.rendering.fallback_on_error=false"
    equal(found(refuse)["no-fallback"], "true", "no going on")
    equal(found(refuse, "no-fallback=null")["no-fallback"], "false", "no-fallback")
    # Null resets only this key, not other keys of the same option.
    equal(found("image.resolution.width=null")["size"].split("x")[1], "40", "a width alone")
    equal(found("size=9x9", "image.resolution.width=null")["size"], "9x9", "the size of the option")
    equal(found("output=x.h5", "format=hdf5", "paths.processed_data=null")["output"], '"x.h5"', "the output")
    equal(found("from=null", "data.start_date=2024-01-12")["from"], '"2024-01-12"', "a later date")
    equal(found("data.start_date=2024-01-12", "from=null").get("from"), None, "an earlier date")
    # A null in the file is as if the key were absent: only --set takes back what was set before.
    equal(plain["from"], '"2024-01-10"', "the date of the file")
    with open(folder / "job.yaml", "a") as job:
        job.write("\nfrom:\nto: null\n")
    equal((found()["from"], found()["to"]), (plain["from"], plain["to"]), "with empty keys after it")


@case("a line width in points")
def _(folder):
    start(folder, "input: a.npy\nwindow: 20\nline_width: 3pt\n")
    def width(*arguments):
        plan = json.loads(run(folder, "render", *arguments, "--dry-run", "--json", "-q").need().out)
        return round(plan["spec"]["chart"]["panels"][0]["layers"][0]["width"], 6)
    equal(width("a.npy", "--window", 20, "--line-width", "3pt", "--dpi", 100), 4.166667, "3pt at 100")
    equal(width("--config", "job.yaml"), 4.166667, "100 is the default")
    equal(width("--config", "job.yaml", "--set", "dpi=72"), 3, "3pt at 72")
    equal(width("--config", "job.yaml", "--set", "image.resolution.dpi=144"), 6, "the pipeline's key")
    equal(width("a.npy", "--window", 20, "--line-width", "2.5px", "--dpi", 300), 2.5, "pixels are pixels")
    result = run(folder, "render", "a.npy", "--window", 20, "--dpi", 300, "--dry-run").need()
    contains(result.err, ["dpi 300 has no effect: the line width is in pixels"], "the notice")
    refuses(folder, ["render", "a.npy", "--window", 20, "--line-width", "300pt", "--dry-run"],
            ["line-width: found 300pt, which is 416.7 px at 100 dpi, expected 0.5 to 64 px"])
    for text in ["3 pt", "3p", "pt", "-3pt", "0pt", "3ptx", "3cm"]:
        refuses(folder, ["render", "a.npy", "--window", 20, f"--line-width={text}"], ["line-width: found"])


WRONG = [
    ("image:\n  seq_lenn: 3\n", "job.yaml:2:3: unknown key 'seq_lenn': did you mean 'seq_len'?"),
    ("windw: 3\n", "job.yaml:1:1: unknown key 'windw': did you mean 'window'?"),
    ("imagee:\n  seq_len: 3\n", "job.yaml:1:1: unknown key 'imagee': did you mean 'image'?"),
    ("seq_len: 3\n", "job.yaml:1:1: unknown key 'seq_len': did you mean image.seq_len?"),
    ("image:\n  stride: 3\n", "job.yaml:2:3: unknown key 'stride' in image: it belongs at the top level"),
    ("window: 3\nzzz: 1\n", "job.yaml:2:1: unknown key 'zzz'"),
    ("config: b.yaml\n", "job.yaml:1:1: unknown key 'config'"),
    ("image:\n  seq_len: abc\n", "job.yaml:2:12: image.seq_len: found 'abc', expected a whole number from 2 to"),
    ("window: 1\n", "job.yaml:1:9: window: found '1', expected a whole number from 2 to"),
    ("window: '100'\n", "job.yaml:1:9: window: found '100' in quotes, expected a whole number"),
    ("window: [1, 2]\n", "job.yaml:1:9: window: found a list, expected a whole number"),
    ("window: {a: 1}\n", "job.yaml:1:9: window: found nested keys, expected a whole number"),
    ("antialias: 3\n", "job.yaml:1:12: antialias: found '3', expected true or false"),
    ("antialias: 'yes'\n", "job.yaml:1:12: antialias: found 'yes' in quotes, expected true or false"),
    ("missing: hole\n", "job.yaml:1:10: missing: found 'hole', expected gap, bridge or error"),
    ("image: 3\n", "job.yaml:1:8: image: found a single value, expected keys and values"),
    ("image: [3]\n", "job.yaml:1:8: image: found a list, expected keys and values"),
    ("input: []\n", "job.yaml:1:8: input: found an empty list, expected a file or a list of files"),
    ("pipeline: {num_workers: -2}\n", "job.yaml:1:25: pipeline.num_workers: found '-2', expected -1 or a whole number from 0 to 1024"),
    ("image: {resolution: {dpi: -4}}\n", "job.yaml:1:27: image.resolution.dpi: found '-4', expected a number"),
    ("paths: {models: [1]}\n", "job.yaml:1:17: paths.models: found a list, expected a text"),
    ("paths: {logs: \"\"}\n", "job.yaml:1:15: paths.logs: found an empty text, expected a text"),
    ("paths: {processed_data: ''}\n", "job.yaml:1:25: paths.processed_data: found an empty text, expected a text"),
    ("image: {batch_size: x, rendering: {gpu_batch_size: 4}}\n", "job.yaml:1:21: image.batch_size: found 'x', expected"),
    ("window: 9\nwindow: 8\n", "job.yaml:2:1: found 'window' again: it is already in line 1"),
    ("window: 9\nimage: {seq_len: 8}\n", "job.yaml:2:9: image.seq_len sets window, which window at job.yaml:1:1 already sets"),
    ("", "job.yaml: is empty, expected keys and values"),
    ("# only a remark\n", "job.yaml: is empty, expected keys and values"),
    ("word\n", "job.yaml:1:1: found a single value, expected keys and values"),
    ("- a\n- b\n", "job.yaml:1:1: found a list, expected keys and values"),
    ("[a, b]: 1\n", "job.yaml:1:1: found a nested value as a key, expected a word"),
    ("image:\n\tseq_len: 3\n", "job.yaml:2:1: not YAML: found character that cannot start any token"),
    ("window: [1\n", "job.yaml:2:1: not YAML: did not find expected ',' or ']'"),
    ("window: 9\n---\nwindow: 8\n", "job.yaml:3:1: found a second document, expected one job"),
    ("image: &a\n  resolution: *a\n", "job.yaml:2:3: unknown key 'resolution'"),
    ("window: *none\n", "job.yaml:1:9: not YAML: found undefined alias"),
    ("[" * 100000, "job.yaml:1:33: nested over 32 levels deep"),
    ("#" * (1 << 20) + "\n", "job.yaml: is larger than 1 MiB"),
    ("window: \x01\n", "job.yaml: offset 8: control characters are not allowed"),
]


@case("every error in a file is one line that names the place")
def _(folder):
    for text, words in WRONG:
        wrong(folder, text, [words])
    (folder / "job.yaml").write_bytes(b"window: \xff\xff\n")
    refuses(folder, ["render", "--config", "job.yaml"], ["job.yaml: offset"])
    refuses(folder, ["render", "--config", "none.yaml"], ["none.yaml: cannot be read: No such file"])
    for text, words in [("window", "set: found 'window', expected KEY=VALUE"), ("=3", "expected KEY=VALUE"),
                        ("window=", "expected KEY=VALUE"), ("window=x", "set window: window: found 'x', expected"),
                        ("wndow=3", "set wndow: unknown key 'wndow': did you mean 'window'?"),
                        ("image=3", "set image: found a single value, expected a key of image")]:
        refuses(folder, ["render", "--set", text], [words])


@case("options of the file that do not apply to the requested output are dropped, with one notice")
def _(folder):
    start(folder, "input: a.npy\nwindow: 20\nskip_existing: true\nimages_per_file: 10\ndtype: f32\n")
    for arguments, keys in [(["-o", "null:"], ["skip_existing", "images_per_file"]),
                            (["-o", "hash:"], ["skip_existing", "images_per_file"]),
                            (["--format", "jpeg", "-o", "jx"], ["images_per_file", "dtype"]),
                            (["-o", "a.h5", "--force"], ["skip_existing"])]:
        result = render(folder, "--config", "job.yaml", *arguments)
        notices = [line for line in result.lines() if "have no effect here" in line]
        equal(len(notices), 1, f"notices in {result.err}")
        contains(notices[0], keys, f"the notice with {arguments}")
    equal(len(list((folder / "jx").glob("*.jpg"))), 61, "JPEG files")
    # Options that contradict each other in the file are still refused.
    wrong(folder, "input: a.npy\nwindow: 20\nskip_existing: true\noutput: 'null:'\n", ["skip-existing: applies only to files and folders"])
    start(folder, PIPELINE)
    found = settings(folder, "--config", "job.yaml", "--format", "jpeg")
    equal((found["output"], found["format"]), ('"data/processed/images"', "jpeg"), "the folder of another format")


@case("an output name that contradicts the format")
def _(folder):
    text = "input: a.npy\nwindow: 20\noutput: conf.h5\nimage: {storage: {format: npz}}\n"
    wrong(folder, text, ["job.yaml:4:27: image.storage.format npz: contradicts the name of the output, conf.h5"])
    contains(render(folder, "--config", "job.yaml", "-o", "b.npy").err,
             ["have no effect here: image.storage.format"], "the command line's output")


@case("modes in capitals, and colours as one word")
def _(folder):
    start(folder, "input: a.npy\nimage: {seq_len: 20, colors: grayscale, rendering: {mode: CPU}}\n")
    found = settings(folder, "--config", "job.yaml")
    equal((found["device"], found["background"], found["foreground"]), ('"cpu"', "255", "0"), "settings")
    equal(settings(folder, "--config", "job.yaml", "--set", "image.colors=BW")["background"], "255", "--set")
    wrong(folder, "image: {colors: rgb}\n", ["job.yaml:1:17: image.colors: found 'rgb', expected grayscale"])


@case("anchors and aliases")
def _(folder):
    start(folder, "input: &file a.npy\nwindow: &n 20\nstride: *n\n")
    found = settings(folder, "--config", "job.yaml")
    equal((found["window"], found["stride"]), ("20", "20"), "an alias")


@case("a truncated file never crashes")
def _(folder):
    start(folder, PIPELINE)
    for length in range(0, len(PIPELINE), 7):
        (folder / "cut.yaml").write_text(PIPELINE[:length])
        done = subprocess.run([str(COMMAND), "render", "--config", "cut.yaml", "--print-config"], cwd=folder,
                              env=environment(), capture_output=True)
        check(done.returncode in (0, 2), f"exit {done.returncode} after {length} bytes")
        check(done.returncode == 0 or re.match(rb"plotmill: .*\n\Z|job.yaml", done.stderr.splitlines(True)[-1]),
              done.stderr.decode())


main()
