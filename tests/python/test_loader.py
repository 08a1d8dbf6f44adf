"""plotmill.torch with images that are drawn: the pixels, and worker processes."""

import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np

try:
    import torch
except ImportError:
    raise unittest.SkipTest("torch: not installed") from None
from torch.utils.data import DataLoader

import plotmill
from plotmill.dataset import Dataset
from plotmill.torch import Loader, MapDataset, collate

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMMAND = ROOT / os.environ.get("BUILD", "build") / "tools" / "plotmill"


def series(count=700):
    return np.random.default_rng(1).normal(size=count).cumsum()


def dataset(**further):
    return Dataset(series(), **{"window": 60, "size": (40, 30), "line_width": 1.5, **further})


def raw(loader):
    """All images by index, as uint8 (N, H, W) or (N, H, W, C)."""
    pixels, indices = [], []
    for images, columns in loader:
        pixels.append(images.permute(0, 2, 3, 1).numpy().copy())  # with reuse they are valid until the next step
        indices.append(columns["index"].numpy())
    order = np.argsort(np.concatenate(indices))
    found = np.concatenate(pixels)[order]
    return found[..., 0] if found.shape[3] == 1 else found


class Pixels(unittest.TestCase):
    further = {"labels": False, "columns": ["index"], "device": "cpu", "dtype": "uint8", "shuffle": True, "seed": 3}

    def test_equal_the_commands(self):
        """Loader gives the pixels that the command stores: live, stored and opened, grey and in colour"""
        cases = {
            "line": {},
            "antialias": {"antialias": True, "margin": 3, "background": 20, "foreground": 200},
            "colour": {"foreground": "#ff8000", "channels": 3, "missing": "bridge", "range": (-5, 5)},
            "stride": {"stride": 7, "limit": 50},
        }
        for name, options in cases.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                np.save(f"{folder}/series.npy", series())
                given = {"window": 60, "size": "40x30", "line_width": 1.5, **options}
                words = []
                for key, value in given.items():
                    text = ":".join(map(str, value)) if isinstance(value, tuple) else str(value)
                    words += [f"--{key.replace('_', '-')}"] + ([] if value is True else [text])
                subprocess.run([COMMAND, "render", f"{folder}/series.npy", *words, "-o", f"{folder}/images.npy"],
                               check=True, stderr=subprocess.DEVNULL)  # fmt: skip
                expected = np.load(f"{folder}/images.npy")
                live = Dataset(f"{folder}/series.npy", given)
                live.save(f"{folder}/saved.h5", progress=False)
                for source in (live, plotmill.open(f"{folder}/images.npy"), plotmill.open(f"{folder}/saved.h5")):
                    for reuse in (False, True):
                        loader = Loader(source, 64, reuse=reuse, **self.further)
                        np.testing.assert_array_equal(raw(loader), expected)

    def test_stored_statistics(self):
        """normalize="train" gives the same for live and stored images"""
        live = dataset(split=(0.6, 0.2, 0.2))
        with tempfile.TemporaryDirectory() as folder:
            live.save(f"{folder}/saved.h5", progress=False)
            batches = [next(iter(Loader(source, 100, device="cpu", normalize="train", labels=False)))
                       for source in (live, plotmill.open(f"{folder}/saved.h5"))]  # fmt: skip
        torch.testing.assert_close(batches[0], batches[1])
        part = live.read(live.indices("train")) / 255
        raw_batch = torch.from_numpy(live.read(live.indices("train")[:100])).unsqueeze(1).double() / 255
        expected = (raw_batch - part.mean()) / part.std()
        torch.testing.assert_close(batches[0].double(), expected, rtol=1e-5, atol=1e-5)

    def test_training_code_does_not_know(self):
        """a state of live images fits stored ones: the same batches"""
        live = dataset(split=(0.6, 0.2, 0.2), label="direction:3")
        with tempfile.TemporaryDirectory() as folder:
            live.save(f"{folder}/saved.h5", progress=False)
            further = {"shuffle": True, "seed": 3, "device": "cpu", "dtype": "uint8"}
            first, second = Loader(live, 50, **further), Loader(plotmill.open(f"{folder}/saved.h5"), 50, **further)
            for _, (images, labels) in zip(range(3), first):
                pass
            second.load_state_dict(first.state_dict())
            first.load_state_dict(first.state_dict())
            pairs = list(zip(first, second))
            self.assertEqual(len(pairs), len(first) - 3)
            for own, other in pairs:
                self.assertTrue(torch.equal(own[0], other[0]) and torch.equal(own[1], other[1]))

    def test_two_loaders(self):
        """a loader over the val part inside the loop over the train part"""
        live = dataset(split=(0.6, 0.2, 0.2))
        expected = live.read(live.indices("val"))
        for _ in Loader(live, 100, device="cpu"):
            found = raw(Loader(live, 30, split="val", **self.further))
            np.testing.assert_array_equal(found, expected)


