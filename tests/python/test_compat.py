"""plotmill.compat.crypto: the interface of the CuPy pipeline, its files, and its pixels."""
import contextlib
import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
from fractions import Fraction

import h5py
import numpy as np
import pandas as pd

from plotmill.compat import crypto
from plotmill.errors import DeviceError, Error

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / os.environ.get("BUILD", "build")
LAYER = BUILD / "tests" / "faults" / "fault_layer.so"
COMMAND = BUILD / "tools" / "plotmill"
POCL = next((str(path) for path in sorted(pathlib.Path("/etc/OpenCL/vendors").glob("pocl*.icd"))), None)
# One CPU as two devices, of which the first says that it is a GPU.
FAKE_GPU = {"OPENCL_LAYERS": str(LAYER), "OCL_ICD_VENDORS": POCL or "", "POCL_DEVICES": "pthread basic",
            "PLOTMILL_FAULT_GPU": "basic", "PLOTMILL_FAULT_ON": "basic", "PLOTMILL_FAULT_DISCRETE": "1"}

# As its users wrote it, but for the import.
SCRIPT = """
import json, logging, sys
import numpy as np
import pandas as pd
from plotmill.compat.crypto import (GPURenderer, create_images_from_data, get_storage_info, load_images_from_storage,
                                    load_single_image)

logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
rng = np.random.default_rng(3)
close = 40000 + np.cumsum(rng.normal(0, 25, 260)).round(2)
open_ = np.concatenate([[40000.0], close[:-1]])
df = pd.DataFrame({"Open": open_, "High": np.maximum(open_, close) + 5, "Low": np.minimum(open_, close) - 5,
                   "Close": close}, index=pd.date_range("2024-01-01", periods=260, freq="min"))
config = {"mode": MODE, "gpu_batch_size": 50, "fallback_on_error": True}
bars = create_images_from_data(df, "out/bars", seq_len=100, resolution={"height": 120},
                               storage_config={"format": "hdf5", "mode": "single", "images_per_file": 50000},
                               metadata={"symbol": "BTCUSDT", "interval": "1m"}, rendering_config=config)
lines = create_images_from_data(df, "out/lines.h5", seq_len=100, resolution={"width": 200, "height": 120, "dpi": 100},
                                storage_config={"format": "hdf5", "mode": "batch", "images_per_file": 70},
                                metadata={"symbol": "BTCUSDT"}, rendering_config=config)
images, sequences, metadata = load_images_from_storage(bars, "hdf5")
some, some_sequences, _ = load_images_from_storage(lines, "hdf5", indices=[0, 69, 70, 160])
renderer = GPURenderer(mode=MODE)
print(json.dumps({
    "bars": bars, "lines": lines, "shape": images.shape, "sequences": sequences.shape, "symbol": metadata["symbol"],
    "some": some.shape, "type": str(images.dtype), "mode": renderer.mode, "gpu": renderer.gpu_available,
    "same": bool((load_single_image(lines, 70) == some[2]).all()),
    "drawn": bool((renderer.render_batch_gpu(some_sequences, {"width": 200, "height": 120}) == some).all()),
    "info": {key: value for key, value in get_storage_info(lines, "hdf5").items() if key != "metadata"}}))
"""


def walk(rng, shape):
    """Bars of a random walk, in cents."""
    prices = 20000 + np.cumsum(rng.integers(-60, 61, shape), axis=-1)
    opens = prices + rng.integers(-20, 21, shape)
    high = np.maximum(opens, prices) + rng.integers(0, 30, shape)
    low = np.minimum(opens, prices) - rng.integers(0, 30, shape)
    return np.stack([opens, high, low, prices], axis=-1)


def plain_rows(ohlc, height):
    """Rows (T, 4) of the specification: exact quotients, rounded down, from the top; -1: missing."""
    shown = [Fraction(float(price)) for price in ohlc.ravel() if np.isfinite(price)]
    if not shown:
        return np.full(ohlc.shape, -1)
    top, bottom = max(shown), min(shown)

    def row(price):
        if not np.isfinite(price):
            return -1
        if top == bottom:
            return (height - 1) // 2
        return (top - Fraction(float(price))) * (height - 1) // (top - bottom)
    return np.array([[row(price) for price in bar] for bar in ohlc], dtype=np.int64).reshape(ohlc.shape)


