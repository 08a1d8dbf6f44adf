"""Children of processes that have drawn: each call raises at once, also where another thread was drawing."""
import os
import signal
import threading
import time
import unittest

import numpy as np

import plotmill
from plotmill import _core

SECONDS = 60  # ends a child that hangs
VALUES = np.cumsum(np.random.default_rng(3).normal(size=20000))
STARTS = np.arange(256, dtype=np.uint64) * 70


def in_child(call):
    """What call() raises in a forked child: the exception's name and message."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        try:
            call()
            text = "nothing"
        except BaseException as error:  # noqa: BLE001
            text = f"{type(error).__name__}: {error}"
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        text = file.read()
    return text, os.waitpid(child, 0)[1]


class Fork(unittest.TestCase):
    def calls(self, renderer, handle):
        return {
            "at": lambda: renderer.at(None, STARTS),
            "call": lambda: renderer(VALUES),
            "load": lambda: renderer.load(VALUES),
            "render": lambda: plotmill.render(VALUES, window=100, stride=500, size=(48, 40)),
            "Renderer": lambda: plotmill.Renderer(window=60, size=(40, 40)),
            "devices": lambda: handle.devices(),
        }

    def check(self, renderer, handle, rounds=1):
        for _ in range(rounds):
            for name, call in self.calls(renderer, handle).items():
                with self.subTest(name):
                    text, status = in_child(call)
                    self.assertEqual(status, 0, f"{name}: the child was ended: {text}")
                    self.assertRegex(text, "^DeviceError: .*forked.*spawn", name)

    def test_at_once(self):
        """calls in a forked child raise DeviceError, and the parent draws on"""
        handle = _core.Handle()
        with plotmill.Renderer(window=100, size=(64, 48)) as renderer:
            before = renderer.load(VALUES).at(None, STARTS)
            plotmill.render(VALUES, window=100, stride=500, size=(48, 40))
            self.check(renderer, handle)
            np.testing.assert_array_equal(before, renderer.at(None, STARTS))

    def test_while_another_thread_draws(self):
        """calls in a child of a process that draws in another thread raise DeviceError at once"""
        handle = _core.Handle()
        stop = threading.Event()
        with plotmill.Renderer(window=100, size=(224, 224)) as renderer:
            renderer.load(VALUES)

            def draw():
                while not stop.is_set():
                    renderer.at(None, STARTS)
                    plotmill.render(VALUES, window=100, stride=500, size=(48, 40))
                    handle.devices()

            thread = threading.Thread(target=draw)
            thread.start()
            try:
                time.sleep(0.2)
                self.check(renderer, handle, 5)
            finally:
                stop.set()
                thread.join()

    def test_a_child_ends(self):
        """a child that has renderers and ends as usual is not held up"""
        renderer = plotmill.Renderer(window=100, size=(64, 48))
        renderer.load(VALUES).at(None, STARTS, encode="png")
        child = os.fork()
        if not child:
            signal.alarm(SECONDS)
            del renderer
            os._exit(7)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 7)

    def test_fork_before_drawing(self):
        """a child may draw where the parent has not"""
        import subprocess
        import sys

        code = (
            "import os, sys, numpy, plotmill\n"
            "child = os.fork()\n"
            "images = plotmill.render(numpy.arange(50.), window=20, size=(16, 12))\n"
            "code = 0 if images.shape == (31, 12, 16) else 1\n"
            "if not child: os._exit(code)\n"
            "sys.exit(code + os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        )
        self.assertEqual(subprocess.run([sys.executable, "-c", code], timeout=120).returncode, 0)


if __name__ == "__main__":
    unittest.main()
