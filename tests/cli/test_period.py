"""--from and --to: which rows of a CSV file are read."""
import calendar
import gzip
import json

import numpy as np

from harness import case, contains, equal, hash_of, main, need_yaml, refuses, render, run

JOB = ["--window", 20, "--size", "40x30", "--column", "close"]
HOUR = 3600
START = calendar.timegm((2024, 12, 30, 0, 0, 0))  # dumps of 2025 count in us
VALUES = np.random.default_rng(11).standard_normal(24 * 5).cumsum()  # hours of five days


def klines(path, first, last, unit=None):
    """Writes hours first..last-1 as an exchange does: no header, in ms, or in us from 2025 on."""
    lines = []
    for hour in range(first, last):
        time = START + HOUR * hour
        scale = unit or (1000 if time < calendar.timegm((2025, 1, 1, 0, 0, 0)) else 1_000_000)
        lines.append(f"{time * scale},1,1e9,-1e9,{VALUES[hour].item()!r},5,{(time + HOUR) * scale - 1},6,7,8,9,0\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines))


def start(folder):
    klines(folder / "a.csv", 0, 48)
    klines(folder / "b.csv", 48, 120)
    return ["a.csv", "b.csv", *JOB]


def expect(folder, job, first, last):
    """The job must render the windows of hours first..last-1 and no others."""
    np.save(folder / "rows.npy", VALUES[first:last])
    equal(hash_of(folder, *job), hash_of(folder, "rows.npy", *JOB[:-2]), f"hash of {job}")


@case("both days are included completely, over several files and time units")
def _(folder):
    job = start(folder)
    expect(folder, job, 0, 120)
    expect(folder, [*job, "--from", "2024-12-31"], 24, 120)
    expect(folder, [*job, "--to", "2024-12-31"], 0, 48)
    expect(folder, [*job, "--from", "2024-12-31", "--to", "2025-01-01"], 24, 72)
    expect(folder, [*job, "--from", "2025-01-02", "--to", "2025-01-02"], 72, 96)
    expect(folder, [*job, "--from", "2024-12", "--to", "2024-12"], 0, 48)
    expect(folder, [*job, "--from", "2025-01"], 48, 120)
    expect(folder, [*job, "--from", "2024-12-31 05:00", "--to", "2025-01-01T07:59:59.5Z"], 29, 56)
    expect(folder, [*job, "--from", "2024-12-31 05:00:00.5", "--to", "2025-01-01 08:00"], 30, 57)
    expect(folder, [*job, "--from", "0001-01-01", "--to", "9999-12-31"], 0, 120)
    expect(folder, [*job, "--from", "1999-01-01", "--to", "2060-12-31"], 0, 120)
    (folder / "b.csv.gz").write_bytes(gzip.compress((folder / "b.csv").read_bytes()))
    expect(folder, ["a.csv", "b.csv.gz", *JOB, "--from", "2024-12-31", "--to", "2025-01-01"], 24, 72)


@case("a time column found by its name, with numbers or dates")
def _(folder):
    for number, clock in enumerate([lambda at: at, lambda at: f"2025-01-0{1 + at // 86400}T{at // 3600 % 24:02}:00:00Z"]):
        rows = [(calendar.timegm((2025, 1, 1, 0, 0, 0)) if not number else 0) + HOUR * hour for hour in range(72)]
        (folder / "c.csv").write_text("close,timestamp\n" + "".join(f"{VALUES[i].item()!r},{clock(at)}\n"
                                                                    for i, at in enumerate(rows)))
        expect(folder, ["c.csv", *JOB, "--from", "2025-01-02", "--to", "2025-01-02"], 24, 48)


@case("invalid dates, invalid times and empty selections are refused")
def _(folder):
    job = start(folder)
    np.save(folder / "a.npy", VALUES)
    (folder / "plain.csv").write_text("row,close\n" + "".join(f"{i},{i % 7}\n" for i in range(60)))
    text = (folder / "a.csv").read_text().splitlines()
    text[29] = "late" + text[29]
    (folder / "slip.csv").write_text("\n".join(text) + "\n")
    text = (folder / "a.csv").read_text().splitlines()
    text[29] = text[29].replace(f",{VALUES[29].item()!r},", ",,")
    (folder / "hole.csv").write_text("\n".join(text) + "\n")
    for arguments, words in [
            ([*job, "--from", "2025-02-29"], ['from: found "2025-02-29", expected a day as YYYY-MM-DD, a month as YYYY-MM, or']),
            ([*job, "--to", "2025-1-1"], ['to: found "2025-1-1"']), ([*job, "--to", "2025-13"], ["to: found"]),
            ([*job, "--to", "yesterday"], ["to: found"]), ([*job, "--from", "2025-00-10"], ["from: found"]),
            ([*job, "--from", "2025-01-02", "--to", "2025-01-01"], ["to: 2025-01-01 is before from, 2025-01-02"]),
            ([*job, "--from", "2025-02-01"], ["a.csv and the other inputs: found no row from 2025-02-01"]),
            ([*job, "--from", "2025-01-01 24:00"], ["from: found"]), ([*job, "--from", "2025-01-01 1:00"], ["from: found"]),
            ([*job, "--from", "2025-01-01 10:00", "--to", "2025-01-01 09:59"], ["to: 2025-01-01 09:59 is before from"]),
            (["a.csv", *JOB, "--from", "2023", "--to", "2023-12-31"], ["from: found"]),
            (["a.csv", *JOB, "--to", "2023-12-31"], ["a.csv: found no row to 2023-12-31"]),
            (["a.csv", "b.csv", "--window", 25, *JOB[2:], "--from", "2025-01-03"], ["24 samples"]),
            (["a.npy", *JOB[:-2], "--from", "2025-01-01"], ["a.npy", "has no time"]),
            (["a.csv", "a.npy", *JOB, "--from", "2025-01-01"], ["has no times"]),
            (["plain.csv", *JOB, "--from", "2025-01-01"], ["plain.csv: has no time column"]),
            (["slip.csv", *JOB, "--from", "2024-12-31"], ["slip.csv, line 30, column 0 (open_time)", "expected a time"])]:
        refuses(folder, ["render", *arguments, "-o", "x.h5"], words)
    hole = ["hole.csv", *JOB, "--from", "2024-12-31", "--missing", "error", "-o", "x.h5"]
    contains(run(folder, "render", *hole).need(2).err, ["hole.csv, line 30: sample 5 is missing"], "the place")


@case("a skipped row needs a time but no sample")
def _(folder):
    start(folder)
    for name, column, word in [("word", 4, "oops"), ("blank", 0, ""), ("short", None, None)]:
        rows = [line.split(",") for line in (folder / "a.csv").read_text().splitlines()]
        rows[10] = rows[10][:6] if column is None else rows[10][:column] + [word] + rows[10][column + 1:]
        (folder / f"{name}.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    late = ["--from", "2024-12-31"]
    expect(folder, ["word.csv", *JOB, *late], 24, 48)
    (folder / "behind.csv").write_text("close,date\n" + "".join(
        f"{'oops' if hour == 10 else VALUES[hour].item()},2024-12-{30 + hour // 24}\n" for hour in range(48)))
    expect(folder, ["behind.csv", *JOB, *late], 24, 48)
    first = ["--to", "2024-12-30"]
    for name, more, words in [("word", first, ['line 11, column 4 (close): found "oops", expected a number']),
                              ("behind", first, ['line 12, column 0 (close): found "oops"']),
                              ("word", [], ['found "oops"']), ("short", late, ["line 11"]),
                              ("blank", late, ["line 11, column 0", "expected a time"])]:
        refuses(folder, ["render", f"{name}.csv", *JOB, *more, "-o", "x.h5"], [f"{name}.csv", *words])


@case("the dates are part of the input: an output with other dates is refused")
def _(folder):
    job = start(folder)
    days = ["--from", "2024-12-31", "--to", "2025-01-01"]
    render(folder, *job, *days, "-o", "a.h5")
    contains(render(folder, *job, *days, "-o", "a.h5", "--skip-existing").err, ["up to date"], "the same days")
    for other, words in [([], ["was made with from 2024-12-31, this job has none"]),
                         ([*days[:2], "--to", "2025-01-02"], ["with to 2025-01-01, this job has 2025-01-02"])]:
        refuses(folder, ["render", *job, *other, "-o", "a.h5", "--skip-existing"], words)
    render(folder, *job, "-o", "whole.h5")
    refuses(folder, ["render", *job, *days, "-o", "whole.h5", "--skip-existing"],
            ["was made without from, this job has 2024-12-31"])
    parts = [*job, "--images-per-file", 10, "-o", "parts.h5"]
    render(folder, *parts, *days)
    (folder / "parts-00001.h5").unlink()
    refuses(folder, ["render", *parts, "--resume", "--from", "2024-12-30", "--to", "2024-12-31"], ["from 2024-12-31"])
    render(folder, *parts, *days, "--resume")
    equal(render(folder, *job, *days, "-o", "hash:").out.strip(),
          run(folder, "info", "parts.h5", "--hash", "--json").need().out and
          json.loads(run(folder, "info", "parts.h5", "--hash", "--json").need().out)["hash"], "hash")


@case("a job file with dates inside a month")
def _(folder):
    need_yaml()
    klines(folder / "raw/BTCUSDT-1h-2024-12.csv", 0, 48)
    klines(folder / "raw/BTCUSDT-1h-2025-01.csv", 48, 120)
    (folder / "job.yaml").write_text("data: {symbol: BTCUSDT, interval: 1h, start_date: 2024-12-31, end_date: 2025-01-02}\n"
                                     "paths: {raw_data: raw}\nsize: 40x30\nwindow: 20\n")
    expect(folder, ["--config", "job.yaml"], 24, 96)
    expect(folder, ["--config", "job.yaml", "--set", "data.start_date=2024-12-01"], 0, 96)
    expect(folder, ["--config", "job.yaml", "--set", "data.end_date=2025-01-31"], 24, 120)
    expect(folder, ["--config", "job.yaml", "--to", "2025-01-01"], 24, 72)
    printed = run(folder, "render", "--config", "job.yaml", "--print-config").need().out
    contains(printed, ['from: "2024-12-31"', 'to: "2025-01-02"'], "the settings")
    (folder / "job.yaml").write_text("data: {symbol: BTCUSDT, interval: 1h, start_date: 2025-01, end_date: 2025-01}\n"
                                     "paths: {raw_data: raw}\nsize: 40x30\nwindow: 20\n")
    printed = run(folder, "render", "--config", "job.yaml", "--print-config").need().out
    equal([line for line in printed.splitlines() if line.startswith(("from", "to"))], [], "dates of whole months")


main()