def plain_bars(ohlc, height):
    """The image (height, 4 T) of the specification: open, high to low, close, gap."""
    image = np.ones((height, 4 * len(ohlc)), np.float32)
    for bar, (open_, high, low, close) in enumerate(plain_rows(ohlc, height)):
        if high < 0 or low < 0:
            continue
        image[high:low + 1, 4 * bar + 1] = 0
        if open_ >= 0:
            image[open_, 4 * bar] = 0
        if close >= 0:
            image[close, 4 * bar + 2] = 0
    return image


def distances(values, width, height):
    """Of each pixel's centre from the polyline, by the formulas of the interface."""
    values = np.asarray(values, np.float64)
    low, high = np.nanmin(values), np.nanmax(values)
    u = (values - low) / (high - low) if high > low else np.where(np.isnan(values), np.nan, 0.5)
    xs, ys = np.linspace(0, width - 1, len(values)), (1 - u) * (height - 1)
    px, py = np.meshgrid(np.arange(width), np.arange(height))
    nearest = np.full((height, width), np.inf)
    for i in np.flatnonzero(~np.isnan(u)):
        nearest = np.minimum(nearest, np.hypot(px - xs[i], py - ys[i]))
        if i + 1 < len(u) and not np.isnan(u[i + 1]):
            dx, dy = xs[i + 1] - xs[i], ys[i + 1] - ys[i]
            t = np.clip(((px - xs[i]) * dx + (py - ys[i]) * dy) / (dx * dx + dy * dy), 0, 1)
            nearest = np.minimum(nearest, np.hypot(px - xs[i] - t * dx, py - ys[i] - t * dy))
    return nearest


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.rng = np.random.default_rng(1)

    def same(self, found, expected, words=""):
        np.testing.assert_array_equal(found, expected, err_msg=str(words), strict=True)

    def script(self, text, **variables):
        """Runs a program in the folder of the test: its JSON, and its standard error."""
        done = subprocess.run([sys.executable, "-c", text], cwd=self.folder, env={**os.environ, **variables},
                              capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout), done.stderr

    def needs_layer(self):
        if not LAYER.exists() or not POCL:
            self.skipTest(f"pocl: {LAYER} or PoCL's .icd file is missing")

    def frame(self, rows=130):
        return pd.DataFrame(walk(self.rng, rows) / 100, columns=list(crypto.COLUMNS))


