#!/usr/bin/python3
"""Compares plotmill with what people draw such images with, in one run on all cores.

    /usr/bin/python3 bench/compare.py [--plotmill FILE] [--device D] [--rounds N] [--seconds S]

The work: random walks of 100 samples as 800x500 line images, 3 px wide, with and without antialiasing, first into
memory, then into HDF5 files. The peers, each from its Debian package:

    apt-get install python3-numpy python3-h5py python3-pil python3-opencv python3-matplotlib

One that is not installed is named as skipped. In each round everything is measured once, in turn, for about
--seconds each; the table holds the medians over the rounds, and the median of the ratios within a round. So what else
the machine does hurts all alike.

Peers run as Python people would speed them up: one worker process per core, started and warmed up before the clock;
buffers and figures used again where the row does not say otherwise; vertices to fractions of a pixel. Their time is
wall time, taken from outside. plotmill's is "seconds" of its --json summary: reading, drawing and writing, without
starting up and compiling its kernels. That part, paid once a job, is printed below the table.
"""
import argparse
import contextlib
import importlib.util
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
except ImportError:
    sys.exit("compare.py: NumPy is missing: apt-get install python3-numpy")

WIDTH, HEIGHT, SAMPLES, LINE_WIDTH = 800, 500, 100, 3
WALKS = 200_000  # at most so many images in one measurement
RING = 32  # images a worker holds; the next ones replace them
CORES = len(os.sched_getaffinity(0))
BUILT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "build", "tools", "plotmill")

walks = None  # (WALKS, SAMPLES) float64; workers inherit it
scratch = None  # folder for files; likewise


def vertices(first, count):
    """(count, SAMPLES, 2) float64 in pixels, as plotmill places them: each image from its lowest to its highest."""
    block = walks[first:first + count]
    low, high = block.min(1, keepdims=True), block.max(1, keepdims=True)
    points = np.empty((count, SAMPLES, 2))
    points[..., 0] = np.arange(SAMPLES) * ((WIDTH - 1) / (SAMPLES - 1))
    points[..., 1] = (high - block) / (high - low) * (HEIGHT - 1)
    return points


def blocks(first, count):
    """The images of one worker, RING at a time."""
    for begin in range(first, first + count, RING):
        yield begin, min(RING, first + count - begin)


def opencv(first, count, antialias, level=None):
    """Into memory, or with a gzip level into an HDF5 file of this worker's own."""
    import cv2
    cv2.setNumThreads(1)
    kind = cv2.LINE_AA if antialias else cv2.LINE_8
    fraction = 6  # bits below the pixel
    ring = np.empty((RING, HEIGHT, WIDTH), np.uint8)
    with contextlib.ExitStack() as stack:
        if level is not None:
            import h5py
            file = stack.enter_context(h5py.File(os.path.join(scratch, f"peer-{first}.h5"), "w"))
            images = file.create_dataset("images", (count, HEIGHT, WIDTH), np.uint8, chunks=(1, HEIGHT, WIDTH),
                                         compression="gzip", compression_opts=level)
        for begin, size in blocks(first, count):
            for image, line in zip(ring, np.rint(vertices(begin, size) * (1 << fraction)).astype(np.int32)):
                image.fill(255)
                cv2.polylines(image, [line], False, 0, LINE_WIDTH, kind, fraction)
            if level is not None:
                images[begin - first:begin - first + size] = ring[:size]


def pillow(first, count):
    from PIL import Image, ImageDraw
    for begin, size in blocks(first, count):
        ring = []
        for line in vertices(begin, size):
            image = Image.new("L", (WIDTH, HEIGHT), 255)
            ImageDraw.Draw(image).line(line.ravel().tolist(), fill=0, width=LINE_WIDTH)
            ring.append(image)


