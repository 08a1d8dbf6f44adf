"""The order of rows: newest first, inputs out of order, sorting, gaps, duplicates, periods. window_start and the samples
of each window are compared with NumPy's computation from the same rows."""
import calendar
import json
import pathlib

import h5py
import numpy as np

from harness import ROOT, case, check, contains, equal, main, refuses, run

CASES = ROOT / "tests" / "cases"
START = calendar.timegm((2024, 1, 1, 0, 0, 0))  # a Monday
WINDOW = 6
JOB = ["--window", WINDOW, "--size", "32x24", "--column", "close"]


def clock(seconds):
    return str(np.datetime64(int(seconds), "s")).replace("T", " ")


def write(path, times, values, header="time,close", dates=True):
    lines = [f"{clock(time) if dates else int(time)},{value!r}\n" for time, value in zip(times, values.tolist())]
    path.write_text("".join([header + "\n", *lines]))


def numbers(count, seed=3):
    return np.random.default_rng(seed).standard_normal(count).cumsum().round(3) + 100


def rendered(folder, *arguments):
    """The samples and starts of all windows, the lines on stderr that are about inputs, and the JSON."""
    result = run(folder, "render", *arguments, *JOB, "--store-sequences", "--json", "-o", "out.h5", "--force").need()
    lines = [line for line in result.lines() if ".csv" in line and " column " not in line and "alike" not in line]
    with h5py.File(pathlib.Path(folder) / "out.h5") as file:
        return file["sequences"][()], file["window_start"][()], lines, json.loads(result.out)


def expect(found, values, rows, what):
    """`values` and `rows` of the input in the order in which windows show them."""
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(values), WINDOW)
    sequences, starts = found[:2]
    equal(sequences.shape[0], len(windows), f"{what}: windows")
    check(np.array_equal(sequences, windows), f"{what}: samples of the windows")
    equal(starts.tolist(), np.asarray(rows)[:len(windows)].tolist(), f"{what}: window_start")


@case("newest first: turned round and reported, window_start is the row of the oldest sample")
def _(folder):
    times, values = START + 86400 * np.arange(90)[::-1], numbers(90)
    write(folder / "a.csv", times, values)
    found = rendered(folder, "a.csv")
    expect(found, values[::-1], np.arange(90)[::-1], "newest first")
    equal(found[2], ["a.csv: rows lie newest first; they are put in the order of time"], "report")
    equal(found[3]["read"][0]["order"], "newest first, reversed", "JSON")
    found = rendered(folder, "a.csv", "--order", "file")
    expect(found, values, np.arange(90), "order: file")
    contains("\n".join(found[2]), ["time goes back at 89 rows, first at a.csv, line 3; the rows stay as they lie"], "report")
    lines = (folder / "a.csv").read_text().splitlines(keepends=True)
    (folder / "b.csv").write_text("made by hand\n" + "".join(lines))
    expect(rendered(folder, "b.csv", "--skip", 1), values[::-1], np.arange(90)[::-1], "behind a line that is skipped")
    inside = (times >= START + 86400 * 9) & (times < START + 86400 * 31)
    expect(rendered(folder, "a.csv", "--from", "2024-01-10", "--to", "2024-01"), values[inside][::-1],
           np.flatnonzero(inside)[::-1], "from and to")


@case("inputs in another order than that of time, some of them newest first")
def _(folder):
    values = numbers(300)
    times = START + 60 * np.arange(300)
    write(folder / "c.csv", times[200:], values[200:])
    write(folder / "a.csv", times[:120][::-1], values[:120][::-1])
    write(folder / "b.csv", times[120:200], values[120:200])
    rows = np.concatenate([100 + np.arange(120)[::-1], 220 + np.arange(80), np.arange(100)])
    found = rendered(folder, "c.csv", "a.csv", "b.csv")
    expect(found, values, rows, "three inputs")
    contains("\n".join(found[2]), ["the rows of 1 input lie newest first", "in another order than that of time"], "report")
    equal([entry["order"] for entry in found[3]["read"]], ["moved", "newest first, reversed", "moved"], "JSON")
    equal(rendered(folder, "a.csv", "b.csv", "c.csv", "--order", "file")[1].tolist(), list(range(295)), "order: file")