class Script(Case):
    def check(self, found, log, mode):
        self.assertEqual((found["bars"], found["lines"]), ("out/bars.h5", "out/lines.h5"))
        self.assertEqual((found["shape"], found["sequences"]), ([161, 120, 400], [161, 100, 4]))
        self.assertEqual((found["some"], found["type"], found["symbol"]), ([4, 120, 200], "float32", "BTCUSDT"))
        self.assertEqual((found["same"], found["drawn"]), (True, True))
        self.assertEqual(sorted(path.name for path in (self.folder / "out").iterdir()),
                         ["bars.h5"] + [f"lines_batch_000{i}.h5" for i in range(3)])
        size = sum(path.stat().st_size for path in (self.folder / "out").glob("lines_*")) / 2 ** 20
        self.assertEqual(found["info"], {"num_images": 161, "image_shape": [120, 200], "sequence_length": 100,
                                         "file_size_mb": size})
        self.assertEqual(found["mode"], mode)
        for line in ("Generating 161 images", f"Rendering mode: {mode.upper()}", "Resolution: 400x120",
                     f"Processed 161/161 images ({mode.upper()})", "Created 161 images in hdf5 format"):
            self.assertIn(line + "\n", log)
        self.assertEqual(log.count("Processed 161/161"), 2)

    def test_a_script_of_the_forerunner(self):
        """runs with its import changed"""
        self.check(*self.script(SCRIPT.replace("MODE", "'cpu'")), "cpu")

    def test_on_a_gpu(self):
        """the same script with a device that says it is a GPU"""
        self.needs_layer()
        found, log = self.script(SCRIPT.replace("MODE", "'gpu'"), **FAKE_GPU)
        self.check(found, log, "gpu")
        self.assertTrue(found["gpu"])
        on_gpu = crypto.load_images_from_storage(self.folder / "out/bars.h5")
        self.assertEqual(on_gpu[2]["rendering_mode"], "gpu")
        found, log = self.script(SCRIPT.replace("MODE", "'auto'"), **FAKE_GPU)
        self.check(found, log, "gpu")
        self.script(SCRIPT.replace("MODE", "'cpu'"))
        self.same(crypto.load_images_from_storage(self.folder / "out/bars.h5")[0], on_gpu[0])

    def test_a_gpu_that_fails(self):
        """the CPU continues with fallback_on_error; without it an exception leaves no file"""
        self.needs_layer()
        lost = {**FAKE_GPU, "PLOTMILL_FAULT": "clEnqueueReadBuffer:2:-36:lost"}
        body = """
import json, logging, os, sys
import numpy as np
from plotmill.compat.crypto import create_images_from_data, load_images_from_storage
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
prices = np.random.default_rng(5).normal(size=400).cumsum()
config = {"mode": "MODE", "gpu_batch_size": 20, "fallback_on_error": FALLBACK}
try:
    path = create_images_from_data(prices, "a.h5", seq_len=50, resolution={"width": 64, "height": 48},
                                   rendering_config=config)
    found = {"mode": load_images_from_storage(path)[2]["rendering_mode"]}
except RuntimeError as error:
    found = {"error": type(error).__name__}
print(json.dumps({**found, "files": os.listdir(".")}))
"""
        for mode in "gpu", "auto":
            with self.subTest(mode):
                found, log = self.script(body.replace("MODE", mode).replace("FALLBACK", "True"), **lost)
                self.assertEqual(found, {"mode": "cpu", "files": ["a.h5"]}, log)
                self.assertIn("falling back to device", log)
                prices = np.random.default_rng(5).normal(size=400).cumsum()
                images = crypto.GPURenderer().render_batch_gpu(crypto.create_price_sequences(prices, 50),
                                                               {"width": 64, "height": 48})
                self.same(crypto.load_images_from_storage(self.folder / "a.h5")[0], images)
                (self.folder / "a.h5").unlink()
                found, log = self.script(body.replace("MODE", mode).replace("FALLBACK", "False"), **lost)
                self.assertEqual(found, {"error": "DeviceError", "files": []}, log)