def new_figure(antialias):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    canvas = FigureCanvasAgg(Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100))
    axes = canvas.figure.add_axes([0, 0, 1, 1])
    axes.set_axis_off()
    axes.set_xlim(-0.5, WIDTH - 0.5)
    axes.set_ylim(HEIGHT - 0.5, -0.5)
    (curve,) = axes.plot([], [], color="black", linewidth=LINE_WIDTH * 72 / 100, antialiased=antialias,
                         solid_joinstyle="round", solid_capstyle="round")
    return canvas, curve


def matplotlib(first, count, antialias, reuse):
    ring = np.empty((RING, HEIGHT, WIDTH), np.uint8)
    canvas, curve = new_figure(antialias)
    for begin, size in blocks(first, count):
        for image, line in zip(ring, vertices(begin, size)):
            if not reuse:
                canvas, curve = new_figure(antialias)
            curve.set_data(line[:, 0], line[:, 1])
            canvas.draw()
            image[:] = np.asarray(canvas.buffer_rgba())[..., 0]


PEERS = [  # what, its label, the modules it needs, its function, arguments
    ("binary, to memory", "OpenCV polylines, LINE_8", ["cv2"], opencv, (False,)),
    ("binary, to memory", "Pillow ImageDraw.line", ["PIL"], pillow, ()),
    ("binary, to memory", "matplotlib Agg, figure reused", ["matplotlib"], matplotlib, (False, True)),
    ("binary, to memory", "matplotlib Agg, a figure per image", ["matplotlib"], matplotlib, (False, False)),
    ("antialiased, to memory", "OpenCV polylines, LINE_AA", ["cv2"], opencv, (True,)),
    ("antialiased, to memory", "matplotlib Agg, figure reused", ["matplotlib"], matplotlib, (True, True)),
    ("antialiased, to memory", "matplotlib Agg, a figure per image", ["matplotlib"], matplotlib, (True, False)),
    ("binary, to HDF5", "OpenCV + h5py gzip 1, a file per core", ["cv2", "h5py"], opencv, (False, 1)),
    ("binary, to HDF5", "OpenCV + h5py gzip 4, a file per core", ["cv2", "h5py"], opencv, (False, 4)),
    ("antialiased, to HDF5", "OpenCV + h5py gzip 1, a file per core", ["cv2", "h5py"], opencv, (True, 1)),
    ("antialiased, to HDF5", "OpenCV + h5py gzip 4, a file per core", ["cv2", "h5py"], opencv, (True, 4)),
]


def warm_up():
    """Imports what a worker will need, before any clock runs."""
    for module in {module for peer in PEERS for module in peer[2] if importlib.util.find_spec(module)}:
        importlib.import_module(module)


def stored_bytes():
    """Size of the files that the last measurement left, which go."""
    files = [entry for entry in os.scandir(scratch) if entry.name.endswith(".h5")]
    total = sum(entry.stat().st_size for entry in files)
    for entry in files:
        os.unlink(entry.path)
    return total


