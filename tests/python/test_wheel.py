"""The wheel that scripts/wheel makes, installed: what it carries, beside another package that carries HDF5."""
import importlib.metadata
import json
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
        """the metadata names the licences of all that is carried, and a file with each text"""
        metadata = importlib.metadata.metadata("plotmill")
        information = next(SITE.glob("plotmill-*.dist-info"))
        files = metadata.get_all("License-File")
        self.assertEqual(sorted(files), sorted(path.name for path in (information / "licenses").iterdir()))
        self.assertTrue(all((information / "licenses" / name).stat().st_size > 200 for name in files))
        # auditwheel lists packages that the libraries come from, all but those in /lib.
        bill = json.loads(next((information / "sboms").iterdir()).read_text())
        packages = {part["name"] for part in bill["components"]} - {"plotmill"}
        self.assertGreater(len(packages), 5)
        self.assertEqual((packages | {"LICENSE", "libstb"}) - set(files), set())
        licences = set(metadata["License-Expression"].split(" AND "))
        for part, licence in {"plotmill": "Apache-2.0", "libhdf5": "BSD-3-Clause", "libpng": "libpng-2.0", "libjpeg": "IJG",
                              "libarchive": "BSD-2-Clause", "libyaml": "MIT", "stb": "(MIT OR Unlicense)"}.items():
            self.assertIn(licence, licences, part)
        if any(path.name.startswith("libgnutls") for path in LIBRARIES.iterdir()):
            self.assertIn("LGPL-2.1-or-later", licences)

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
