"""What outputs say about windows, labels and splits, from the stored files alone: nothing leaks into a later part,
labels are those of pandas, found by window_start, and each part has the images of its split."""
import csv
import json
import math
import re
import tarfile

import h5py
import numpy as np
import pandas

from harness import case, check, contains, equal, main, refuses, render, run

PARTS = {"train": 0, "val": 1, "test": 2}
MISSING = -2**63
SIZE = ["--size", "32x24", "-q"]
HOUR = 3_600_000_000_000


class Stored:
    """The arrays and attributes of an HDF5 output; no input is read."""

    def __init__(self, path):
        with h5py.File(path) as file:
            self.values = {name: file[name][...] for name in file if isinstance(file[name], h5py.Dataset)}
            self.labels = {name: value[...] for name, value in file.get("labels", {}).items()}
            self.windows = json.loads(file["images"].attrs.get("windows", "{}"))
            self.window = json.loads(file["images"].attrs["spec"])["window"]
        self.start = self.values["window_start"]
        self.split = self.values.get("split", np.full(len(self.start), 255, "u1"))
        self.group = self.values.get("group", np.zeros(len(self.start), "u4"))
        self.times = self.values.get("timestamps")
        self.row = self.values.get("row", self.start[:, None] + np.arange(self.window))

    def horizon(self):
        """The largest one of the labels, in rows."""
        rows = [0]
        for label in filter(None, (self.windows.get("label") or "").split(",")):
            rows += [int(n) for n in re.findall(r":(\d+)", label.rpartition("=")[2])[:1]]
        return max(rows)


def leaks(stored):
    """Pairs of images: one of train or val, and one of a later part in its group with which it shares time. Rows of a
    group are ordered by the windows that show them; their times are those at which windows begin and end."""
    found = []
    for group in np.unique(stored.group):
        mine = np.flatnonzero(stored.group == group)
        after = {}  # the row that follows each row
        for row in stored.row[mine]:
            for here, there in zip(row[:-1].tolist(), row[1:].tolist()):
                equal(after.setdefault(here, there), there, "the row that follows a row of the group")
        firsts = sorted(set(stored.row[mine].ravel().tolist()) - set(after.values()))
        if stored.times is not None:
            begin = dict(zip(stored.row[mine, 0].tolist(), stored.times[mine, 0].tolist()))
            firsts.sort(key=lambda row: begin[row])
        place = {}
        for row in firsts:  # several, if no window spans a gap
            while row is not None:
                place[row] = len(place)
                row = after.get(row)
        clock = np.full(len(place), MISSING)
        for k in mine if stored.times is not None else []:
            for end in (0, -1):
                at = place[int(stored.row[k, end])]
                check(clock[at] in (MISSING, stored.times[k, end]), f"two times of row {stored.row[k, end]}")
                clock[at] = stored.times[k, end]
        known = np.flatnonzero(clock != MISSING)
        check((np.diff(clock[known]) >= 0).all(), "time goes back within a group")
        first = np.array([place[int(stored.row[k, 0])] for k in mine])
        last = np.array([place[int(stored.row[k, -1])] for k in mine])
        check((last - first == stored.window - 1).all(), "rows of a window that do not follow one another")
        reach = np.minimum(last + stored.horizon(), len(place) - 1)
        if len(known):
            # The time of the last row that a window or its labels need, or of the last known one before.
            until = clock[known[np.searchsorted(known, reach, "right") - 1]]
        for part, later in (("train", (1, 2)), ("val", (2,))):
            theirs = np.flatnonzero(np.isin(stored.split[mine], later))
            for k in np.flatnonzero(stored.split[mine] == PARTS[part]):
                shared = (first[theirs] <= reach[k]) & (last[theirs] >= first[k])
                if len(known):
                    shared |= (stored.times[mine[theirs], 0] <= until[k]) & \
                              (stored.times[mine[theirs], 1] >= stored.times[mine[k], 0])
                found += [(int(mine[k]), int(mine[t])) for t in theirs[shared]]
    return found


def tampered(path, changes):
    """The file with other parts: the leaks found in it."""
    with h5py.File(path, "r+") as file:
        split = file["split"][...]
        changes(split)
        file["split"][...] = split
    return leaks(Stored(path))


