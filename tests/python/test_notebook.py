"""What notebooks show: contact sheets and progress; and the notebook of examples/, executed."""
import base64
import contextlib
import io
import pathlib
import re
import sys
import tempfile
import unittest
import unittest.mock

import numpy as np
import PIL.Image

import plotmill
from plotmill import notebook

ROOT = pathlib.Path(__file__).resolve().parents[2]


def walk(samples=3000):
    return np.random.default_rng(5).normal(size=samples).cumsum()


def labelled(**options):
    """Windows of two classes, one of which is no HTML, and a measure."""
    starts = np.arange(0, 2900, 20)
    table = {"start": starts, "kind": np.where(starts % 3 == 0, "<b>&", "plain"), "height": starts / 7}
    return plotmill.Dataset(walk(), windows=table, window=30, **{"size": (64, 48), "split": (0.6, 0.2, 0.2), **options})


def files_of(text):
    """The PNG files in HTML, as arrays."""
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    return [np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(each)))) for each in found]


def captions(text):
    return re.findall(r"<figcaption>(.*?)</figcaption>", text)


class ContactSheet(unittest.TestCase):
    def test_images(self):
        """16 images, evenly spaced, pixel by pixel, with number, part and labels"""
        dataset = labelled()
        text = dataset._repr_html_()
        chosen = np.arange(16) * len(dataset) // 16
        for file, image in zip(files_of(text), dataset[chosen], strict=True):
            np.testing.assert_array_equal(file, image)
        kinds, parts = dataset.labels["kind"], ["train", "val", "test"]
        expected = [f"{i}, {'none' if dataset.split[i] == 255 else parts[dataset.split[i]]}, "
                    f"kind: {['&lt;b&gt;&amp;', 'plain'][kinds[i]]}, height: {dataset.labels['height'][i]:.4g}" for i in chosen]
        self.assertEqual(captions(text), expected)

    def test_text(self):
        """the text of the object and the counts of parts and classes, as HTML"""
        dataset = labelled()
        text = dataset._repr_html_()
        self.assertIn("145 images", text)
        self.assertNotIn("<b>", text)
        rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", text)]
        self.assertEqual(rows[0], ["", "images", "kind", "height"])
        for row in rows[1:]:
            chosen = dataset.indices(None if row[0] == "all" else row[0])
            self.assertEqual(row[1], str(len(chosen)))
            first, second = np.bincount(dataset.labels["kind"][chosen], minlength=2)
            self.assertEqual(row[2], f"&lt;b&gt;&amp;: {first}, plain: {second}")
            values = dataset.labels["height"][chosen]
            self.assertEqual(row[3], f"{values.min():.4g} to {values.max():.4g}")
        self.assertEqual([row[0] for row in rows[1:4]], ["all", "train", "val"])

    def test_png(self):
        """one PNG of 16 images with frames"""
        dataset = labelled()
        sheet = np.asarray(PIL.Image.open(io.BytesIO(dataset._repr_png_())))
        self.assertEqual(sheet.shape, (4 * 49 + 1, 4 * 65 + 1))
        images = dataset[np.arange(16) * len(dataset) // 16]
        for k in range(16):
            y, x = 1 + 49 * (k // 4), 1 + 65 * (k % 4)
            np.testing.assert_array_equal(sheet[y:y + 48, x:x + 64], images[k])

    def test_stored(self):
        """stored images show the same sheet"""
        dataset = labelled()
        with tempfile.TemporaryDirectory() as folder:
            dataset.save(f"{folder}/a.h5", progress=False)
            stored = plotmill.open(f"{folder}/a.h5")
            self.assertEqual(stored._repr_png_(), dataset._repr_png_())
            sheets = [[sorted(each.split(", ")) for each in captions(images._repr_html_())] for images in (stored, dataset)]
            self.assertEqual(*sheets)  # HDF5 lists labels by name

    def test_few(self):
        """fewer images than a sheet holds"""
        dataset = plotmill.Dataset(walk(80), window=30, stride=10, size=(20, 10))
        self.assertEqual(len(files_of(dataset._repr_html_())), 6)
        self.assertEqual(captions(dataset._repr_html_()), list("012345"))

    def test_limit(self):
        """large images are reduced, so that a sheet stays below 300 kB, in colour and with noise"""
        noise = np.random.default_rng(2).integers(0, 256, (20, 600, 500, 3)).astype(np.uint8)
        with unittest.mock.patch.object(plotmill.Dataset, "shape", (600, 500, 3)), \
                unittest.mock.patch.object(plotmill.Dataset, "__getitem__", lambda self, chosen: noise[chosen % 20]):
            text, png = labelled()._repr_html_(), labelled()._repr_png_()
        self.assertLess(len(text), 300_000)
        self.assertLess(len(png), 300_000)
        self.assertEqual(files_of(text)[0].shape[2:], (3,))

    def test_means(self):
        """a reduced pixel is the mean of a block, rounded; blocks at the border may be smaller"""
        image = np.random.default_rng(3).integers(0, 256, (1, 7, 10)).astype(np.uint8)
        found = notebook.reduced(image, 3)[0, :, :, 0]
        expected = [[np.floor(image[0, y:y + 4, x:x + 4].mean() + 0.5) for x in (0, 4, 8)] for y in (0, 4)]
        np.testing.assert_array_equal(found, expected)

    def test_channels(self):
        """images of five channels are shown in grey, by the largest channel"""
        images = np.random.default_rng(3).integers(0, 256, (2, 7, 9, 5)).astype(np.uint8)
        np.testing.assert_array_equal(notebook.reduced(images, 160)[..., 0], images.max(axis=3))

    def test_failure(self):
        """what cannot be drawn is said in a line below the text, and nothing is raised"""
        def fail(*_):
            raise plotmill.DeviceError("<no device>")
        dataset = labelled()
        with unittest.mock.patch.object(plotmill.Dataset, "__getitem__", fail):
            text, png = dataset._repr_html_(), dataset._repr_png_()
        self.assertIn("145 images", text)
        self.assertIn("&lt;no device&gt;", text)
        self.assertIsNone(png)


class Progress(unittest.TestCase):
    def test_save(self):
        """saving shows a bar of tqdm that ends at the number of images, if it is asked for"""
        dataset, shown = labelled(), io.StringIO()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(shown):
            dataset.save(f"{folder}/a.h5", progress=True)
            self.assertIn("145/145", shown.getvalue())
            self.assertIn("a.h5", shown.getvalue())
            before = shown.getvalue()
            dataset.save(f"{folder}/b.h5")  # neither a notebook nor a terminal
            self.assertEqual(shown.getvalue(), before)

    def test_kept(self):
        """images that an output had before count as done"""
        shown = io.StringIO()
        with contextlib.redirect_stderr(shown), notebook.progress("x", True) as report:
            report({"done": 60, "kept": 60, "images": 100})
            report({"done": 100, "kept": 60, "images": 100})
        self.assertIn("100/100", shown.getvalue())

    def test_steps(self):
        """the batches of an epoch come as they are, with a bar or without"""
        shown = io.StringIO()
        with contextlib.redirect_stderr(shown):
            self.assertEqual(list(notebook.steps("abc", 3, "epoch 2", True)), ["a", "b", "c"])
        self.assertIn("3/3", shown.getvalue())
        self.assertIn("epoch 2", shown.getvalue())
        self.assertEqual(list(notebook.steps("abc", 3, enabled=False)), ["a", "b", "c"])

    def test_missing(self):
        """without tqdm a bar that is asked for is an error, and else there is none"""
        with unittest.mock.patch.dict(sys.modules, {"tqdm": None, "tqdm.auto": None}):
            with self.assertRaisesRegex(ImportError, "pip install tqdm"), notebook.progress("x", True):
                pass
            with unittest.mock.patch.object(notebook, "interactive", lambda: True), notebook.progress("x") as report:
                self.assertIsNone(report)


class Example(unittest.TestCase):
    def test_ecg_beats(self):
        """examples/ecg_beats.ipynb runs, and its network is far better than the most frequent class"""
        try:
            import nbclient
            import nbformat
            import torch  # noqa: F401
        except ImportError as error:
            self.skipTest(f"{error.name}: not installed")
        found = nbformat.read(ROOT / "examples" / "ecg_beats.ipynb", 4)
        self.assertFalse(any(cell.get("outputs") for cell in found.cells), "the repository has no outputs of cells")
        nbclient.NotebookClient(found, timeout=300, kernel_name="python3",
                                resources={"metadata": {"path": str(ROOT / "examples")}}).execute()
        outputs = [output for cell in found.cells for output in cell.get("outputs", [])]
        text = "".join(output.get("text", "") for output in outputs)
        accuracy, baseline = map(float, re.search(r"test: accuracy ([\d.]+), baseline ([\d.]+)", text).groups())
        self.assertLess(baseline, 0.8)
        self.assertGreater(accuracy, 0.95)
        self.assertTrue(any("text/html" in output.get("data", {}) for output in outputs), "a contact sheet is shown")


if __name__ == "__main__":
    unittest.main()
