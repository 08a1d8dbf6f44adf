"""A Renderer over time: series that change, threads, Ctrl-C, memory, the order of destruction, pickles."""
import copy
import gc
import itertools
import logging
import multiprocessing
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
import unittest

import numpy as np

import plotmill
from command import walk

try:
    import pandas
except ImportError:
    pandas = None

try:
    import pyarrow
except ImportError:
    pyarrow = None

logging.getLogger("plotmill").setLevel(logging.ERROR)

OPTIONS = {"size": (40, 30), "line_width": 1}
# About a millisecond for each image, and few at a time, between which Ctrl-C is seen.
SAMPLES = 20000
LONG = {"size": (300, 200), "line_width": 2, "antialias": True, "batch": 4}


def resident():
    """The bytes of memory that this process has now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def draw_in_child(renderer, series, queue):
    queue.put(renderer.at(series, [3, 0]))


class Changes(unittest.TestCase):
    def setUp(self):
        self.renderer = plotmill.Renderer(20, **OPTIONS)
        self.addCleanup(self.renderer.close)

    def check(self, series, values, what):
        np.testing.assert_array_equal(self.renderer.at(series, [5, 0]), plotmill.render(np.array(values), 20, starts=[5, 0],
                                                                                        **OPTIONS), what)

    @unittest.skipIf(pandas is None, "pandas: not installed")
    def test_starts_of_reversed_table(self):
        """starts in a table that lies newest first are refused; without times the rows count as they lie"""
        values = np.arange(200.0) ** 2
        table = pandas.Series(values, index=pandas.date_range("2024", periods=200)[::-1])
        with self.assertRaisesRegex(plotmill.InputError, "starts: found a table whose rows are not in the order of time"):
            plotmill.render(table, window=24, starts=[0], size="64x48")
        with plotmill.Renderer(window=24, size="64x48") as renderer, self.assertRaises(plotmill.InputError):
            renderer.load(table).at(None, [0])
        found = plotmill.render(table.reset_index(drop=True), window=24, starts=[0, 7], size="64x48")
        np.testing.assert_array_equal(found, plotmill.render(values, window=24, starts=[0, 7], size="64x48"))
        ordered = plotmill.render(table[::-1], window=24, starts=[3], size="64x48")
        np.testing.assert_array_equal(ordered, plotmill.render(values[::-1], window=24, starts=[3], size="64x48"))

    def test_too_many_images(self):
        """more images than fit into memory raise OutOfMemoryError, which says how many bytes they take"""
        with self.assertRaisesRegex(plotmill.OutOfMemoryError, "images take .* GB: expected fewer at a time"):
            plotmill.render(np.zeros(1 << 24), window=100, size="4000x4000")

    def test_changed_in_place(self):
        """a series that changes between two calls is drawn as it is now"""
        series = walk(100)
        self.check(series, series, "first")
        series[:] = series[::-1].copy()
        self.check(series, series, "changed")
        series[7] = np.nan
        self.check(series, series, "one value")
        series.resize(60, refcheck=False)
        self.check(series, series, "shorter")
        with self.assertRaises(plotmill.InputError):
            self.renderer.at(series, [41])

    def test_changed_below(self):
        """also where the change goes through a base, a list, or another view"""
        base = walk(200)
        fixed = base[::2]
        fixed.flags.writeable = False
        self.check(fixed, fixed, "a view that is read-only")
        base[:] = walk(200, 9)
        self.check(fixed, fixed, "its base has changed")
        listed = walk(100).tolist()
        self.check(listed, listed, "a list")
        listed[3:9] = [70.0, 71.0, 60.0, 61.0, 62.0, 63.0]
        self.check(listed, listed, "a changed list")
        buffer = bytearray(walk(100).tobytes())
        over = np.frombuffer(buffer)
        over.flags.writeable = False
        self.check(over, over, "over a bytearray")
        buffer[:] = walk(100, 9).tobytes()
        self.check(over, over, "a changed bytearray")

    def test_changed_flags(self):
        """an array that was read-only for one call"""
        series = walk(100).astype(np.float16)  # read as float32, which is a copy
        series.flags.writeable = False
        self.check(series, series, "read-only")
        series.flags.writeable = True
        series[:] = walk(100, 9)
        series.flags.writeable = False
        self.check(series, series, "changed between two calls, and read-only in both")

    @unittest.skipIf(pyarrow is None, "pyarrow: not installed")
    def test_changed_below_arrow(self):
        """an array of Arrow whose memory is that of one of NumPy, which changes"""
        base = walk(100)
        series = pyarrow.array(base)
        self.check(series, base, "first")
        base[:] = walk(100, 9)
        self.check(series, base, "changed")
        np.testing.assert_array_equal(series.to_numpy(), base)

    def test_another_object(self):
        """a new array at the address of one that is gone, and other calls in between"""
        for seed in range(20):
            series = walk(100, seed)
            series.flags.writeable = False
            self.check(series, series, "new")
            del series
        one, two = walk(100, 1), walk(100, 2)
        for array in (one, two):
            array.flags.writeable = False
        self.check(one, one, "one")
        self.check(two, two, "two")
        self.check(one, one, "one again")
        self.renderer(two[:20][None])
        self.check(one, one, "after windows")
        with self.assertRaises(plotmill.InputError):
            self.renderer.at(walk(10), [0])
        self.check(one, one, "after a refusal")

    def test_load(self):
        """at(None) draws what load() has read, and refuses after other calls"""
        with self.assertRaisesRegex(plotmill.InputError, r"call load\(series\)"):
            self.renderer.at(None, [0])
        expected = self.renderer.at(walk(100), [5, 0])
        self.assertIs(self.renderer.load(walk(100)), self.renderer)
        gc.collect()
        for _ in range(3):
            np.testing.assert_array_equal(self.renderer.at(None, [5, 0]), expected)
        for other in (lambda: self.renderer(walk(40).reshape(2, 20)), lambda: self.renderer.at(walk(90), [0])):
            self.renderer.load(walk(100))
            other()
            with self.assertRaisesRegex(plotmill.InputError, r"call load\(series\)"):
                self.renderer.at(None, [0])

    def test_load_refused(self):
        """a series that is refused leaves none"""
        self.renderer.load(walk(100))
        with self.assertRaises(plotmill.InputError):
            self.renderer.load(walk(100) * 1j)
        with self.assertRaisesRegex(plotmill.InputError, r"call load\(series\)"):
            self.renderer.at(None, [0])

    def test_view(self):
        """a view is the renderer's memory: the next call draws into it, and it outlives the renderer"""
        windows = walk(200).reshape(10, 20)
        expected = self.renderer(windows)
        view = self.renderer(windows, view=True)
        np.testing.assert_array_equal(view, expected)
        again = self.renderer(windows[::-1], view=True)
        self.assertTrue(np.shares_memory(view, again))
        np.testing.assert_array_equal(view, expected[::-1])
        larger = self.renderer(walk(2000).reshape(100, 20), view=True)
        np.testing.assert_array_equal(view, expected[::-1], "a view that became too small is left alone")
        self.assertFalse(np.shares_memory(self.renderer(windows), larger))
        kept = larger.copy()
        self.renderer.close()
        np.testing.assert_array_equal(larger, kept)
        with self.assertRaisesRegex(plotmill.InputError, "view: found with out"):
            plotmill.Renderer(20, **OPTIONS)(windows, view=True, out=np.zeros_like(expected))

    def test_out(self):
        """out is filled and returned, and nothing beside it is touched"""
        windows = walk(200).reshape(10, 20)
        expected = self.renderer(windows)
        room = np.full((12, 30, 40), 7, np.uint8)
        out = room[1:11]
        self.assertIs(self.renderer(windows, out=out), out)
        np.testing.assert_array_equal(out, expected)
        self.assertTrue((room[0] == 7).all() and (room[11] == 7).all())
        images, ranges = self.renderer(windows, out=out, y_range=True)
        self.assertIs(images, out)
        np.testing.assert_array_equal(ranges, np.stack([windows.min(1), windows.max(1)], 1)[:, None])


