"""Stored images as arrays: every format that the command writes, read by h5py and NumPy for comparison."""
import importlib.util
import json
import logging
import multiprocessing
import os
import pathlib
import pickle
import tempfile
import threading
import unittest

import numpy as np

import plotmill
from command import check_equal, render, run, tickers, walk, write_csv

logging.getLogger("plotmill").setLevel(logging.ERROR)

ARGUMENTS = ["t.csv", "--column", "close", "--window", "12", "--group-by", "ticker", "--size", "40x30", "--line-width", "1",
             "--label", "return:3,mood,volume", "--split", "0.5,0.25,0.25"]
# Output, and further options. Those of JPEG lose, and are compared by their distance.
OUTPUTS = {
    "a.h5": [],
    "b.h5": ["--images-per-file", "25"],
    "c.h5": ["--chunk-images", "8", "--compress", "none"],
    "d.npy": ["--dtype", "f16", "--channels", "3", "--layout", "NCHW"],
    "e.npz": [],
    "f.dat": [],
    "g.tar": [],
    "h": ["--format", "png"],
    "i": ["--format", "png", "--folders", "split/label"],
    "j": ["--format", "jpeg"],
}


def read_in_child(images, queue):
    queue.put((images[[5, 0]], images.window_start[:3], images.labels["mood"][:3]))


def without(module):
    """Why a test of a library cannot run: a reason, or ""."""
    return "" if importlib.util.find_spec(module) else f"{module} is not installed"