@case("rows in any order: refused with the line and both readings; order: time sorts as NumPy does")
def _(folder):
    rng = np.random.default_rng(8)
    values, times = numbers(400), START + 3600 * rng.integers(0, 200, 400)
    write(folder / "a.csv", times, values)
    back = int(np.flatnonzero(np.diff(times) < 0)[0]) + 1
    refuses(folder, ["render", "a.csv", *JOB, "-o", "x.h5"],
            [f"a.csv, line {back + 2}: time goes back: ", "order: time (rows are sorted) or file (rows stay as they lie)"])
    order = np.argsort(times, kind="stable")
    found = rendered(folder, "a.csv", "--order", "time")
    expect(found, values[order], order, "order: time")
    repeated = int((np.diff(times[order]) == 0).sum())
    equal(found[3]["read"][0]["duplicates"], repeated, "duplicates")
    contains("\n".join(found[2]), ["400 rows are sorted by time", f"{repeated} rows have the time of the row before"], "report")
    expect(rendered(folder, "a.csv", "--order", "file"), values, np.arange(400), "order: file")
    write(folder / "b.csv", times[:100], values[:100])
    both, all_times = np.concatenate([values, values[:100]]), np.concatenate([times, times[:100]])
    order = np.argsort(all_times, kind="stable")
    expect(rendered(folder, "a.csv", "b.csv", "--order", "time"), both[order], order, "two inputs")


@case("inputs that overlap in time are refused")
def _(folder):
    values = numbers(100)
    write(folder / "a.csv", START + 60 * np.arange(100), values)
    write(folder / "b.csv", START + 60 * np.arange(50, 150), values)
    refuses(folder, ["render", "a.csv", "b.csv", *JOB, "-o", "x.h5"],
            ["a.csv and b.csv overlap in time", "order: time", "or file", "group-by: file"])
    expect(rendered(folder, "a.csv", "b.csv", "--order", "file"), np.concatenate([values, values]), np.arange(200), "file")


@case("from and to: window_start counts all rows of all inputs, with times of day")
def _(folder):
    values, times = numbers(400), START + 1800 * np.arange(400)
    write(folder / "a.csv", times[:150], values[:150])
    write(folder / "b.csv", times[150:], values[150:], dates=False)
    for first, last, more in [(48 * 2, 48 * 5, ["--from", "2024-01-03", "--to", "2024-01-05"]),
                              (160, 400, ["--from", "2024-01-04 08:00"]), (0, 22, ["--to", "2024-01-01 10:30"]),
                              (21, 201, ["--from", "2024-01-01T10:01", "--to", "2024-01-05 04:00:00Z"])]:
        found = rendered(folder, "a.csv", "b.csv", *more)
        expect(found, values[first:last], np.arange(first, last), f"{more}")
        equal([entry["rows"] for entry in found[3]["read"]], [150, 250], "rows")
        equal(sum(entry["left_out"] for entry in found[3]["read"]), 400 - last + first, "rows that are left out")


