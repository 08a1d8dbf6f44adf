"""Arrays of every kind draw what their values as float64 of NumPy draw; what can be read in two ways is refused."""
import array
import decimal
import fractions
import importlib
import logging
import re
import tempfile
import unittest

import h5py
import numpy as np

import plotmill
from plotmill.arrays import to_numpy

logging.getLogger("plotmill").setLevel(logging.ERROR)

OPTIONS = {"size": (24, 20), "line_width": 1}
WINDOW = 10


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


pandas, polars, pyarrow, torch, ml_dtypes = map(module, ("pandas", "polars", "pyarrow", "torch", "ml_dtypes"))


def needs(name):
    return unittest.skipIf(module(name) is None, f"{name}: not installed")


def whole(rows=40, least=0, most=100):
    return np.random.default_rng(4).integers(least, most, rows)


def draw(values, window=WINDOW, **options):
    return plotmill.render(values, window, **{**OPTIONS, **options})


class Only:
    """Has one method of another object."""

    def __init__(self, values, name):
        setattr(type(self), name, lambda _, *args, **kwargs: getattr(values, name)(*args, **kwargs))
        if name == "__dlpack__":
            type(self).__dlpack_device__ = lambda _: values.__dlpack_device__()


def only(values, name):
    return type("Only", (Only,), {})(values, name)


class Case(unittest.TestCase):
    def same(self, values, expected, what=None, window=WINDOW, **options):
        """`values` draw what float64 numbers draw, with render() and with a Renderer."""
        expected = np.asarray(expected, np.float64)
        with self.subTest(what or type(values).__name__):
            right = draw(expected, window, **options)
            self.assertGreater(len(np.unique(right.reshape(len(right), -1), axis=0)), 1)
            np.testing.assert_array_equal(draw(values, window, **options), right)
            with plotmill.Renderer(window, **OPTIONS, **options) as renderer:
                np.testing.assert_array_equal(renderer.at(values), right)
            np.testing.assert_array_equal(np.asarray(to_numpy(values), np.float64), expected)

    def same_table(self, table, columns):
        for name, values in columns.items():
            with self.subTest(name):
                np.testing.assert_array_equal(draw(table, column=name), draw(np.asarray(values, float)))

    def refused(self, message, function, *arguments, error=plotmill.InputError, **options):
        with self.subTest(message):
            with self.assertRaises(error) as caught:
                function(*arguments, **options)
            self.assertRegex(str(caught.exception), message)