class Bars(Case):
    def test_equal_the_specification(self):
        """prices in cents and any float64, heights, lengths"""
        renderer = crypto.GPURenderer()
        for bars, height in ((100, 500), (20, 64), (7, 33), (2, 10), (3, 1), (5, 2)):
            cents = walk(self.rng, (4, bars))
            for ohlc in (cents / 100, cents.astype(np.float64), (cents / 7), (cents / 100).astype(np.float32)):
                with self.subTest(bars=bars, height=height, type=ohlc.dtype):
                    images = renderer.render_ohlc_batch_gpu(ohlc, {"height": height})
                    self.same(images, np.stack([plain_bars(one, height) for one in ohlc]))
                    rows = renderer.render_ohlc_batch_coordinates(ohlc, height)
                    self.same(rows, np.stack([plain_rows(one, height) for one in ohlc]).astype(np.uint16))

    def test_ties(self):
        """whole quotients are not rounded into the row above"""
        steps = np.arange(500)
        for scale in (1.0, 0.1, 1 / 3, 1e300, 1e-300, 5e-324):
            prices = (steps[::-1] if scale > 1 else steps + 1000) * scale
            ohlc = np.repeat(prices[:, None], 4, 1)[None]
            with self.subTest(scale=scale):
                self.same(crypto.Renderer().render_ohlc_batch_coordinates(ohlc, 500)[0],
                          plain_rows(ohlc[0], 500).astype(np.uint16))

    def test_constant(self):
        ohlc = np.full((2, 6, 4), 7.25)
        images = crypto.GPURenderer().render_ohlc_batch_gpu(ohlc, {"height": 10})
        self.same(images[0], plain_bars(ohlc[0], 10))
        self.assertEqual(list(np.flatnonzero(images[1][:, 1] == 0)), [4])
        self.assertEqual(set(crypto.GPURenderer().render_ohlc_batch_coordinates(ohlc, 10).ravel()), {4})

    def test_missing(self):
        """an open or close leaves its tick out, a high or low the bar, all prices a white image"""
        ohlc = walk(self.rng, (5, 12)) / 100
        for field in range(4):
            ohlc[field, 3:5, field] = np.nan
        ohlc[4] = np.nan
        images = crypto.GPURenderer().render_ohlc_batch_gpu(ohlc, {"height": 40})
        self.same(images, np.stack([plain_bars(one, 40) for one in ohlc]))
        with self.assertRaisesRegex(ValueError, "sequence 0 has no open in bar 3"):
            crypto.GPURenderer().render_ohlc_batch_coordinates(ohlc, 40)

    def test_layouts(self):
        """reversed, Fortran and read-only arrays; no sequences"""
        ohlc, renderer = walk(self.rng, (6, 10)) / 4, crypto.GPURenderer()
        expected = renderer.render_ohlc_batch_gpu(ohlc, {"height": 50})
        self.same(renderer.render_ohlc_batch_gpu(ohlc[::-1], {"height": 50}), expected[::-1].copy())
        self.same(renderer.render_ohlc_batch_gpu(np.asfortranarray(ohlc), {"height": 50, "width": 800}), expected)
        ohlc.flags.writeable = False
        self.same(renderer.render_ohlc_batch_gpu(ohlc, {"height": 50}), expected)
        self.assertEqual(renderer.render_ohlc_batch_gpu(ohlc[:0], {"height": 50}).shape, (0, 50, 40))
        self.assertEqual(renderer.render_ohlc_batch_coordinates(ohlc[:0], 50).shape, (0, 10, 4))


