"""--chart: presets, files, nested keys and texts; what overrides a chart; specs; and what is refused, in one line."""
import json
import random

import h5py

from harness import case, check, contains, equal, hash_of, info_hash, main, need_yaml, refuses, render, run

ROWS, WINDOW = 200, 20
PRESETS = ["line", "jkx5", "jkx20", "jkx60", "crypto", "candles"]
JOB = ["p.csv", "--window", WINDOW]
SMALL = "size: 60x40\nlayers:\n  - {mark: line, y: close, width: 2}\n"


def start(folder):
    need_yaml()
    rng, price, rows = random.Random(7), 100.0, []
    for i in range(ROWS):
        opening, price = price, price * rng.gauss(1, 0.01)
        rows.append(f"{i},{opening:.2f},{max(opening, price) * 1.003:.2f},{min(opening, price) * 0.997:.2f},{price:.2f},"
                    f"{rng.randint(1, 999)}")
    (folder / "p.csv").write_text("row,Open,high,low,close,volume\n" + "\n".join(rows) + "\n")
    (folder / "small.yaml").write_text(SMALL)


def spec_of(folder, *arguments):
    return json.loads(render(folder, *arguments, "-o", "hash:", "--json", "--quiet").out)["spec"]


def chart_of(folder, *arguments):
    return spec_of(folder, *JOB, *arguments)["chart"]


@case("plotmill preset lists the presets and prints each, which is the same chart as a file")
def _(folder):
    start(folder)
    listed = run(folder, "preset").need().out.splitlines()
    equal([line.split()[0] for line in listed], PRESETS, "presets")
    check(all(len(line.split()) > 3 for line in listed), "a preset without a summary")
    for name in PRESETS:
        text = run(folder, "preset", name).need().out
        (folder / "own.yaml").write_text(text)
        job = ["p.csv", "--window", name.removeprefix("jkx") if name.startswith("jkx") else WINDOW]
        options = ["--column", "close"] if name == "line" else []
        equal(spec_of(folder, *job, *options, "--chart", "own.yaml"), spec_of(folder, *job, *options, "--chart", name), name)
    done = run(folder, "preset", "candle")
    equal((done.code, done.err, done.out), (2, "plotmill: unknown preset 'candle': did you mean candles? (see plotmill "
                                               "preset)\n", ""), "an unknown preset")


@case("the preset line is the chart without --chart")
def _(folder):
    start(folder)
    job = [*JOB, "--column", "close", "--line-width", 2, "--margin", 3, "--range", "90:110", "--foreground", 9]
    equal(spec_of(folder, *job, "--chart", "line"), spec_of(folder, *job), "spec")
    equal(hash_of(folder, *job, "--chart", "line"), hash_of(folder, *job), "hash")


@case("a preset fixes window and size: jkx")
def _(folder):
    start(folder)
    for days, size in ((5, [15, 32]), (20, [60, 64]), (60, [180, 96])):
        spec = spec_of(folder, "p.csv", "--chart", f"jkx{days}")
        equal((spec["window"], spec["chart"]["size"]), (days, size), f"jkx{days}")
    refuses(folder, ["render", "p.csv", "--chart", "jkx20", "--window", 30, "-o", "hash:"],
            ["window: found 30, expected 20, for which chart jkx20 is defined"])
    refuses(folder, ["render", "p.csv", "--chart", "jkx20", "--size", "224x224", "-o", "hash:"],
            ["size: found 224x224, expected none with jkx20, whose panels are in pixels"])
    equal(chart_of(folder, "--chart", "jkx20", "--size", "60x64"), chart_of(folder, "--chart", "jkx20"), "its own size")


@case("a chart by file, as a text, as nested keys and with --set is the same chart")
def _(folder):
    start(folder)
    expected = chart_of(folder, "--chart", "small.yaml")
    equal(expected["size"], [60, 40], "size")
    text = "{size: 60x40, layers: [{mark: line, y: close, width: 2}]}"
    equal(chart_of(folder, "--chart", text), expected, "as a text")
    equal(chart_of(folder, "--set", f"chart={text}"), expected, "--set")
    (folder / "job.yaml").write_text("input: p.csv\nwindow: 20\nchart:\n" +
                                     "".join(f"  {line}\n" for line in SMALL.splitlines()))
    equal(spec_of(folder, "--config", "job.yaml")["chart"], expected, "nested keys")
    printed = run(folder, "render", "--config", "job.yaml", "--print-config").need().out
    check("line-width" not in printed and "size:" not in printed.replace('"size', ""), f"of the line: {printed}")
    (folder / "again.yaml").write_text(printed)
    equal(spec_of(folder, "--config", "again.yaml")["chart"], expected, "--print-config")
    (folder / "named.yaml").write_text("input: p.csv\nwindow: 20\nchart: small.yaml\n")
    equal(spec_of(folder, "--config", "named.yaml")["chart"], expected, "by name in a job file")
    equal(spec_of(folder, "--config", "job.yaml", "--chart", "crypto")["chart"], chart_of(folder, "--chart", "crypto"),
          "the command line overrides")