class Numpy(Case):
    def test_dtypes(self):
        """all types of NumPy, in both byte orders"""
        for code in np.typecodes["AllInteger"] + np.typecodes["Float"] + "?":
            for order in "=<>":
                dtype = np.dtype(code).newbyteorder(order)
                values = (whole() % 2 if code == "?" else whole()).astype(dtype)
                self.same(values, values.astype(float), str(dtype))
        signed = whole(least=-100).astype(np.int8)
        self.same(signed, signed.astype(float), "negative int8")

    def test_large_whole_numbers(self):
        """whole numbers beyond 2^53 are drawn if float64 has them, and refused otherwise"""
        for dtype in (np.int64, np.uint64):
            values = (whole() << 54).astype(dtype)
            self.same(values, values.astype(float), str(dtype))
            self.refused("no float64 equals", draw, values + 1)
        odd = [2**53 + 1, 0.5] * 20
        self.refused(r"values\[0\]: found 9007199254740993, which no float64 equals", draw, odd)
        self.refused(r"values\[2\]: found 9007199254740993", draw, [float(2**53), 1, *odd[:38]])
        self.same([2**53 + 2, 0.5] * 20, np.array([2.0**53 + 2, 0.5] * 20), "whole numbers beside fractions")

    def test_strides(self):
        """reversed, strided, transposed, broadcast, unaligned and read-only arrays, without a copy"""
        base = whole(400).astype(float)
        self.same(base[::-1], base[::-1].copy(), "reversed")
        self.same(base[3::7], base[3::7].copy(), "strided")
        self.same(base[390:30:-9], base[390:30:-9].copy(), "strided and reversed")
        table = base.reshape(40, 10)
        self.same(table[:, 3], table[:, 3].copy(), "a column")
        self.same(table[::-1, ::-2], table[::-1, ::-2].copy(), "a table", column=1, axes="TF")
        self.same(table.T[::3], table.T[::3].copy(), "sequences", window=None)
        self.same(np.asfortranarray(table), table, "Fortran's order", window=None)
        packed = np.zeros(40, [("flag", "u1"), ("value", "<f8")])
        packed["value"] = base[:40]
        self.same(packed["value"], base[:40], "unaligned")
        fixed = base[:40].copy()
        fixed.flags.writeable = False
        self.same(fixed, fixed, "read-only")
        rows = np.broadcast_to(base[:30], (3, 30))
        np.testing.assert_array_equal(plotmill.render(rows, **OPTIONS), plotmill.render(rows.copy(), **OPTIONS))
        steps = np.broadcast_to(base[:5, None], (5, 30))
        np.testing.assert_array_equal(plotmill.render(steps, **OPTIONS), plotmill.render(steps.copy(), **OPTIONS))
        for values in (base[::-1], table[:, 3], packed["value"]):
            self.assertTrue(np.shares_memory(to_numpy(values), values))

    def test_missing(self):
        """masked arrays, and NaN, None, NaT and NA in arrays of objects, are gaps"""
        expected = whole().astype(float)
        masked = np.ma.masked_array(expected.copy(), mask=np.arange(40) % 9 == 4)
        expected[masked.mask] = np.nan
        self.same(masked, expected, "masked float64")
        self.same(np.ma.masked_array(np.nan_to_num(expected).astype(np.int16), masked.mask), expected, "masked int16")
        objects = np.array([None if value != value else int(value) for value in expected], object)
        self.same(objects, expected, "objects")
        objects[4], objects[13] = np.datetime64("NaT"), float("nan")
        self.same(objects, expected, "objects, NaT and NaN")

    def test_objects(self):
        """lists, tuples, ranges, buffers, Decimal and Fraction"""
        numbers = whole()
        self.same(numbers.tolist(), numbers)
        self.same(tuple(numbers.astype(float).tolist()), numbers)
        self.same([None if i == 7 else float(v) for i, v in enumerate(numbers)],
                  np.where(np.arange(40) == 7, np.nan, numbers), "a list with None")
        self.same(range(40), np.arange(40), "range", range="0:40")
        self.same(array.array("h", numbers.tolist()), numbers)
        self.same(memoryview(array.array("d", numbers.tolist())), numbers)
        self.same([decimal.Decimal(int(v)) / 8 for v in numbers], numbers / 8, "Decimal")
        self.same([fractions.Fraction(int(v), 4) for v in numbers], numbers / 4, "Fraction")
        self.same([np.float32(v) for v in numbers], numbers, "scalars")
        table = numbers.reshape(4, 10)
        self.same(table.tolist(), table, "lists of lists", window=None)
        self.same([row.astype(np.int8) for row in table], table, "a list of arrays", window=None)
        self.same(np.array([*[row.tolist() for row in table], None], object)[:4], table, "an array of lists", window=None)

    def test_protocols(self):
        """__array__, __array_interface__ and __dlpack__"""
        numbers = whole().astype(float)
        self.same(only(numbers, "__array__"), numbers, "__array__")
        self.same(only(numbers, "__dlpack__"), numbers, "__dlpack__")
        holder = type("Holder", (), {"__array_interface__": numbers.__array_interface__})()
        self.same(holder, numbers, "__array_interface__")

    @needs("ml_dtypes")
    def test_ml_dtypes(self):
        """bfloat16 and float8 of ml_dtypes"""
        for name in ("bfloat16", "float8_e5m2"):
            values = whole().astype(getattr(ml_dtypes, name))
            self.same(values, values.astype(float), name)


class Pandas(Case):
    @needs("pandas")
    def test_columns(self):
        """columns of every type, with any index, nullable ones with NA, sparse ones, an Index"""
        numbers = whole()
        for kind in ("int8", "uint16", "int64", "float32", "float64", "Int32", "UInt8", "Float32", "Float64", "boolean", "bool"):
            values = numbers % 2 if "bool" in kind else numbers
            self.same(pandas.Series(values).astype(kind), values, kind)
        gaps = np.where(np.arange(40) % 11 == 5, np.nan, numbers)
        for kind in ("Int64", "Int8", "UInt32", "Float64", "Float32", "float32"):
            self.same(pandas.Series(gaps).astype(kind), gaps, f"{kind} with NA")
        self.same(pandas.Series([pandas.NA if v != v else int(v) for v in gaps], dtype=object), gaps, "object with NA")
        self.same(pandas.Series(numbers, index=np.arange(40)[::-1]), numbers, "an index")
        self.same(pandas.Series(numbers)[::-1], numbers[::-1], "reversed")
        self.same(pandas.Series(numbers, index=pandas.date_range("2024-01-01", periods=40)), numbers, "dates")
        self.same(pandas.Series(pandas.arrays.SparseArray(gaps)), gaps, "sparse")
        self.same(pandas.Index(numbers), numbers, "Index")
        self.same(pandas.array(numbers, "Int16"), numbers, "an extension array")

    @needs("pandas")
    def test_pyarrow_columns(self):
        """columns that Arrow holds"""
        if pyarrow is None:
            self.skipTest("pyarrow: not installed")
        gaps = np.where(np.arange(40) % 11 == 5, np.nan, whole())
        self.same(pandas.Series(gaps).astype("Int64").astype("int64[pyarrow]"), gaps, "int64[pyarrow]")
        self.same(pandas.Series(whole()).astype("float[pyarrow]"), whole(), "float[pyarrow]")

    @needs("pandas")
    def test_table(self):
        """the columns of a table are fields"""
        columns = {"a": whole(), "b": whole()[::-1] * 1.5}
        self.same_table(pandas.DataFrame(columns), columns)