class Lines(Case):
    def judge(self, values, image, width, line_width):
        """docs/definition.md, When an image conforms."""
        near = distances(values, image.shape[1], image.shape[0])
        self.assertEqual(image.dtype, np.float32)
        self.assertLessEqual(set(np.unique(image)), {np.float32(0), np.float32(1)})
        self.assertTrue((image[near <= line_width / 2 - 1 / 64] == 0).all(), "a pixel of the stroke is white")
        self.assertTrue((image[near > line_width / 2 + 1 / 64] == 1).all(), "a pixel outside of the stroke is black")

    def test_equal_the_definition(self):
        renderer = crypto.GPURenderer()
        for samples, width, height, line_width in ((100, 800, 500, 3), (30, 120, 80, 1), (200, 64, 64, 2.5),
                                                  (2, 40, 30, 5)):
            with self.subTest(samples=samples, width=width):
                sequences = self.rng.normal(size=(3, samples)).cumsum(axis=1)
                size = {"width": width, "height": height, "dpi": 100}
                images = renderer.render_batch_gpu(sequences, size, line_width)
                self.assertEqual(images.shape, (3, height, width))
                for values, image in zip(sequences, images[:1] if width == 800 else images):
                    self.judge(values, image, width, line_width)
                self.same(renderer.render_line_image(sequences[1], size, line_width), images[1])

    def test_the_default_width_is_3(self):
        sequences, size = self.rng.normal(size=(2, 50)), {"width": 100, "height": 60}
        renderer = crypto.Renderer()
        self.same(renderer.render_batch_gpu(sequences, size), renderer.render_batch_gpu(sequences, size, 3))

    def test_constant_and_missing(self):
        renderer = crypto.GPURenderer()
        constant = renderer.render_line_image([5.0] * 20, {"width": 60, "height": 41})
        self.assertEqual(list(np.flatnonzero((constant == 0).all(axis=1))), [19, 20, 21])
        self.assertTrue((constant[[18, 22]] == 1).all())
        values = self.rng.normal(size=60)
        values[[0, 20, 21, 22, 23, 40]] = np.nan
        image = renderer.render_line_image(values, {"width": 400, "height": 90})
        self.judge(values, image, 400, 3)
        self.assertTrue((renderer.render_line_image([np.nan] * 9, {"width": 30, "height": 20}) == 1).all())

    def test_equal_the_command(self):
        """pixels of `plotmill render`, whose file and options are others"""
        if not COMMAND.exists():
            self.skipTest(f"command: {COMMAND} is not built")
        prices = self.rng.normal(size=150).cumsum()
        np.save(self.folder / "a.npy", prices)
        subprocess.run([COMMAND, "render", "a.npy", "--window", "100", "--size", "300x200", "--line-width", "3", "-o",
                        "a.h5"], cwd=self.folder, check=True, capture_output=True)
        with h5py.File(self.folder / "a.h5") as file:
            expected = (file["images"][...] / np.float32(255)).astype(np.float32)
        sequences = crypto.create_price_sequences(prices, 100)
        self.same(crypto.GPURenderer().render_batch_gpu(sequences, {"width": 300, "height": 200}), expected)

    def test_refusals(self):
        renderer, size = crypto.GPURenderer(), {"width": 30, "height": 20}
        for error, words, call in (
            (ValueError, "expected one of auto, gpu, cpu", lambda: crypto.GPURenderer("cuda")),
            (ValueError, "no 'height'", lambda: renderer.render_line_image([1, 2], {"width": 3})),
            (TypeError, "whole number of", lambda: renderer.render_line_image([1, 2], {"width": 3.5, "height": 4})),
            (ValueError, r"\(2, 2\), expected \(T,\)", lambda: renderer.render_line_image([[1, 2], [3, 4]], size)),
            (ValueError, r"expected \(B, T, 4\)", lambda: renderer.render_ohlc_batch_gpu(np.zeros((2, 5, 3)), size)),
            (ValueError, "window: found 1, expected 2", lambda: renderer.render_line_image([1], size)),
            (Error, "line-width", lambda: renderer.render_line_image([1, 2], size, 99)),
            (ValueError, "1 to 65535", lambda: renderer.render_ohlc_batch_coordinates(np.zeros((1, 2, 4)), 65536)),
        ):
            with self.subTest(words), self.assertRaisesRegex(error, words):
                call()

    def test_no_gpu(self):
        if crypto.GPURenderer().gpu_available:
            self.skipTest("machine without a GPU: this one has one")
        with self.assertRaisesRegex(RuntimeError, "no GPU here.*doctor"):
            crypto.GPURenderer(mode="gpu")
        self.assertEqual(crypto.GPURenderer(mode="auto").mode, "cpu")
        with self.assertRaises(DeviceError):
            crypto.create_images_from_data(np.arange(9.0), str(self.folder / "a"), seq_len=3,
                                           rendering_config={"mode": "gpu"})
        self.assertEqual(os.listdir(self.folder), [])