class Reports(unittest.TestCase):
    """What the command warns of is a line of the log, once for a renderer."""

    def test_missing_and_constant(self):
        gaps = walk(100)
        gaps[20:60] = np.nan
        for values, expected in ((gaps, "40 % of the samples are missing"), (np.full(100, 2.5), "all samples are 2.5: ")):
            renderer = plotmill.Renderer(window=10, **OPTIONS)
            with self.assertLogs("plotmill", logging.WARNING) as log:
                renderer.load(values)
                renderer.load(values)
            self.assertEqual(len(log.output), 1, log.output)
            self.assertIn(expected, log.output[0])
            data = plotmill.Dataset({"price": values, "volume": walk(100)}, column="price", window=10, **OPTIONS)
            with self.assertLogs("plotmill", logging.WARNING) as log:
                data[:5], data[5:]
            self.assertEqual(len(log.output), 1, log.output)
            self.assertIn(expected, log.output[0])


class Life(unittest.TestCase):
    def test_closed(self):
        """a closed renderer refuses every call, closes again, and is printed"""
        with plotmill.Renderer(20, **OPTIONS) as renderer:
            renderer.load(walk(50))
        for call in (lambda: renderer(walk(20)[None]), lambda: renderer.at(walk(50), [0]), lambda: renderer.load(walk(50)),
                     lambda: renderer.at(None, [0]), lambda: renderer.__call__(walk(20)[None], encode="png")):
            with self.assertRaisesRegex(plotmill.InputError, "the renderer is closed"):
                call()
        renderer.close()
        self.assertEqual(repr(renderer), "plotmill.Renderer(window=20, stride=1, size=(40, 30), line_width=1)")
        self.assertEqual((renderer.shape, renderer.dtype), ((30, 40), np.uint8))

    def test_pickle(self):
        """a pickled or copied renderer draws the same, here and in a spawned process"""
        series = walk(60)
        with plotmill.Renderer(20, 3, **OPTIONS, antialias=True) as renderer:
            expected = renderer.at(series, [3, 0])
            for other in (pickle.loads(pickle.dumps(renderer)), copy.copy(renderer), copy.deepcopy(renderer)):
                np.testing.assert_array_equal(other.at(series, [3, 0]), expected)
                self.assertEqual(len(other.at(series)), 14)
                self.assertEqual(repr(other), repr(renderer))
            context = multiprocessing.get_context("spawn")
            queue = context.Queue()
            child = context.Process(target=draw_in_child, args=(renderer, series, queue))
            child.start()
            np.testing.assert_array_equal(queue.get(timeout=120), expected)
            child.join()
            self.assertEqual(child.exitcode, 0)

    def test_pickle_of_a_changed_chart(self):
        """what is pickled has the chart that it draws, though the caller's dict has changed"""
        line = {"mark": "line", "width": 1}
        with plotmill.Renderer(20, size=(40, 30), chart={"layers": [line]}) as renderer:
            line["width"] = 5
            copied = pickle.loads(pickle.dumps(renderer))
            np.testing.assert_array_equal(copied.at(walk(60), [3]), renderer.at(walk(60), [3]))

    def test_tables_are_not_kept(self):
        """render() keeps nothing of a table, as the temporary file that stands for it"""
        before = sorted(os.listdir("/proc/self/fd"))
        for window in (20, 21):
            plotmill.render({"value": walk(60)}, window, **OPTIONS)
        self.assertEqual(sorted(os.listdir("/proc/self/fd")), before)

    def test_order_of_destruction(self):
        """views, sources, options, renderers and handles are dropped in any order"""
        from plotmill import _core

        for order in itertools.permutations(range(4)):
            handle = _core.Handle()
            options = handle.options({"window": "20", "size": "40x30"})
            renderer = handle.renderer(options)
            source = handle.array_source(walk(50), "T", options)
            renderer.load(source)
            things = [handle, options, renderer, source]
            del handle, options, renderer, source
            for place in order:
                things[place] = None
                if things[2] is not None:
                    things[2].render(np.empty((2, 30, 40), np.uint8), 2)
        code = ("import logging, numpy as np, plotmill\n"
                "logging.getLogger('plotmill').setLevel(logging.ERROR)\n"
                "r = plotmill.Renderer(20, size=(40, 30)); v = r(np.random.randn(3, 20), view=True)\n"
                "d = plotmill.Dataset(np.arange(50.0), window=20, size=(40, 30)); d[0]\n"
                "plotmill.render(np.arange(50.0), 20, size=(40, 30))\n"
                "r.itself = r; d.itself = d\n")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
        self.assertEqual((done.returncode, done.stderr), (0, ""), "at the interpreter's end")

    def test_memory(self):
        """memory stays over 1,000 calls of each kind, and of renderers that are made and closed"""
        series, windows = walk(50000), walk(20000).reshape(200, 100)
        options = {"size": (128, 128), "line_width": 1}
        renderer = plotmill.Renderer(100, **options)
        out = np.empty((200, 128, 128), np.uint8)
        starts = np.arange(200) * 7

        def calls(number):
            renderer(windows, out=out)
            renderer(windows, view=True)
            renderer.at(series, starts)
            renderer.at(series, starts[:20], encode="png", y_range=True)
            plotmill.render(windows, **options)
            if number % 10 == 0:
                for wrong in (windows * 1j, series[:50], None):
                    try:
                        renderer.at(wrong, starts)
                        raise AssertionError("not refused")
                    except plotmill.InputError:
                        pass
                plotmill.Renderer(100, **options).at(series, [0])

        for number in range(100):
            calls(number)
        gc.collect()
        before = resident()
        for number in range(1000):
            calls(number)
        gc.collect()
        # One image of each call that stayed would be 16 MiB.
        self.assertLess(resident() - before, 12 << 20)
        renderer.close()


