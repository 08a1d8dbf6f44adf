"""Training in several processes, and training that was killed."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import torch
except ImportError:
    raise unittest.SkipTest("torch: not installed") from None

HERE = pathlib.Path(__file__).resolve().parent
COUNT, BATCH, EPOCHS, SECONDS = 203, 8, 2, 300


def start(*arguments, **environment):
    path = os.pathsep.join(filter(None, sys.path))
    return subprocess.Popen(
        [sys.executable, str(HERE / "training.py"), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **environment},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process):
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Distributed(unittest.TestCase):
    def run_two(self, remainder):
        if not torch.distributed.is_available():
            raise unittest.SkipTest("torch.distributed: this PyTorch has none")
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            processes = [start(remainder, folder, rank, 2, port) for rank in range(2)]
            try:
                for process in processes:
                    finish(process)
            finally:
                for process in processes:
                    process.kill()
                    process.communicate()
            return [json.loads(pathlib.Path(folder, f"{rank}.json").read_text()) for rank in range(2)]

    def check(self, remainder, extra):
        ranks = self.run_two(remainder)
        self.assertEqual([each["rank"] for each in ranks], [0, 1])
        self.assertEqual(ranks[0]["weights"], ranks[1]["weights"])
        for epoch in range(EPOCHS):
            own = [[index for batch in each["seen"][epoch] for index in batch] for each in ranks]
            self.assertEqual([len(batch) for batch in ranks[0]["seen"][epoch]],
                             [len(batch) for batch in ranks[1]["seen"][epoch]])  # fmt: skip
            both = own[0] + own[1]
            self.assertEqual(len(both), COUNT + extra)
            self.assertEqual(len(set(both)), min(COUNT, COUNT + extra))
        self.assertNotEqual(ranks[0]["seen"][0], ranks[0]["seen"][1])

    def test_padded(self):
        """two processes see each window once an epoch; of an odd number one twice"""
        self.check("pad", 1)

    def test_made_too_early(self):
        """a loader that was made before init_process_group refuses to serve every rank the same"""
        code = (
            "import torch\nfrom fake_images import FakeImages\nfrom plotmill.torch import Loader\n"
            "loader = Loader(FakeImages(20), 5, device='cpu')\n"
            "given = Loader(FakeImages(20), 5, device='cpu', rank=0, world_size=1)\n"
            "store = torch.distributed.HashStore()\n"
            "torch.distributed.init_process_group('gloo', store=store, rank=0, world_size=1)\n"
            "assert len(list(loader)) == 4  # it is the only process\n"
            "torch.distributed.get_world_size = lambda: 2\n"
            "assert len(list(given)) == 4\n"
            "list(loader)\n"
        )
        path = os.pathsep.join([str(HERE), *filter(None, sys.path)])
        done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path},
                              capture_output=True, text=True, timeout=SECONDS)  # fmt: skip
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("rank 0 of 1, and torch.distributed now has rank 0 of 2: make the loader after", done.stderr)

    def test_dropped(self):
        """two processes see each window at most once; of an odd number one is left out"""
        self.check("drop", -1)


class Killed(unittest.TestCase):
    def test_resumed(self):
        """a process that is killed in the middle of an epoch goes on with the same batches"""
        with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as folder:
            finish(start("resumable", whole, 2))
            expected = json.loads(pathlib.Path(whole, "done.json").read_text())
            self.assertEqual(len(expected), EPOCHS * -(-COUNT // BATCH))
            state, reached = pathlib.Path(folder, "state.json"), 0
            for kill, (least, prefetch) in enumerate([(3, 4), (20, 0), (40, 7)]):  # the last one in the second epoch
                process = start("resumable", folder, prefetch, STEP_SECONDS="0.05")
                end = time.monotonic() + SECONDS
                while reached < least:
                    if process.poll() is not None or time.monotonic() > end:
                        self.fail(f"batch {least} was not reached: {process.communicate()[1]}")
                    time.sleep(0.01)
                    reached = len(json.loads(state.read_text())["received"]) if state.exists() else 0
                process.send_signal(signal.SIGKILL)
                process.communicate()
                saved = json.loads(state.read_text())
                reached = len(saved["received"])
                self.assertEqual(saved["received"], expected[:reached])
                self.assertEqual(saved["loader"]["batches"], reached - saved["loader"]["epoch"] * 26)
            self.assertLess(reached, len(expected))
            finish(start("resumable", folder, 1))
            self.assertEqual(json.loads(pathlib.Path(folder, "done.json").read_text()), expected)


if __name__ == "__main__":
    unittest.main()
