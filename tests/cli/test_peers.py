#!/usr/bin/python3
"""bench/peers measures, compares images and lists what it skipped. No test depends on speed."""
import importlib.util
import json
import os
import subprocess

from harness import COMMAND, ROOT, SECONDS, Skip, case, check, contains, environment, equal, main


def peers(folder, *options, **variables):
    """Runs bench/peers; returns the finished process and the JSON that it wrote."""
    done = subprocess.run([str(ROOT / "bench" / "peers"), "--plotmill", str(COMMAND), "--rounds", "1", "--seconds",
                           "0.01", "--scratch", str(folder), "--json", "found.json", *options], cwd=folder, text=True,
                          env=environment(**variables), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    path = folder / "found.json"
    return done, json.loads(path.read_text()) if path.exists() else None


def measured(folder, *options, **variables):
    done, found = peers(folder, *options, **variables)
    check(done.returncode == 0 and found, f"exit {done.returncode} of bench/peers:\n{done.stdout}{done.stderr}")
    equal(sorted(os.listdir(folder)), ["found.json"], "files after bench/peers")
    return done.stdout, found


def of(entries, key, text):
    found = [entry for entry in entries if text in entry[key]]
    equal(len(found), 1, f"entries about {text}")
    return found[0]


def block(folder, *modules):
    """A Python path on which these modules are not installed."""
    (folder / "sitecustomize.py").write_text(
        f"import sys\nimport importlib.util\nsys.modules.update(dict.fromkeys({modules!r}))\n"
        "find = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *rest: None if name in {modules!r} else find(name, *rest)\n")
    return str(folder)


@case("peers: row 1 is measured, and the images of each renderer are checked")
def _(folder):
    text, found = measured(folder, "--rows", "1", "--walks", "2", "--markdown")
    pillow = of(found["rows"], "against", "Pillow")
    check(pillow["us"] > 0 and pillow["peer_us"] > 0, f"times: {pillow}")
    check(abs(pillow["ratio"] * pillow["us"] / pillow["peer_us"] - 1) < 1e-9, f"ratio of one round: {pillow}")
    ours, theirs = found["exactness"][0], of(found["exactness"], "renderer", "Pillow")
    equal((ours["renderer"], ours["wrong"]), ("plotmill", 0), "plotmill's wrong pixels")
    check(theirs["wrong"] > 100, f"Pillow rounds vertices to whole pixels, so some pixels must be wrong: {theirs}")
    edges = found["exactness"][1]
    check(0 < edges["rms"] < 0.9 and edges["worst"] <= 16 and edges["elsewhere"] == 0, f"antialiased: {edges}")
    contains(text, ["| row | work |", "| Pillow |", "2 walks"], "the Markdown")


@case("peers: bars are measured, and NumPy's equal plotmill's")
def _(folder):
    _, found = measured(folder, "--rows", "13", "--walks", "40")
    row = of(found["rows"], "against", "NumPy")
    check(row["work"] == "bars to memory" and row["us"] > 0 and row["peer_us"] > 0, f"times: {row}")
    equal(of(found["exactness"], "renderer", "NumPy")["wrong"], 0, "pixels in which the bars differ")


@case("peers: candles are measured against mplfinance")
def _(folder):
    if not (COMMAND.parent.parent / "mplfinance" / "complete").exists():
        raise Skip("mplfinance: not installed ('scripts/deps bench' does it)")
    _, found = measured(folder, "--rows", "12", "--walks", "0")
    equal([row["against"].split(",")[0] for row in found["rows"]], ["mplfinance"] * 3, "rows")
    check(all(row["us"] > 0 and row["peer_us"] > 0 for row in found["rows"]), f"times: {found['rows']}")


@case("peers: OpenCV's ratio has a verdict")
def _(folder):
    if importlib.util.find_spec("cv2") is None:
        raise Skip("opencv: python3-opencv is not installed")
    _, found = measured(folder, "--rows", "1", "--walks", "0")
    row = [entry for entry in found["rows"] if entry["needed"]]
    equal(len(row), 1, "rated entries of row 1")
    expected = "not reached" if row[0]["ratio"] < 2.2 else "enough" if row[0]["ratio"] < 3 else "aim reached"
    equal((row[0]["against"], row[0]["verdict"]), ("OpenCV LINE_8", expected), "the rated entry")


@case("peers: renderers that are not installed are listed")
def _(folder):
    modules = folder / "modules"
    modules.mkdir()
    done, found = peers(folder, "--rows", "2,3", "--walks", "0", PYTHONPATH=block(modules, "cv2", "cairo"))
    equal((done.returncode, found["rows"]), (0, []), f"exit status and rows, with {done.stderr}")
    contains(" ".join(done.stdout.split()), ["against OpenCV LINE_AA: skipped: python3-opencv not installed",
                                             "against Cairo: skipped: python3-cairo not installed"], "the report")


@case("peers: unknown rows and a missing program are refused")
def _(folder):
    for options, words in [(["--rows", "1,99"], ["--rows"]), (["--rows", "x"], ["--rows x"]),
                           (["--plotmill", "nowhere"], ["nowhere"]), (["--rounds", "0"], ["--rounds"])]:
        done, _ = peers(folder, *options)
        equal(done.returncode, 2, f"exit of {options}")
        contains(done.stderr, words, "the message")


@case("bench/read_costs prints the costs of each format and loader")
def _(folder):
    done = subprocess.run([str(ROOT / "bench" / "read_costs"), "--command", str(COMMAND), "--rounds", "1", "--share", "0",
                           "--folder", str(folder)], cwd=folder, text=True, env=environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    equal((done.returncode, os.listdir(folder)), (0, []), f"exit code and files: {done.stderr}")
    lines = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    equal([len(line) for line in lines], [5] * 28 + [4] * 6, "columns of the tables")
    contains(done.stdout, ["| 800x500 | HDF5, uncompressed, 8 per chunk | ", "| keep the data set object, "], "the tables")


main()