@case("size, background, antialias, channels, dpi and ma override a chart")
def _(folder):
    start(folder)
    (folder / "own.yaml").write_text("layers:\n  - {mark: line, y: close, width: 3pt}\n"
                                     "  - {mark: line, y: \"ma(close,20)\", ink: 40, whole: true}\n")
    plain = chart_of(folder, "--chart", "own.yaml")
    equal((plain["size"], plain["background"], plain["antialias"], plain["channels"]), ([800, 500], 255, False, 1), "plain")
    found = chart_of(folder, "--chart", "own.yaml", "--size", "90x70", "--background", 7, "--antialias", "--dpi", 144)
    equal((found["size"], found["background"], found["antialias"]), ([90, 70], 7, True), "overridden")
    equal(found["panels"][0]["layers"][0]["width"], 6, "3pt at 144 dpi")
    found = chart_of(folder, "--chart", "own.yaml", "--channels", "layer")
    equal((found["channels"], found["background"], found["panels"][0]["layers"][1]["ink"]), ("layer", 0, 255), "layer")
    found = chart_of(folder, "--chart", "own.yaml", "--ma", "5,10")["panels"][0]
    equal([layer["y"] for layer in found["layers"]], ["close", "ma(close,5)", "ma(close,10)"], "averages")
    equal(found["y"]["fields"], ["close", "ma(close,5)", "ma(close,10)"], "the scale")
    equal([layer["ink"] for layer in found["layers"]], [0, 40, 40], "inks")
    (folder / "job.yaml").write_text("input: p.csv\nwindow: 20\nchart: candles\nma: [5, 10]\nsize: [80, 60]\n")
    found = spec_of(folder, "--config", "job.yaml")["chart"]
    equal((found["size"], len(found["panels"][0]["layers"])), ([80, 60], 3), "from a job file")
    found = chart_of(folder, "--column", "close", "--background", "#102030")
    equal((found["background"], found["channels"]), ("#102030", 3), "a line on a colour")


@case("the spec is canonical JSON of the chart, and a chart")
def _(folder):
    start(folder)
    for name in ("crypto", "candles", "jkx20"):
        render(folder, *JOB, "--chart", name, "-o", "a.h5", "--force")
        with h5py.File(folder / "a.h5") as file:
            text = file["images"].attrs["spec"]
        spec = json.loads(text)
        equal(text, json.dumps(spec, separators=(",", ":"), sort_keys=True), "RFC 8785")
        (folder / "spec.json").write_text(json.dumps(spec["chart"]))
        equal(spec_of(folder, *JOB, "--chart", "spec.json"), spec, "the spec as a chart")
        equal(info_hash(folder, "a.h5"), hash_of(folder, *JOB, "--chart", "spec.json"), "hash")


@case("skip-existing: charts are compared by their specs; those of the first edition are translated")
def _(folder):
    start(folder)
    job = [*JOB, "--chart", "crypto", "-o", "a.h5"]
    render(folder, *job)
    contains(render(folder, *job, "--skip-existing").err, ["up to date"], "stderr")
    (folder / "own.yaml").write_text(run(folder, "preset", "crypto").need().out.replace("ink: 0", "up: 0, down: 9"))
    refuses(folder, ["render", *JOB, "--chart", "own.yaml", "-o", "a.h5", "--skip-existing"],
            ["a.h5: was made with panels[0].layers[0].down 0, this job has 9"])
    line = ["p.csv", "--column", "close", "--window", WINDOW, "--size", "40x30", "-o", "b.h5"]
    render(folder, *line)
    with h5py.File(folder / "b.h5", "r+") as file:
        file["images"].attrs["spec"] = json.dumps({
            "chart": "line", "window": WINDOW, "stride": 1, "width": 40, "height": 30, "line_width": 3,
            "antialias": False, "margin": 0, "background": 255, "foreground": 0, "range": "minmax", "missing": "gap"})
    contains(render(folder, *line, "--skip-existing").err, ["up to date"], "stderr")
    refuses(folder, ["render", *line, "--line-width", 4, "--skip-existing"],
            ["b.h5: was made with line-width 3, this job has 4"])


