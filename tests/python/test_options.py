"""Values of Python as texts of options; the table; the docstrings that are made of it."""
import datetime
import pathlib
import re
import unittest

import numpy as np

import plotmill
from plotmill import _core
from plotmill._columns import SERIES_NAMES
from plotmill.options import option_texts

# Keywords, and the texts that they become.
TEXTS = [
    ({"size": (3, 4)}, {"size": "3x4"}),
    ({"size": np.array([3, 4])}, {"size": "3x4"}),
    ({"range": (0, 1.5)}, {"range": "0:1.5"}),
    ({"ma": 5}, {"ma": "5"}),
    ({"ma": [5, 20]}, {"ma": "5,20"}),
    ({"antialias": True, "force": np.False_}, {"antialias": "true", "force": "false"}),
    ({"background": (255, 0, 16)}, {"background": "#ff0010"}),
    ({"line_width": np.float32(0.7)}, {"line-width": repr(float(np.float32(0.7)))}),
    ({"line-width": "3pt"}, {"line-width": "3pt"}),
    ({"dtype": np.float32}, {"dtype": "f32"}),
    ({"dtype": "f16"}, {"dtype": "f16"}),
    ({"chart": {"layers": [{"mark": "bar", "ink": np.int64(3)}]}}, {"chart": '{"layers": [{"mark": "bar", "ink": 3}]}'}),
    ({"chart": {"layers": [{"mark": "line", "y": "'Kurs 📈'"}]}},
     {"chart": '''{"layers": [{"mark": "line", "y": "'Kurs 📈'"}]}'''}),
    ({"chart": pathlib.Path("line")}, {"chart": "./line"}),
    ({"from_": datetime.date(2020, 1, 2), "to": np.datetime64("2020-01")}, {"from": "2020-01-02", "to": "2020-01"}),
    ({"from": datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))},
     {"from": "2020-01-02 02:00:00"}),
    ({"to": np.datetime64("2020-01-02T00:00", "ns")}, {"to": "2020-01-02 00:00:00"}),
    ({"columns": {"open": 1, "close": "Adj"}}, {"columns": "open=1,close=Adj"}),
    ({"label": ["return:5", "up=direction:3"]}, {"label": "return:5,up=direction:3"}),
    ({"split": [0.7, 0.15, 0.15]}, {"split": "0.7,0.15,0.15"}),
    ({"split_at": [datetime.date(2020, 1, 1), "2021-01-01"]}, {"split-at": "2020-01-01,2021-01-01"}),
    ({"shard": (1, 3)}, {"shard": "1/3"}),
    ({"break_at_gaps": True}, {"break-at-gaps": "1.5"}),
    ({"limit": None}, {}),
]
# Keywords, and the exception that they raise.
WRONG = [
    ({"columns": ["a,b"]}, plotmill.InputError, "columns: found 'a,b' in a list"),
    ({"size": object()}, TypeError, "expected WIDTHxHEIGHT"),
    ({"size": []}, TypeError, r"size: found \[\]"),
    ({"stride": [1, 2]}, TypeError, r"stride: found \[1, 2\], expected a whole number"),
    ({"chart": 5}, TypeError, "chart: found 5, expected the name of a preset"),
    ({"chart": {"layers": [object()]}}, TypeError, "chart: found a value of type object"),
    ({"lin": 3}, TypeError, "did you mean 'line_width'"),
    ({"zzz": 1}, TypeError, r"plotmill.options\(\) lists the options"),
    ({"verbose": 1}, TypeError, "unexpected keyword argument 'verbose'"),
]


class Options(unittest.TestCase):
    def test_names_of_series(self):
        """the columns that Python reads because the library asks about them are those that it asks about"""
        source = pathlib.Path(__file__).parents[2] / "src/formats/text/column_watch.c"
        listed = source.read_text().partition("const names[] = {")[2].partition("}")[0]
        self.assertEqual(sorted(re.findall(r'"(\w+)"', listed)), sorted(SERIES_NAMES))

    def test_texts(self):
        """values become the texts that the library takes"""
        for keywords, texts in TEXTS:
            with self.subTest(str(keywords)):
                self.assertEqual(option_texts(keywords), texts)
                if "./line" not in texts.values():
                    options = _core.Handle().options(texts)
                    self.assertEqual({name: options.get(name) for name in texts}, texts)

    def test_wrong(self):
        """values of no such type, and unknown names, are refused"""
        for keywords, error, text in WRONG:
            with self.subTest(str(keywords)), self.assertRaisesRegex(error, text):
                option_texts(keywords)

    def test_table(self):
        """options() has a row for each option that the library takes, and each row's default is accepted"""
        rows = {row.name: row for row in plotmill.options()}
        self.assertEqual((rows["from"].keyword, rows["line-width"].keyword), ("from_", "line_width"))
        self.assertEqual(rows["layout"].choices, ("auto", "NHW", "NCHW", "NHWC"))
        self.assertEqual((rows["line-width"].default, rows["line-width"].unit), ("3", "pixels or points"))
        self.assertNotIn("verbose", rows)
        handle = _core.Handle()
        for row in rows.values():
            self.assertTrue(row.help and row.expected)
            self.assertNotIn(" --", row.help)
            self.assertEqual(handle.options({}).get(row.name) is None, False, row.name)

    def test_docstrings(self):
        """docstrings have a parameter for each option"""
        for documented in (plotmill.render, plotmill.Renderer):
            self.assertNotIn("{options}", documented.__doc__)
            for row in plotmill.options():
                if row.scope in ("chart", "device") or row.name in ("dtype", "axes", "from"):
                    self.assertRegex(documented.__doc__, rf"(?m)^    {row.keyword} : ")
        self.assertIn("default: 800x500\n", plotmill.render.__doc__)


if __name__ == "__main__":
    unittest.main()