class Arrow(Case):
    @needs("polars")
    def test_polars(self):
        """columns of Polars, with nulls, lists and tables"""
        numbers = whole()
        for kind in (polars.Int8, polars.UInt16, polars.Int64, polars.Float32, polars.Float64):
            self.same(polars.Series("x", numbers).cast(kind), numbers, str(kind))
        gaps = [None if i % 11 == 5 else int(v) for i, v in enumerate(numbers)]
        expected = np.array(gaps, float)
        for kind in (polars.Int64, polars.UInt8, polars.Float32):
            self.same(polars.Series("x", gaps, dtype=kind), expected, f"{kind} with nulls")
        chunks = polars.Series("x", gaps[:7]).append(polars.Series("x", gaps[7:]))
        self.same(chunks, expected, "chunks")
        self.same(polars.Series("x", numbers.reshape(4, 10).tolist()), numbers.reshape(4, 10), "lists", window=None)
        columns = {"a": numbers, "b": expected}
        self.same_table(polars.DataFrame({"a": numbers, "b": gaps}), columns)

    @needs("pyarrow")
    def test_arrow(self):
        """arrays with nulls, chunks, slices, lists and dictionaries of Arrow, and the C interface"""
        numbers = whole()
        gaps = [None if i % 11 == 5 else int(v) for i, v in enumerate(numbers)]
        expected = np.array(gaps, float)
        for kind in ("int8", "uint8", "int16", "int32", "uint32", "int64", "uint64", "float", "double"):
            typed = getattr(pyarrow, {"float": "float32", "double": "float64"}.get(kind, kind))()
            self.same(pyarrow.array(numbers, typed), numbers, kind)
            self.same(pyarrow.array(gaps, typed), expected, f"{kind} with nulls")
        self.same(pyarrow.chunked_array([gaps[:7], [], gaps[7:]], pyarrow.int32()), expected, "chunks")
        self.same(pyarrow.array([None, 3, *gaps], pyarrow.int16())[2:], expected, "a slice")
        self.same(pyarrow.array(numbers % 2 == 1), numbers % 2, "booleans")
        lists = pyarrow.array(numbers.reshape(4, 10).tolist())
        self.same(lists, numbers.reshape(4, 10), "lists", window=None)
        self.same(lists[1:], numbers.reshape(4, 10)[1:], "a slice of lists", window=None)
        self.same(pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(numbers), 10), numbers.reshape(4, 10), "fixed lists",
                  window=None)
        self.same(only(pyarrow.array(gaps), "__arrow_c_array__"), expected, "__arrow_c_array__")
        self.same(only(pyarrow.chunked_array([gaps[:9], gaps[9:]]), "__arrow_c_stream__"), expected, "__arrow_c_stream__")
        self.same_table(pyarrow.table({"a": numbers, "b": gaps}), {"a": numbers, "b": expected})


class Torch(Case):
    @needs("torch")
    def test_tensors(self):
        """tensors of every type, with gradients, conjugate views and strides"""
        numbers = whole()
        for kind in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
                     torch.float32, torch.float64, torch.bool):
            values = torch.from_numpy(numbers % 2 if kind == torch.bool else numbers).to(kind)
            self.same(values, values.double().numpy(), str(kind))
        if hasattr(torch, "float8_e5m2"):
            values = torch.from_numpy(numbers).float().to(torch.float8_e5m2)
            self.same(values, values.double().numpy(), "float8_e5m2")
        real = torch.from_numpy(numbers).double()
        self.same(real.clone().requires_grad_(), numbers, "requires_grad")
        self.same((real.clone().requires_grad_() * 2), numbers * 2, "of a graph")
        self.same(torch.complex(real, -real).conj().imag, numbers, "a negative view")
        self.same(real.reshape(4, 10).T, numbers.reshape(4, 10).T, "transposed", window=None)
        self.same(real[::3][:13], numbers[::3][:13], "strided", window=5)
        self.same(only(real, "__dlpack__"), numbers, "__dlpack__")
        self.refused("sparse", draw, real.to_sparse())
        self.refused("complex", draw, torch.complex(real, real))


