"""The package on a machine: drivers that pip has installed, and `python -m plotmill doctor`."""
import csv  # noqa: F401  importlib.metadata imports it when sys.path is patched
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from plotmill import _drivers

OCLGRIND = next(pathlib.Path("/usr/lib").glob("**/liboclgrind-rt-icd.so"), None)
# What changes which drivers are found.
VARIABLES = ("VIRTUAL_ENV", "CONDA_PREFIX", "OCL_ICD_VENDORS", "PLOTMILL_OPENCL_LIBRARY", "PLOTMILL_OPENCL_DRIVERS",
             "PLOTMILL_DEVICE")


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def package(self, site, library, name="intel-opencl-rt", prefix="../../.."):
        """An installed package with a driver in PREFIX/lib and an .icd file, which names another machine's place."""
        prefix_folder = pathlib.Path(os.path.normpath(site / prefix))
        info = site / f"{name.replace('-', '_')}-2026.2.0.dist-info"
        vendors = prefix_folder / "etc/OpenCL/vendors"
        for made in info, vendors, prefix_folder / "lib":
            made.mkdir(parents=True, exist_ok=True)
        target = prefix_folder / "lib" / pathlib.Path(library).name
        target.symlink_to(library) if os.path.isabs(library) else target.write_text("no library")
        (vendors / "cpu.icd").write_text(f"/opt/elsewhere/lib/{target.name}\n")
        (vendors / "emulator.icd").write_text("/opt/elsewhere/lib/libgone.so\n")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2026.2.0\n")
        files = [f"{prefix}/etc/OpenCL/vendors/cpu.icd", f"{prefix}/etc/OpenCL/vendors/emulator.icd",
                 f"{prefix}/lib/{target.name}", f"{info.name}/METADATA"]
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        return target

    def python(self, *arguments, site=None, code=0, **variables):
        """Runs Python without the caller's variables: standard output and standard error."""
        env = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        paths = [str(site)] if site else []
        env["PYTHONPATH"] = os.pathsep.join([*paths, *filter(None, [env.get("PYTHONPATH")])])
        done = subprocess.run([sys.executable, *arguments], env={**env, **variables}, cwd=self.folder,
                              capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout, done.stderr


class Drivers(Case):
    def test_places(self):
        """in an environment, beside the user's packages, in a folder of pip --target, and of PoCL"""
        for site, prefix in (("venv/lib/python3.12/site-packages", "../../.."), ("target", ".")):
            place = self.folder / site
            library = self.package(place, "libintelocl.so", prefix=prefix)
            with self.subTest(site), mock.patch.object(sys, "path", [str(place)]):
                self.assertEqual(_drivers.installed("intel-opencl-rt"), [str(library)])
                self.assertEqual(_drivers.installed("pocl-binary-distribution"), [])
                library.unlink()
                self.assertEqual(_drivers.installed("intel-opencl-rt"), [])

    def test_register(self):
        """sets the variable once, and leaves what its user has set"""
        library = self.package(self.folder / "a", "libintelocl.so", prefix=".")
        for given, expected in (({}, str(library)), ({_drivers.VARIABLE: ""}, ""), ({_drivers.VARIABLE: "/x"}, "/x")):
            with mock.patch.object(sys, "path", [str(self.folder / "a")]), \
                    mock.patch.object(_drivers, "_done", False), mock.patch.dict(os.environ, given, clear=True):
                _drivers.register()
                self.assertEqual(os.environ[_drivers.VARIABLE], expected)
                os.environ[_drivers.VARIABLE] = "changed"
                _drivers.register()
                self.assertEqual(os.environ[_drivers.VARIABLE], "changed")
        with mock.patch.object(sys, "path", []), mock.patch.object(_drivers, "_done", False), \
                mock.patch.dict(os.environ, {}, clear=True):
            _drivers.register()
            self.assertNotIn(_drivers.VARIABLE, os.environ)

    def test_a_driver_of_pip_draws(self):
        """a device of an installed package is found without registration, and draws the same images"""
        if not OCLGRIND:
            self.skipTest("oclgrind: not installed")
        self.package(self.folder / "site", str(OCLGRIND), prefix=".")
        body = """
import json
import numpy as np
import plotmill._core as core
handle = core.Handle()
devices = [device["name"] for device in json.loads(handle.devices())["devices"]]
images = []
for device in "cpu", "oclgrind":
    options = handle.options({"size": "24x16", "device": device})
    renderer = handle.renderer(options)
    source = handle.array_source(np.arange(12.0).reshape(3, 4) ** 2 % 7, "NT", options)
    renderer.load(source)
    out = np.zeros((3, 16, 24), np.uint8)
    renderer.render(out, 3)
    images.append(out.tolist())
print(json.dumps([devices, images[0] == images[1], sum(map(sum, images[0][0]))]))
"""
        devices, equal, ink = json.loads(self.python("-c", body, site=self.folder / "site")[0])
        self.assertIn("Oclgrind Simulator", devices)
        self.assertTrue(equal and 0 < ink < 255 * 16 * 24)
        self.assertNotIn("Oclgrind Simulator", json.loads(self.python("-c", body.split("images = []")[0] +
                                                                      "print(json.dumps(devices))")[0]))


class Doctor(Case):
    def findings(self, code, **further):
        found = json.loads(self.python("-m", "plotmill", "doctor", "--json", code=code, **further)[0])
        self.assertEqual(found["problems"], sum(line["severity"] == "problem" for line in found["findings"]))
        return found["findings"]

    def test_without_a_device(self):
        """exit 1, and pip as a way out"""
        (self.folder / "empty").mkdir()
        settings = {"OCL_ICD_VENDORS": str(self.folder / "empty")}
        problems = [line for line in self.findings(1, **settings) if line["severity"] == "problem"]
        self.assertEqual([line["check"] for line in problems], ["platforms"])
        if os.uname().machine == "x86_64" and not any(map(_drivers.installed, _drivers.PACKAGES)):
            self.assertIn("pip install plotmill[cpu]", problems[0]["fix"])
        text = self.python("-m", "plotmill", "doctor", code=1, **settings)[0]
        self.assertRegex(text, r"(?m)^problem  platforms .*\n {25}fix: ")
        self.assertRegex(text, r"\d+ checks: 1 problem, ")

    def test_with_a_device(self):
        """exit 0, and patterns drawn on each device"""
        found = self.findings(0, PLOTMILL_OPENCL_DRIVERS="")
        self.assertEqual(found[0]["check"], "pip's drivers")
        first = next(line["found"] for line in found if line["check"] == "device 0")
        self.assertIn("test patterns are correct", first)

    def test_a_broken_driver_of_pip(self):
        """is a problem that names the package's way out; the other devices are used"""
        library = self.package(self.folder / "site", "libintelocl.so", prefix=".")
        found = self.findings(1, site=self.folder / "site")
        self.assertEqual(found[0]["found"], str(library))
        problem = next(line for line in found if line["severity"] == "problem")
        self.assertIn(str(library), problem["found"])
        self.assertIn("pip install --upgrade plotmill[cpu]", problem["fix"])
        self.assertTrue(any("test patterns are correct" in line["found"] for line in found))

    def test_usage(self):
        self.assertRegex(self.python("-m", "plotmill", "--version")[0], r"^plotmill \d+\.\d+\.\d+\n$")
        self.assertIn("doctor", self.python("-m", "plotmill", code=2)[1])


if __name__ == "__main__":
    unittest.main()