class Workers(unittest.TestCase):
    """Each case in a process of its own, since this one has drawn."""

    def run_script(self, body, timeout=300):
        script = (
            "import sys\nimport numpy as np\nfrom torch.utils.data import DataLoader\n"
            "from plotmill.dataset import Dataset\nimport plotmill\n"
            "from plotmill.torch import Loader, MapDataset, collate\n"
            "if __name__ == '__main__':\n"
            "    live = Dataset(np.random.default_rng(1).normal(size=700).cumsum(), window=60, size=(40, 30))\n"
            "    mapped = MapDataset(live, dtype='uint8', labels=False, columns=['index'])\n"
            "    def images(**how):\n"
            "        return np.concatenate([batch[0][:, 0].numpy() for batch in DataLoader(mapped, 64, **how)])\n"
            + "".join(f"    {line}\n" for line in body.splitlines())
        )
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "script.py")
            path.write_text(script)
            env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            done = subprocess.run([sys.executable, path], env=env, capture_output=True, text=True, timeout=timeout)
        return done

    def passes(self, body):
        done = self.run_script(body)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "equal"), done.stderr)

    def test_fork_before_drawing(self):
        """forked workers draw, if nothing was drawn before"""
        self.passes("found = images(num_workers=2, multiprocessing_context='fork', collate_fn=collate)\n"
                    "assert np.array_equal(found, live.read(slice(None)))\nprint('equal')")  # fmt: skip

    def test_spawn(self):
        """spawned workers draw, before and after"""
        self.passes("expected = live.read(slice(None))\n"
                    "found = images(num_workers=2, multiprocessing_context='spawn')\n"
                    "assert np.array_equal(found, expected)\nprint('equal')")  # fmt: skip

    def test_fork_after_drawing(self):
        """forked workers raise at once after something was drawn, and say what to do"""
        done = self.run_script("live.read([0])\nimages(num_workers=2, multiprocessing_context='fork')")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Caught DeviceError in DataLoader worker process", done.stderr)
        self.assertIn('multiprocessing_context="spawn"', done.stderr)

    def test_fork_while_a_loader_draws(self):
        """forked workers raise at once while a Loader draws in the background"""
        done = self.run_script("loader = iter(Loader(live, 4, device='cpu'))\nnext(loader)\n"
                               "images(num_workers=2, multiprocessing_context='fork')")  # fmt: skip
        self.assertEqual(done.returncode, 1)
        self.assertIn('multiprocessing_context="spawn"', done.stderr)

    def test_fork_of_stored_images(self):
        """forked workers read stored images, also after the process that started them has"""
        self.passes(
            "import tempfile\n"
            "with tempfile.TemporaryDirectory() as folder:\n"
            "    live.save(folder + '/a.h5', progress=False)\n"
            "    expected, live = live.read(slice(None)), plotmill.open(folder + '/a.h5')\n"
            "    mapped = MapDataset(live, dtype='uint8', labels=False, columns=['index'])\n"
            "    live.read([0])\n"
            "    found = images(num_workers=2, multiprocessing_context='fork', collate_fn=collate)\n"
            "    assert np.array_equal(found, expected)\n    print('equal')"
        )


class Page(unittest.TestCase):
    def test_blocks(self):
        """the code of docs/training.md runs, and prints what the page says"""
        page = (ROOT / "docs" / "training.md").read_text()
        names = {"__name__": "page", "plotmill": plotmill}
        before = os.getcwd()
        os.chdir(ROOT)
        try:
            for text in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    exec(compile(text, "docs/training.md", "exec"), names)
                for expected in re.findall(r"print\(.*\)  # (.*)", text):
                    self.assertEqual(printed.getvalue().splitlines(), [expected])
        finally:
            os.chdir(before)
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page):
            self.assertTrue((ROOT / "docs" / target).exists(), target)


class Interruptions(unittest.TestCase):
    def test_exit_while_drawing(self):
        """the interpreter ends while a batch is drawn in the background"""
        done = Workers.run_script(self, "big = Dataset(np.random.default_rng(1).normal(size=90000).cumsum(), window=60, "
                                  "size=(800, 500))\nsteps = iter(Loader(big, 256, dtype='uint8', device='cpu'))\n"
                                  "next(steps)\nsys.exit(5)")  # fmt: skip
        self.assertEqual((done.returncode, done.stdout), (5, ""), done.stderr)

    def test_no_thread_is_left(self):
        """break ends the thread"""
        for _ in Loader(dataset(), 16, device="cpu"):
            break
        for thread in threading.enumerate():
            if thread.name == "plotmill-prefetch":
                thread.join(60)
                self.assertFalse(thread.is_alive())


if __name__ == "__main__":
    unittest.main()
