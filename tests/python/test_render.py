"""Pixels equal the command's: each option of calls that draw, and each preset, through every path of the package."""
import itertools
import logging
import pathlib
import re
import shutil
import tempfile
import unittest
import zlib

import numpy as np

import plotmill
from command import ROOT, run, walk
from plotmill._option_types import DrawOptions

try:
    import torch

    from plotmill.torch import Loader
except ImportError:
    torch = None

logging.getLogger("plotmill").setLevel(logging.ERROR)

WINDOW, STRIDE = 20, 7
CUT = {"window": str(WINDOW), "stride": str(STRIDE)}
BASE = {"size": "40x30", "line-width": "1"}
MINE = "{size: [48, 36], layers: [{mark: line, y: value, width: 2}, {mark: column, y: value, ink: 120}]}"
CANDLES = {"chart": "candles", "columns": "open,high,low,close,volume", "size": "100x80", "line-width": None}

# Each option that render() takes, by its name: values as the command takes them, the same in Python, and what is needed
# beside them (as the command takes it; None takes an option away).
SERIES = {
    "size": [("50x20", (50, 20), {}), ("64x64", "64x64", {}), ("33x9", [np.int64(33), 9], {})],
    "line-width": [("1.5", 1.5, {}), ("4", np.float32(4), {}), ("2pt", "2pt", {})],
    "antialias": [("true", True, {}), ("true", np.True_, {"line-width": "2.5"}), ("false", False, {})],
    "margin": [("3", 3, {}), ("2.5", 2.5, {"antialias": "true"})],
    "background": [("20", 20, {}), ("#102030", (16, 32, 48), {}), ("#ffeedd", "#ffeedd", {"antialias": "true"})],
    "foreground": [("200", np.uint8(200), {}), ("#ff8000", [255, 128, 0], {"antialias": "true"})],
    "range": [("55:65", (55, 65), {}), ("-1e3:1e3", "-1e3:1e3", {}), ("minmax", "minmax", {})],
    "missing": [("gap", "gap", {}), ("bridge", "bridge", {}), ("bridge", "bridge", {"antialias": "true"})],
    "dpi": [("200", 200, {"line-width": "1pt"}), ("72.5", 72.5, {"line-width": "2pt", "antialias": "true"})],
    "chart": [("line", "line", {})],  # and the presets below
    "ma": [("5", 5, CANDLES), ("3,9", [3, 9], CANDLES)],
    "column": [("4", 4, {}), ("2", "2", {})],
    "columns": [("open,high,low,close,volume", ["open", "high", "low", "close", "volume"], {**CANDLES, "columns": None}),
                ("v=3,w=1", {"v": 3, "w": 1}, {"chart": "{layers: [{mark: line, y: w}, {mark: line, y: v, ink: 90}]}",
                                            "line-width": None})],
    "axes": [("TF", "TF", {})],  # others in test_axes
    "limit": [("4", 4, {}), ("4", np.int8(4), {})],
    "device": [("cpu", "cpu", {}), ("0", 0, {})],
    "no-cache": [("true", True, {})],
    "batch": [("3", 3, {}), ("auto", "auto", {})],
    "jobs": [("1", 1, {}), ("auto", "auto", {})],
    "fallback": [("true", True, {})],
    "no-fallback": [("true", True, {})],
    "dtype": [("f32", np.float32, {}), ("f16", "float16", {"antialias": "true"}), ("u8", np.dtype(np.uint8), {}),
              ("bits", "bits", {})],
    "layout": [("NHW", "NHW", {}), ("NCHW", "NCHW", {"foreground": "#ff8000"}), ("NHWC", "NHWC", {"dtype": "f32"})],
    "channels": [("1", 1, {}), ("3", 3, {}), ("3", "3", {"layout": "NCHW"}), ("layer", "layer", CANDLES),
                 ("auto", "auto", CANDLES)],
    "quality": [],  # of JPEG: test_jpeg
}
# What only tables have: in test_tables.
OF_TABLES = {
    "from": [("2024-01-02", np.datetime64("2024-01-02"))],
    "to": [("2024-01-03 12:00", "2024-01-03 12:00")],
    "group-by": [("ticker", "ticker")],
    "time": [("when", "when")],
}
ONLY_RETURNED = ("dtype", "layout")  # by render() and Renderer; the images of data sets are uint8 (N, H, W[, C])


