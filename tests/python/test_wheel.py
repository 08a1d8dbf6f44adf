"""The wheel that scripts/wheel makes, installed: what it carries, beside another package that carries HDF5."""
import importlib.metadata
import pathlib
import sys
import tempfile
import unittest

import h5py
import numpy as np

import plotmill
from plotmill import _core

SITE = pathlib.Path(plotmill.__file__).resolve().parent.parent
LIBRARIES = SITE / "plotmill.libs"


def loaded(name):
    """The files of the libraries in this process whose name begins so."""
    with open("/proc/self/maps") as maps:
        paths = {pathlib.Path(line.split()[-1]) for line in maps if "/" in line}
    return {path for path in paths if path.name.startswith(name)}


class Wheel(unittest.TestCase):
    def test_installed(self):
        """the module of the stable ABI, from the environment"""
        self.assertTrue(SITE.is_relative_to(pathlib.Path(sys.prefix).resolve()), SITE)
        self.assertEqual(pathlib.Path(_core.__file__).name, "_core.abi3.so")

    def test_libraries(self):
        """the libraries of every optional feature are the wheel's own"""
        for name in ("libhdf5", "libpng", "libjpeg", "libarchive", "libyaml"):
            self.assertTrue([path for path in loaded(name) if path.parent == LIBRARIES], name)

    def test_licences(self):
        """every licence file that the metadata names is there, also those of the libraries"""
        metadata = importlib.metadata.metadata("plotmill")
        named = metadata.get_all("License-File")
        folder = next(SITE.glob("plotmill-*.dist-info")) / "licenses"
        self.assertEqual(sorted(named), sorted(path.name for path in folder.iterdir()))
        for part in ("LICENSE", "hdf5", "png", "jpeg", "archive", "yaml"):
            self.assertTrue(any(part in name for name in named), f"{part} in {named}")

    def test_two_hdf5(self):
        """two HDF5 libraries in one process read and write each other's files in turn"""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            values = np.cumsum(np.random.default_rng(1).normal(size=900))
            with h5py.File(path / "series.h5", "w") as file:
                file["values"] = values
            expected = plotmill.render(values, window=300, stride=100, size="40x30")
            with h5py.File(path / "series.h5") as series:
                dataset = plotmill.Dataset(path / "series.h5", dataset="values", window=300, stride=100, size="40x30")
                for number in range(3):
                    dataset.save(path / f"{number}.h5")
                    with h5py.File(path / f"{number}.h5") as file:
                        np.testing.assert_array_equal(file["images"][:], expected)
                        np.testing.assert_array_equal(plotmill.open(path / f"{number}.h5")[:], expected)
                        np.testing.assert_array_equal(file["images"][1], expected[1])
                    np.testing.assert_array_equal(series["values"][:], values)
            with self.assertRaises(plotmill.Error):
                (path / "no.h5").write_bytes((path / "0.h5").read_bytes()[:700])
                plotmill.open(path / "no.h5")
            with self.assertRaises(OSError):
                h5py.File(path / "no.h5")
        found = {path.parent for path in loaded("libhdf5")}
        self.assertEqual(len(found), 2, found)
        self.assertIn(LIBRARIES, found)


if __name__ == "__main__":
    unittest.main()