class Threads(Case):
    def test_shared(self):
        """threads that share a renderer get the images of their own sequences"""
        renderer, both = crypto.GPURenderer("cpu"), threading.Barrier(2)

        class Late:
            """A renderer that waits for the other thread between loading and drawing."""

            def __init__(self, core):
                self.load, self.core = self._load, core

            def _load(self, source):
                self.core.load(source)
                with contextlib.suppress(threading.BrokenBarrierError):
                    both.wait(0.3)

            def render(self, *arguments):
                self.core.render(*arguments)

        rising = np.tile(np.arange(20.0), (3, 1))
        expected = [renderer.render_batch_gpu(values, {"width": 40, "height": 30}) for values in (rising, -rising)]
        known = renderer._renderer
        renderer._renderer = lambda texts: (known(texts)[0], Late(known(texts)[1]))
        found = {}

        def work(k, values):
            found[k] = renderer.render_batch_gpu(values, {"width": 40, "height": 30})

        threads = [threading.Thread(target=work, args=each) for each in enumerate((rising, -rising))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for k in range(2):
            np.testing.assert_array_equal(found[k], expected[k])


class Sequences(Case):
    def test_windows(self):
        prices, frame = np.arange(10.0), self.frame(12)
        self.same(crypto.create_price_sequences(prices, 4), np.stack([prices[i:i + 4] for i in range(7)]))
        values = frame.to_numpy()
        expected = np.stack([values[i:i + 5] for i in range(8)])
        self.same(crypto.create_ohlc_sequences(frame, 5), expected)
        self.same(crypto.create_ohlc_sequences(values, 5), expected)
        self.same(crypto.create_ohlc_sequences(frame[["Close", "Low", "High", "Open"]], 5), expected)
        crypto.create_price_sequences(prices, 4)[0] = 99
        self.assertEqual(prices[0], 0)
        for seq_len in 11, 0:
            with self.assertRaisesRegex(ValueError, "expected 1 to 10"):
                crypto.create_price_sequences(prices, seq_len)
        with self.assertRaisesRegex(ValueError, "Low missing"):
            crypto.create_ohlc_sequences(frame.drop(columns="Low"), 5)


class Storage(Case):
    def create(self, data, name="a", **further):
        return crypto.create_images_from_data(data, str(self.folder / name), **{"seq_len": 20, **further})

    def test_bars(self):
        """/images, /sequences and attributes, by h5py"""
        frame = self.frame(60)
        path = self.create(frame, resolution={"height": 50}, metadata={"symbol": "ETH", "factor": 2.5, "days": [1, 2]})
        with h5py.File(path) as file:
            self.assertEqual((file["images"].dtype, file["images"].shape), (np.float32, (41, 50, 80)))
            self.same(file["sequences"][...], crypto.create_ohlc_sequences(frame, 20))
            self.same(file["images"][...], np.stack([plain_bars(one, 50) for one in file["sequences"][...]]))
            found = {key: value.tolist() if hasattr(value, "tolist") else value for key, value in file.attrs.items()}
        self.assertEqual(found, {"symbol": "ETH", "factor": 2.5, "days": [1, 2], "seq_len": 20, "num_sequences": 41,
                                 "rendering_mode": crypto.GPURenderer().mode, "chart_type": "ohlc_bar",
                                 "resolution": [80, 50]})
        self.same(self.stored(self.create(frame.to_numpy(), "b", resolution={"height": 50})), self.stored(path))
        self.assertEqual(self.stored(self.create(frame, "c")).shape, (41, 500, 80))

    def stored(self, path):
        return crypto.load_images_from_storage(path, "hdf5")[0]

    def test_lines(self):
        """of an array, a Series, a DataFrame with Close alone, and one with all prices where width and dpi are given"""
        frame = self.frame(50)
        size = {"width": 90, "height": 40, "dpi": 100}
        expected = crypto.GPURenderer().render_batch_gpu(crypto.create_price_sequences(frame["Close"], 20), size, 2)
        for number, data in enumerate((frame["Close"].to_numpy(), frame["Close"], frame[["Close"]], frame)):
            images, sequences, metadata = crypto.load_images_from_storage(
                self.create(data, str(number), resolution=size, line_width=2))
            self.same(images, expected)
            self.same(sequences, crypto.create_price_sequences(frame["Close"], 20))
            self.assertEqual((metadata["chart_type"], metadata["line_width"]), ("line", 2))
        self.assertEqual(self.stored(self.create(frame["Close"], "default"))[0].shape, (500, 800))

    def test_batches(self):
        frame = self.frame(60)
        single = self.create(frame, "single.h5", resolution={"height": 30})
        config = {"format": "hdf5", "mode": "batch", "images_per_file": 15}
        path = self.create(frame, "deep/many.h5", resolution={"height": 30}, storage_config=config, metadata={"a": 1})
        names = sorted(os.listdir(self.folder / "deep"))
        self.assertEqual(names, ["many_batch_0000.h5", "many_batch_0001.h5", "many_batch_0002.h5"])
        with h5py.File(self.folder / "deep" / names[1]) as file:
            self.same(file["window_start"][...], np.arange(15, 30))
            self.assertEqual((file.attrs["a"], file.attrs["num_sequences"]), (1, 41))
        images, sequences, _ = crypto.load_images_from_storage(single)
        wanted = [40, 14, 15, 15, -41, 30]
        found = crypto.load_images_from_storage(path, "hdf5", wanted)
        self.same(found[0], images[wanted])
        self.same(found[1], sequences[wanted])
        self.same(self.stored(path), images)
        last = crypto.load_images_from_storage(self.folder / "deep" / names[2])
        self.same(last[0], images[30:])
        (self.folder / "deep" / names[1]).rename(self.folder / "elsewhere")
        with self.assertRaisesRegex(FileNotFoundError, "many_batch_0001.h5 is missing"):
            crypto.load_images_from_storage(path)
        (self.folder / "elsewhere").rename(self.folder / "deep" / names[1])
        (self.folder / "deep" / names[2]).unlink()
        with self.assertRaisesRegex(ValueError, "41 images.*hold 30"):
            crypto.get_storage_info(path)

    def test_rows_instead_of_images(self):
        """storage_format index_based_implicit, in one file and in batches"""
        frame = self.frame(60)
        images, sequences, _ = crypto.load_images_from_storage(self.create(frame, resolution={"height": 70}))
        for mode, name in (("single", "b.h5"), ("batch", "b_batch_0000.h5")):
            config = {"mode": mode, "images_per_file": 16, "storage_format": "index_based_implicit"}
            path = self.create(frame, "b", resolution={"height": 70}, storage_config=config,
                               rendering_config={"gpu_batch_size": 7})
            with h5py.File(self.folder / name) as file:
                self.assertEqual(sorted(file), ["coordinates", "original_data"])
                self.assertEqual((file["coordinates"].dtype, file["coordinates"].shape[1:]), (np.uint16, (20, 4)))
                self.assertEqual(file.attrs["storage_format"], "index_based_implicit")
                self.same(file["original_data"][...], frame.to_numpy()[:60 if mode == "single" else 35])
            self.same(self.stored(path), images)
            for wanted in (slice(3, 40, 9), [17, 3, 40], np.arange(41) % 5 == 0):
                found = crypto.load_images_from_storage(path, "hdf5", wanted)
                self.same(found[0], images[wanted])
                self.same(found[1], sequences[wanted])
            self.same(crypto.load_single_image(path, 33), images[33])
            info = crypto.get_storage_info(path, "hdf5")
            self.assertEqual((info["num_images"], info["image_shape"], info["sequence_length"]), (41, (70, 80), 20))
            if mode == "single":
                (self.folder / name).unlink()
        with self.assertRaisesRegex(ValueError, "rows of bars"):
            self.create(frame["Close"], storage_config=config)

    def test_files_of_the_forerunner(self):
        """float32 prices, growable datasets, its attributes; and images that it compressed"""
        ohlc = (walk(self.rng, 30) / 100).astype(np.float32)
        rows = np.stack([plain_rows(ohlc[i:i + 10], 500) for i in range(21)]).astype(np.uint16)
        with h5py.File(self.folder / "new.h5", "w") as file:
            file.create_dataset("original_data", data=ohlc, maxshape=(None, 4), chunks=(10000, 4))
            file.create_dataset("coordinates", data=rows, maxshape=(None, 10, 4), chunks=(1000, 10, 4))
            file.attrs.update({"seq_len": 10, "resolution": [40, 500], "storage_format": "index_based_implicit",
                               "created_at": "2025-01-01T00:00:00", "total_data_points": 30})
        images, sequences, metadata = crypto.load_images_from_storage(str(self.folder / "new.h5"), "hdf5", [20, 4])
        self.same(images, np.stack([plain_bars(ohlc[i:i + 10], 500) for i in (20, 4)]))
        self.same(sequences, np.stack([ohlc[20:30], ohlc[4:14]]))
        self.assertEqual(metadata["created_at"], "2025-01-01T00:00:00")
        with h5py.File(self.folder / "old.h5", "w") as file:
            file.create_dataset("images", data=images, compression="gzip", chunks=(1, 500, 40))
            file.create_dataset("sequences", data=sequences)
        self.same(crypto.load_images_from_storage(str(self.folder / "old.h5"), "hdf5", [1, 0])[0], images[::-1].copy())
        with h5py.File(self.folder / "new.h5", "r+") as file:
            file["coordinates"][4, 0, 0] = 500
        with self.assertRaisesRegex(ValueError, "row 500, but an image has 500 rows"):
            crypto.load_single_image(str(self.folder / "new.h5"), 4)

    def test_indices(self):
        path = self.create(self.frame(30))
        for error, words, wanted in ((IndexError, "image 11 does not exist", [0, 11]), (IndexError, "image -12", [-12]),
                                     (TypeError, "load_single_image reads one", 3), (TypeError, "float64", [0.5]),
                                     (IndexError, "a mask of 3 values", [True, False, True])):
            with self.subTest(words), self.assertRaisesRegex(error, words):
                crypto.load_images_from_storage(path, "hdf5", wanted)
        images, sequences, _ = crypto.load_images_from_storage(path, "hdf5", [])
        self.assertEqual((images.shape, sequences.shape), ((0, 500, 80), (0, 20, 4)))

    def test_a_repeated_call_replaces_the_file(self):
        frame = self.frame(40)
        self.assertEqual(self.create(frame, "x.h5"), self.create(frame[:30], "x.h5"))
        self.assertEqual(crypto.get_storage_info(str(self.folder / "x.h5"))["num_images"], 11)
        self.assertEqual(os.listdir(self.folder), ["x.h5"])

    def test_refusals(self):
        frame = self.frame(30)
        for error, words, call in (
            (ValueError, "can mean a line of the closes, 800 pixels wide, or bars, 80",
             lambda: self.create(frame, resolution={"width": 800, "height": 500})),
            (TypeError, "expected a dict", lambda: crypto.create_images_from_data(frame, "a", 20, 3)),
            (ValueError, "only 'hdf5'", lambda: self.create(frame, storage_config={"format": "jpeg"})),
            (ValueError, "expected single or batch", lambda: self.create(frame, storage_config={"mode": "many"})),
            (ValueError, "columns a, expected", lambda: self.create(pd.DataFrame({"a": [1.0]}))),
            (ValueError, "expected 1 to 30", lambda: self.create(frame, seq_len=31)),
            (ValueError, r"metadata\['b'\] cannot be", lambda: self.create(frame, metadata={"a": 1, "b": {"c": None}})),
            (ValueError, "bars have none", lambda: self.create(frame, line_width=2)),
            (FileNotFoundError, "no_batch_0000.h5", lambda: crypto.get_storage_info(str(self.folder / "no.h5"))),
        ):
            with self.subTest(words), self.assertRaisesRegex(error, words):
                call()
        self.assertEqual(os.listdir(self.folder), [])
        with h5py.File(self.folder / "other.h5", "w") as file:
            file["x"] = [1]
        with self.assertRaisesRegex(ValueError, "has no /images"):
            crypto.load_single_image(str(self.folder / "other.h5"))

    def test_unknown_keys_are_named(self):
        with self.assertLogs(crypto.logger, logging.WARNING) as log:
            self.create(self.frame(22), storage_config={"compression": "gzip"})
        self.assertIn("storage_config: compression not used", log.output[0])

    def test_without_h5py(self):
        found, _ = self.script("""
import json, sys
sys.modules["h5py"] = None
from plotmill.compat import crypto
try:
    crypto.create_images_from_data([1.0, 2.0, 3.0], "a", seq_len=2)
except ImportError as error:
    print(json.dumps([str(error), crypto.GPURenderer().render_line_image([1, 2], {"width": 9, "height": 9}).shape]))
""")
        self.assertIn("pip install h5py", found[0])
        self.assertEqual((found[1], os.listdir(self.folder)), ([9, 9], []))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        unittest.main()
