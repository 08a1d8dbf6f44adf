"""The binding itself: handles, locks, callbacks, errors."""
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np

import plotmill
from plotmill import _core


def series(samples=5000, seed=1):
    return np.cumsum(np.random.default_rng(seed).normal(size=samples))


def small(handle, **values):
    options = {"window": "100", "size": "64x48"} | values
    return handle.options({name.replace("_", "-"): value for name, value in options.items()})


class Core(unittest.TestCase):
    def test_options_are_checked(self):
        """a malformed option raises InputError with the library's message"""
        handle = _core.Handle()
        with self.assertRaises(plotmill.InputError) as caught:
            handle.options({"window": "x"})
        self.assertIn("window: found 'x', expected", str(caught.exception))
        self.assertIsInstance(caught.exception, ValueError)
        self.assertEqual(caught.exception.status, "bad input")
        with self.assertRaises(plotmill.InputError) as caught:
            handle.options({}, "layers: [", "chart.yaml")
        self.assertIn("chart.yaml", str(caught.exception))

    def test_zero_bytes(self):
        """a text that C would take as a shorter one is refused"""
        handle = _core.Handle()
        for values in ({"size": "64x64\0x99"}, {"window\0s": "9"}):
            with self.assertRaisesRegex(plotmill.InputError, r"x00.*, expected a text without a zero byte"):
                handle.options(values)
        with self.assertRaisesRegex(plotmill.InputError, "without a zero byte"):
            handle.reader("images.npy\0.npy")

    def test_table(self):
        """the option table is JSON, and names window"""
        self.assertIn("window", [row["name"] for row in json.loads(_core.describe_options())])

    def test_render(self):
        """pixels, PNG and y_range of chosen windows"""
        values = series()
        handle = _core.Handle()
        options = small(handle)
        renderer = handle.renderer(options)
        renderer.load(handle.array_source(values, "T", options))
        starts = np.array([4900, 0, 17], np.uint64)
        out = np.full((3, 48, 64), 7, np.uint8)
        y_range = np.empty((3, 1, 2))
        renderer.render(out, 3, starts, y_range=y_range)
        self.assertEqual(set(np.unique(out)), {0, 255})
        for k, start in enumerate([4900, 0, 17]):
            window = values[start : start + 100]
            self.assertEqual(y_range[k, 0].tolist(), [window.min(), window.max()])
        sizes = np.zeros(3, np.uint64)
        files = np.empty(3 * renderer.bound(2), np.uint8)
        renderer.render(files, 3, starts, encoding=2, sizes=sizes)
        self.assertEqual(files[:8].tobytes(), b"\x89PNG\r\n\x1a\n")

    def described(self, handle, source, options):
        """Windows, groups, times and labels of a source."""
        table = handle.windows(options, source)
        found = json.loads(table.describe())
        every = np.arange(found["images"], dtype=np.uint64)
        columns = {"window_start": np.empty(len(every), np.int64)}
        table.column("window_start", every, columns["window_start"])
        for column in found["columns"]:
            kinds = {"int64": np.int64, "uint64": np.uint64, "float64": np.float64, "uint32": np.uint32, "uint8": np.uint8}
            if column["name"] in ("group", "timestamps") or column["name"].startswith("labels/"):
                columns[column["name"]] = np.empty((len(every), column.get("width", 1)), kinds[column["type"]])
                table.column(column["name"], every, columns[column["name"]])
        return found, {name: values.tolist() for name, values in columns.items()}

    def test_sides(self):
        """an array with names of groups and columns beside it, and the same as a table"""
        handle = _core.Handle()
        values, codes = series(60), np.arange(60) // 20 % 2
        times = np.arange(60) * 10**9
        label = {"window": "10", "size": "16x12", "label": "kind,nr"}
        texts, numbers = ("kind", (np.arange(120) % 3)[::2], ["u", "", b"w"], 0), ("nr", np.arange(60)[::-1] * 2, None, 0)
        array = handle.array_source(values, "T", handle.options(label), times=times, groups=codes.astype(np.uint32),
                                    group_names=["b", "a"], sides=[texts, numbers])
        options = handle.options({**label, "column": "y", "group-by": "who"})
        columns = [("when", times, None, 1), ("y", values, None, 0), ("who", codes.astype(np.int8), ["b", "a"], 0), texts,
                   numbers, ("unused", None, None, 0), ("unread", None, [], 0)]
        table = handle.table_source(columns, 60, options, "mine")
        del texts, numbers, columns
        gc.collect()
        first, ours = self.described(handle, array, handle.options(label))
        second, theirs = self.described(handle, table, options)
        self.assertEqual(ours, theirs)
        self.assertEqual(len(ours["window_start"]), first["images"])
        self.assertGreater(len(ours), 4)
        about = json.loads(table.describe())
        self.assertEqual(about["fields"], ["when", "y", "who", "kind", "nr", "unused", "unread"])
        self.assertEqual((about["read"][0]["input"], about["input"]["list"][0]["name"]), ("mine", "mine"))
        self.assertEqual(json.loads(array.describe())["input"], None)

    def test_tables_that_are_refused(self):
        """columns that do not fit, or have no data where they are needed"""
        handle = _core.Handle()
        options = small(handle, column="x")
        values = series(200)
        for words, columns, rows in (
            ("column 0 .x. holds texts", [("x", np.zeros(200, np.int8), ["a"], 0)], 200),
            ("column 0 .x. holds times", [("x", np.zeros(200, np.int64), None, 1)], 200),
            ("column 0 .x. holds no data", [("x", None, None, 0)], 200),
            ("time_unit", [("x", values, None, 5)], 200),
            ("text of 1000 bytes", [("x", values, None, 0), ("t", np.zeros(200, np.int8), ["a" * 1000], 0)], 200),
            ("no column", [("y", values, None, 0)], 200),
        ):
            with self.assertRaisesRegex(plotmill.InputError, words):
                handle.table_source(columns, rows, options)
        for columns in ([("x", values, None, 0)], [("x", np.broadcast_to(np.float64(1), 201), None, 0)]):
            with self.assertRaisesRegex(ValueError, "x: "):
                handle.table_source(columns, 201, options)

    def test_out_too_small(self):
        """a buffer that is too small is refused, and nothing is written beyond it"""
        handle = _core.Handle()
        options = small(handle)
        renderer = handle.renderer(options)
        renderer.load(handle.array_source(series(), "T", options))
        with self.assertRaises(plotmill.InputError):
            renderer.render(np.empty(10, np.uint8), 3)

    def test_reentry(self):
        """a progress function that calls the handle gets BusyError"""
        handle = _core.Handle()
        options = small(handle)
        renderer = handle.renderer(options)
        renderer.load(handle.array_source(series(), "T", options))
        with self.assertRaises(plotmill.BusyError):
            renderer.render(np.empty((3, 48, 64), np.uint8), 3, progress=lambda progress: handle.devices())
        with self.assertRaises(plotmill.CancelledError):
            renderer.render(np.empty((3, 48, 64), np.uint8), 3, progress=lambda progress: True)
        with self.assertRaises(ZeroDivisionError):
            renderer.render(np.empty((3, 48, 64), np.uint8), 3, progress=lambda progress: 1 / 0)
        renderer.render(np.empty((3, 48, 64), np.uint8), 3)

    def test_threads(self):
        """threads that share a handle wait for each other, also those that free what was made with it"""
        handle = _core.Handle()
        options = small(handle)
        values = series()
        failures = []

        def work(seed):
            try:
                for k in range(20):
                    renderer = handle.renderer(options)
                    renderer.load(handle.array_source(values, "T", options))
                    out = np.empty((64, 48, 64), np.uint8)
                    renderer.render(out, 64, np.arange(64, dtype=np.uint64) + np.uint64(seed))
                    if out.min() != 0 or out.max() != 255:
                        failures.append("wrong pixels")
            except Exception as error:
                failures.append(repr(error))

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_order_of_destruction(self):
        """objects may outlive the handle's name, and a source its array's name"""
        handle = _core.Handle()
        options = small(handle)
        renderer = handle.renderer(options)
        renderer.load(handle.array_source(series(), "T", options))
        del handle, options
        gc.collect()
        out = np.zeros((2, 48, 64), np.uint8)
        renderer.render(out, 2)
        self.assertEqual(set(np.unique(out)), {0, 255})

    def test_cycles(self):
        """what is in a cycle of references is freed, whichever object the collector comes to first"""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "series.npy")
            np.save(path, series())

            def make():
                handle = _core.Handle()
                options = small(handle)
                source = handle.open_source([path], options)  # has the file open
                table, cycle = handle.windows(options, source), []
                cycle.append((handle, options, source, table, cycle))

            gc.collect()
            before = len(os.listdir("/proc/self/fd"))
            for _ in range(5):
                make()
            gc.collect()
            self.assertEqual(len(os.listdir("/proc/self/fd")), before)

    def test_interrupt(self):
        """Ctrl-C ends a job with KeyboardInterrupt and leaves no output"""
        program = (
            "import numpy as np, os, sys; from plotmill import _core\n"
            "handle = _core.Handle()\n"
            "options = handle.options({'window': '100', 'output': sys.argv[1], 'size': '800x500', 'antialias': 'true'})\n"
            "values = np.random.default_rng(1).normal(size=300_000)\n"
            "def progress(p):\n"
            "    if p['done'] and not progress.said: progress.said = True; print('drawing', flush=True)\n"
            "progress.said = False\n"
            "try:\n"
            "    handle.run(options, handle.array_source(values, 'T', options), progress)\n"
            "except KeyboardInterrupt:\n"
            "    print('interrupted', flush=True)\n"
        )
        path = os.path.join(self.folder(), "images.h5")
        child = subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True)
        self.assertEqual(child.stdout.readline(), "drawing\n")
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.communicate(timeout=120)[0], "interrupted\n")
        self.assertEqual(os.listdir(os.path.dirname(path)), [])

    def folder(self):
        import tempfile

        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        return place.name

    def test_log(self):
        """the log names the device"""
        lines = []
        handle = _core.Handle(lambda level, line: lines.append((level, line)))
        handle.renderer(small(handle))
        self.assertTrue(any("device" in line for level, line in lines), lines)


if __name__ == "__main__":
    unittest.main()
