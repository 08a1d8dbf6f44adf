"""The pixels of a chart depend on its samples and options alone: one hash for every batch, device and run."""
import numpy as np

from harness import Skip, case, check, equal, hash_of, main, run

CHARTS = [
    ("a binary line", []),
    ("an antialiased line", ["--antialias"]),
    ("gaps", ["--stride", 3]),
    ("antialiased gaps", ["--antialias", "--line-width", "1.3"]),
    ("bridges", ["--missing", "bridge"]),
    ("a fixed range", ["--range=-3:4.5", "--antialias"]),
    ("a margin and colours", ["--margin", "6.75", "--background", "7", "--foreground", "240"]),
    ("a thick line", ["--line-width", "33.25", "--antialias"]),
    ("wide steps", ["--stride", "55", "--antialias"]),
]
RUSTICL = {"RUSTICL_ENABLE": "llvmpipe"}


def start(folder, gaps):
    values = np.random.default_rng(21).standard_normal(160).cumsum()
    if gaps:
        values[[3, 17, 18, 19, 40, 41, 90, 92, 94]] = np.nan
        values[120:150] = np.nan
    np.save(folder / "a.npy", values)
    return ["a.npy", "--window", "30", "--size", "90x61"]


def has_rusticl():
    return "llvmpipe" in run("/", "devices", env=RUSTICL).need().out.lower()


def add(name, options):
    @case(f"{name}: the same hash at batch 1, 7 and auto")
    def _(folder):
        job = [*start(folder, "gap" in name or "bridge" in name), *options]
        equal({hash_of(folder, *job, "--batch", batch) for batch in ("1", "7", "auto")}, {hash_of(folder, *job)},
              "hashes")

    @case(f"{name}: the same hash on PoCL and rusticl")
    def _(folder):
        if not has_rusticl():
            raise Skip("rusticl: not installed")
        job = [*start(folder, "gap" in name or "bridge" in name), *options]
        expected = hash_of(folder, *job, "--device", "cpu")
        equal(hash_of(folder, *job, "--device", "rusticl", "--batch", "7", env=RUSTICL), expected, "the hash")


for row in CHARTS:
    add(*row)


@case("other samples, options or another order give another hash")
def _(folder):
    job = start(folder, False)
    values = np.load(folder / "a.npy")
    hashes = {hash_of(folder, *job)}
    for options in (["--line-width", "3.5"], ["--margin", "1"], ["--antialias"], ["--foreground", "1"],
                    ["--background", "254"], ["--size", "91x61"], ["--stride", "2"], ["--limit", "130"],
                    ["--range=-20:20"]):
        hashes.add(hash_of(folder, *job[:1], *(job[1:3] if "--size" in options else job[1:]), *options))
    for changed in (values[::-1], values * np.where(np.arange(160) == 80, 1.5, 1)):
        np.save(folder / "a.npy", changed)
        hashes.add(hash_of(folder, *job))
    equal(len(hashes), 12, "different hashes")


@case("options that do not affect pixels do not change the hash")
def _(folder):
    job = start(folder, True)
    values = np.load(folder / "a.npy")
    expected = hash_of(folder, *job)
    np.save(folder / "a.npy", values * 4)
    equal(hash_of(folder, *job), expected, "the hash of values four times as large")
    np.save(folder / "a.npy", np.where(np.isnan(values), np.inf, values))
    equal(hash_of(folder, *job), expected, "the hash with infinities for NaN")
    check(hash_of(folder, *job, "--missing", "bridge") != expected, "bridges give the hash of gaps")


main()