def run_peer(pool, function, arguments, images):
    """Returns seconds and bytes stored."""
    cuts = [images * i // CORES for i in range(CORES + 1)]
    begin = time.perf_counter()
    pool.starmap(function, [(a, b - a, *arguments) for a, b in zip(cuts, cuts[1:])], chunksize=1)
    return time.perf_counter() - begin, stored_bytes()


class Plotmill:
    def __init__(self, command, device):
        self.command, self.device, self.setup, self.name = command, ["--device", device] if device else [], [], None

    def run(self, what, images):
        output = "null:" if what.endswith("memory") else os.path.join(scratch, "plotmill.h5")
        line = [self.command, "render", os.path.join(scratch, "walks.npy"), "-o", output, "--limit", str(images),
                "--size", f"{WIDTH}x{HEIGHT}", "--line-width", str(LINE_WIDTH), "--json", "--quiet", *self.device]
        line += ["--antialias"] if what.startswith("antialiased") else []
        begin = time.perf_counter()
        done = subprocess.run(line, stdout=subprocess.PIPE, check=False)
        wall = time.perf_counter() - begin
        if done.returncode != 0:
            sys.exit(f"compare.py: {' '.join(line)}: exit {done.returncode}")
        summary = json.loads(done.stdout)
        self.name = f"{summary['device']['name']}, driver {summary['device']['driver']}"
        self.setup.append(wall - summary["seconds"])
        return summary["seconds"], stored_bytes()


def sized(run, seconds):
    """How many images `run` does in about so many seconds; warms it up first: the first call imports and compiles."""
    images = 16 * CORES
    run(images)
    while True:
        took = run(images)[0]
        if took > seconds / 4 or images == WALKS:
            return max(images, min(WALKS, round(images * seconds / took)))
        images = min(WALKS, round(images * min(20, seconds / 2 / took)) + 1)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return ", ".join([f"{CORES} cores", *names[:1]])


def measure(runs, rounds, seconds):
    """{key: [(images/s, bytes per image) of each round]}, and the machine's load when each round began."""
    counts = {key: sized(run, seconds) for key, run in runs.items()}
    results, loads = {key: [] for key in runs}, []
    for number in range(rounds):
        loads.append(os.getloadavg()[0])
        for key, run in runs.items():
            took, size = run(counts[key])
            results[key].append((counts[key] / took, size / counts[key]))
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return results, loads


def print_table(results):
    print("| what | drawn by | images/s | B/image | speed of plotmill |\n|---|---|--:|--:|--:|")
    for (what, label), rounds in results.items():
        rate, size = (statistics.median(values) for values in zip(*rounds))
        ratio = statistics.median(p[0] / r[0] for p, r in zip(results[what, "plotmill"], rounds))
        faster = "" if label == "plotmill" else f"{ratio:.1f} x" if ratio < 10 else f"{ratio:.0f} x"
        print(f"| {what} | {label} | {float(f'{rate:.3g}'):,.0f} | {f'{size:,.0f}' if size else ''} | {faster} |")


def main():
    global walks, scratch
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plotmill", default=BUILT, metavar="FILE")
    parser.add_argument("--device", help="as plotmill's own option")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each measurement, about (default 2)")
    options = parser.parse_args()
    if not os.access(options.plotmill, os.X_OK) or options.rounds < 1 or options.seconds <= 0:
        parser.error(f"needs a program {options.plotmill} (build first), and --rounds and --seconds above 0")
    with tempfile.TemporaryDirectory(prefix="plotmill-compare-") as scratch:
        walks = np.random.default_rng(1).standard_normal((WALKS, SAMPLES)).cumsum(1)
        np.save(os.path.join(scratch, "walks.npy"), walks)
        plotmill, runs, skipped = Plotmill(options.plotmill, options.device), {}, {}
        with multiprocessing.get_context("fork").Pool(CORES, initializer=warm_up) as pool:
            for what, label, modules, function, arguments in PEERS:
                runs.setdefault((what, "plotmill"), lambda images, what=what: plotmill.run(what, images))
                runs[what, label] = lambda images, f=function, a=arguments: run_peer(pool, f, a, images)
                if any(importlib.util.find_spec(module) is None for module in modules):
                    skipped[label] = modules
                    del runs[what, label]
            results, loads = measure(runs, options.rounds, options.seconds)
    print_table(results)
    modules = sorted({module for peer in PEERS if peer[1] not in skipped for module in peer[2]})
    versions = [f"{module} {importlib.import_module(module).__version__}" for module in modules]
    print(f"\n{time.strftime('%Y-%m-%d')}; {machine()}; plotmill on {plotmill.name}; {', '.join(versions)}")
    print(f"medians of {options.rounds} rounds; load when a round began: {min(loads):.1f} to {max(loads):.1f}")
    print(f"not in the rates: {statistics.median(plotmill.setup):.2f} s for plotmill to start and compile, once a job")
    for label, modules in skipped.items():
        print(f"skipped: {label}: needs {' and '.join(modules)}, not installed")


if __name__ == "__main__":
    main()