class Refusals(Case):
    def test_two_readings(self):
        """a shape that can be read in two ways is refused, and both are named"""
        square = np.zeros((5, 3))
        cases = [((40, 30), 10), ((10, 10), 10), ((400, 10), 10), ((10, 400), 10), (square.shape, 3)]
        for shape, window in cases:
            values = np.random.default_rng(1).normal(size=shape)
            with self.subTest(shape=shape, window=window):
                try:
                    found = draw(values, window)
                except plotmill.InputError as error:
                    self.assertIn(f"one series of {shape[0]} samples with {shape[1]} fields (axes TF)", str(error))
                    self.assertIn(f"{shape[0]} sequences of {shape[1]} samples (axes NT)", str(error))
                    self.assertIn(f"{shape[0]} x {shape[1]}", str(error))
                    self.assertRegex(str(error), "set the option axes")
                    continue
                self.fail(f"drawn as {found.shape}")
        values = np.random.default_rng(1).normal(size=(40, 30))
        self.assertEqual(draw(values, axes="NT").shape[0], 40 * 21)
        self.assertEqual(draw(values, axes="TF", column=0).shape[0], 31)
        self.assertEqual(draw(values, None).shape[0], 40)
        self.refused("axes: found 'NX'.* \\(40, 30\\)", draw, values, axes="NX")
        self.refused("axes: found 'NTF'.* \\(40, 30\\)", draw, values, axes="NTF")

    def test_window(self):
        """a long series without a window, and windows that do not fit"""
        self.refused("window", draw, whole(5000), None)
        self.refused("window.*41|41.*window", draw, whole(40), 41)
        self.refused("window: found '0'", draw, whole(40), 0)
        self.refused("window", draw, whole(40), -3)
        self.refused("stride", plotmill.render, whole(40), 10, 0)
        self.refused("window: found 2.5|window: found '2.5'", draw, whole(40), 2.5)

    def test_values(self):
        """what are no real numbers"""
        numbers = whole()
        self.refused(r"values: found complex numbers \(complex128\), expected real", draw, numbers * 1j)
        self.refused(r"values: found times \(datetime64\[s\]\)", draw, numbers.astype("M8[s]"))
        self.refused("durations", draw, numbers.astype("m8[s]"))
        self.refused(r"values: found text", draw, np.array(["1", "2"]))
        self.refused("values: found text, expected numbers; files are read by plotmill.Dataset", draw, "prices.csv")
        self.refused(r"values\[1\]: found '2' \(str\), expected a real number", draw, [1, "2", 3])
        self.refused("values: element 0 .* element 1", draw, [[1, 2, 3], [1, 2]], None)
        self.refused(r"values\[1\]: found 3 beside lists", draw, [[1, 2], 3], None)
        self.refused("a single number", draw, 3.5)
        self.refused("found object|found type|found NoneType", draw, None)
        self.refused("no float64 equals.*convert them to float64", draw, np.array([2**53 + 1, None] * 20, object))

    def test_keywords(self):
        """unknown keywords, with the nearest name, and options of other calls"""
        numbers = whole()
        for function in (draw, plotmill.Renderer):
            arguments = [numbers] if function is draw else []
            self.refused("unexpected keyword argument 'line_widht': did you mean 'line_width'\\?", function, *arguments,
                         error=TypeError, line_widht=2)
            self.refused("unexpected keyword argument 'antialiased': did you mean 'antialias'", function, *arguments,
                         error=TypeError, antialiased=True)
            self.refused("'split'.*plotmill.Dataset", function, *arguments, error=TypeError, split=(1, 2, 3))
            self.refused(r"plotmill.options\(\) lists", function, *arguments, error=TypeError, qqqqq=1)
        self.refused("line-width: found", draw, numbers, line_width="wide")
        self.refused("size: found '24'", draw, numbers, size=24)
        self.refused("size", draw, numbers, size=(1, 2, 3))
        self.refused("antialias: found", draw, numbers, antialias=3)
        self.refused("foreground", draw, numbers, foreground=(1, 2), error=(plotmill.InputError, TypeError))
        self.refused("foreground", draw, numbers, foreground={}, error=(plotmill.InputError, TypeError))
        self.refused("chart", draw, numbers, chart=3, error=TypeError)
        self.refused("encode: found 'gif', expected png, jpeg or zlib", draw, numbers, encode="gif")

    def test_starts(self):
        """starts that are negative, beyond the end, no whole numbers, or of two axes"""
        numbers = whole()
        self.refused(r"starts\[1\]: found -1, expected 0 or more", draw, numbers, starts=[0, -1])
        self.refused(r"31", draw, numbers, starts=[0, 31])
        self.refused(str(2**63), draw, numbers, starts=np.array([2**63], np.uint64))
        self.refused("starts: found numbers of type float64", draw, numbers, starts=[0.0, 1.0])
        self.refused("starts: found booleans", draw, numbers, starts=np.arange(31) == 3)
        self.refused("starts: found booleans", draw, numbers, starts=[True, False])
        self.refused("starts: found an array of 2 axes", draw, numbers, starts=[[0, 1]])
        self.refused(r"line_widths: found the shape \(2,\), expected \(3,\)", draw, numbers, starts=[0, 1, 2],
                     line_widths=[1, 2])
        self.refused("starts: found 3, expected at most 2, the option limit", draw, numbers, starts=[0, 1, 2], limit=2)
        for starts in ([], np.empty(0, int), ()):
            self.assertEqual(draw(numbers, starts=starts).shape, (0, 20, 24))
        expected = draw(numbers)[[30, 0, 30]]
        for starts in ([30, 0, 30], (30, 0, 30), np.array([30, 0, 30], np.int8), np.array([30, 0, 30], ">u2"),
                       [np.int64(30), np.uint8(0), 30]):
            np.testing.assert_array_equal(draw(numbers, starts=starts), expected)

    def test_no_windows(self):
        """an array without windows gives no images; its other arguments are checked all the same"""
        none = np.empty((0, WINDOW))
        self.assertEqual(draw(none, None).shape, (0, 20, 24))
        self.assertEqual(draw(none, None, encode="png", starts=[], line_widths=[]), [])
        images, ranges = draw(none, None, y_range=True, out=np.empty((0, 20, 24), np.uint8))
        self.assertEqual((images.shape, ranges.shape), ((0, 20, 24), (0, 1, 2)))
        for text, wrong in (("encode: found 'gif'", {"encode": "gif"}), ("starts: found numbers of windows", {"starts": [0]}),
                            ("line_widths: found the shape", {"line_widths": [1.5]}), ("out: found", {"out": np.zeros((5, 5))})):
            self.refused(text, draw, none, window=None, **wrong)

    def test_out(self):
        """buffers of another type or shape, read-only, with gaps, or no buffers; others are filled"""
        numbers, expected = whole(), draw(whole())
        shape = expected.shape
        self.refused(r"out: found float32 \(31, 20, 24\), expected uint8", draw, numbers, out=np.zeros(shape, np.float32))
        self.refused(r"out: found uint8 \(30, 20, 24\), expected uint8 \(31, 20, 24\)", draw, numbers, out=np.zeros((30, 20, 24), np.uint8))
        fixed = np.zeros(shape, np.uint8)
        fixed.flags.writeable = False
        self.refused("out: found an array that is read-only", draw, numbers, out=fixed)
        self.refused("out: found an array with gaps", draw, numbers, out=np.zeros((31, 20, 48), np.uint8)[:, :, ::2])
        self.refused("out: found an array that is read-only", draw, numbers, out=bytes(expected.size))
        self.refused(r"out: found 10 bytes, expected 14880", draw, numbers, out=bytearray(10))
        self.refused("out: found int", draw, numbers, out=3)
        with tempfile.TemporaryDirectory() as folder, h5py.File(f"{folder}/images.h5", "w") as file:
            stored = file.create_dataset("images", shape, np.uint8)
            self.refused("out: found Dataset, .*a copy, as a data set of HDF5", draw, numbers, out=stored)
        self.refused("encode: found with out", draw, numbers, out=np.zeros(shape, np.uint8), encode="png")
        self.assertFalse(fixed.any())
        for out in (np.zeros(shape, np.uint8), bytearray(expected.size), memoryview(bytearray(expected.size))):
            self.assertIs(draw(numbers, out=out), out)
            np.testing.assert_array_equal(np.frombuffer(out, np.uint8).reshape(shape), expected)
        if torch is not None:
            out = torch.zeros(shape, dtype=torch.uint8)
            self.assertIs(draw(numbers, out=out), out)
            np.testing.assert_array_equal(out.numpy(), expected)

    def test_messages(self):
        """messages name Python's keywords, and say nothing of this file"""
        with self.assertRaises(plotmill.InputError) as caught:
            draw(whole(5000), None)
        self.assertFalse(re.search("--|test_arrays", str(caught.exception)), str(caught.exception))


if __name__ == "__main__":
    unittest.main()
