"""The Python code of docs/python.md and README.md runs, in the order of the page."""
import contextlib
import importlib.util
import io
import os
import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@contextlib.contextmanager
def folder_with_data():
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "data").symlink_to(ROOT / "data")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


class Page(unittest.TestCase):
    def test_blocks(self):
        """every block runs, and prints what the page says"""
        if importlib.util.find_spec("torch") is None:
            self.skipTest("torch: not installed")
        names = {"__name__": "page"}
        with folder_with_data():
            for text in blocks(PAGE):
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    exec(compile(text, "docs/python.md", "exec"), names)
                for expected in re.findall(r"print\(.*\)  # (.*)", text):
                    self.assertIn(expected, printed.getvalue().splitlines())
                self.assertNotIn("False", printed.getvalue(), text)
                if "except" in text:
                    self.assertIn("line_width", printed.getvalue())
                    self.assertIn("size", printed.getvalue())
        images, labels = names["images"], names["labels"]
        self.assertEqual((tuple(images.shape), len(labels)), ((128, 1, 64, 64), 128))

    def test_six_lines(self):
        """the README has the example that the page begins with"""
        first = blocks(PAGE)[0]
        self.assertEqual(len([line for line in first.splitlines() if line]), 6)
        self.assertIn(first, blocks((ROOT / "README.md").read_text(encoding="utf-8")))

    def test_links(self):
        """the page links to files that exist and to its own headings"""
        for target in re.findall(r"\]\(([^)]+)\)", PAGE):
            path, _, heading = target.partition("#")
            text = (ROOT / "docs" / path).read_text(encoding="utf-8") if path else PAGE
            if heading:
                titles = [re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
                          for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
                self.assertIn(heading, titles, target)


if __name__ == "__main__":
    unittest.main()
