"""plotmill.torch: Loader and MapDataset, with images that need no device."""

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import unittest

import numpy as np

try:
    import torch
except ImportError:
    raise unittest.SkipTest("torch: not installed") from None
from fake_images import FakeImages, index_of, through_json
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler

from plotmill import _random
from plotmill.torch import Loader, MapDataset, collate

SECONDS = 120  # limits of what hangs


def received(loader):
    """The indices that the loop receives, batch by batch."""
    return [index_of(images) for images, *_ in loader]


def loader_of(images, size, **further):
    return Loader(images, size, **{"dtype": "uint8", "device": "cpu", **further})


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "plotmill-prefetch"]


def wait_for(ready, what):
    end = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < end, what
        time.sleep(0.005)


def plain_order(count, seed, epoch):
    """docs/training.md in plain Python."""
    mask = 2**64 - 1

    def number(state, k):
        z = (state + (k + 1) * 0x9E3779B97F4A7C15) & mask
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        return z ^ (z >> 31)

    state, bits = number(seed, 2 * epoch), (count - 1).bit_length()
    return sorted(range(count), key=lambda p: number(state, p) >> bits << bits | p)


class Order(unittest.TestCase):
    def test_definition(self):
        for count in (1, 2, 3, 64, 65, 1000):
            for seed, epoch in ((0, 0), (7, 3), (2**64 - 1, 11)):
                found = _random.order(count, _random.number(_random.seeded(seed), 2 * epoch))
                self.assertEqual(found.tolist(), plain_order(count, seed, epoch))

    def test_stays_as_it_is(self):
        """These numbers are part of the definition: a saved state must give the same batches with every version."""
        self.assertEqual(int(_random.number(0, 0)), 0xE220A8397B1DCDAF)  # the generator's published first number
        loader = loader_of(FakeImages(10), 10, shuffle=True, seed=5)
        self.assertEqual(received(loader), [plain_order(10, 5, 0)])
        self.assertEqual(_random.order(8, 5).tolist(), [3, 4, 2, 5, 0, 7, 1, 6])

    def test_uniform(self):
        """Each place is taken by each item about equally often."""
        counts = np.zeros((6, 6), int)
        for seed in range(6000):
            counts[np.arange(6), _random.order(6, seed)] += 1
        self.assertLess(np.abs(counts - 1000).max(), 6 * 30)  # 6 standard deviations
        noise = _random.normal(_random.number(3, np.arange(1000))[:, None], np.arange(200))
        self.assertLess(abs(noise.mean()), 0.01)
        self.assertLess(abs(noise.std() - 1), 0.01)
        self.assertLess(abs((np.abs(noise) < 1).mean() - 0.6827), 0.01)

    def test_seeds(self):
        for wrong in (-1, 2**64, 1.5, True):
            with self.assertRaisesRegex(ValueError, "seed is"):
                loader_of(FakeImages(10), 4, seed=wrong)