class Stored(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.folder = pathlib.Path(cls.scratch.name)
        write_csv(cls.folder / "t.csv", tickers())
        cls.stored = render(cls.folder, *ARGUMENTS)
        for name, further in OUTPUTS.items():
            run(cls.folder, "render", *ARGUMENTS, *further, "-o", name)

    def test_another_current_folder(self):
        """relative paths mean what they meant when they were given, also to data sets that are opened again"""
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        (self.folder / "other").mkdir()
        write_csv(self.folder / "other" / "t.csv", {name: values[:60] for name, values in tickers().items()})
        options = {"column": "close", "window": 12, "group_by": "ticker", "size": (40, 30), "line_width": 1}
        opened = [plotmill.open("a.h5"), plotmill.Dataset("t.csv", **options)]
        if not without("pyarrow"):
            import pyarrow
            from pyarrow import parquet

            parquet.write_table(pyarrow.table(tickers()), "t.parquet")
            opened.append(plotmill.Dataset("t.parquet", **options))
        for images in opened:
            before = images[:]
            state = pickle.dumps(images)
            images.close()
            os.chdir("other")
            np.testing.assert_array_equal(images[:], before)
            np.testing.assert_array_equal(pickle.loads(state)[:], before)
            os.chdir("..")

    def test_formats(self):
        """images, times, groups, splits and labels of every format"""
        for name, further in OUTPUTS.items():
            with self.subTest(name), plotmill.open(self.folder / name) as images:
                expected = dict(self.stored)
                if "3" in further:
                    expected["images"] = np.repeat(expected["images"][..., None], 3, axis=3)
                    expected["spec"] = images.spec
                if "jpeg" in further:
                    far = np.abs(images[:].astype(int) - expected["images"]).mean()
                    self.assertLess(far, 12)
                    expected["images"] = images[:]
                check_equal(self, images, expected)
                self.assertIsInstance(images, plotmill.dataset.Images)
                self.assertIn(f"{len(images)} images, 30 x 40", repr(images))

    def test_order(self):
        """any order, repeated and negative indices, equal those images; also where reading goes back"""
        chosen = [7, 3, 3, -1, 0, 100, 99]
        for name in ("a.h5", "b.h5", "c.h5", "e.npz", "f.dat", "g.tar", "h"):
            with self.subTest(name):
                images = plotmill.open(self.folder / name)
                np.testing.assert_array_equal(images[chosen], self.stored["images"][chosen])
                np.testing.assert_array_equal(images[2], self.stored["images"][2])
                np.testing.assert_array_equal(images.y_range(chosen), self.stored["y_range"][chosen])
                with self.assertRaises(IndexError):
                    images[len(images)]

    def test_no_pixels(self):
        """columns, window_start and y_range are read without the pixels, which are damaged here"""
        for name in ("a.h5", "h"):
            with self.subTest(name):
                copy = self.folder / f"damaged {name}"
                os.system(f"cp -r '{self.folder / name}' '{copy}'")
                if name == "h":
                    for path in copy.glob("*.png"):
                        path.write_bytes(b"no image")
                else:
                    import h5py

                    with h5py.File(copy, "r+") as file:
                        for index in range(len(file["images"])):
                            file["images"].id.write_direct_chunk((index, 0, 0), b"\1\2\3")
                if name == "h":
                    os.remove(copy / "00000000.png")
                    (copy / "00000000.png").write_bytes((self.folder / name / "00000000.png").read_bytes())
                images = plotmill.open(copy)
                np.testing.assert_array_equal(images.window_start, self.stored["window_start"])
                np.testing.assert_array_equal(images.y_range(), self.stored["y_range"])
                np.testing.assert_array_equal(images.labels["volume"], self.stored["labels"]["volume"])
                with self.assertRaises(plotmill.Error):
                    images[1]

    def test_published(self):
        """the files of the published price-trend images"""
        rng = np.random.default_rng(1)
        columns = {"open": walk(80), "close": walk(80, 3), "volume": rng.integers(1, 99, 80)}
        columns["high"] = np.maximum(columns["open"], columns["close"])
        columns["low"] = np.minimum(columns["open"], columns["close"])
        write_csv(self.folder / "jkx.csv", columns)
        name = "20d_month_has_vb_[20]_ma_1993_images.dat"
        run(self.folder, "render", "jkx.csv", "--chart", "jkx20", "--format", "jkx", "-o", name)
        images = plotmill.open(self.folder / name)
        pixels = np.memmap(self.folder / name, np.uint8, "r").reshape(-1, 64, 60)
        np.testing.assert_array_equal(images[:], pixels)
        np.testing.assert_array_equal(images.window_start, np.arange(len(pixels)))
        self.assertEqual(images.y_range([0, 1]).shape, (2, 2, 2))
        for beside in self.folder.glob("20d*.json"):
            beside.unlink()
        np.testing.assert_array_equal(plotmill.open(self.folder / name)[::5], pixels[::5])

    def test_bare(self):
        """a plain HDF5 file of images has no labels, no split and no groups"""
        import h5py

        with h5py.File(self.folder / "bare.h5", "w") as file:
            file["images"] = np.arange(60, dtype=np.uint8).reshape(5, 3, 4)
        images = plotmill.open(self.folder / "bare.h5")
        np.testing.assert_array_equal(images[[4, 0]].ravel(), [*range(48, 60), *range(12)])
        self.assertEqual((images.labels, images.split, images.group, images.groups, images.timestamps), ({}, None, None, None, None))
        self.assertEqual(images.window_start.tolist(), [-1] * 5)
        self.assertTrue(np.isnan(images.y_range()).all())
        self.assertEqual(images.info, {"images": 5, "labels": {}})
        self.assertEqual(list(images.table()), ["start"])

    def test_processes(self):
        """spawned and forked processes open the file by themselves; the parent's is not disturbed"""
        for name in ("a.h5", "f.dat", "g.tar"):
            images = plotmill.open(self.folder / name)
            images[3]
            self.assertLess(len(pickle.dumps(images)), 1000)
            for method in ("spawn", "fork"):
                with self.subTest(name, method=method):
                    context = multiprocessing.get_context(method)
                    queue = context.Queue()
                    processes = [context.Process(target=read_in_child, args=(images, queue)) for _ in range(2)]
                    for process in processes:
                        process.start()
                    for _ in processes:
                        pixels, starts, mood = queue.get(timeout=300)
                        np.testing.assert_array_equal(pixels, self.stored["images"][[5, 0]])
                        np.testing.assert_array_equal(starts, self.stored["window_start"][:3])
                        np.testing.assert_array_equal(mood, self.stored["labels"]["mood"][:3])
                    for process in processes:
                        process.join()
            np.testing.assert_array_equal(images[:20], self.stored["images"][:20])

    def test_threads(self):
        """several threads read one file, and several files at a time"""
        shared = plotmill.open(self.folder / "b.h5")
        wrong = []

        def work(seed):
            rng = np.random.default_rng(seed)
            own = plotmill.open(self.folder / "c.h5")
            for _ in range(30):
                chosen = rng.integers(0, len(shared), 20)
                for images in (shared, own):
                    if not np.array_equal(images[chosen], self.stored["images"][chosen]):
                        wrong.append(seed)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_refusals(self):
        """what is no output of plotmill is refused with what was found"""
        (self.folder / "text.txt").write_text("hello")
        for name, words in {"nope.h5": "no such file", "text.txt": "unknown format"}.items():
            with self.assertRaisesRegex(plotmill.InputError, words):
                plotmill.open(self.folder / name)
        os.mkdir(self.folder / "empty")
        with self.assertRaises(plotmill.Error):
            plotmill.open(self.folder / "empty")

    def test_counts(self):
        """info counts what the command's info counts"""
        counted = json.loads(run(self.folder, "info", "a.h5", "--json"))["counts"]
        info = plotmill.open(self.folder / "a.h5").info
        self.assertEqual({name: info[name] for name in counted["split"]}, counted["split"])
        classes = {name: n for name, n in counted["mood"].items() if name != "missing"}
        self.assertEqual(info["labels"]["mood"], {"missing": counted["mood"]["missing"], "classes": classes})


if __name__ == "__main__":
    unittest.main()