def series(folder, rng, name, rows=260, groups=0, repeats=False, gaps=False, reverse=False, first=0):
    """A CSV file of time, sym, close, sector, level; and the same as a table of pandas."""
    steps = rng.integers(0 if repeats else 1, 4, rows)
    if gaps:
        steps[rng.integers(rows // 4, rows, 4)] += 400
    times = pandas.to_datetime(1_704_067_200 + 3600 * (first + np.cumsum(steps)), unit="s")
    table = pandas.DataFrame({
        "time": times, "sym": [f"S{k}" for k in rng.integers(0, max(groups, 1), rows)],
        "close": (rng.standard_normal(rows).cumsum() + 60).round(4),
        "sector": np.array(["tech", "bank", "oil"])[rng.integers(0, 3, rows)], "level": rng.integers(-3, 4, rows)})
    table = table[::-1].reset_index(drop=True) if reverse else table
    (table if groups else table.drop(columns="sym")).to_csv(folder / name, index=False)
    return table


SHARES = "0.6,0.2,0.2"
KINDS = [  # what the input is, how its file is written, options
    ("one series", {}, ["--split", SHARES]),
    ("one series, shuffled", {}, ["--split", SHARES, "--shuffle", "11"]),
    ("a stride", {}, ["--split", SHARES, "--stride", "3"]),
    ("a stride longer than the window", {}, ["--split", SHARES, "--stride", "9"]),
    ("equal times", {"repeats": True}, ["--split", SHARES]),
    ("newest first", {"reverse": True}, ["--split", SHARES]),
    ("newest first, shuffled", {"reverse": True, "repeats": True}, ["--split", SHARES, "--shuffle", "5"]),
    ("gaps", {"gaps": True}, ["--split", SHARES, "--break-at-gaps", "10"]),
    ("from and to", {}, ["--split", SHARES, "--from", "2024-01-03", "--to", "2024-01-20"]),
    ("split-at", {}, ["--split-at", "2024-01-12,2024-01-16 05:00"]),
    ("groups", {"groups": 3, "rows": 400}, ["--group-by", "sym", "--split", SHARES]),
    ("groups, shuffled", {"groups": 4, "repeats": True, "rows": 500},
     ["--group-by", "sym", "--split", SHARES, "--shuffle", "8"]),
    ("groups, newest first", {"groups": 2, "reverse": True}, ["--group-by", "sym", "--split", SHARES]),
    ("groups, split-at", {"groups": 3}, ["--group-by", "sym", "--split-at", "2024-01-10,2024-01-15"]),
    ("groups, from", {"groups": 2}, ["--group-by", "sym", "--split", SHARES, "--from", "2024-01-05"]),
    ("groups, limit", {"groups": 2}, ["--group-by", "sym", "--split", SHARES, "--limit", "200"]),
    ("whole groups", {"groups": 9, "rows": 500}, ["--group-by", "sym", "--split", SHARES, "--split-by", "group"]),
    ("whole groups, shuffled", {"groups": 9, "rows": 500},
     ["--group-by", "sym", "--split", SHARES, "--split-by", "group", "--shuffle", "3"])]


def spoil(split):
    split[split == 255] = 0


def proves_no_leak(path, what, by_group=False):
    stored = Stored(path)
    equal(leaks(stored), [], f"{what}: images that share time with a later part")
    for part, value in PARTS.items():
        check((stored.split == value).any(), f"{what}: no image of {part}, so nothing is shown")
    if by_group:
        of = {g: set(stored.split[stored.group == g].tolist()) for g in np.unique(stored.group)}
        check(all(len(parts) == 1 for parts in of.values()), f"{what}: parts of the groups: {of}")
        return
    # The embargo is what the check rests on: without it, or with any one later image in train, there are leaks.
    check((stored.split == 255).any(), f"{what}: no image of none")
    check(tampered(path, spoil), f"{what}: found no leak where all images of none are of train")


@case("no image of train or val shares time with a later part, its labels' horizon included: from the file alone")
def _(folder):
    rng = np.random.default_rng(21)
    for what, form, options in KINDS:
        series(folder, rng, "a.csv", **form)
        for label in ([], ["--label", "up=direction:2,far=return:13"]):
            if not label and "a stride longer than the window" == what:
                continue  # these windows do not overlap
            render(folder, "a.csv", "--column", "close", "--window", "7", *label, *options, *SIZE,
                   "-o", "a.h5", "--force")
            if label:
                equal(Stored(folder / "a.h5").horizon(), 13, f"{what}: the horizon that the file names")
            proves_no_leak(folder / "a.h5", f"{what} {label}", "--split-by" in options)


@case("no leak with groups in files, inputs in another order, several files of images, tables of windows")
def _(folder):
    rng = np.random.default_rng(22)
    for k, name in enumerate(["b.csv", "a.csv", "c.csv"]):
        series(folder, rng, name, first=30 * k, reverse=k == 1)
    files = ["b.csv", "a.csv", "c.csv", "--group-by", "file", "--column", "close", "--window", "6", "--label",
             "return:9", "--split", SHARES]
    render(folder, *files, *SIZE, "-o", "a.h5")
    proves_no_leak(folder / "a.h5", "groups in files")
    render(folder, *files, *SIZE, "--shuffle", 4, "--images-per-file", 100, "-o", "s.h5")
    equal(leaks(Stored(folder / "s.h5")), [], "several files of images")
    first = series(folder, rng, "one.csv", rows=150)
    later = series(folder, rng, "two.csv", rows=150, first=1000)
    check(first.time.max() < later.time.min(), "the second file is later")
    render(folder, "two.csv", "one.csv", "--column", "close", "--window", "6", "--label", "level:4", "--split", SHARES,
           *SIZE, "-o", "b.h5")
    proves_no_leak(folder / "b.h5", "the later input first")
    with open(folder / "w.csv", "w") as file:
        print("start,split", *(f"{k},{part}" for k, part in zip(rng.permutation(130), 13 * ["train"] * 7 + 39 * ["test"])),
              sep="\n", file=file)
    render(folder, "one.csv", "--column", "close", "--window", "6", "--windows", "w.csv", *SIZE, "-o", "c.h5")
    equal(leaks(Stored(folder / "c.h5")), [], "a table")
    np.save(folder / "n.npy", rng.standard_normal(300))
    render(folder, "n.npy", "--window", "8", "--label", "return:5", "--split", SHARES, *SIZE, "-o", "n.h5")
    check(Stored(folder / "n.h5").times is None, "times of an array without times")
    proves_no_leak(folder / "n.h5", "no times")


@case("the check finds each single image that is moved into an earlier part too near to a later one")
def _(folder):
    series(folder, np.random.default_rng(23), "a.csv", groups=2, repeats=True)
    render(folder, "a.csv", "--group-by", "sym", "--column", "close", "--window", "6", "--label", "return:4", "--split",
           SHARES, *SIZE, "-o", "a.h5")
    stored = Stored(folder / "a.h5")
    kept = stored.split.copy()
    for image in np.flatnonzero(kept == 255):
        stored.split = kept.copy()
        # What was left out of train reaches into val; what was left out of val, into test.
        reaches = []
        for part in (0, 1):
            stored.split[image] = part
            reaches.append(any(pair[0] == image for pair in leaks(stored)))
        check(any(reaches), f"image {image} of none shares no time with a later part, so it need not be left out")
    stored.split = kept.copy()
    stored.split[np.flatnonzero(kept == 2)[0]] = 0
    check(leaks(stored), "found no leak where one image of test is of train")


def pandas_labels(table, groups):
    """By the row at which a window ends: what pandas computes of `table`, whose index is the row of the input."""
    p = table.groupby("sym") if groups else table.groupby(np.zeros(len(table)))
    with np.errstate(all="ignore"):
        ahead = p["close"].shift(-5) / table.close - 1
    direction = np.sign(ahead).where(ahead.abs() > 0.02, 0).where(ahead.notna())
    return {"return:5": ahead, "updown": direction, "level:3": p["level"].shift(-3), "where": table.sector}


def same_as_pandas(path, table, groups, what):
    """`table` as pandas reads it, its index the row of the input; window_start alone finds the rows."""
    stored = Stored(path)
    table = table.sort_values("time", kind="stable")
    expected = pandas_labels(table, groups)
    # The window's rows: window_start and those that follow it in its group.
    members = [part.index.to_numpy() for _, part in (table.groupby("sym") if groups else [(0, table)])]
    place = {int(row): (rows, k) for rows in members for k, row in enumerate(rows)}
    ends = []
    for k, start in enumerate(stored.start.tolist()):
        rows, at = place[start]
        ends.append(int(rows[at + stored.window - 1]))
        equal(stored.row[k].tolist(), rows[at:at + stored.window].tolist(), f"{what}: rows of image {k}")
    equal(len(set(stored.start.tolist())), sum(max(len(rows) - stored.window + 1, 0) for rows in members), f"{what}: windows")
    times = table.time.to_numpy("datetime64[ns]").astype("i8")
    at = dict(zip(table.index.tolist(), times.tolist()))
    equal(stored.times.tolist(), [[at[s], at[e]] for s, e in zip(stored.start.tolist(), ends)], f"{what}: times")
    with h5py.File(path) as file:
        classes = list(file["labels/where"].attrs["classes"])
        names = [name.decode() if isinstance(name, bytes) else name for name in file["groups"][...]] if groups else None
    equal(classes, sorted(table.sector.unique()), f"{what}: classes")
    for name, series_ in expected.items():
        wanted, found = series_.loc[ends].to_numpy(), stored.labels[name]
        if name == "where":
            equal([classes[k] for k in found], wanted.tolist(), f"{what}: {name}")
        elif name == "return:5":
            equal(found.dtype, np.dtype("f8"), f"{what}: type of {name}")
            lost = np.isnan(wanted)
            check(np.array_equal(np.isnan(found), lost), f"{what}: missing {name}")
            equal(found[~lost].tobytes(), wanted[~lost].tobytes(), f"{what}: {name}, bit for bit")
        else:
            equal(found.dtype, np.dtype("i8"), f"{what}: type of {name}")
            equal(found.tolist(), [MISSING if np.isnan(v) else int(v) for v in wanted], f"{what}: {name}")
    if groups:
        equal([names[k] for k in stored.group], table.sym.loc[stored.start].tolist(), f"{what}: group")


LABELS = ["--label", "return:5,updown=direction:5:0.02,level:3", "--label", "where=sector", "--column", "close",
          "--window", "6"]


@case("labels are those of pandas, found by window_start: groups, from, skip, order, bad-rows, split, shuffle")
def _(folder):
    rng = np.random.default_rng(31)
    for groups in (0, 3):
        by = ["--group-by", "sym"] if groups else []
        for what, form, more in (("plain", {}, []), ("reversed", {"reverse": True}, []), ("equal times", {"repeats": True}, []),
                                 ("split, shuffled", {}, ["--split", SHARES, "--shuffle", 2])):
            table = series(folder, rng, "a.csv", groups=groups, **form)
            render(folder, "a.csv", *by, *LABELS, *more, *SIZE, "-o", "a.h5", "--force")
            same_as_pandas(folder / "a.h5", table, groups, f"{what}, {groups} groups")
        table = series(folder, rng, "a.csv", groups=groups)
        render(folder, "a.csv", *by, *LABELS, "--from", "2024-01-05", "--to", "2024-01-18 07:00", *SIZE, "-o", "a.h5", "--force")
        inside = table[(table.time >= "2024-01-05") & (table.time <= "2024-01-18 07:00")]
        same_as_pandas(folder / "a.h5", inside, groups, f"from and to, {groups} groups")
        text = (folder / "a.csv").read_text()
        (folder / "b.csv").write_text("made by hand\non a Monday\n" + text)
        render(folder, "b.csv", *by, *LABELS, "--skip", 2, *SIZE, "-o", "a.h5", "--force")
        same_as_pandas(folder / "a.h5", table, groups, f"skip, {groups} groups")
        lines = text.splitlines(keepends=True)
        order = rng.permutation(len(table))
        (folder / "b.csv").write_text(lines[0] + "".join(lines[1 + k] for k in order))
        mixed = pandas.read_csv(folder / "b.csv", parse_dates=["time"])
        render(folder, "b.csv", *by, *LABELS, "--order", "time", *SIZE, "-o", "a.h5", "--force")
        same_as_pandas(folder / "a.h5", mixed, groups, f"order: time, {groups} groups")
        bad = sorted(rng.choice(np.arange(20, 240), 6, replace=False).tolist())
        spoilt = [line.replace(",", ",broken,", 1) if k - 1 in bad else line for k, line in enumerate(lines)]
        (folder / "b.csv").write_text("".join(spoilt))
        render(folder, "b.csv", *by, *LABELS, "--bad-rows", "skip", *SIZE, "-o", "a.h5", "--force")
        same_as_pandas(folder / "a.h5", table.drop(index=bad), groups, f"bad rows, {groups} groups")


JOB = ["a.csv", "--group-by", "sym", "--column", "close", "--window", "6", "--label", "updown=direction:4,return:4",
       "--label", "where=sector", "--split", SHARES, "--shuffle", "9", "--size", "32x24"]


def parts_are_images(path, what):
    with h5py.File(path) as file:
        split = file["split"][...]
        names = ["images", "window_start", "y_range", "timestamps", "group", "row", *(f"labels/{n}" for n in file["labels"])]
        for part, value in PARTS.items():
            for name in names:
                found, wanted = file[f"{part}/{name}"], file[name][...][split == value]
                equal(found.dtype, wanted.dtype, f"{what}: type of {part}/{name}")
                equal(found[...].tobytes(), wanted.tobytes(), f"{what}: {part}/{name}")
            equal(sorted(file[part]), sorted({n.split("/")[0] for n in names}), f"{what}: what {part} has")
        return {name: file[name][...] for name in [*names, "split"]}


def identical(found, wanted, what):
    equal(sorted(found), sorted(wanted), f"{what}: arrays")
    for name in wanted:
        equal(found[name].dtype, wanted[name].dtype, f"{what}: type of {name}")
        equal(found[name].tobytes(), wanted[name].tobytes(), f"{what}: {name}")


@case("train, val and test are images[split == k]: one file, several, shards that are linked, resumed, existing")
def _(folder):
    series(folder, np.random.default_rng(41), "a.csv", groups=3)
    job = [*JOB, "-q"]
    render(folder, *job, "-o", "a.h5")
    wanted = parts_are_images(folder / "a.h5", "one file")
    check(not np.array_equal(np.sort(wanted["window_start"]), wanted["window_start"]), "the images are shuffled")
    several = [*job, "--images-per-file", 40]
    render(folder, *several, "-o", "s.h5")
    identical(parts_are_images(folder / "s.h5", "several files"), wanted, "several files")
    for shard in ("2/2", "1/2"):
        render(folder, *several, "-o", "t.h5", "--shard", shard)
    (folder / "t.h5").unlink(missing_ok=True)
    run(folder, "link", "t.h5").need()
    identical(parts_are_images(folder / "t.h5", "shards"), wanted, "shards")
    parts = sorted(folder.glob("t-*.h5"))
    check(len(parts) > 3, f"files of images: {parts}")
    parts[1].unlink()
    parts[-1].write_bytes(parts[-1].read_bytes()[:3000])
    render(folder, *several, "-o", "t.h5", "--resume")
    identical(parts_are_images(folder / "t.h5", "resumed"), wanted, "resumed")
    before = (folder / "a.h5").read_bytes()
    render(folder, *job, "-o", "a.h5", "--skip-existing")
    equal((folder / "a.h5").read_bytes(), before, "skip-existing")
    for name in ("s.h5", "t.h5"):
        equal(leaks(Stored(folder / name)), [], f"leaks of {name}")
        with h5py.File(folder / "a.h5") as one, h5py.File(folder / name) as other:
            for key in ("train", "windows"):
                equal(other["images"].attrs[key], one["images"].attrs[key], f"{name}: {key}")
            for key in ("train_mean", "train_std"):
                check(np.array_equal(other["images"].attrs[key], one["images"].attrs[key]), f"{name}: {key}")


def changed(job, option, value):
    at = job.index(option)
    return [*job[:at + 1], value, *job[at + 2:]]


@case("resume, skip-existing and link refuse other labels, splits, seeds and tables of windows, and name the option")
def _(folder):
    series(folder, np.random.default_rng(42), "a.csv", groups=3)
    job = [*JOB, "-q"]
    several = [*job, "--images-per-file", 60]
    render(folder, *job, "-o", "a.h5")
    render(folder, *several, "-o", "s.h5")
    cases = [(changed(several, "--label", "updown=direction:3,return:4"), "label"),
             (changed(several, "--split", "0.5,0.3,0.2"), "split"), (changed(several, "--shuffle", "10"), "shuffle"),
             ([*several, "--drop-unlabelled"], "drop-unlabelled"), ([*several, "--limit", "150"], "limit"),
             ([*several, "--label-field", "level"], "label-field"), ([*several, "--split-by", "group"], "split-by")]
    for other, option in cases:
        words = [f"was made with {option} "]
        refuses(folder, ["render", *other, "-o", "s.h5", "--resume"], ["s", *words])
        alone = [a for k, a in enumerate(other) if a != "--images-per-file" and other[k - 1] != "--images-per-file"]
        refuses(folder, ["render", *alone, "-o", "a.h5", "--skip-existing"], ["a.h5", *words])
    at = [a for k, a in enumerate(several) if a != "--split" and several[k - 1] != "--split"]
    refuses(folder, ["render", *at, "--split-at", "2024-01-10,2024-01-15", "-o", "s.h5", "--resume"], ["was made with split"])
    for other, option in cases[:3]:
        for path in folder.glob("m*.h5"):
            path.unlink()
        render(folder, *several, "-o", "m.h5")
        (folder / "m.h5").unlink()
        render(folder, *other, "-o", "n.h5", "--force")
        (folder / "n-00001.h5").replace(folder / "m-00001.h5")
        for path in folder.glob("n*.h5"):
            path.unlink()
        refuses(folder, ["link", "m.h5"], ["m-00001.h5", option])
    (folder / "w.csv").write_text("start,score\n3,1\n40,2\n11,3\n")
    table = ["a.csv", "--group-by", "none", "--column", "close", "--window", "6", "--windows", "w.csv", "--size", "32x24",
             "-q"]
    render(folder, *table, "-o", "w.h5")
    render(folder, *table, "-o", "w.h5", "--skip-existing")
    for text in ("start,score\n3,1\n41,2\n11,3\n", "start,score\n3,1\n40,2\n11,4\n"):
        (folder / "w.csv").write_text(text)
        refuses(folder, ["render", *table, "-o", "w.h5", "--skip-existing"], ["w.h5", "another table of windows"])


@case("the same columns are in npz, beside npy, in tar, in folders' labels.csv")
def _(folder):
    table = series(folder, np.random.default_rng(51), "a.csv", groups=3)
    job = [*JOB, "-q"]
    render(folder, *job, "-o", "a.h5")
    with h5py.File(folder / "a.h5") as file:
        wanted = {name: file[name][...] for name in ("window_start", "y_range", "timestamps", "group", "row", "split")}
        wanted.update({f"labels/{name}": value[...] for name, value in file["labels"].items()})
        groups = [name.decode() for name in file["groups"][...]]
        classes = [str(name) for name in file["labels/where"].attrs["classes"]]
        images = file["images"][...]
    for output, name in (("b.npz", "b.npz"), ("c.npy", "c.labels.npz"), ("d.raw", "d.labels.npz")):
        render(folder, *job, "-o", output, *(["--format", "raw"] if output == "d.raw" else []))
        with np.load(folder / name, allow_pickle=False) as file:
            identical({key: file[key] for key in wanted}, wanted, name)
            equal(file["groups"].tolist(), groups, f"{name}: groups")
            equal(file["labels/where.classes"].tolist(), classes, f"{name}: classes")
            further = set(file.files) - set(wanted) - {"images", "groups", "labels/where.classes"}
            check(all(name.endswith((".json", "metadata", "info")) for name in further), f"{name}: also {further}")
    check(np.array_equal(np.load(folder / "c.npy"), images), "c.npy: images")
    split = ["none" if k > 2 else list(PARTS)[k] for k in wanted["split"]]
    times = [[pandas.Timestamp(t).isoformat() + "Z" for t in pair] for pair in wanted["timestamps"].tolist()]
    updown = [None if v == MISSING else int(v) for v in wanted["labels/updown"]]
    back = [None if np.isnan(v) else float(v) for v in wanted["labels/return:4"]]
    where = [classes[k] for k in wanted["labels/where"]]
    render(folder, *job, "-o", "e.tar")
    with tarfile.open(folder / "e.tar") as tar:
        read = {member.name: tar.extractfile(member).read() for member in tar}
    samples = [json.loads(read[name]) for name in sorted(read) if name.endswith(".json")]
    equal([s["window_start"] for s in samples], wanted["window_start"].tolist(), "tar: window_start")
    equal([s["timestamps"] for s in samples], times, "tar: times")
    equal([s["group"] for s in samples], [groups[k] for k in wanted["group"]], "tar: group")
    equal([s["row"] for s in samples], wanted["row"].tolist(), "tar: row")
    equal([s["split"] for s in samples], split, "tar: split")
    equal([s["labels"] for s in samples], [{"updown": u, "return:4": r, "where": w} for u, r, w in zip(updown, back, where)],
          "tar: labels")
    found = [int(read[name]) for name in sorted(read) if name.endswith(".cls")]
    order = sorted(set(updown) - {None})
    equal(found, [-1 if u is None else order.index(u) for u in updown], "tar: .cls")
    render(folder, *job, "-o", "f", "--format", "png")
    with open(folder / "f" / "labels.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for column, values in (("window_start", map(str, wanted["window_start"])), ("split", split),
                           ("first_time", (t[0] for t in times)), ("last_time", (t[1] for t in times)),
                           ("group", (groups[k] for k in wanted["group"])), ("where", where),
                           ("row", (" ".join(map(str, r)) for r in wanted["row"].tolist())),
                           ("updown", ("" if u is None else str(u) for u in updown))):
        equal([row[column] for row in rows], list(values), f"labels.csv: {column}")
    equal([float(row["return:4"]) if row["return:4"] else None for row in rows], back, "labels.csv: return:4")
    check(all((folder / "f" / row["file"]).is_file() for row in rows), "labels.csv: file")
    equal(sorted(set(table.sym)), sorted(groups), "groups")


@case("info counts what is stored, and shows each image with its columns")
def _(folder):
    series(folder, np.random.default_rng(52), "a.csv", groups=3)
    names = ("a.h5", "a.npz", "b.npy", "c.dat")
    for name in names:
        render(folder, *JOB, "-q", "-o", name)
    stored = Stored(folder / "a.h5")
    with h5py.File(folder / "a.h5") as file:
        groups = [name.decode() for name in file["groups"][...]]
        classes = [str(name) for name in file["labels/where"].attrs["classes"]]
    for name in names:
        counts = json.loads(run(folder, "info", name, "--json").need().out)["counts"]
        parts = {**PARTS, "none": 255}
        equal(counts["split"], {p: int((stored.split == k).sum()) for p, k in parts.items()}, f"{name}: parts")
        for label, texts in (("where", list(enumerate(classes))), ("updown", [(v, str(v)) for v in (-1, 0, 1)])):
            for value, text in texts:
                mine = stored.labels[label] == value
                wanted = {p: int((mine & (stored.split == k)).sum()) for p, k in parts.items()}
                if mine.any():
                    equal(counts[label][text], wanted, f"{name}: {label} {text}")
        for k in (0, 17, len(stored.start) - 1):
            image = json.loads(run(folder, "info", name, "--index", k).need().out)
            back = stored.labels["return:4"][k]
            updown = int(stored.labels["updown"][k])
            wanted = {"index": k, "window_start": int(stored.start[k]), "group": groups[stored.group[k]],
                      "row": stored.row[k].tolist(), "y_range": stored.values["y_range"][k].tolist(),
                      "timestamps": [pandas.Timestamp(t).isoformat() + "Z" for t in stored.times[k].tolist()],
                      "split": {v: p for p, v in parts.items()}[int(stored.split[k])],
                      "labels/where": classes[stored.labels["where"][k]],
                      "labels/updown": None if updown == MISSING else updown,
                      "labels/return:4": None if np.isnan(back) else float(back)}
            equal({key: image.get(key) for key in wanted}, wanted, f"info {name} --index {k}")
    refuses(folder, ["info", "a.h5", "--index", len(stored.start)], ["index"])
    about = json.loads((folder / "b.npy.json").read_text())
    equal(about["windows"], stored.windows, "b.npy.json: windows")
    equal([c["name"] for c in about["columns"] if c["name"][:7] == "labels/"],
          ["labels/updown", "labels/return:4", "labels/where"], "b.npy.json: columns")
    render(folder, *JOB, "-q", "-o", "b.npy", "--skip-existing")
    refuses(folder, ["render", *changed(JOB, "--shuffle", "10"), "-q", "-o", "b.npy", "--skip-existing"],
            ["b.npy", "was made with shuffle"])
    whole = (folder / "b.labels.npz").read_bytes()
    (folder / "b.labels.npz").write_bytes(whole[:len(whole) // 2])
    refuses(folder, ["info", "b.npy", "--index", 1], ["b.labels.npz"])
    (folder / "b.labels.npz").unlink()
    refuses(folder, ["info", "b.npy", "--index", 1], ["b.labels.npz"])


@case("train statistics are those of the recorded sample; the classes are counted")
def _(folder):
    rng = np.random.default_rng(61)
    table = series(folder, rng, "a.csv", rows=9000)
    for options, channels in ((["--antialias"], 1), (["--background", "#102030", "--foreground", "#ffcc00"], 3),
                              (["--dtype", "bits"], 1), (["--dtype", "f32"], 1)):
        render(folder, "a.csv", "--column", "close", "--window", "6", "--label", "up=direction:4:0.01,where=sector",
               "--split", SHARES, *SIZE, *options, "-o", "a.h5", "--force")
        with h5py.File(folder / "a.h5") as file:
            attributes, split = dict(file["images"].attrs), file["split"][...]
            pixels = file["images"][...][split == 0]
            labels = {name: file[f"labels/{name}"][...][split == 0] for name in ("up", "where")}
            classes = [str(name) for name in file["labels/where"].attrs["classes"]]
        if "bits" in options:
            pixels = np.unpackbits(pixels, axis=-1)[..., :32] * 255
        if "f32" in options:
            pixels = np.rint(pixels * 255)
        train = json.loads(attributes["train"])
        count = len(pixels)
        equal((train["images"], train["sample"]), (count, min(count, 4096)), "images of train, and of the sample")
        check(count > 4096, f"train has {count} images, so all are the sample")
        picked = np.arange(4096) * count // 4096
        sample = pixels[picked].reshape(-1, channels).astype("i8")
        n = len(sample)
        totals = [(int(v), int(w)) for v, w in zip(sample.sum(axis=0), (sample**2).sum(axis=0))]
        means, deviations = [t / (255 * n) for t, _ in totals], [math.sqrt(n * q - t * t) / (255 * n) for t, q in totals]
        check(np.allclose(attributes["train_mean"], means, rtol=1e-14, atol=0),
              f"{options}: mean {attributes['train_mean']!r}, expected {means}; of all {pixels.mean() / 255}")
        check(np.allclose(attributes["train_std"], deviations, rtol=1e-12, atol=0),
              f"{options}: std {attributes['train_std']!r}, expected {deviations}")
        check(abs(np.mean(means) - pixels.mean(dtype="f8") / 255) > 1e-9, "the sample is not all of train")
        equal((train["mean"], train["std"]), (attributes["train_mean"].tolist(), attributes["train_std"].tolist()), "JSON")
        equal(train["classes"]["up"], {str(v): int((labels["up"] == v).sum()) for v in (-1, 0, 1)}, "classes of up")
        equal(train["classes"]["where"], {t: int((labels["where"] == k).sum()) for k, t in enumerate(classes)}, "of where")
    check(len(table) == 9000, "rows")


main()
