"""The job of another chart pipeline: its config, two months of zipped minute klines, one command."""
import json
import zipfile

import h5py
import numpy as np

from harness import case, check, contains, equal, hash_of, info_hash, listing, main, need_yaml, refuses, render
from harness import run, unchanged

MONTHS = {"2024-01": 44640, "2024-02": 41760}  # minutes
WINDOW, SIZE = 100, "64x48"
SERIES = np.round(40000 + np.random.default_rng(8).standard_normal(sum(MONTHS.values())).cumsum(), 2)
JOB = """\
data:
  symbol: BTCUSDT
  interval: 1m
  start_date: "2024-01-01"
  end_date: "2024-02-29"
image:
  seq_len: 100
  line_width: 2
  resolution: {width: 64, height: 48, dpi: 100}
  rendering: {mode: cpu, gpu_batch_size: 5000, fallback_on_error: true}
  storage: {format: hdf5, mode: single}
pipeline:
  skip_existing_images: true
  num_workers: -1
paths: {raw_data: data/raw, processed_data: data/processed, models: models, logs: logs}
"""


def write_months(folder, series=SERIES):
    """Kline files as an exchange provides them: 12 columns, no header, one .csv per .zip."""
    (folder / "data/raw").mkdir(parents=True)
    begin = 0
    for month, minutes in MONTHS.items():
        values = series[begin:begin + minutes].tolist()
        start = 1704067200000 + 60000 * begin
        text = "".join(f"{start + 60000 * i},1.0,1e6,0.5,{value:.2f},9.1,{start + 60000 * i + 59999},3.2,7,1.1,2.2,0\n"
                       for i, value in enumerate(values))
        name = f"BTCUSDT-1m-{month}"
        with zipfile.ZipFile(folder / f"data/raw/{name}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            file.writestr(f"{name}.csv", text)
        begin += minutes


@case("two months of klines become images.h5 with /images and /sequences; a second run does nothing")
def _(folder):
    need_yaml()
    write_months(folder)
    (folder / "job.yaml").write_text(JOB)
    job = ["--config", "job.yaml", "--store-sequences"]
    images = len(SERIES) - WINDOW + 1
    check(len(SERIES) >= 85887, "rows")
    render(folder, *job)
    path = folder / "data/processed/images.h5"
    windows = np.lib.stride_tricks.sliding_window_view(SERIES, WINDOW)
    with h5py.File(path) as file:
        equal((file["images"].shape, file["images"].dtype), ((images, 48, 64), np.uint8), "/images")
        equal((file["sequences"].shape, file["sequences"].dtype), ((images, WINDOW), np.float64), "/sequences")
        for first in range(0, images, 20000):
            part = file["sequences"][first:first + 20000]
            check(np.array_equal(part, windows[first:first + 20000]), f"/sequences from {first} on")
        check(np.array_equal(file["y_range"][:], np.stack([windows.min(1), windows.max(1)], 1)), "/y_range")
        check(path.stat().st_size < images * WINDOW * 8, "samples that were not packed")
    inputs = [f"data/raw/BTCUSDT-1m-{month}.zip" for month in MONTHS]
    equal(info_hash(folder, path), hash_of(folder, *inputs, "--column", "close", "--window", WINDOW, "--size", SIZE,
                                           "--line-width", 2), "the hash of the same job by options")
    before = listing(folder / "data")
    second = render(folder, *job)
    contains(second.err, [f"up to date", f"{images} images, nothing to do"], "the second run")
    check("images/s" not in second.err, "something was drawn")
    unchanged(before, folder / "data", "the second run")
    refuse_others(folder, job)


def refuse_others(folder, job):
    def refused(words, *arguments):
        result = run(folder, "render", *job, *arguments).need(2)
        contains(result.lines()[-1], ["plotmill: data/processed/images.h5: was made", *words], "the error")
    refused(["window 100, this job has 60"], "--set", "image.seq_len=60")
    refused(["size 64x48, this job has 65x48"], "--set", "image.resolution.width=65")
    refused(["column close, this job has open"], "--column", "open")
    refused(["input of 2 files, this job's has 1"], "--set", "data.end_date=2024-01")
    with zipfile.ZipFile(folder / "data/raw/BTCUSDT-1m-2024-02.zip", "w") as file:
        file.writestr("BTCUSDT-1m-2024-02.csv", "1,2,3,4,5,6,7,8,9,10,11,12\n")
    refused(["from BTCUSDT-1m-2024-02.zip of", "this job has BTCUSDT-1m-2024-02.zip of"])


SHORT = np.array([3, 1, np.nan, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2.5])


@case("--store-sequences with strides, compression, chunks, threads and limits")
def _(folder):
    np.save(folder / "series.npy", SHORT)
    np.save(folder / "ready.npy", np.round(SHORT.reshape(6, 5)))
    windows = np.lib.stride_tricks.sliding_window_view(SHORT, 7)
    for number, (further, expected) in enumerate([
            ([], windows), (["--stride", 3], windows[::3]), (["--stride", 10], windows[::10]),
            (["--compress", "none"], windows), (["--batch", 3, "--jobs", 2], windows),
            (["--chunk-images", 4, "--batch", 4], windows), (["--missing", "bridge"], windows),
            (["--dtype", "f32", "--layout", "NHWC", "--channels", 3, "--batch", 5, "--jobs", 3], windows),
            (["--limit", 3], windows[:3])]):
        render(folder, "series.npy", "--window", 7, "--size", "20x10", "--store-sequences", "-o", f"{number}.h5",
               *further)
        with h5py.File(folder / f"{number}.h5") as file:
            check(np.array_equal(file["sequences"][:], expected, equal_nan=True), f"{further}")
    render(folder, "ready.npy", "--axes", "NT", "--size", "20x10", "--store-sequences", "-o", "ready.h5")
    with h5py.File(folder / "ready.h5") as file:
        check(np.array_equal(file["sequences"][:], np.load(folder / "ready.npy"), equal_nan=True), "ready sequences")
    render(folder, "series.npy", "--window", 7, "--size", "20x10", "-o", "plain.h5")
    with h5py.File(folder / "plain.h5") as file:
        check("sequences" not in file, "sequences that were not requested")
    refuses(folder, ["render", "series.npy", "--window", 7, "--store-sequences", "-o", "a.npy"],
            ["store-sequences: applies to hdf5, not to npy"])
    refuses(folder, ["render", "series.npy", "--window", 7, "--size", "20x10", "--store-sequences", "--skip-existing",
                     "-o", "plain.h5"], ["plain.h5: was made without store-sequences"])


@case("--store-sequences in several files, joined and resumed")
def _(folder):
    np.save(folder / "series.npy", SHORT)
    job = ["series.npy", "--window", 7, "--size", "20x10", "--images-per-file", 10, "--batch", 4, "-o", "a.h5"]
    render(folder, *job, "--store-sequences")
    windows = np.lib.stride_tricks.sliding_window_view(SHORT, 7)
    with h5py.File(folder / "a.h5") as file:
        check(np.array_equal(file["sequences"][:], windows, equal_nan=True), "the joined sequences")
    with h5py.File(folder / "a-00001.h5") as file:
        check(np.array_equal(file["sequences"][:], windows[10:20], equal_nan=True), "those of one file")
    refuses(folder, ["render", *job, "--resume"], ["a-00000.h5: was made with store-sequences, this job has none"])
    (folder / "a-00001.h5").unlink()
    (folder / "a.h5").unlink()
    render(folder, *job, "--store-sequences", "--resume")
    with h5py.File(folder / "a.h5") as file:
        check(np.array_equal(file["sequences"][:], windows, equal_nan=True), "after resuming")
    found = json.loads(run(folder, "info", "a.h5", "--json").need().out)
    equal(found["images"], 24, "images")


main()