class Threads(unittest.TestCase):
    def test_shared(self):
        """threads that share a renderer, and render(), each get their own images"""
        many = [walk(300, seed) for seed in range(6)]
        renderer = plotmill.Renderer(20, **OPTIONS)
        expected = [plotmill.render(series, 20, **OPTIONS) for series in many]
        failures = []

        def work(number):
            try:
                for i in range(25):
                    series = many[(number + i) % 6]
                    found = plotmill.render(series, 20, **OPTIONS) if i % 3 == 2 else renderer.at(series)
                    np.testing.assert_array_equal(found, expected[(number + i) % 6])
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        renderer.close()

    def test_closed_meanwhile(self):
        """close() waits for the call of another thread, whose images are whole"""
        series = walk(SAMPLES + 100)
        with plotmill.Renderer(SAMPLES, **LONG) as renderer:
            expected = renderer.at(series, np.arange(60))
            found = []
            thread = threading.Thread(target=lambda: found.append(renderer.at(series, np.arange(60))))
            thread.start()
            time.sleep(0.02)
            renderer.close()
            thread.join()
        if found:  # else close() came first
            np.testing.assert_array_equal(found[0], expected)

    def test_interpreter_is_free(self):
        """another thread of Python goes on during a call"""
        renderer = plotmill.Renderer(SAMPLES, **LONG)
        renderer.load(walk(SAMPLES + 500))
        out = np.empty((500, 200, 300), np.uint8)
        done, steps = threading.Event(), []

        def count():
            while not done.is_set():
                steps.append(time.perf_counter())
                time.sleep(0.001)

        thread = threading.Thread(target=count)
        thread.start()
        begin = time.perf_counter()
        renderer.at(None, np.arange(500), out=out)
        end = time.perf_counter()
        done.set()
        thread.join()
        during = [step for step in steps if begin < step < end]
        self.assertGreater(end - begin, 0.1, "the call is too short to show anything")
        # Held throughout, there would be no step; each waits for a processor that draws.
        self.assertGreater(len(during), 10)
        self.assertGreater(during[-1] - during[0], 0.5 * (end - begin))
        renderer.close()


