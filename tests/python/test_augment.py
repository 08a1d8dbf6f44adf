"""plotmill.augment: samples that are changed before they are drawn."""
import json
import logging
import tempfile
import unittest

import numpy as np

import plotmill
from plotmill import augment
from plotmill.dataset import Dataset


def bars(count=1200):
    rng = np.random.default_rng(3)
    close = 100 + rng.normal(size=count).cumsum() * 0.1
    start = close + rng.normal(size=count) * 0.05
    return {
        "open": start,
        "high": np.maximum(start, close) + 0.05,
        "low": np.minimum(start, close) - 0.05,
        "close": close,
        "volume": rng.integers(0, 20, count).astype(float),
        "symbol": np.repeat(["A", "B", "C"], count // 3),
    }


def candles(**further):
    return Dataset(bars(), **{"chart": "candles", "window": 40, "size": (320, 200), "group_by": "symbol", **further})


MIXED = {"panels": [
    {"layers": [{"mark": "candle", "open": "open", "high": "high", "low": "low", "close": "close"}]},
    {"layers": [{"mark": "line"}]},
]}  # fmt: skip


def line(**further):
    values = np.random.default_rng(4).normal(size=900).cumsum()
    values[::17] = np.nan
    return Dataset(values, **{"window": 50, "size": (48, 40), "line_width": 1.5, **further})


class Recorder:
    """A data set that keeps what it is asked to draw."""

    def __init__(self, dataset):
        self.dataset, self.drawn = dataset, []
        self.shape, self.spec = dataset.shape, dataset.spec

    def __len__(self):
        return len(self.dataset)

    def read(self, indices):
        return self.dataset.read(indices)

    def window_samples(self, indices):
        return self.dataset.window_samples(indices)

    def draw_samples(self, samples, out, line_widths=None):
        self.drawn.append((samples, line_widths))
        self.dataset.draw_samples(samples, out, line_widths)


def changed(dataset, transforms, indices, seed=0, epoch=0):
    """The samples, and the widths, that images are drawn of."""
    recorder = Recorder(dataset)
    augmented = augment.Augmented(recorder, transforms, seed)
    augmented._check()
    recorder.drawn.clear()
    augmented.read(np.asarray(indices), epoch)
    return recorder.drawn


class Unchanged(unittest.TestCase):
    def test_same_images(self):
        """samples that are not changed give the data set's own images, for every kind of chart"""
        whole = {"layers": [{"mark": "line", "y": "ma(close,30)", "whole": True}, {"mark": "line", "y": "close"}],
                 "size": "64x64"}  # fmt: skip
        nested = {"layers": [{"mark": "line", "y": "ma(ma(close,5),7) - sd(close,9)"}, {"mark": "column", "y": "volume"}],
                  "size": "64x64"}  # fmt: skip
        sets = {
            "line": line(),
            "antialiased": line(antialias=True, range=(-20, 20)),
            "gaps": line(missing="bridge"),
            "candles with an average": candles(),
            "two averages": candles(ma=[5, 60]),
            "whole": candles(chart=whole),
            "nested": candles(chart=nested),
            "labels of another field": candles(chart="line", size=(64, 64), column="open", label="return:5"),
            "sequences": Dataset(np.random.default_rng(1).normal(size=(70, 30)), axes="NT", size=(32, 32)),
            "jkx20": Dataset(bars(), chart="jkx20", group_by="symbol"),
            "crypto": candles(chart="crypto", size=None),
            "job document": Dataset(bars()["close"], "window: 40\nstride: 2\nsize: 50x40\nantialias: true\nline-width: 2\n"),
            "shuffled": candles(shuffle=7, split=(0.5, 0.2, 0.2)),
        }
        for name, dataset in sets.items():
            with self.subTest(name):
                every = np.random.default_rng(5).permutation(len(dataset))
                read = augment.Augmented(dataset, augment.jitter(0.0)).read(every)
                np.testing.assert_array_equal(read, dataset.read(every))
                self.assertGreater(read.std(), 0)

    def test_samples(self):
        """samples() are those of the windows"""
        data, dataset = bars(), candles()
        found = dataset.samples([0, 361, len(dataset) - 1])
        names = dataset.source["values"]
        starts = dataset.window_start[[0, 361, len(dataset) - 1]]
        expected = np.stack([np.stack([data[name][s : s + 40] for name in names], 1) for s in starts])
        np.testing.assert_array_equal(found, expected)
        part = dataset.subset([5, 361]).window_samples([1])
        np.testing.assert_array_equal(part.values[:, part.reach :], found[1:2])

    def test_samples_with_labels(self):
        """samples() also has the fields of labels, and of a chart that shows the selected field beside others"""
        data = bars()
        for options, names in (
            ({"column": "high", "label": "return:5", "label_field": "open", "group_by": "symbol"}, ["high", "open"]),
            ({"chart": MIXED, "column": "high", "group_by": "symbol"}, ["open", "high", "low", "close", "high"]),
        ):
            dataset = Dataset(data, window=40, size=(96, 64), **options)
            self.assertEqual(dataset.source["values"], names)
            expected = np.stack([data[name][7:47] for name in names], 1)
            np.testing.assert_array_equal(dataset.samples([7])[0], expected)

    def test_refusals(self):
        """stored images, charts whose values depend on all rows, and what is no transform are refused"""
        with tempfile.TemporaryDirectory() as folder:
            line(limit=8).save(f"{folder}/images.npy", progress=False)
            with self.assertRaisesRegex(TypeError, "expected the Dataset that they were drawn from"):
                augment.Augmented(plotmill.open(f"{folder}/images.npy"), augment.jitter(0.1)).read([0])
        ema = {"layers": [{"mark": "line", "y": "ema(close,5)"}], "size": "64x64"}
        with self.assertRaisesRegex(plotmill.UnsupportedError, "exponential average"):
            augment.Augmented(candles(chart=ema), augment.jitter(0.1)).read([0])
        with self.assertRaisesRegex(plotmill.UnsupportedError, "Name the selected one too, as in y: close"):
            augment.Augmented(candles(chart=MIXED, column="close"), augment.jitter(0.1)).read([0])
        with self.assertRaisesRegex(TypeError, "expected transforms"):
            augment.Augmented(line(), [augment.jitter(0.1), "crop"])
        with self.assertRaisesRegex(ValueError, 'no field "price"'):
            augment.Augmented(candles(), augment.jitter(0.1, fields="price")).read([0])

    def test_the_check_can_fail(self):
        """a data set whose samples give other images is noticed"""
        recorder = Recorder(line())
        recorder.read = lambda indices: 255 - recorder.dataset.read(indices)
        with self.assertRaisesRegex(RuntimeError, "other images than its own"):
            augment.Augmented(recorder, augment.jitter(0.1)).read([0])


class Transforms(unittest.TestCase):
    def test_jitter(self):
        """noise of the given size, relative to the window's range or not"""
        dataset, every = line(), np.arange(851)
        before = dataset.samples(every)[:, :, 0]
        low, high = np.nanmin(before, 1, keepdims=True), np.nanmax(before, 1, keepdims=True)
        for relative, size in ((True, high - low), (False, 1.0)):
            [(samples, _)] = changed(dataset, augment.jitter(0.02, relative=relative), every)
            noise = (samples.values[:, :, 0] - before) / size
            self.assertAlmostEqual(np.nanstd(noise), 0.02, delta=0.0005)
            self.assertAlmostEqual(np.nanmean(noise), 0, delta=0.0005)
            np.testing.assert_array_equal(np.isnan(noise), np.isnan(before))
            self.assertLess(abs(np.nanmean(noise[1:] * noise[:-1])), 1e-5)  # images are independent

    def test_jitter_of_candles(self):
        """a candle stays a candle, and no volume is negative; other fields stay"""
        dataset, every = candles(), np.arange(900)
        names, before = dataset.source["values"], dataset.samples(every)
        [(samples, _)] = changed(dataset, augment.jitter(0.3), every)
        after = samples.values[:, samples.reach :]
        k = {name: names.index(name) for name in names}
        moves = after[..., k["open"]] - before[..., k["open"]]
        self.assertGreater(np.abs(moves).mean(), 0.05)
        for name in ("high", "low", "close"):
            np.testing.assert_allclose(after[..., k[name]] - before[..., k[name]], moves, atol=1e-9)
        self.assertEqual(after[..., k["volume"]].min(), 0)
        self.assertTrue((after[..., k["volume"]] != before[..., k["volume"]]).mean() > 0.5)
        [(samples, _)] = changed(dataset, augment.jitter(0.3, fields="volume"), every)
        np.testing.assert_array_equal(samples.values[:, samples.reach :, k["close"]], before[..., k["close"]])

    def test_jitter_of_other_names(self):
        """so it does where fields have capitals, or marks draw expressions of them"""
        plain = augment.Augmented(candles(), augment.jitter(0.3)).read(np.arange(9))
        capitals = {name.capitalize(): values for name, values in bars().items()}
        dataset = Dataset(capitals, chart="candles", window=40, size=(320, 200), group_by="Symbol")
        np.testing.assert_array_equal(augment.Augmented(dataset, augment.jitter(0.3)).read(np.arange(9)), plain)
        names = ("open", "high", "low", "close")
        chart = {"layers": [{"mark": "candle", **{name: f"{name} * 2" for name in names}}]}
        dataset = candles(chart=chart)
        before, [(samples, _)] = dataset.samples([0]), changed(dataset, augment.jitter(0.3), [0])
        moves = samples.values[:, samples.reach :] - before
        self.assertGreater(np.abs(moves).min(), 0)
        np.testing.assert_allclose(moves, np.broadcast_to(moves[..., :1], moves.shape), atol=1e-9)

    def test_crop(self):
        """parts of windows, of the wanted lengths and at all places, drawn as windows of that length are"""
        dataset = line()
        groups = changed(dataset, augment.crop((30, 34)), np.arange(851))
        lengths = [samples.values.shape[1] for samples, _ in groups]
        self.assertEqual(lengths, [30, 31, 32, 33, 34])
        shares = [len(samples.values) / 851 for samples, _ in groups]
        self.assertLess(max(abs(share - 0.2) for share in shares), 0.07)
        images = augment.Augmented(dataset, augment.crop(30)).read(np.arange(851))
        other = line(window=30)
        pictures = {image.tobytes(): k for k, image in enumerate(other.read(np.arange(871)))}
        places = [pictures[image.tobytes()] - k for k, image in enumerate(images)]
        self.assertEqual((min(places) >= 0, max(places) <= 20), (True, True))
        self.assertEqual(len(set(places)), 21)
        self.assertEqual(changed(dataset, augment.crop(0.5), [0])[0][0].values.shape[1], 25)
        lengths = [len(each.values[0]) for each, _ in changed(dataset, augment.crop((0.9, 1)), np.arange(200))]
        self.assertEqual(lengths, [45, 46, 47, 48, 49, 50])
        with self.assertRaisesRegex(ValueError, "up to 60 samples, but the windows have 50"):
            changed(dataset, augment.crop((40, 60)), [0])

    def test_crop_keeps_averages(self):
        """averages of a part are those of the whole group"""
        dataset, other = candles(), candles(window=20)
        images = augment.Augmented(dataset, augment.crop(20)).read(np.arange(0, 361))  # the first group
        pictures = {image.tobytes() for image in other.read(np.arange(0, 381))}
        self.assertTrue(all(image.tobytes() in pictures for image in images))

    def test_scale(self):
        """factors between the limits, about a value; refused where no image would change"""
        dataset, every = line(range=(-30, 30)), np.arange(851)
        before = dataset.samples(every)
        [(samples, _)] = changed(dataset, augment.scale(0.5, 2, about=10), every)
        factors = (samples.values - 10) / (before - 10)
        self.assertLess(np.nanmax(np.nanmax(factors, 1) - np.nanmin(factors, 1)), 1e-9)
        self.assertTrue(0.5 <= np.nanmin(factors) < 0.51 and 1.99 < np.nanmax(factors) <= 2)
        images = augment.Augmented(dataset, augment.scale(0.5, 2)).read(every)
        self.assertTrue((images != dataset.read(every)).any(axis=(1, 2)).mean() > 0.9)
        with self.assertRaisesRegex(ValueError, "would change no image"):
            augment.Augmented(line(), augment.scale(0.5, 2))
        augment.Augmented(candles(), augment.scale(0.5, 2, fields="close"))

    def test_dropout(self):
        """rows become missing, the wanted share of them"""
        dataset, every = candles(), np.arange(900)
        [(samples, _)] = changed(dataset, augment.dropout(0.2), every)
        missing = np.isnan(samples.values[:, samples.reach :])
        self.assertAlmostEqual(missing.mean(), 0.2, delta=0.01)
        np.testing.assert_array_equal(missing.all(2), missing.any(2))
        [(samples, _)] = changed(dataset, augment.dropout(1, fields="volume"), every)
        self.assertEqual(np.isnan(samples.values[:, samples.reach :]).sum(), 900 * 40)

    def test_what_is_reported(self):
        """Missing samples of the source, not those that dropout makes."""
        values = np.arange(300.0) % 7
        with self.assertNoLogs("plotmill", logging.WARNING):
            augment.Augmented(Dataset(values, window=50), augment.dropout(0.5)).read(np.arange(9))
        values[::3] = np.nan
        with self.assertLogs("plotmill", logging.WARNING) as log:
            augment.Augmented(Dataset(values, window=50), augment.dropout(0.5)).read(np.arange(9))
        self.assertEqual(len(log.output), 1, log.output)

    def test_line_width(self):
        """a width per image"""
        dataset, every = line(), np.arange(851)
        [(samples, widths)] = changed(dataset, augment.line_width(1, 3), every)
        self.assertTrue(1 <= widths.min() < 1.02 and 2.98 < widths.max() <= 3)
        images = augment.Augmented(dataset, augment.line_width(1, 3)).read(every)
        for k in (0, 300):
            alone = line(line_width=float(widths[k])).read([k])
            np.testing.assert_array_equal(images[k : k + 1], alone)

    def test_arguments(self):
        """values out of range are refused"""
        for wrong in (lambda: augment.jitter(-1), lambda: augment.crop(0), lambda: augment.crop(3.5),
                      lambda: augment.crop((0.5, 20)), lambda: augment.crop((30, 20)), lambda: augment.dropout(1.5),
                      lambda: augment.scale(2, 1), lambda: augment.line_width(0, 2)):  # fmt: skip
            with self.assertRaises(ValueError):
                wrong()


class Seeds(unittest.TestCase):
    every = [augment.crop((20, 30)), augment.jitter(0.05), augment.dropout(0.1), augment.line_width(1, 3)]

    def test_independent_of_the_batch(self):
        """an image follows from seed, epoch and index, not from its batch"""
        dataset, augmented = line(), augment.Augmented(line(), self.every, 11)
        whole = augmented.read(np.arange(200), 3)
        order = np.random.default_rng(0).permutation(200)
        for size in (1, 7, 200):
            for first in range(0, 200, size if size > 1 else 40):
                some = order[first : first + size]
                np.testing.assert_array_equal(augmented.read(some, 3), whole[some])
        fresh = augment.Augmented(dataset, self.every, 11).read(np.arange(200), 3)
        np.testing.assert_array_equal(fresh, whole)
        for seed, epoch in ((11, 4), (12, 3)):
            other = augment.Augmented(dataset, self.every, seed).read(np.arange(200), epoch)
            self.assertGreater((other != whole).any(axis=(1, 2)).mean(), 0.99)

    def test_indices_and_out(self):
        """indices and the caller's array mean what they mean to the data set"""
        augmented = augment.Augmented(line(), self.every, 11)
        whole = augmented.read(slice(None))
        mask = np.arange(len(whole)) % 300 == 7
        for key in (mask, [-1, -851], np.array([5], np.int8), slice(3, 5)):
            np.testing.assert_array_equal(augmented.read(key), whole[key])
        with self.assertRaisesRegex(IndexError, "float64"):
            augmented.read([1.7])
        for epoch in (-1, 0.5):
            with self.assertRaisesRegex(ValueError, f"epoch is {epoch}"):
                augmented.read([1], epoch)
        room = np.full((6, *whole.shape[1:]), 9, np.uint8)
        self.assertTrue(np.shares_memory(augmented.read([4, 2, 0], out=room[::2]), room))
        np.testing.assert_array_equal(room[::2], whole[[4, 2, 0]])
        self.assertTrue((room[1::2] == 9).all())
        for wrong in (np.empty((2, *whole.shape[1:]), np.uint8), np.empty((3, *whole.shape[1:]), np.int16)):
            with self.assertRaisesRegex(ValueError, "out: found"):
                augmented.read([4, 2, 0], out=wrong)
        samples = line().window_samples([0, 1])
        with self.assertRaisesRegex(ValueError, "out: found"):
            line().draw_samples(samples, np.empty((1, *whole.shape[1:]), np.uint8))

    def test_loader(self):
        """Loader and MapDataset draw them, and a state names them"""
        try:
            from plotmill.torch import Loader, MapDataset
        except ImportError:
            raise unittest.SkipTest("torch: not installed") from None
        dataset, further = line(), {"seed": 11, "augment": self.every, "dtype": "uint8"}
        expected = {epoch: augment.Augmented(dataset, self.every, 11).read(np.arange(851), epoch) for epoch in (0, 1)}
        for size in (64, 100):
            loader = Loader(dataset, size, True, device="cpu", columns=["index"], **further)
            for epoch in (0, 1):
                for images, _, columns in loader:
                    np.testing.assert_array_equal(images[:, 0].numpy(), expected[epoch][columns["index"].numpy()])
        mapped = MapDataset(dataset, **further)
        mapped.set_epoch(1)
        np.testing.assert_array_equal(mapped[[5, 2]][:, 0].numpy(), expected[1][[5, 2]])
        state = json.loads(json.dumps(loader.state_dict()))
        loader.load_state_dict(state)
        with self.assertRaisesRegex(ValueError, "augment is"):
            Loader(dataset, 100, True, 11, device="cpu", augment=self.every[:2]).load_state_dict(state)


if __name__ == "__main__":
    unittest.main()