class Passes(unittest.TestCase):
    def test_every_image_once(self):
        for shuffle in (False, True):
            loader = loader_of(FakeImages(103), 10, shuffle=shuffle, seed=1)
            epochs = [received(loader) for _ in range(3)]
            for batches in epochs:
                self.assertEqual([len(batch) for batch in batches], [10] * 10 + [3])
                self.assertEqual(len(loader), 11)
                self.assertEqual(sorted(sum(batches, [])), list(range(103)))
            self.assertEqual(epochs[0] == epochs[1], not shuffle)
        self.assertEqual(sum(received(loader_of(FakeImages(9), 4)), []), list(range(9)))

    def test_same_for_any_prefetch(self):
        expected = received(loader_of(FakeImages(103), 10, shuffle=True, seed=4, prefetch=0))
        for prefetch in (1, 2, 7, 50):
            for reuse in (False, True):
                loader = loader_of(FakeImages(103), 10, shuffle=True, seed=4, prefetch=prefetch, reuse=reuse)
                self.assertEqual(received(loader), expected)

    def test_set_epoch(self):
        loader = loader_of(FakeImages(50), 8, shuffle=True, seed=2)
        first, second, third = (received(loader) for _ in range(3))
        self.assertEqual(loader.epoch, 3)
        loader.set_epoch(1)
        self.assertEqual((received(loader), received(loader)), (second, third))
        for batch in loader:  # a pass that was left counts as one
            break
        loader.set_epoch(0)
        self.assertEqual(received(loader), first)
        self.assertEqual(first[0], plain_order(50, 2, 0)[:8])

    def test_drop_last(self):
        loader = loader_of(FakeImages(25), 8, drop_last=True)
        self.assertEqual([len(batch) for batch in received(loader)], [8, 8, 8])
        with self.assertRaisesRegex(ValueError, "has no batch"):
            loader_of(FakeImages(7), 8, drop_last=True)

    def test_parts(self):
        split = np.array([0] * 10 + [1] * 4 + [255] * 2 + [2] * 3, np.uint8)
        for part, expected in (("train", range(10)), ("val", range(10, 14)), ("test", range(16, 19)), (None, range(19))):
            self.assertEqual(sum(received(loader_of(FakeImages(19, split=split), 4, split=part)), []), list(expected))
        self.assertEqual(len(loader_of(FakeImages(8), 4)), 2)  # without a split all are of the train part
        with self.assertRaisesRegex(ValueError, "no split, so it has no part"):
            loader_of(FakeImages(8), 4, split="val")
        with self.assertRaisesRegex(ValueError, "split is 'valid'"):
            loader_of(FakeImages(8), 4, split="valid")

    def test_a_later_pass_ends_the_former(self):
        loader = loader_of(FakeImages(40), 4)
        former = iter(loader)
        next(former)
        later = iter(loader)
        with self.assertRaisesRegex(RuntimeError, "this pass has ended"):
            next(former)
        self.assertEqual(index_of(next(later)[0]), [0, 1, 2, 3])

    def test_arguments(self):
        for further in ({"batch_size": 0}, {"batch_size": 2.5}, {"prefetch": -1}, {"remainder": "keep"}, {"rank": 1},
                        {"rank": 2, "world_size": 2}, {"dtype": "int8"}, {"channels": 0}, {"channels": 2.7}, {"missing": "skip"}):
            with self.assertRaises(ValueError, msg=further):
                loader_of(FakeImages(8), further.pop("batch_size", 2), **further)
        if not torch.cuda.is_available():
            with self.assertRaisesRegex(ValueError, 'use device="cpu"'):
                Loader(FakeImages(8), 2, device="cuda")


class Sharing(unittest.TestCase):
    def test_ranks(self):
        for count, world_size in ((100, 2), (101, 2), (103, 4), (3, 4)):
            for remainder in ("pad", "drop"):
                if remainder == "drop" and count < world_size:
                    continue
                ranks = [received(loader_of(FakeImages(count), 8, shuffle=True, seed=3, rank=rank, remainder=remainder,
                                            world_size=world_size)) for rank in range(world_size)]
                self.assertEqual(len({tuple(map(len, batches)) for batches in ranks}), 1)
                seen = sorted(index for batches in ranks for batch in batches for index in batch)
                extra = -count % world_size if remainder == "pad" else -(count % world_size)
                self.assertEqual(len(seen), count + extra)
                self.assertEqual(len(set(seen)), min(count, count + extra))
                # Together the batches of all ranks are the batches of one process.
                whole = plain_order(count, 3, 0)
                self.assertEqual(sorted(sum((batches[0] for batches in ranks), [])),
                                 sorted((whole + whole)[:sum(len(batches[0]) for batches in ranks)]))

    def test_nothing_left(self):
        with self.assertRaisesRegex(ValueError, "has no batch"):
            loader_of(FakeImages(3), 2, rank=0, world_size=4, remainder="drop")


