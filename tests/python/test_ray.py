"""Ray Data on two local workers: the programs of docs/cluster.md, and a worker that is killed."""
import os
import pathlib
import secrets
import signal
import tarfile
import tempfile
import unittest

import numpy as np

# A token of this run alone; otherwise Ray keeps one in the user's home.
os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0", RAY_AUTH_MODE="token",
                  RAY_AUTH_TOKEN=secrets.token_hex(32))
try:
    import pyarrow
    import pyarrow.parquet
    import ray
    import ray.data
except ImportError as error:
    raise unittest.SkipTest(f"ray: not installed ({error})") from error

import plotmill
from test_batch import program

ROWS, WINDOW, PARTS = 2000, 100, 8


def fragile(render, mark):
    """A function that kills its worker once, after it has drawn a batch."""
    def draw(batch):
        images = render(batch)
        try:
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return images
        os.kill(os.getpid(), signal.SIGKILL)
    return draw


class Ray(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="plotmill-ray-")
        cls.sessions = tempfile.TemporaryDirectory(prefix="pm-ray-", dir="/tmp")  # short: the path of a socket has 107 bytes
        os.mkdir(f"{cls.folder.name}/windows")
        cls.keys = [f"{i:08d}" for i in range(ROWS)]
        cls.windows = np.random.default_rng(3).standard_normal((ROWS, WINDOW)).cumsum(axis=1)
        for i in range(PARTS):
            part = slice(i * ROWS // PARTS, (i + 1) * ROWS // PARTS)
            table = pyarrow.table({"key": cls.keys[part], "label": np.arange(ROWS)[part] % 3, "values": list(cls.windows[part])})
            pyarrow.parquet.write_table(table, f"{cls.folder.name}/windows/{i:05d}.parquet")
        cls.files = dict(zip(cls.keys, plotmill.render(cls.windows, size=(224, 224), encode="png")))
        cls.before = os.getcwd()
        os.chdir(cls.folder.name)
        ray.init(num_cpus=2, include_dashboard=False, object_store_memory=256 << 20, log_to_driver=False,
                 _node_ip_address="127.0.0.1", _temp_dir=cls.sessions.name)
        ray.data.DataContext.get_current().enable_progress_bars = False

    @classmethod
    def tearDownClass(cls):
        ray.shutdown()
        os.chdir(cls.before)
        cls.folder.cleanup()
        cls.sessions.cleanup()

    def stored(self, folder):
        table = pyarrow.parquet.read_table(folder)
        self.assertEqual(table.num_rows, ROWS)
        return dict(zip(table["key"].to_pylist(), table["png"].to_pylist()))

    def test_page(self):
        """the program of the page writes Parquet and a WebDataset with the files of render()"""
        exec(compile(program("Ray Data"), "docs/cluster.md", "exec"), {})
        self.assertEqual(self.stored("images"), self.files)
        members = {}
        for path in pathlib.Path("shards").iterdir():
            with tarfile.open(path) as archive:
                members.update({member.name: archive.extractfile(member).read() for member in archive})
        expected = {f"{key}.png": data for key, data in self.files.items()}
        expected.update({f"{key}.cls": str(i % 3).encode() for i, key in enumerate(self.keys)})
        self.assertEqual(members, expected)

    def test_killed(self):
        """a worker that is killed loses nothing and changes no byte"""
        render = plotmill.RenderBatch("values", window=WINDOW, size=(224, 224), encode="png", image="png")
        mark = f"{self.folder.name}/killed"
        images = ray.data.read_parquet("windows").map_batches(fragile(render, mark), batch_size=100)
        images.write_parquet("again")
        self.assertTrue(os.path.exists(mark), "no worker was killed")
        self.assertEqual(self.stored("again"), self.files)

    def test_pixels(self):
        """pixels are tensors, in the order of the rows, from batches of NumPy, pandas and Arrow"""
        expected = plotmill.render(self.windows[:300], size=(64, 48))
        render = plotmill.RenderBatch("values", window=WINDOW, size=(64, 48))
        rows = ray.data.from_numpy(self.windows[:300]).rename_columns({"data": "values"})
        for kind in "numpy", "pandas", "pyarrow":
            found = rows.map_batches(render, batch_size=64, batch_format=kind).take_batch(300)["image"]
            np.testing.assert_array_equal(np.stack(list(found)), expected, kind)


if __name__ == "__main__":
    unittest.main()