def bars(rows=120, seed=5):
    """open, high, low, close, volume; a gap of two rows in the middle."""
    rng = np.random.default_rng(seed)
    first, last = walk(rows, seed), walk(rows, seed + 1)
    found = np.column_stack([first, np.maximum(first, last) + 0.5, np.minimum(first, last) - 0.5, last,
                             rng.integers(1, 1000, rows)])
    found[rows // 2 : rows // 2 + 2] = np.nan
    return found


def words(options):
    return [word for name, text in options.items() if text is not None
            for word in ([f"--{name}"] if text == "true" else [] if text == "false" else [f"--{name}", text])]


def keywords(options):
    return {name.replace("-", "_"): int(text) if name in CUT else {"true": True}.get(text, text)
            for name, text in options.items() if text is not None}


def cases():
    for name, values in SERIES.items():
        for text, value, beside in values:
            column = {} if {"columns", "column"} & {name, *beside} else {"column": "3"}
            options = {**BASE, **column, **beside}
            options.pop(name, None)
            options = {**options, **CUT}
            yield f"{name}={text}", {**options, name: text}, {**keywords(options), name.replace("-", "_"): value}
    rows = {**BASE, "columns": "open,high,low,close,volume"}
    for preset in PRESETS:
        window = re.search(r"\d*$", preset)[0] or str(WINDOW)  # jkx5 is of 5 samples
        options = {**rows, "axes": "TF", "chart": preset, **CUT, "window": window}
        if preset != "line":
            del options["size"], options["line-width"]
        else:
            options["column"] = "3"
            del options["columns"]
        yield f"preset {preset}", options, keywords(options)
    options = {"columns": "v,w,x,y,value", "chart": MINE, **CUT}
    yield "a chart in braces", options, keywords(options)


PRESETS = re.findall(r"(?m)^(\w+) ", run(ROOT, "preset"))


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def command(self, values, options, output="x.npy"):
        """What `plotmill render FILE -o OUTPUT` stores."""
        np.save(self.folder / "in.npy", values)
        run(self.folder, "render", "in.npy", *words(options), "-o", output, "--force")
        return np.load(self.folder / output) if output.endswith(".npy") else self.folder / output

    def same(self, found, expected, what):
        with self.subTest(what):
            self.assertEqual((found.dtype, found.shape), (expected.dtype, expected.shape))
            np.testing.assert_array_equal(found, expected)


class Pixels(Folder):
    def test_table_is_covered(self):
        """each option of render() and each option of charts has an entry here"""
        names = {"from" if name == "from_" else name.replace("_", "-")
                 for base in DrawOptions.__mro__[:1] for name in base.__annotations__}
        self.assertEqual({*SERIES, *OF_TABLES}, names)
        chart = {row.name for row in plotmill.options() if row.scope in ("chart", "device")}
        self.assertLessEqual(chart, set(SERIES))
        self.assertGreaterEqual(len(PRESETS), 6)

    def test_render(self):
        """render(), for each option and preset, whose images differ from each other"""
        series, seen = bars(), {}
        for name, options, given in cases():
            expected = self.command(series, options)
            found = plotmill.render(series, **given)
            self.same(found, expected, name)
            self.assertGreater(len(np.unique(expected)), 1, name)
            seen[name] = (found.shape, found.dtype, found.tobytes())
        plain = self.command(series, {**BASE, **CUT, "column": "3"})
        plain = (plain.shape, plain.dtype, plain.tobytes())
        # Values that must show. The others are defaults, or change no pixel of this data.
        for name in ("size=50x20", "line-width=1.5", "antialias=true", "margin=3", "background=20", "foreground=200",
                     "range=55:65", "missing=bridge", "dpi=200", "column=4", "limit=4", "dtype=f32", "layout=NCHW",
                     "channels=3"):
            self.assertFalse(seen[name] == plain, f"{name} has no effect")
        self.assertFalse(seen["ma=5"] == seen["ma=3,9"])

    def test_renderer(self):
        """Renderer: windows of an array, starts in any order, a loaded series, a view, and a caller's buffer"""
        series = bars()
        for name, options, given in cases():
            expected = self.command(series, options)
            starts = (np.arange(len(expected)) * STRIDE)[::-1]
            with plotmill.Renderer(**given) as renderer:
                self.same(renderer.at(series, starts), expected[::-1], f"{name}, at")
                self.same(renderer.at(series), expected, f"{name}, at, without starts")
                out = np.zeros_like(expected)
                self.assertIs(renderer.load(series).at(None, starts, out=out), out)
                self.same(out, expected[::-1], f"{name}, load, at(None), out")
                self.assertEqual((renderer.shape, renderer.dtype), (expected.shape[1:], expected.dtype), name)
            # Ready sequences have nothing before them, which averages read.
            window = int(options["window"])
            sequences = np.stack([series[start : start + window] for start in range(0, len(series) - window + 1, STRIDE)])
            if "axes" in options:
                options, given = {**options, "axes": "NTF"}, {**given, "axes": "NTF"}
            options = {key: text for key, text in options.items() if key not in CUT}
            given = {key: value for key, value in given.items() if key not in CUT}
            expected = self.command(sequences, options)
            with plotmill.Renderer(**given) as renderer:
                self.same(renderer(sequences), expected, f"{name}, windows")
                self.same(renderer(sequences, view=True), expected, f"{name}, view")

    def test_data_sets(self):
        """Dataset, Loader, and what save() stores and open() reads"""
        series = bars()
        for name, options, given in cases():
            for only in ONLY_RETURNED:
                options, given = {**options, only: None}, {k: v for k, v in given.items() if k != only}
            expected = self.command(series, options)
            with plotmill.Dataset(series, **given) as images:
                if name in ("channels=3", "channels=layer") and expected.shape[1:] != images.shape:  # NCHW
                    expected = np.ascontiguousarray(np.moveaxis(expected, 1, -1))
                self.same(images[:], expected, f"{name}, Dataset")
                self.same(images[3], expected[3], f"{name}, Dataset, one image")
                self.same(images[[2, 0, -1]], expected[[2, 0, -1]], f"{name}, Dataset, indices")
                for number, place in enumerate(("s.h5", "s.npy", "s")):
                    if place == "s" and images.shape[2:] not in ((), (3,)):
                        continue  # a PNG has one channel or three
                    images.save(self.folder / place, progress=False, force=True, **({"format": "png"} if number == 2 else {}))
                    with plotmill.open(self.folder / place) as opened:
                        self.same(opened[:], expected, f"{name}, {place}")
                if torch is not None:
                    self.same(loaded(images), expected, f"{name}, Loader")

    if torch is None:  # else test_data_sets has it

        def test_loader(self):
            """Loader"""
            self.skipTest("torch: not installed")

    def test_axes(self):
        """the option axes, for the shapes that can be read in two ways"""
        values = walk(240).reshape(8, 30)
        for axes, window, array in (("NT", 10, values), ("TF", 5, values.reshape(30, 8)), ("TN", None, values.T),
                                    ("NTF", 9, values.reshape(4, 30, 2)), ("NFT", None, values.reshape(4, 2, 30)),
                                    ("FT", 9, values)):
            options = {**BASE, "axes": axes, **({"column": "1"} if "F" in axes else {})}
            if window:
                options |= {**CUT, "window": str(window)}
            expected = self.command(array, options)
            self.same(plotmill.render(array, **keywords(options)), expected, axes)

    def test_tables(self):
        """options of times and groups, with a table"""
        rows = 240
        columns = {"when": np.datetime64("2024-01-01T00:00") + np.arange(rows) * np.timedelta64(20, "m"),
                   "close": walk(rows), "ticker": np.array(["a", "b"])[np.arange(rows) // 100 % 2]}
        lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values()))]
        (self.folder / "in.csv").write_text("\n".join(lines) + "\n")
        base, counts = {**BASE, **CUT, "column": "close", "group-by": "none"}, {}
        for name, values in {"": [("", None)], **OF_TABLES}.items():
            for text, value in values:
                options = {**base, name: text} if name else base
                run(self.folder, "render", "in.csv", *words(options), "-o", "x.npy", "--force")
                expected = np.load(self.folder / "x.npy")
                counts[name] = len(expected)
                further = {"from_" if name == "from" else name.replace("-", "_"): value} if name else {}
                found = plotmill.render(columns, **{**keywords(base), **further})
                self.same(found, expected, f"{name} {text}")
        self.assertTrue(all(counts[name] < counts[""] for name in ("from", "to", "group-by")), counts)