class Memory(unittest.TestCase):
    def test_arrays_of_ones_own(self):
        for dtype in ("uint8", "float32"):
            images = FakeImages(64)
            batches = [batch for batch, _ in loader_of(images, 8, dtype=dtype)]
            for k, batch in enumerate(batches):
                expected = images.pixels(range(8 * k, 8 * k + 8)).astype(np.float32) / (255 if dtype == "float32" else 1)
                np.testing.assert_array_equal(batch[:, 0].numpy().astype(np.float32), expected.astype(np.float32))

    def test_views_stay_valid_until_the_next_step(self):
        for dtype, scale in (("uint8", 1), ("float32", 255)):
            # Batches of a call: together. Calls whose memory is used in turn: one at hand, and those of the loop's batch
            # and of the waiting ones.
            for size, prefetch, together, calls in ((4, 0, 1, 2), (4, 1, 1, 3), (4, 3, 3, 3), (400, 3, 2, 3), (600, 2, 1, 4)):
                images = FakeImages(20 * size)
                loader = loader_of(images, size, dtype=dtype, prefetch=prefetch, reuse=True)
                places = []
                for step, (batch, _) in enumerate(loader):
                    # As many as the thread can draw before the next step.
                    ahead = step + 1 + prefetch + (1 if prefetch else 0)
                    ahead = size * min(20, -(-ahead // together) * together)
                    wait_for(lambda: sum(images.reads) >= ahead, f"{ahead} images drawn")
                    expected = images.pixels(range(size * step, size * (step + 1))).astype(np.float32) / np.float32(scale)
                    np.testing.assert_array_equal(batch[:, 0].numpy().astype(np.float32), expected)
                    places.append(batch.data_ptr())
                self.assertEqual(len(set(places)), calls * together if dtype == "uint8" else prefetch + 2)

    def test_memory_is_used_again_when_it_is_free(self):
        """What the loop keeps stays as it is, also a view of it; what it drops serves again."""
        for shape, further in (((6, 8), {"dtype": "uint8"}), ((6, 8), {"dtype": "bfloat16"}),
                               ((5, 7, 3), {"dtype": "float32"}), ((5, 7, 3), {"dtype": "uint8"})):
            images = FakeImages(400, shape)
            loader = loader_of(images, 4, **further)
            kept, places = [], set()
            for step, (batch, _) in enumerate(loader):
                places.add(batch.data_ptr())
                if step % 10 == 0:
                    kept.append((step, batch[1:3, :1, 2:]))  # a view
                elif step % 10 == 5:
                    kept.append((step, batch[1:3, :1, 2:].float().numpy() if further["dtype"] == "bfloat16"
                                 else batch.numpy()[1:3, :1, 2:]))
            self.assertLess(len(places), 50)  # of 100: of the 20 that are kept, and of those drawn with them
            again = loader_of(images, 4, prefetch=0, **further)
            expected = [batch.clone() for batch, _ in again]
            for step, view in kept:
                view = view if isinstance(view, torch.Tensor) else torch.from_numpy(view)
                self.assertTrue(torch.equal(view.float(), expected[step][1:3, :1, 2:].float()))

    def test_prefetch_draws_no_more_than_that(self):
        for size, calls in ((4, [12, 12]), (400, [800, 800, 800]), (600, [600] * 5), (2000, [2000] * 5)):
            images = FakeImages(20_000)
            stepping = iter(loader_of(images, size, prefetch=3))
            next(stepping)
            wait_for(lambda: len(images.reads) == len(calls), "1 received, 3 waiting, 1 at hand")
            time.sleep(0.05)
            self.assertEqual(images.reads, calls)


class Devices(unittest.TestCase):
    def test_another_device(self):
        """What is done for a device that is not the CPU, on PyTorch's device without memory."""
        for further, shape in (({"dtype": "float16", "normalize": (0.5, 0.2), "channels": 3}, (4, 3, 6, 8)),
                               ({"dtype": "uint8", "reuse": True}, (4, 1, 6, 8))):
            batches = list(Loader(FakeImages(8), 4, device="meta", columns=["index"], **further))
            self.assertEqual(len(batches), 2)
            images, labels, columns = batches[0]
            self.assertEqual((images.device.type, images.shape, str(images.dtype)),
                             ("meta", shape, "torch." + further["dtype"]))
            self.assertEqual((labels.device.type, columns["index"].device.type), ("meta", "meta"))


class Formats(unittest.TestCase):
    def one(self, images, **further):
        loader = Loader(images, len(images), device="cpu", labels=False, **further)
        return next(iter(loader))

    def test_values(self):
        grey, colour = FakeImages(40), FakeImages(40, (5, 7, 3))
        for images in (grey, colour):
            pixels = images.pixels(range(40)).astype(np.float64)
            pixels = pixels[:, None] if pixels.ndim == 3 else pixels.transpose(0, 3, 1, 2)
            own = pixels.shape[1]
            cases = [(None, np.zeros(1), np.ones(1)), ((0.5, 0.25), np.array([0.5]), np.array([0.25])),
                     (([0.1, 0.2, 0.3], [1, 0.5, 2]), np.array([0.1, 0.2, 0.3]), np.array([1, 0.5, 2]))]
            for normalize, mean, std in cases:
                channels = 3 if own == 3 or len(mean) == 3 else None
                for name, tolerance in (("float32", 1e-6), ("float16", 2e-3), ("bfloat16", 1e-2)):
                    found = self.one(images, dtype=name, normalize=normalize, channels=channels)
                    expected = (pixels / 255 - mean.reshape(-1, 1, 1)) / std.reshape(-1, 1, 1)
                    self.assertEqual(str(found.dtype), f"torch.{name}")
                    self.assertEqual(found.shape, expected.shape)
                    np.testing.assert_allclose(found.double().numpy(), expected, rtol=tolerance, atol=tolerance)

    def test_as_torchvision_has_it(self):
        found = self.one(FakeImages(40))
        expected = torch.from_numpy(FakeImages(40).pixels(range(40))).unsqueeze(1).float().div(255)
        self.assertTrue(torch.equal(found, expected))
        half = self.one(FakeImages(40), dtype=torch.bfloat16)
        self.assertTrue(torch.equal(half, expected.to(torch.bfloat16)))

    def test_large_batches(self):
        """Batches are converted in blocks on a processor."""
        images = FakeImages(30, (300, 200))
        expected = torch.from_numpy(images.pixels(range(30))).unsqueeze(1).float()
        for dtype in (torch.float32, torch.float16):
            found = self.one(images, dtype=dtype, normalize=(0.5, 0.5))
            self.assertTrue(torch.equal(found, expected.sub(127.5).div(127.5).to(dtype)))

    def test_uint8(self):
        grey, colour = FakeImages(9), FakeImages(9, (5, 7, 3))
        self.assertEqual(self.one(grey, dtype="uint8").shape, (9, 1, 6, 8))
        three = self.one(grey, dtype="uint8", channels=3)
        np.testing.assert_array_equal(three.numpy(), np.repeat(grey.pixels(range(9))[:, None], 3, 1))
        three[0, 0] = 0  # memory of its own
        self.assertNotEqual(int(three[0, 1].max()), 0)
        np.testing.assert_array_equal(self.one(colour, dtype="uint8").numpy(),
                                      colour.pixels(range(9)).transpose(0, 3, 1, 2))

    def test_refusals(self):
        for further, words in (({"dtype": "uint8", "normalize": (0.5, 0.5)}, "dtype is uint8"),
                               ({"normalize": (0.5, 0)}, "above 0"), ({"normalize": 0.5}, "expected"),
                               ({"normalize": "val"}, '"train" or None'), ({"normalize": ([1, 2], 1)}, "one per channel"),
                               ({"normalize": (float("nan"), 1)}, "finite")):
            with self.assertRaisesRegex(ValueError, words):
                self.one(FakeImages(9), **further)
        with self.assertRaisesRegex(ValueError, "only grey images"):
            self.one(FakeImages(9, (5, 7, 3)), channels=1)

    def test_normalize_train(self):
        for shape in ((6, 8), (6, 8, 3)):
            split = np.arange(9000) % 9 // 8  # 8,000 of the train part
            images = FakeImages(9000, shape, split=split)
            chosen = np.flatnonzero(split == 0)[np.arange(4096) * 8000 // 4096]
            pixels = images.pixels(chosen).reshape(4096 * 48, -1) / 255
            found = next(iter(Loader(images, 8, device="cpu", normalize="train", labels=False)))
            raw = images.pixels(images.indices("train")[:8]).astype(np.float64) / 255
            raw = raw[:, None] if len(shape) == 2 else raw.transpose(0, 3, 1, 2)
            expected = (raw - pixels.mean(0).reshape(-1, 1, 1)) / pixels.std(0).reshape(-1, 1, 1)
            np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=1e-5)


class LabelsAndColumns(unittest.TestCase):
    def both(self, **further):
        return FakeImages(8, labels={"up": np.arange(8) % 2, "return": np.arange(8) / 7}, **further)

    def test_labels(self):
        images, labels = next(iter(loader_of(FakeImages(8), 4)))
        self.assertEqual((labels.dtype, labels.tolist()), (torch.int64, [0, 1, 2, 0]))
        images, labels = next(iter(loader_of(self.both(), 4)))
        self.assertEqual({name: values.dtype for name, values in labels.items()},
                         {"up": torch.int64, "return": torch.float32})
        np.testing.assert_allclose(labels["return"], np.arange(4) / 7, rtol=1e-6)
        images, labels = next(iter(loader_of(self.both(), 4, labels="up")))
        self.assertEqual(labels.tolist(), [0, 1, 0, 1])
        images, labels = next(iter(loader_of(self.both(), 4, labels=["up"])))
        self.assertEqual(list(labels), ["up"])
        self.assertEqual(next(iter(loader_of(self.both(), 4, labels=False))).shape, (4, 1, 6, 8))
        images, labels = next(iter(loader_of(FakeImages(8, labels={}), 4)))
        self.assertIsNone(labels)
        with self.assertRaisesRegex(ValueError, 'no label "down"; the labels are: up, return'):
            loader_of(self.both(), 4, labels="down")

    def test_columns(self):
        split = np.zeros(8, np.uint8)
        names = ["index", "window_start", "group", "timestamps", "split"]
        images, labels, columns = next(iter(loader_of(self.both(split=split), 4, shuffle=True, seed=1, columns=names)))
        index = columns["index"].numpy()
        self.assertEqual(index.tolist(), index_of(images))
        self.assertEqual(columns["window_start"].tolist(), (index * 10).tolist())
        self.assertEqual(columns["group"].tolist(), (index % 2).tolist())
        self.assertEqual(columns["timestamps"].tolist(), np.stack([index, index + 5], 1).tolist())
        self.assertEqual(labels["up"].tolist(), (index % 2).tolist())
        self.assertEqual({values.dtype for values in columns.values()}, {torch.int64})
        with self.assertRaisesRegex(ValueError, 'no column "split"'):
            loader_of(self.both(), 4, columns=["split"])
        with self.assertRaisesRegex(ValueError, 'no column "weight"'):
            loader_of(self.both(), 4, columns=["weight"])

    def test_missing(self):
        labels = {"up": np.array([0, 1, np.iinfo(np.int64).min, 1]), "return": np.array([0.5, np.nan, 1, 2])}
        with self.assertRaisesRegex(ValueError, r'2 of 4 images lack a value of "up", "return" \(image 1'):
            loader_of(FakeImages(4, labels=labels), 2)
        self.assertEqual(received(loader_of(FakeImages(4, labels=labels), 2, missing="drop")), [[0, 3]])
        self.assertEqual(received(loader_of(FakeImages(4, labels=labels), 2, missing="keep")), [[0, 1], [2, 3]])
        self.assertEqual(received(loader_of(FakeImages(4, labels=labels), 4, missing="drop", labels="up")), [[0, 1, 3]])
        self.assertEqual(len(loader_of(FakeImages(4, labels=labels), 2, labels=False)), 2)


class Resuming(unittest.TestCase):
    def test_continues_with_the_same_batches(self):
        for shuffle in (False, True):
            make = lambda prefetch: loader_of(FakeImages(53), 5, shuffle=shuffle, seed=9, prefetch=prefetch)
            whole = make(2)
            epochs = [received(whole) for _ in range(3)]
            for stop in range(0, 12):
                for prefetch in (0, 2, 6):
                    former, got = make(prefetch), []
                    received(former)  # epoch 0
                    for images, _ in former if stop else ():
                        got.append(index_of(images))
                        if len(got) == stop:
                            break
                    state = through_json(former.state_dict())
                    self.assertEqual((state["epoch"], state["batches"]), (1, stop))
                    later = make(3)
                    later.load_state_dict(state)
                    self.assertEqual(later.epoch, 1)
                    self.assertEqual(got + received(later), epochs[1])
                    self.assertEqual(received(later), epochs[2])

    def test_loop_over_epochs(self):
        """The usual loop, which calls set_epoch() for each."""
        make = lambda: loader_of(FakeImages(20), 5, shuffle=True, seed=9)
        whole, expected = make(), []
        for epoch in range(3):
            whole.set_epoch(epoch)
            expected += received(whole)
        former, got, state = make(), [], None
        for epoch in range(3):
            former.set_epoch(epoch)
            for images, _ in former:
                got.append(index_of(images))
                if len(got) == 6:
                    state = former.state_dict()
                    break
            if state:
                break
        later = make()
        later.load_state_dict(state)
        for epoch in range(later.epoch, 3):
            later.set_epoch(epoch)
            got += received(later)
        self.assertEqual(got, expected)

    def test_after_the_last_batch(self):
        loader = loader_of(FakeImages(10), 5)
        stepping = iter(loader)
        next(stepping), next(stepping)
        state = loader.state_dict()
        self.assertEqual((state["epoch"], state["batches"]), (0, 2))
        with self.assertRaises(StopIteration):
            next(stepping)
        self.assertEqual((loader.state_dict()["epoch"], loader.state_dict()["batches"]), (1, 0))
        loader.load_state_dict(state)
        self.assertEqual(received(loader), [])  # that epoch is complete
        self.assertEqual(len(received(loader)), 2)
        self.assertEqual(loader.epoch, 2)

    def test_another_loader_is_refused(self):
        state = loader_of(FakeImages(20), 5, seed=1).state_dict()
        for further in ({"seed": 2}, {"shuffle": True}, {"drop_last": True}, {"split": None},
                        {"rank": 0, "world_size": 2}):
            with self.assertRaisesRegex(ValueError, "other batches"):
                loader_of(FakeImages(20), 5, **{"seed": 1, **further}).load_state_dict(state)
        with self.assertRaisesRegex(ValueError, "batch_size is 4 here and 5 in the state"):
            loader_of(FakeImages(20), 4, seed=1).load_state_dict(state)
        with self.assertRaisesRegex(ValueError, "images is 21 here and 20 in the state"):
            loader_of(FakeImages(21), 5, seed=1).load_state_dict(state)
        moved = FakeImages(20)
        moved.window_start = moved.window_start + 1
        with self.assertRaisesRegex(ValueError, "windows is"):
            loader_of(moved, 5, seed=1).load_state_dict(state)
        with self.assertRaisesRegex(ValueError, "version"):
            loader_of(FakeImages(20), 5, seed=1).load_state_dict({"epoch": 0})

    def test_ranks_share_a_state(self):
        make = lambda rank: loader_of(FakeImages(53), 5, shuffle=True, seed=9, rank=rank, world_size=2)
        whole, former = received(make(1)), make(0)
        stepping = iter(former)
        next(stepping), next(stepping)
        later = make(1)
        later.load_state_dict(former.state_dict())
        self.assertEqual(received(later), whole[2:])


class Threads(unittest.TestCase):
    def setUp(self):
        wait_for(lambda: not threads(), "threads of other tests end")

    def test_errors_have_their_traceback(self):
        for prefetch in (0, 2):
            loader = loader_of(FakeImages(40, failing=17), 4, prefetch=prefetch)
            got, frames = [], []
            try:
                for images, _ in loader:
                    got.append(index_of(images))
            except ValueError as error:
                self.assertEqual(str(error), "image 17 cannot be drawn")
                frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
            self.assertEqual(len(got), 4)  # all before it
            self.assertEqual(frames[-1], "read")
        self.assertIn("_work", frames)
        wait_for(lambda: not threads(), "the thread ends")
        self.assertEqual(loader.state_dict()["batches"], 4)

    def test_an_error_does_not_end_the_epoch(self):
        for prefetch in (0, 1, 3):
            loader = loader_of(FakeImages(100, failing=35), 8, prefetch=prefetch)
            stepping, got = iter(loader), 0
            with self.assertRaisesRegex(ValueError, "image 35"):
                while True:
                    next(stepping)
                    got += 1
            for _ in range(2):
                with self.assertRaisesRegex(RuntimeError, f"ended with an error, after {got} of 13 batches"):
                    next(stepping)
            self.assertEqual((loader.state_dict()["epoch"], loader.state_dict()["batches"]), (0, got))

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_forked(self):
        """The child has a thread and memory of its own; what it left by break does not draw into them."""

        class Slow(FakeImages):
            def read(self, indices, out=None):
                for k, index in enumerate(indices):
                    time.sleep(0.001)
                    out[k] = self.pixels([index])[0]

        loader = loader_of(Slow(200), 8, dtype="float32", prefetch=1, shuffle=True, seed=3)
        expected = [batch.clone() for batch, _ in loader]
        child = os.fork()
        if child == 0:
            wrong = 0
            try:
                torch.set_num_threads(1)
                for _ in range(10):
                    loader.set_epoch(0)
                    for step, (batch, _) in enumerate(loader):
                        wrong += not torch.equal(batch, expected[step])
                        if step == 3:
                            break
                os._exit(min(wrong, 100))
            finally:
                os._exit(101)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_break_exceptions_and_del_leave_no_thread(self):
        loader = loader_of(FakeImages(400), 4)
        for _ in loader:
            self.assertEqual(len(threads()), 1)
            break
        wait_for(lambda: not threads(), "break")
        with self.assertRaises(KeyError):
            for _ in loader:
                raise KeyError
        wait_for(lambda: not threads(), "an exception")
        stepping = iter(loader)
        del loader, stepping
        wait_for(lambda: not threads(), "del")
        loader = loader_of(FakeImages(400), 4)
        stepping = iter(loader)
        next(stepping)
        loader.close()
        self.assertEqual(threads(), [])  # at once
        with self.assertRaisesRegex(RuntimeError, "has ended"):
            next(stepping)
        self.assertEqual(len(received(loader)), 100)
        self.assertEqual(threads(), [])

    def test_break_then_again_uses_no_memory_twice(self):
        """The next pass waits for the batch that the former thread still draws."""
        images = FakeImages(40)
        loader = loader_of(images, 4, prefetch=1, reuse=True)
        for batch, _ in loader:
            images.gate = threading.Event()
            images.entered.clear()
            images.entered.wait(1)
            break
        threading.Timer(0.1, images.gate.set).start()
        self.assertEqual(sum(received(loader), []), list(range(40)))

    def script(self, body):
        code = ("import sys, threading, time\nimport torch\nfrom fake_images import FakeImages\n"
                f"from plotmill.torch import Loader\n{body}")
        folder = os.path.dirname(os.path.abspath(__file__))
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, *filter(None, sys.path)])}
        return subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)

    def test_exit_while_the_thread_waits(self):
        for ending in ("", "sys.exit(0)", "loader._keep = stepping\nraise SystemExit(0)"):
            process = self.script("loader = Loader(FakeImages(400), 4, device='cpu')\nstepping = iter(loader)\n"
                                  f"next(stepping)\n{ending}")
            out, err = process.communicate(timeout=SECONDS)
            self.assertEqual((process.returncode, out, err), (0, "", ""))

    def test_exit_while_the_thread_draws(self):
        process = self.script(
            "class Slow(FakeImages):\n"
            "    def read(self, indices, out=None):\n        time.sleep(0.3)\n        return super().read(indices, out)\n"
            "loader = Loader(Slow(400), 4, device='cpu')\nstepping = iter(loader)\nnext(stepping)\n")
        out, err = process.communicate(timeout=SECONDS)
        self.assertEqual((process.returncode, out, err), (0, "", ""))

    def test_exit_after_break(self):
        """The iterator is gone, the thread still draws."""
        process = self.script(
            "class Slow(FakeImages):\n"
            "    def read(self, indices, out=None):\n"
            "        if self.reads:\n            time.sleep(0.3)\n            print('drawn', flush=True)\n"
            "        return super().read(indices, out)\n"
            "for _ in Loader(Slow(400), 4, device='cpu'):\n    time.sleep(0.1)\n    break\n")
        out, err = process.communicate(timeout=SECONDS)
        self.assertEqual((process.returncode, out, err), (0, "drawn\n", ""))

    def test_ctrl_c(self):
        process = self.script(
            "images = FakeImages(400)\nimages.gate = threading.Event()\n"
            "threading.Timer(20, images.gate.set).start()\n"
            "loader = Loader(images, 4, device='cpu')\n"
            "try:\n    print('waiting', flush=True)\n    for _ in loader: pass\n"
            "except KeyboardInterrupt:\n    print('interrupted', flush=True)\n    images.gate.set()\n"
            "    import os; os._exit(3)\n")
        self.assertEqual(process.stdout.readline(), "waiting\n")
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        out, err = process.communicate(timeout=SECONDS)
        self.assertEqual((process.returncode, out), (3, "interrupted\n"), err)
        self.assertLess(time.monotonic() - begun, 15)

    def test_fork_does_not_hang(self):
        stepping = iter(loader_of(FakeImages(400), 4))
        next(stepping)
        child = os.fork()
        if not child:
            try:
                next(stepping)
            except RuntimeError:
                os._exit(7)
            os._exit(1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 7)