class Interrupts(unittest.TestCase):
    def interrupt(self, call):
        """KeyboardInterrupt while `call` works: the seconds that it still took."""
        sent = []

        def send():
            sent.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)

        timer = threading.Timer(0.3, send)
        timer.start()
        try:
            with self.assertRaises(KeyboardInterrupt):
                while True:
                    call()
        finally:
            timer.cancel()
            timer.join()
        return time.perf_counter() - sent[0]

    def test_renderer(self):
        """Ctrl-C during a long call raises KeyboardInterrupt before it ends; the renderer draws on"""
        series = walk(SAMPLES + 1500)
        out = np.empty((1500, 200, 300), np.uint8)
        with plotmill.Renderer(SAMPLES, **LONG) as renderer:
            expected = renderer.at(series, [5, 0])
            renderer.load(series)
            begin = time.perf_counter()
            renderer.at(None, np.arange(1500), out=out)
            whole = time.perf_counter() - begin
            self.assertGreater(whole, 0.5, "the call is too short to show anything")
            took = self.interrupt(lambda: renderer.at(None, np.arange(1500), out=out))
            self.assertLess(took, 0.5 * whole)
            np.testing.assert_array_equal(renderer.at(None, [5, 0]), expected)
            np.testing.assert_array_equal(renderer.at(series, [5, 0]), expected)

    def test_render(self):
        """Ctrl-C during render(), with encode and without, which draws on afterwards"""
        series = walk(SAMPLES + 1000)
        for encode in (None, "png"):
            with self.subTest(encode=encode):
                self.interrupt(lambda: plotmill.render(series, SAMPLES, encode=encode, limit=1000, **LONG))
                self.assertEqual(len(plotmill.render(series, SAMPLES, limit=3, **LONG)), 3)


if __name__ == "__main__":
    unittest.main()
