"""Static types: the stub of the binding says what the binding has, the package passes mypy, keywords follow the table."""
import ast
import importlib.util
import inspect
import os
import pathlib
import re
import subprocess
import sys
import unittest

from command import ROOT
from plotmill import _core

PACKAGE = ROOT / "python" / "plotmill"
BUILD = (ROOT / os.environ.get("BUILD", "build")).resolve()
INTERNAL = {"Watch"}  # classes of the binding that no other module uses


def parameter_names(text):
    """'Handle self, str name=None, *, flag=True' -> [('name', True), ('flag', True)]: has it a default?"""
    parts = re.split(r",(?![^(\[]*[)\]])", " ".join(text.split()))
    names = [(re.split(r"[:=]", part.replace(" not None", ""))[0].split()[-1], "=" in part) for part in parts if part.strip()]
    return [pair for pair in names if pair[0] != "self"]


def of_source(text):
    """Functions of a .pyx file that Python can call: (class or None, name) -> parameters."""
    found, place = {}, None
    for line in re.finditer(r"(?ms)^(?:cdef )?class (\w+)|^( {4})?def (\w+)\((.*?)\):", text):
        if line[1]:
            place = line[1]
        else:
            found[place if line[2] else None, line[3]] = parameter_names(line[4])
    return found


def of_stub(text):
    found = {}
    for node in ast.parse(text).body:
        for function in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(function, ast.FunctionDef):
                arguments = function.args
                names = [argument.arg for argument in arguments.posonlyargs + arguments.args]
                least = len(names) - len(arguments.defaults)
                pairs = [(name, i >= least) for i, name in enumerate(names)]
                pairs += [(argument.arg, default is not None)
                          for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults)]
                place = node.name if isinstance(node, ast.ClassDef) else None
                found[place, function.name] = [pair for pair in pairs if pair[0] != "self"]
    return found


def is_public(key):
    return not key[1].startswith("_") and key[0] not in INTERNAL


class Types(unittest.TestCase):
    def test_stub_and_source(self):
        """_core.pyi has the functions of _core.pyx, with their parameters and defaults"""
        source = of_source((PACKAGE / "_core.pyx").read_text(encoding="utf-8"))
        stub = of_stub((PACKAGE / "_core.pyi").read_text(encoding="utf-8"))
        self.assertGreater(len(stub), 20)
        self.assertEqual(stub.pop(("Handle", "__init__")),
                         source.get(("Handle", "__init__")) or source["Handle", "__cinit__"])
        self.assertEqual({key: value for key, value in stub.items()},
                         {key: value for key, value in source.items() if is_public(key)})

    def test_stub_and_binary(self):
        """_core.pyi has the classes and methods of the extension"""
        stub = of_stub((PACKAGE / "_core.pyi").read_text(encoding="utf-8"))
        found = {(None, name) for name, value in vars(_core).items() if inspect.isbuiltin(value) and not name.startswith("_")}
        for name, kind in vars(_core).items():
            if inspect.isclass(kind) and name not in INTERNAL:
                found |= {(name, method) for method, value in vars(kind).items()
                          if callable(value) and not method.startswith("_")}
        self.assertEqual(found, {key for key in stub if is_public(key)})

    def test_mypy(self):
        """mypy --strict passes for the package"""
        if importlib.util.find_spec("mypy") is None:
            self.skipTest("mypy: not installed")
        done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file",
                               str(ROOT / "pyproject.toml"), "python/plotmill"], cwd=ROOT, capture_output=True, text=True,
                              timeout=500)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_option_types(self):
        """the types of keywords are as scripts/option-types writes them"""
        if not (BUILD / "src" / "libplotmill.so").exists():
            self.skipTest("libplotmill.so: not built")
        done = subprocess.run([sys.executable, str(ROOT / "scripts" / "option-types"), "--check", str(BUILD)],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_marker(self):
        """the installed package says that it is typed, and has the stub"""
        folder = pathlib.Path(_core.__file__).parent if "site-packages" in _core.__file__ else PACKAGE
        for name in ("py.typed", "_core.pyi", "_option_types.py"):
            self.assertTrue((folder / name).is_file(), name)


if __name__ == "__main__":
    unittest.main()