@case("gaps inside inputs and at seams: counted, reported once, and windows break at them")
def _(folder):
    rng = np.random.default_rng(4)
    step = np.where(rng.random(499) < 0.02, rng.integers(5, 300, 499), 1)
    times, values = START + 60 * np.concatenate([[0], step.cumsum()]), numbers(500)
    seam = 250
    write(folder / "a.csv", times[:seam], values[:seam])
    write(folder / "b.csv", times[seam:], values[seam:])
    gaps = np.flatnonzero(step > 1.5) + 1
    longest = int(gaps[np.argmax(step[gaps - 1])])
    place = f"a.csv, line {longest + 2}" if longest < seam else f"b.csv, line {longest - seam + 2}"
    found = rendered(folder, "a.csv", "b.csv")
    expect(found, values, np.arange(500), "over gaps")
    equal(len(found[2]), 1, f"lines on gaps: {found[2]}")
    contains(found[2][0], [f"{len(gaps)} gaps in time, about {step[gaps - 1].sum() - len(gaps)} rows missing", place,
                           "rows are 1 minute apart", "break-at-gaps"], "report")
    equal([entry["gaps"] for entry in found[3]["read"]], [int((gaps < seam).sum()), int((gaps >= seam).sum())], "JSON")
    equal(max(entry["longest_gap_seconds"] for entry in found[3]["read"]), 60.0 * step.max(), "the longest gap")
    equal(found[3]["read"][0]["step_seconds"], 60, "the usual step")
    for factor in (None, 20):
        breaks = np.flatnonzero(step > (factor or 1.5)) + 1
        starts = [k for k in range(500 - WINDOW + 1) if not any(k < at < k + WINDOW for at in breaks)]
        found = rendered(folder, "a.csv", "b.csv", "--break-at-gaps", *([factor] if factor else []))
        equal(found[1].tolist(), starts, f"windows between gaps, factor {factor}")
        check(np.array_equal(found[0], np.lib.stride_tricks.sliding_window_view(values, WINDOW)[starts]), "their samples")


@case("weekends, nights and holidays are no gaps; the years of the case are silent")
def _(folder):
    found = run(folder, "render", CASES / "year-2023.csv", CASES / "year-2024.csv", "--window", 20, "--column", "Close", "-o",
                "hash:").need().err
    check("gap" not in found and "warning" not in found, found)
    day, minute = np.meshgrid(np.arange(30), np.arange(390), indexing="ij")
    times = (START + 86400 * day + 60 * (870 + minute))[(np.arange(30) % 7 < 5) & (np.arange(30) != 9)].ravel()
    write(folder / "a.csv", times, numbers(len(times)))
    found = rendered(folder, "a.csv")
    equal(found[2], [], "a stock exchange")
    equal(found[3]["read"][0]["gaps"], 0, "gaps")
    check(found[3]["read"][0]["closings"] > 18, "closings are counted")
    kept = np.delete(np.arange(len(times)), np.arange(500, 540))
    write(folder / "a.csv", times[kept], numbers(len(kept)))
    found = rendered(folder, "a.csv")
    equal(found[3]["read"][0]["gaps"], 1, "a gap of 40 minutes")
    contains(found[2][0], ["1 gap in time, of 41 minutes before line 502"], "report")


@case("the cases gap-of-hours and duplicate-rows")
def _(folder):
    result = run(folder, "render", CASES / "gap-of-hours.csv", *JOB, "--json", "-o", "hash:").need()
    contains(result.err, ["1 gap in time, of 4 hours before line 102, where rows are 1 minute apart"], "gap-of-hours")
    result = run(folder, "render", CASES / "duplicate-rows.csv", *JOB, "--json", "-o", "hash:").need()
    contains(result.err, ["10 rows have the time of the row before, the first in line 53"], "duplicate-rows")
    equal(json.loads(result.out)["read"][0]["duplicates"], 10, "duplicates")


@case("a field of which much is missing, and one that is constant, are reported once")
def _(folder):
    times, values = START + 60 * np.arange(200), numbers(200)
    values[::3] = np.nan
    write(folder / "a.csv", times, values)
    result = run(folder, "render", "a.csv", *JOB, "--json", "-o", "hash:").need()
    contains(result.err, ["warning: 33.5 % of the samples are missing"], "missing")
    field = json.loads(result.out)["fields"][0]
    equal((field["missing_share"], field["least"], field["most"]),
          (67 / 200, np.nanmin(values).item(), np.nanmax(values).item()), "JSON")
    write(folder / "a.csv", times, np.full(200, 2.5))
    contains(run(folder, "render", "a.csv", *JOB, "-o", "hash:").need().err, ["warning: all samples are 2.5"], "constant")
    result = run(folder, "render", "a.csv", "--window", 20, "--column", "close", "--limit", 1, "-o", "hash:").need()
    equal(result.err.count("all samples"), 1, "lines")


if __name__ == "__main__":
    main()