class Files(Folder):
    def test_png(self):
        """encode="png" gives the bytes of the command's files, for each option and preset"""
        series = bars()
        for name, options, given in cases():
            if {"dtype", "layout", "channels"} & set(options):
                continue
            with self.subTest(name):
                folder = self.command(series, {**options, "format": "png"}, output="png")
                expected = [path.read_bytes() for path in sorted(folder.glob("*.png"))]
                self.assertGreater(len(expected), 3)
                self.assertEqual(plotmill.render(series, encode="png", **given), expected)
                with plotmill.Renderer(**given) as renderer:
                    self.assertEqual(renderer.at(series, [14, 0], encode="png"), [expected[2], expected[0]])
                for path in folder.iterdir():
                    path.unlink()

    def outcome(self, options, encode):
        """What the command stores, as render() returns it; None: it refuses the options."""
        files = encode in ("png", "jpeg")
        options = {**options, "format": encode} if files else options
        try:
            found = self.command(walk(60), options, output=encode if files else "x.npy")
        except AssertionError:
            return None
        if not files:
            return found if encode is None else [image.tobytes() for image in found]
        listed = [path.read_bytes() for path in sorted(found.glob("0*"))]
        shutil.rmtree(found)
        return listed

    def test_combinations(self):
        """each combination of encode, channels, layout and dtype gives what the command stores, or both refuse it"""
        made = refused = 0
        further = {"grey": {}, "shaded": {"antialias": "true"}, "colour": {"foreground": "#ff8000"}}
        for what, channels, layout, dtype in itertools.product(further, (None, "1", "3", "layer"),
                                                               (None, "NHW", "NCHW", "NHWC"), (None, "f32", "bits")):
            if what != "grey" and (dtype or channels == "1"):
                continue
            options = {**BASE, **CUT, **further[what], "channels": channels, "layout": layout, "dtype": dtype}
            stored = self.outcome(options, None)
            for encode in (None, "zlib", "png", "jpeg"):
                with self.subTest(what=what, encode=encode, channels=channels, layout=layout, dtype=dtype):
                    if encode in ("png", "jpeg"):
                        expected = self.outcome(options, encode)
                    else:
                        expected = stored if stored is None or not encode else [image.tobytes() for image in stored]
                    if expected is None:
                        refused += 1
                        with self.assertRaises(plotmill.InputError):
                            plotmill.render(walk(60), encode=encode, **keywords(options))
                        continue
                    made += 1
                    found = plotmill.render(walk(60), encode=encode, **keywords(options))
                    if encode == "zlib":
                        found = [zlib.decompress(stream) for stream in found]
                    if encode is None:
                        self.same(found, expected, "pixels")
                    else:
                        self.assertEqual(found, expected)
        self.assertGreater(min(made, refused), 60, (made, refused))

    def test_encodings_in_turn(self):
        """a renderer of grey charts with three channels draws pixels, files and streams in any order"""
        series = walk(200)
        with plotmill.Renderer(WINDOW, STRIDE, size=(40, 30), channels=3) as renderer:
            expected = {encode: plotmill.render(series, WINDOW, STRIDE, size=(40, 30), channels=3, encode=encode)
                        for encode in (None, "png", "zlib", "jpeg")}
            renderer.load(series)
            for encode in ("png", None, "jpeg", "png", "png", "zlib", None):
                for found in (renderer.at(None, encode=encode), renderer.at(series, encode=encode)):
                    self.assertTrue(np.array_equal(found, expected[encode]) if encode is None else found == expected[encode])
                renderer.load(series)
                self.assertEqual((renderer.shape, renderer.dtype), ((30, 40, 3), np.uint8))

    def test_quality(self):
        """quality without JPEG is refused"""
        for encode in (None, "png", "zlib"):
            with self.subTest(encode), self.assertRaisesRegex(plotmill.InputError, "quality: found 50 with encode="):
                plotmill.render(walk(40), WINDOW, encode=encode, quality=50)
        with self.assertRaisesRegex(plotmill.InputError, "quality: found 50 with encode='png'"):
            plotmill.RenderBatch("values", encode="png", quality=50)

    def test_jpeg(self):
        """encode="jpeg" gives the bytes of the command's files, at each quality"""
        series = bars()
        for further in ({}, {"quality": "50"}, {"quality": "100", "foreground": "#ff8000"}):
            with self.subTest(further):
                options = {**BASE, **CUT, "column": "3", **further}
                folder = self.command(series, {**options, "format": "jpeg"}, output="jpeg")
                expected = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]
                self.assertGreater(len(expected), 3)
                self.assertEqual(plotmill.render(series, encode="jpeg", **keywords(options)), expected)
                for path in folder.iterdir():
                    path.unlink()

    def test_zlib(self):
        """encode="zlib" gives streams of the pixels, of every type"""
        series = bars()
        for further in ({}, {"antialias": "true"}, {"dtype": "f32"}, {"dtype": "bits"}, {"channels": "3", "layout": "NCHW"}):
            with self.subTest(further):
                options = {**BASE, **CUT, "column": "3", **further}
                expected = self.command(series, options)
                found = plotmill.render(series, encode="zlib", **keywords(options))
                self.assertEqual([zlib.decompress(stream) for stream in found], [image.tobytes() for image in expected])

    def test_streams_of_hdf5(self):
        """encode="zlib" gives the chunks that the command stores in HDF5"""
        import h5py

        series, options = bars(), {**BASE, **CUT, "column": "3", "chunk-images": "1"}
        place = self.command(series, options, output="x.h5")
        del options["chunk-images"]
        found = plotmill.render(series, encode="zlib", **keywords(options))
        with h5py.File(place) as file:
            images = file["images"]
            self.assertEqual(len(found), len(images))
            for i, stream in enumerate(found):
                self.assertEqual(images.id.read_direct_chunk((i, 0, 0))[1], stream)

    def test_many(self):
        """more streams than there is room for at a time, in any order"""
        series = walk(3000)
        with plotmill.Renderer(100, size=(900, 700)) as renderer:
            starts = np.random.default_rng(1).permutation(2900)[:260]
            found, ranges = renderer.at(series, starts, encode="png", y_range=True)
            self.assertGreater(260 * 900 * 700, 64 << 20)
            self.assertEqual(len(found), 260)
            self.assertEqual(len({*found}), 260)
            for i in (0, 100, 259):
                self.assertEqual(renderer.at(series, starts[i : i + 1], encode="png"), [found[i]])
                window = series[starts[i] : starts[i] + 100]
                self.assertEqual(ranges[i, 0].tolist(), [window.min(), window.max()])


def loaded(images):
    """The batches of a Loader as uint8 (N, H, W[, C])."""
    loader = Loader(images, 5, shuffle=False, dtype="uint8", device="cpu", labels=False)
    batches = [batch if torch.is_tensor(batch) else batch[0] for batch in loader]
    found = torch.cat([batch.clone() for batch in batches]).permute(0, 2, 3, 1).numpy()
    return found if len(images.shape) == 3 else found[..., 0]


if __name__ == "__main__":
    unittest.main()
