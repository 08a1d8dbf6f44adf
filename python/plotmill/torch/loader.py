"""Whole batches of charts, drawn in the background."""

from __future__ import annotations

import json
import os
import threading
import weakref
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from plotmill import _random
from plotmill.augment import Augment
from plotmill.torch.memory import Memory
from plotmill.torch.part import Part, one_of, whole
from plotmill.torch.prefetch import Prefetch
from plotmill.torch.tensors import Indices, Labels, Normalize

if TYPE_CHECKING:
    from plotmill.images import Images


@dataclass
class _Batch:
    images: torch.Tensor  # drawn: in host memory, for the device; else finished
    labels: Labels
    columns: dict[str, torch.Tensor]
    copied: Any  # the event that follows the copy to a GPU


def _distributed(rank: int | None, world_size: int | None) -> tuple[int, int]:
    if (rank is None) != (world_size is None):
        raise ValueError("rank and world_size belong together: give both or neither")
    if rank is None or world_size is None:
        together = torch.distributed.is_available() and torch.distributed.is_initialized()
        if not together:
            return 0, 1
        rank, world_size = torch.distributed.get_rank(), torch.distributed.get_world_size()
    world_size = whole("world_size", world_size, 1)
    if whole("rank", rank, 0) >= world_size:
        raise ValueError(f"rank is {rank}; expected 0 .. {world_size - 1}, below world_size")
    return int(rank), world_size


def _device(device: str | torch.device | None) -> torch.device:
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    found = torch.device(device)
    if found.type == "cuda":
        if not torch.cuda.is_available():
            raise ValueError('device is "cuda", but PyTorch finds no GPU; use device="cpu"')
        if found.index is None:
            found = torch.device("cuda", torch.cuda.current_device())
    return found


