"""Batches of charts as PyTorch tensors: `Loader` draws whole batches in the background, `MapDataset` serves a DataLoader.

    loader = plotmill.torch.Loader(dataset, 256, shuffle=True, seed=1, normalize="train")
    for epoch in range(10):
        loader.set_epoch(epoch)
        for images, labels in loader:
            ...

Both take whatever has the interface `plotmill.dataset.Images`: a live `Dataset`, stored images from `plotmill.open`.
"""

from __future__ import annotations

import json
import os
import threading
import weakref
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

try:
    import torch
except ImportError as error:
    raise ImportError("plotmill.torch needs PyTorch: pip install torch") from error

from plotmill import _random
from plotmill._prefetch import Prefetch
from plotmill._tensors import Columns, ImageFormat, Indices, Labels, Normalize, Pool, part_indices
from plotmill.augment import Augment, Augmented, Transform
from plotmill.errors import DeviceError

if TYPE_CHECKING:
    from plotmill.images import Images

__all__ = ["Loader", "MapDataset", "collate"]

MISSING = ("error", "drop", "keep")


def _one_of(name: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; expected {' or '.join(map(repr, choices))}")
    return value


def _whole(name: str, value: int, lowest: int) -> int:
    if isinstance(value, bool) or int(value) != value or value < lowest:
        raise ValueError(f"{name} is {value!r}; expected a whole number of at least {lowest}")
    return int(value)


class _Part:
    """The images of a part of a data set, and what is made of them: shared by Loader and MapDataset."""

    def __init__(
        self,
        dataset: Images,
        split: str | None,
        labels: str | Sequence[str] | bool | None,
        columns: Sequence[str],
        missing: str,
        dtype: str | torch.dtype,
        normalize: Normalize,
        channels: int | None,
        augment: Augment,
        seed: int,
    ) -> None:
        _one_of("missing", missing, MISSING)
        self.dataset = dataset
        self.split = split
        self.seed = _random.seeded(seed)
        self.columns = Columns(dataset, labels, columns)
        self.indices = part_indices(dataset, split)
        if missing != "keep":
            self._without_unlabelled(missing)
        if not len(self.indices):
            raise ValueError(f"there are no images{f' in the part {split!r}' if split else ''}")
        self.format = ImageFormat(dataset, dtype, normalize, channels)
        self.augmented = Augmented(dataset, augment, seed) if augment is not None else None

    def _without_unlabelled(self, missing: str) -> None:
        unlabelled = self.columns.unlabelled(self.indices)
        count = int(unlabelled.sum())
        if count and missing == "error":
            names = ", ".join(f'"{name}"' for name in self.columns.labels)
            raise ValueError(
                f"{count} of {len(self.indices)} images lack a value of {names} (image {self.indices[unlabelled][0]} is "
                'the first); missing="drop" leaves them out, missing="keep" takes them with NaN or -2^63'
            )
        if count:
            self.indices = self.indices[~unlabelled]

    def read(self, indices: Indices, epoch: int, out: npt.NDArray[np.uint8]) -> None:
        """Draws images into `out`, uint8 (n, H, W) or (n, H, W, C)."""
        if self.augmented is not None:
            self.augmented.read(indices, epoch, out)
        else:
            self.dataset.read(indices, out=out)

    def empty(self, count: int, pinned: bool = False, pool: Pool | None = None) -> torch.Tensor:
        shape = (count, *self.format.drawn)
        if pool is not None:
            pooled: torch.Tensor = pool.empty(int(np.prod(shape))).view(shape)
            return pooled
        made: torch.Tensor = torch.empty(shape, dtype=torch.uint8, pin_memory=pinned)
        return made

    def pack(self, images: torch.Tensor, labels: Labels, columns: dict[str, torch.Tensor]) -> Any:
        """What a loop receives."""
        parts: list[Any] = [images]
        if self.columns.wanted:
            parts.append(labels)
        if self.columns.columns:
            parts.append(columns)
        return tuple(parts) if len(parts) > 1 else images


@dataclass
class _Slot:
    """Memory of one batch, used again and again."""

    drawn: torch.Tensor
    result: torch.Tensor | None = None
    copied: Any = None  # the event after the copy to the GPU


@dataclass
class _Batch:
    images: torch.Tensor  # drawn: in host memory, for the device; else finished
    labels: Labels
    columns: dict[str, torch.Tensor]
    slot: _Slot | None


def _distributed(rank: int | None, world_size: int | None) -> tuple[int, int]:
    if (rank is None) != (world_size is None):
        raise ValueError("rank and world_size belong together: give both or neither")
    if rank is None or world_size is None:
        together = torch.distributed.is_available() and torch.distributed.is_initialized()
        if not together:
            return 0, 1
        rank, world_size = torch.distributed.get_rank(), torch.distributed.get_world_size()
    world_size = _whole("world_size", world_size, 1)
    if _whole("rank", rank, 0) >= world_size:
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
        Gives (value/255 - mean) / std, with a number or one per channel. "train" takes both from the train part:
        those stored with the images, or an estimate from at most 4,096 images.
    channels : int or None
        3 repeats grey images; None keeps the channels of the data set.
    device : str, torch.device or None
        Where the tensors are; None is the GPU if there is one, else the CPU. Batches for a GPU are drawn into pinned
        memory, copied without blocking, and converted on the GPU.
    prefetch : int
        Batches that wait, drawn, for the loop; 0 draws in the loop itself, without a thread.
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
        self.batch_size = _whole("batch_size", batch_size, 1)
        self.prefetch = _whole("prefetch", prefetch, 0)
        self.shuffle, self.drop_last, self.reuse = bool(shuffle), bool(drop_last), bool(reuse)
        self.remainder = _one_of("remainder", remainder, ("pad", "drop"))
        self.rank, self.world_size = _distributed(rank, world_size)
        self._given = rank is not None
        self.device = _device(device)
        self._part = _Part(dataset, split, labels, columns, missing, dtype, normalize, channels, augment, seed)
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
        self._slots: list[_Slot] = []
        self._pool = Pool(self.prefetch + 3)
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
        epoch = _whole("epoch", epoch, 0)
        if self._next[0] != epoch:
            self._next = (epoch, 0)
        self._at = self._next

    def __iter__(self) -> Iterator[Any]:
        if not self._given and _distributed(None, None) != (self.rank, self.world_size):
            raise RuntimeError(
                f"the loader was made for rank {self.rank} of {self.world_size}, and torch.distributed now has rank %d of %d: "
                "make the loader after init_process_group()" % _distributed(None, None)
            )
        self._stop()
        epoch, first = self._at = self._next
        self._next = (epoch + 1, 0)
        started = _Pass(self, epoch, first)
        self._pass = weakref.ref(started)
        return started

    def close(self) -> None:
        """Ends the present pass and its thread, and frees the memory of batches. The loader can be used again."""
        self._stop()
        self._slots, self._pool = [], Pool(self.prefetch + 3)

    def _stop(self) -> None:
        """Ends the pass before: it would draw into the same memory."""
        before = self._pass() if self._pass is not None else None
        self._pass = None
        if before is not None:
            before.close()
        if self._thread is not None and os.getpid() == self._process:
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
        epoch, batches = _whole("epoch", state["epoch"], 0), _whole("batches", state["batches"], 0)
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
        own_memory = self.device.type == "cpu" and part.format.is_view and not self.reuse
        for batch in range(first, len(self)):
            indices = part.indices[places[batch * self.batch_size : (batch + 1) * self.batch_size]]
            yield self._draw(epoch, indices, None if own_memory else self._slot(batch))

    def _slot(self, batch: int) -> _Slot:
        """Memory that neither the loop nor a waiting batch uses: see Prefetch."""
        if not self._slots:
            self._slots = [self._new_slot() for _ in range(self.prefetch + 2)]
        slot = self._slots[batch % len(self._slots)]
        if slot.copied is not None:
            slot.copied.synchronize()  # the GPU may still read it
        return slot

    def _new_slot(self) -> _Slot:
        part = self._part
        if self.device.type == "cuda":
            with torch.cuda.device(self.device):  # a thread begins with GPU 0
                event: Any = torch.cuda.Event
                return _Slot(part.empty(self.batch_size, pinned=True), copied=event())
        slot = _Slot(part.empty(self.batch_size))
        if self.reuse and self.device.type == "cpu" and not part.format.is_view:
            slot.result = part.format.empty(self.batch_size, self.device)
        return slot

    def _draw(self, epoch: int, indices: Indices, slot: _Slot | None) -> _Batch:
        part, count = self._part, len(indices)
        drawn = part.empty(count, pool=self._pool) if slot is None else slot.drawn[:count]
        part.read(indices, epoch, drawn.numpy())
        labels, columns = part.columns.take(indices)
        if self.device.type == "cuda":
            with torch.cuda.device(self.device):
                labels, columns = _each(torch.Tensor.pin_memory, labels), _each(torch.Tensor.pin_memory, columns)
        elif self.device.type == "cpu":
            out = None
            if slot is not None and slot.result is not None:
                out = slot.result[:count]
            elif not part.format.is_view:
                out = part.format.empty(count, self.device, self._pool)
            drawn = part.format.convert(drawn, out)
        return _Batch(drawn, labels, columns, slot)

    def _finish(self, batch: _Batch) -> Any:
        """In the loop's thread, so that copies and conversions are in the order of its stream."""
        images, labels, columns = batch.images, batch.labels, batch.columns
        if self.device.type != "cpu":
            # From pinned memory the copies are made when the stream comes to them, and the loop goes on.
            pinned = self.device.type == "cuda"
            images = self._part.format.convert(images.to(self.device, non_blocking=pinned))
            labels = _each(lambda values: values.to(self.device, non_blocking=pinned), labels)
            columns = _each(lambda values: values.to(self.device, non_blocking=pinned), columns)
            if batch.slot is not None and batch.slot.copied is not None:
                batch.slot.copied.record(torch.cuda.current_stream(self.device))
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
            self._over = True
            if loader._at[0] == self._epoch:
                loader._at = (self._epoch + 1, 0)
            raise
        self._received += 1
        loader._at = (self._epoch, self._received)
        return loader._finish(batch)

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


class Samples(list):  # type: ignore[type-arg]
    """The samples of a batch, one by one, with the whole tensors that they are views of."""

    whole: Any = None


def collate(samples: Sequence[Any]) -> Any:
    """A collate_fn that takes the batches of `MapDataset` whole, without copying them together from samples."""
    whole = samples.whole if isinstance(samples, Samples) else None
    return whole if whole is not None else torch.utils.data.default_collate(list(samples))


class MapDataset(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """A part of a data set for torch.utils.data.DataLoader. A batch is drawn by one call, through `__getitems__`.

        DataLoader(MapDataset(dataset), batch_size=256, shuffle=True, collate_fn=plotmill.torch.collate)

    Sample k is (image, label) of image `indices[k]` of the data set: a tensor (C, H, W), and a tensor () or a dict, as
    for `Loader`; without labels the image alone. [slice or list] gives a batch of them. PyTorch before 2.0 does not know `__getitems__`; there
    `DataLoader(mapped, sampler=BatchSampler(RandomSampler(mapped), 256, False), batch_size=None)` draws whole batches.

    Worker processes draw by themselves. With multiprocessing_context="spawn" that always works. Forked workers read
    stored images, and draw if the process that started them had drawn nothing before: OpenCL does not survive fork().
    Otherwise they raise DeviceError at their first batch.

    Parameters
    ----------
    dataset, split, dtype, normalize, channels, augment, seed, labels, columns, missing
        As for `Loader`. For `augment`, set_epoch() must be called before the DataLoader starts its workers.
    transform : callable or None
        Applied to the tensor (C, H, W) of each image.
    """

    def __init__(
        self,
        dataset: Images,
        split: str | None = "train",
        transform: Callable[[torch.Tensor], Any] | None = None,
        *,
        dtype: str | torch.dtype = "float32",
        normalize: Normalize = None,
        channels: int | None = None,
        augment: Augment = None,
        seed: int = 0,
        labels: str | Sequence[str] | bool | None = None,
        columns: Sequence[str] = (),
        missing: str = "error",
    ) -> None:
        self._part = _Part(dataset, split, labels, columns, missing, dtype, normalize, channels, augment, seed)
        self._part.columns.wanted &= bool(self._part.columns.labels)  # a DataLoader cannot put None together
        self.transform = transform
        self.epoch = 0
        self._process = os.getpid()

    @property
    def indices(self) -> Indices:
        """The indices of the images in the data set."""
        return self._part.indices

    def set_epoch(self, epoch: int) -> None:
        """The epoch from which `augment` takes its random numbers. Its first value is 0."""
        self.epoch = _whole("epoch", epoch, 0)

    def __len__(self) -> int:
        return len(self._part.indices)

    def __setstate__(self, state: dict[str, Any]) -> None:  # in a spawned worker, which may draw
        self.__dict__.update(state, _process=os.getpid())

    def _read(self, places: Indices) -> tuple[torch.Tensor, Labels, dict[str, torch.Tensor]]:
        part = self._part
        indices = part.indices[places]
        drawn = part.empty(len(indices))
        try:
            part.read(indices, self.epoch, drawn.numpy())
        except DeviceError as error:
            if os.getpid() == self._process:
                raise
            raise DeviceError(
                f"{error}. For a DataLoader: multiprocessing_context=\"spawn\", or draw nothing before its workers start"
            ) from error
        labels, columns = part.columns.take(indices)
        return part.format.convert(drawn), labels, columns

    def __getitem__(self, index: int | slice | Sequence[int] | Indices) -> Any:
        """A sample, or a batch for a slice or a list of places."""
        if isinstance(index, (int, np.integer)):
            return self.__getitems__([int(index)])[0]
        if isinstance(index, slice):
            index = np.arange(len(self))[index]
        places = self._places(index)
        if self.transform is not None:
            return torch.utils.data.default_collate(list(self.__getitems__(places)))
        return self._part.pack(*self._read(places))

    def __getitems__(self, places: Sequence[int] | Indices) -> Samples:
        """The samples of these places, drawn by one call."""
        images, labels, columns = self._read(self._places(places))
        pictures = list(images) if self.transform is None else [self.transform(image) for image in images]
        samples = Samples(
            self._part.pack(picture, _row(labels, k), {name: values[k] for name, values in columns.items()})
            for k, picture in enumerate(pictures)
        )
        if self.transform is None:
            samples.whole = self._part.pack(images, labels, columns)
        return samples

    def _places(self, places: Sequence[int] | Indices) -> Indices:
        array = np.asarray(places, np.int64)
        if array.size and not (-len(self) <= array.min() and array.max() < len(self)):
            raise IndexError(f"index {array.min()} .. {array.max()} is out of range: there are {len(self)} images")
        return array


def _row(labels: Labels, k: int) -> Any:
    if isinstance(labels, dict):
        return {name: values[k] for name, values in labels.items()}
    return None if labels is None else labels[k]