class Mapped(unittest.TestCase):
    def check(self, batches, count):
        seen = []
        for images, labels in batches:
            indices = index_of(images)
            self.assertEqual(labels.tolist(), [index % 3 for index in indices])
            seen += indices
        self.assertEqual(sorted(seen), list(range(count)))

    def test_samples(self):
        mapped = MapDataset(FakeImages(30), dtype="uint8")
        image, label = mapped[-1]
        self.assertEqual((image.shape, label.shape, int(label)), ((1, 6, 8), (), 2))
        images, labels = mapped[[3, 5]]
        self.assertEqual((index_of(images), labels.tolist()), ([3, 5], [0, 2]))
        self.assertEqual(mapped[2:9:3][1].tolist(), [2, 2, 2])
        for wrong in (30, -31, [0, 30], [1.7], np.ones(29, bool)):
            with self.assertRaises(IndexError):
                mapped[wrong]
        self.assertEqual(index_of(mapped[np.arange(30) % 10 == 4][0]), [4, 14, 24])
        self.assertEqual(int(mapped[torch.tensor(4)][1]), 1)
        self.assertEqual(MapDataset(FakeImages(5, labels={}))[0].shape, (1, 6, 8))
        two = MapDataset(FakeImages(5, labels={"a": np.arange(5), "b": np.arange(5.0)}), columns=["index"])[3]
        self.assertEqual([int(two[1]["a"]), float(two[1]["b"]), int(two[2]["index"])], [3, 3, 3])

    def test_one_call_draws_a_batch(self):
        images = FakeImages(30)
        samples = MapDataset(images, dtype="uint8").__getitems__([4, 2, 7])
        self.assertEqual(images.reads, [3])
        self.assertEqual([index_of(image[None])[0] for image, _ in samples], [4, 2, 7])
        whole = collate(samples)
        self.assertEqual(index_of(whole[0]), [4, 2, 7])
        self.assertEqual(whole[0].data_ptr(), samples[0][0].data_ptr())  # not copied

    def test_data_loader(self):
        for how in ({}, {"collate_fn": collate}, {"num_workers": 2, "collate_fn": collate, "multiprocessing_context": "fork"},
                    {"num_workers": 1, "multiprocessing_context": "spawn"}):
            images = FakeImages(30)
            self.check(DataLoader(MapDataset(images, dtype="uint8"), batch_size=7, shuffle=True, **how), 30)
            if not how and torch.__version__ >= "2":
                self.assertEqual(images.reads, [7, 7, 7, 7, 2])

    def test_batch_sampler_for_old_versions(self):
        images = FakeImages(30)
        mapped = MapDataset(images, dtype="uint8")
        batches = DataLoader(mapped, sampler=BatchSampler(RandomSampler(mapped), 7, False), batch_size=None)
        self.check(batches, 30)
        self.assertEqual(images.reads, [7, 7, 7, 7, 2])

    def test_transform(self):
        mapped = MapDataset(FakeImages(30), transform=lambda image: image.flatten()[:4].mul(255).round())
        for batch in DataLoader(mapped, batch_size=6):
            self.assertEqual(batch[0].shape, (6, 4))
        batch = mapped[[1, 2, 3]]
        self.assertEqual(batch[0][:, 0].tolist(), [1, 2, 3])

    def test_same_as_loader(self):
        further = {"normalize": (0.3, 0.2), "channels": 3, "dtype": "float16"}
        mapped = MapDataset(FakeImages(12), **further)
        batches = DataLoader(mapped, sampler=BatchSampler(SequentialSampler(mapped), 5, False), batch_size=None)
        for own, other in zip(batches, Loader(FakeImages(12), 5, device="cpu", **further)):
            self.assertTrue(torch.equal(own[0], other[0]) and torch.equal(own[1], other[1]))


if __name__ == "__main__":
    unittest.main()
