"""bench/python compares what it says, in its quick form; rates are not judged here."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL = ["--quick", "--seconds", "0.02", "--windows", "600", "--kept", "40", "--batch", "32", "--size", "64x48"]


def bench(*arguments):
    return subprocess.run([sys.executable, "-B", ROOT / "bench" / "python", *SMALL, *arguments], cwd=ROOT, env=os.environ,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=540)


class Bench(unittest.TestCase):
    def test_quick(self):
        """every way is measured in both kinds, beside the command; what is missing is named"""
        titles = ["Renderer.at(view=True)", "Renderer.at", "Dataset[indices]", "plotmill.open(HDF5)[indices]"]
        with tempfile.TemporaryDirectory() as folder:
            done = bench("--only", "Renderer.at(v,RendererOwn,Dataset[,plotmill.open,OpenCV", "--json", f"{folder}/a.json")
            self.assertEqual(done.returncode, 0, done.stderr)
            result = json.loads(pathlib.Path(folder, "a.json").read_text())
        for kind in "binary", "antialiased":
            rows = {row["title"]: row for row in result[kind]["ways"]}
            self.assertLessEqual({"plotmill render -o null:", *titles}, set(rows))
            self.assertTrue(all(row["images_per_second"] > 0 and len(row["rounds"]) == 1 for row in rows.values()))
            self.assertEqual(len(result[kind]["resident_bytes"]["RendererOwn"]), 3)
            self.assertTrue(any("OpenCV" in title for title in [*rows, *result["absent"]]), "OpenCV is measured or named")
        self.assertIn("FFCV", done.stdout)
        self.assertEqual(sum("images/s, at least 60,000" in goal["goal"] for goal in result["goals"]), 3)

    def test_other_pixels(self):
        """a way whose images differ from the command's is an error that names it"""
        with tempfile.TemporaryDirectory() as folder:
            command = pathlib.Path(folder, "plotmill")
            real = ROOT / os.environ.get("BUILD", "build") / "tools" / "plotmill"
            command.write_text(f'#!/bin/sh\nexec "{real}" "$@" --foreground 1\n')
            command.chmod(0o755)
            done = bench("--only", "Renderer.at(v", "--command", str(command))
        self.assertEqual(done.returncode, 1)
        self.assertIn("Renderer.at(view=True), binary: the images differ from those of the command", done.stderr)


if __name__ == "__main__":
    unittest.main()