class Loader:
    """Iterates over batches of charts. One thread draws them with one renderer, `prefetch` batches ahead of the loop.

    Each pass yields (images, labels). `images` is a tensor (n, C, H, W) on `device`; n is batch_size, or less in the last
    batch of an epoch. `labels` is

    - a tensor (n,), if `labels` is the name of one label, or is None and the data set has one label;
    - a dict of tensors by name, if `labels` is a list of names, or is None and the data set has several;
    - None, if the data set has none. With labels=False the loop receives `images` alone.

    Labels of floating point are float32, whole numbers and classes int64 (their texts: dataset.label_classes).

    The first pass is epoch 0, and each further pass the next epoch, unless set_epoch() says which. The order of an epoch
    follows from (seed, epoch) alone, on every machine: docs/training.md defines it.

    Parameters
    ----------
    dataset : plotmill.dataset.Images
        A live `Dataset`, or stored images.
    batch_size : int
        Images of a batch, in each process.
    shuffle : bool
        A new random order in each epoch; else by index.
    seed : int
        0 .. 2^64 - 1, of the order and of `augment`. The same in all processes.
    split : "train", "val", "test" or None
        The part of the split; None is all images. In a data set without a split all images are of the train part.
    dtype : str or torch.dtype
        uint8 (the drawn values), float32, float16 or bfloat16 (value/255, or normalized).
    normalize : (mean, std), "train" or None
        Gives (value/255 - mean) / std, with a number or one per channel. "train" takes both from at most 4,096 images
        of the train part.
    channels : int or None
        3 repeats grey images; None keeps the channels of the data set.
    device : str, torch.device or None
        Where the tensors are; None is the GPU if there is one, else the CPU. Batches for a GPU are drawn into pinned
        memory, copied without blocking, and converted on the GPU.
    prefetch : int
        Batches that wait, drawn, for the loop; 0 draws in the loop itself, without a thread. Up to `prefetch` batches, of
        at most 1,024 images together, are drawn by one call, and a batch that is kept keeps the memory of all of them.
    drop_last : bool
        Leaves out the last batch of an epoch if it is smaller.
    rank, world_size : int or None
        This process and the number of processes, each of which takes every world_size-th image of the order. None
        takes them from torch.distributed if that is initialised when the loader is made, else 0 and 1.
    remainder : "pad" or "drop"
        If the images cannot be shared evenly: "pad" repeats up to world_size - 1 images from the start of the order, "drop"
        leaves out up to world_size - 1 at its end.
    augment : a transform of plotmill.augment, or a sequence of them
        Changes the samples before they are drawn. Needs a live `Dataset`.
    labels : str, list of str, bool or None
        See above.
    columns : list of str
        The loop receives a third element, a dict of int64 tensors with these columns: "index" (of the image in the data
        set), "window_start", "group", "timestamps" (n, 2), "split".
    missing : "error", "drop" or "keep"
        What happens to images of the part that lack one of the labels.
    reuse : bool
        Tensors on the CPU are views of memory that is used again: valid until the next step of the loop. Saves the
        allocation of each batch. On a GPU it has no effect: tensors are always the loop's own.
    """

    def __init__(
        self,
        dataset: Images,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        split: str | None = "train",
        dtype: str | torch.dtype = "float32",
        normalize: Normalize = None,
        channels: int | None = None,
        device: str | torch.device | None = None,
        prefetch: int = 2,
        drop_last: bool = False,
        *,
        rank: int | None = None,
        world_size: int | None = None,
        remainder: str = "pad",
        augment: Augment = None,
        labels: str | Sequence[str] | bool | None = None,
        columns: Sequence[str] = (),
        missing: str = "error",
        reuse: bool = False,
    ) -> None:
        self.batch_size = whole("batch_size", batch_size, 1)
        self.prefetch = whole("prefetch", prefetch, 0)
        self.shuffle, self.drop_last, self.reuse = bool(shuffle), bool(drop_last), bool(reuse)
        self.remainder = one_of("remainder", remainder, ("pad", "drop"))
        self.rank, self.world_size = _distributed(rank, world_size)
        self._given = rank is not None
        self.device = _device(device)
        self._part = Part(dataset, split, labels, columns, missing, dtype, normalize, channels, augment, seed)
        self._part.format.to_device(self.device)
        self._images = _random.share_size(len(self._part.indices), self.world_size, self.remainder)
        self._length = (
            self._images // self.batch_size if self.drop_last else -(-self._images // self.batch_size)
        )
        if not self._length:
            raise ValueError(
                f"an epoch has no batch: {len(self._part.indices)} images, world_size {self.world_size}, batch_size "
                f"{self.batch_size}; remainder and drop_last leave out all of them"
            )
        self._memory = self._new_memory()
        self._pass: weakref.ref[_Pass] | None = None
        self._thread: threading.Thread | None = None  # of the last pass
        self._at = self._next = (0, 0)  # epoch and consumed batches: of the present pass; where the next one begins
        self._process = os.getpid()
        self._fingerprint: int | None = None

    def __len__(self) -> int:
        """Batches of an epoch, in this process."""
        return self._length

    @property
    def dataset(self) -> Images:
        return self._part.dataset

    @property
    def indices(self) -> Indices:
        """The indices of the images of the part, in the order of the data set; of all processes together."""
        return self._part.indices

    @property
    def epoch(self) -> int:
        """The epoch of the present pass; after a complete pass, and before the first one, that of the next."""
        return self._at[0]

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch the next pass is. If that epoch was just loaded by load_state_dict(), it is continued."""
        epoch = whole("epoch", epoch, 0)
        if self._next[0] != epoch:
            self._next = (epoch, 0)
        self._at = self._next

    def __iter__(self) -> Iterator[Any]:
        if not self._given and _distributed(None, None) != (self.rank, self.world_size):
            raise RuntimeError(
                f"the loader was made for rank {self.rank} of {self.world_size}, and torch.distributed now has rank %d of %d: "
                "make the loader after init_process_group()" % _distributed(None, None)
            )
        if os.getpid() != self._process:  # forked: the thread and its memory are those of the parent
            self._process, self._thread, self._memory = os.getpid(), None, self._new_memory()
        self._stop()
        epoch, first = self._at = self._next
        self._next = (epoch + 1, 0)
        started = _Pass(self, epoch, first)
        self._pass = weakref.ref(started)
        return started

    def close(self) -> None:
        """Ends the present pass and its thread, and frees the memory of batches. The loader can be used again."""
        self._stop()
        self._memory = self._new_memory()

    def _new_memory(self) -> Memory:
        return Memory(self._part.format, self.device, self.batch_size, self.prefetch, self.reuse)

    def _stop(self) -> None:
        """Ends the pass before: it would draw into the same memory."""
        before = self._pass() if self._pass is not None else None
        self._pass = None
        if before is not None:
            before.close()
        if self._thread is not None:
            self._thread.join()  # a pass that was left by break ends after the batch at hand
        self._thread = None

    # Where training is

    def state_dict(self) -> dict[str, Any]:
        """Where the loop is: the epoch, and how many of its batches the loop has received, the present one included.

        Batches that were drawn ahead do not count. The same state fits all processes. It holds plain numbers and texts.
        """
        epoch, batches = self._at
        return {"version": 1, "epoch": epoch, "batches": batches, **self._identity()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continues behind the batches that were received: the next pass yields the rest of that epoch.

        The loader must be made as the one whose state it is, since otherwise its batches would be others.
        """
        if state.get("version") != 1:
            raise ValueError(f"the state has version {state.get('version')!r}; this plotmill reads version 1")
        differing = [
            f"{name} is {own!r} here and {state.get(name)!r} in the state"
            for name, own in self._identity().items()
            if state.get(name) != own
        ]
        if differing:
            raise ValueError("the state is of a loader with other batches: " + "; ".join(differing))
        epoch, batches = whole("epoch", state["epoch"], 0), whole("batches", state["batches"], 0)
        if batches > len(self):
            raise ValueError(f"the state has {batches} batches of an epoch; an epoch has {len(self)}")
        self._stop()
        self._at = self._next = (epoch, batches)

    def _identity(self) -> dict[str, Any]:
        """What the batches follow from."""
        part = self._part
        if self._fingerprint is None:
            self._fingerprint = _fingerprint(part.indices, part.dataset.window_start)
        return {
            "seed": int(part.seed),
            "shuffle": self.shuffle,
            "split": part.split,
            "batch_size": self.batch_size,
            "drop_last": self.drop_last,
            "world_size": self.world_size,
            "remainder": self.remainder,
            "augment": repr(part.augmented) if part.augmented is not None else "",
            "images": len(part.indices),
            "windows": self._fingerprint,
            "spec": json.dumps(part.dataset.spec, sort_keys=True),
        }

    # Drawing: in the thread, but for _finish

    def _batches(self, epoch: int, first: int) -> Iterator[_Batch]:
        """The batches of an epoch from number `first` on."""
        if first == len(self):
            return
        part, count = self._part, len(self._part.indices)
        if self.shuffle:
            # Number 2 epoch is the state of the order, number 2 epoch + 1 that of the augmentations.
            places = _random.order(count, _random.number(part.seed, 2 * epoch))
        else:
            places = np.arange(count, dtype=np.int64)
        places = _random.share(places, self.rank, self.world_size, self.remainder)
        together, size = self._memory.together, self.batch_size
        for begin in range(first, len(self), together):
            end = min(begin + together, len(self))
            yield from self._draw(epoch, begin, part.indices[places[begin * size : end * size]])

    def _draw(self, epoch: int, begin: int, indices: Indices) -> Iterator[_Batch]:
        """The batches of these images, from number `begin` on, drawn by one call."""
        part, memory = self._part, self._memory
        every, copied = memory.drawn(begin // memory.together, len(indices))
        part.read(indices, epoch, every.numpy())
        for first in range(0, len(indices), self.batch_size):
            some = indices[first : first + self.batch_size]
            drawn = every[first : first + len(some)]
            labels, columns = part.columns.take(some)
            if self.device.type == "cuda":
                with torch.cuda.device(self.device):
                    labels, columns = _each(torch.Tensor.pin_memory, labels), _each(torch.Tensor.pin_memory, columns)
            elif self.device.type == "cpu":
                drawn = part.format.convert(drawn, memory.result(begin + first // self.batch_size, len(some)))
            yield _Batch(drawn, labels, columns, copied)

    def _finish(self, batch: _Batch) -> Any:
        """In the loop's thread, so that copies and conversions are in the order of its stream."""
        images, labels, columns = batch.images, batch.labels, batch.columns
        if self.device.type != "cpu":
            # From pinned memory the copies are made when the stream comes to them, and the loop goes on.
            pinned = self.device.type == "cuda"
            images = self._part.format.convert(images.to(self.device, non_blocking=pinned))
            labels = _each(lambda values: values.to(self.device, non_blocking=pinned), labels)
            columns = _each(lambda values: values.to(self.device, non_blocking=pinned), columns)
            if batch.copied is not None:
                batch.copied.record(torch.cuda.current_stream(self.device))
        return self._part.pack(images, labels, columns)


class _Pass:
    """One pass over the batches of an epoch."""

    def __init__(self, loader: Loader, epoch: int, first: int) -> None:
        self._loader, self._epoch, self._received = loader, epoch, first
        batches = loader._batches(epoch, first)
        self._source: Iterator[_Batch] = batches
        if loader.prefetch:
            self._source = prefetch = Prefetch(batches, loader.prefetch)
            loader._thread = prefetch.thread
        self._over = False

    def __iter__(self) -> _Pass:
        return self

    def __len__(self) -> int:
        """Batches that are left."""
        return len(self._loader) - self._received

    def __next__(self) -> Any:
        loader = self._loader
        if self._over:
            raise StopIteration
        if loader._pass is None or loader._pass() is not self:
            raise RuntimeError("this pass has ended: the loader was closed, or a later pass over it has begun")
        try:
            batch = next(self._source)
        except StopIteration:
            if self._received < len(loader):
                raise RuntimeError(
                    f"this pass ended with an error, after {self._received} of {len(loader)} batches: begin a new pass"
                ) from None
            self._over = True
            if loader._at[0] == self._epoch:
                loader._at = (self._epoch + 1, 0)
            raise
        finished = loader._finish(batch)
        self._received += 1
        loader._at = (self._epoch, self._received)
        return finished

    def close(self) -> None:
        if isinstance(self._source, Prefetch):
            self._source.close()
        self._over = self._over or self._received == len(self._loader)


def _each(change: Callable[[torch.Tensor], torch.Tensor], values: Any) -> Any:
    if isinstance(values, dict):
        return {name: change(tensor) for name, tensor in values.items()}
    return None if values is None else change(values)


def _fingerprint(indices: Indices, window_start: Any) -> int:
    """CRC-32 of the indices and of where their windows begin."""
    crc, starts = 0, None if window_start is None else np.asarray(window_start)
    for first in range(0, len(indices), 1 << 20):
        block = np.ascontiguousarray(indices[first : first + (1 << 20)], "<i8")
        crc = zlib.crc32(block.tobytes(), crc)
        if starts is not None:
            crc = zlib.crc32(starts[block].astype("<i8").tobytes(), crc)
    return crc