@case("profile measures a job with a chart")
def _(folder):
    start(folder)
    for chart in ("jkx20", "candles"):
        found = json.loads(run(folder, "profile", *JOB, "--chart", chart, "--seconds", 0.05, "--no-sweep", "--json", "-q")
                           .need().out)
        check(found["images"] > 0 and found["images_per_second"] > 0, f"{chart}: {found['images']} images")
    refuses(folder, ["profile", *JOB, "--chart", "crypto", "--margin", 3], ["margin: found with chart crypto"])


@case("options of the line are refused with another chart, by name")
def _(folder):
    start(folder)
    for option, value in (("line-width", 2), ("foreground", 3), ("range", "0:1"), ("missing", "bridge"), ("margin", 2)):
        refuses(folder, ["render", *JOB, "--chart", "crypto", f"--{option}", value, "-o", "hash:"],
                [f"{option}: found with chart crypto, expected only with chart line: use the key "])
    refuses(folder, ["render", *JOB, "--column", "close", "--ma", 5, "-o", "hash:"], ["ma: found with chart line"])
    refuses(folder, ["render", *JOB, "--chart", "crypto", "--ma", 5, "-o", "hash:"], ["ma: found with chart crypto"])
    refuses(folder, ["render", *JOB, "--chart", "candles", "--ma", "5,x", "-o", "hash:"],
            ["ma: found '5,x', expected numbers of rows, each from 1 to 16777216, separated by commas"])
    refuses(folder, ["render", *JOB, "--chart", "candles", "--channels", 1, "-o", "hash:"],
            ["channels: found 1 with the colour #26a69a in chart candles, expected 3"])
    (folder / "job.yaml").write_text("input: p.csv\nwindow: 20\nline-width: 2\nmargin: 1\n")
    contains(render(folder, "--config", "job.yaml", "--chart", "crypto", "-o", "hash:").err,
             ["these keys have no effect here: line-width, margin"], "those of a job file have no effect")


@case("bad input: one line that says where, what was found and what was expected")
def _(folder):
    start(folder)
    for name, words in (("jkx7", "chart: found 'jkx7', expected a preset (line, jkx5, jkx20, jkx60, crypto, candles) or a "
                                 "file: did you mean 'jkx5'?"), ("none.yaml", "chart: found 'none.yaml', expected a preset")):
        refuses(folder, ["render", *JOB, "--chart", name, "-o", "hash:"], [words])
    for text, words in (
            ("", "own.yaml: is empty, expected keys and values like size: 800x500"),
            ("layers:\n  - mark: candle\n    bodi: 3\n", "own.yaml:3:5: bodi: found an unknown key of a candle"),
            ("layers:\n  - mark: bar\n    width: 3\n", "own.yaml:3:5: width: found in a bar, expected in a line, a column"),
            ("layers:\n  - mark: area\n", "own.yaml:2:11: mark: found 'area', which this version does not support"),
            ("panels:\n  - rect: [0, 0, 801, 500]\n    layers: [{mark: bar}]\n",
             "own.yaml:2:11: rect: found [0, 0, 801, 500], expected a panel of one pixel or more inside the image"),
            ("x: {scale: band, pitch: 41}\nlayers: [{mark: bar}]\n",
             "own.yaml:1:25: pitch: found 41, which makes 820 columns of 20 samples, expected 1 to 40"),
            ("size: 19x10\nlayers: [{mark: column, y: volume}]\n",
             "own.yaml:1:1: x: found a band of 19 columns for 20 samples, expected a column or more for each"),
            ("layers: [{mark: line, y: ma(close)}]\n", "own.yaml:1:26: y: found ')', expected a comma"),
            ("layers: [{mark: line, y: closing}]\n", "closing")):
        (folder / "own.yaml").write_text(text)
        refuses(folder, ["render", *JOB, "--chart", "own.yaml", "-o", "hash:"], [words])
    (folder / "job.yaml").write_text("input: p.csv\nwindow: 20\nchart:\n  layers:\n    - {mark: line, widht: 3}\n")
    refuses(folder, ["render", "--config", "job.yaml", "-o", "hash:"],
            ["job.yaml:5:20: widht: found an unknown key of a line", "did you mean 'width'?"])
    (folder / "job.yaml").write_text("chart: [crypto]\ninput: p.csv\n")
    refuses(folder, ["render", "--config", "job.yaml", "-o", "hash:"], ["job.yaml:1:8: chart: found a list"])


main()
