"""Where a Loader's batches are: memory that is used again and again."""

from __future__ import annotations

import collections
import weakref
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from plotmill.torch.tensors import ImageFormat

IMAGES = 1024  # that one call draws at most: of more the rate does not grow


class Pool:
    """Memory of tensors on the CPU, used again once nothing refers to it any more.

    Memory that is new for each batch would cost more than what is written to it: the system clears every page.
    """

    def __init__(self, kept: int) -> None:
        self._free: collections.deque[npt.NDArray[np.uint8]] = collections.deque(maxlen=kept)

    def empty(self, size: int) -> torch.Tensor:
        """A tensor of that many bytes, uint8."""
        try:
            memory = self._free.pop()
        except IndexError:
            memory = np.empty(size, np.uint8)
        if len(memory) < size:
            memory = np.empty(size, np.uint8)
        view = memory[:size]  # which the tensor, and all that shares its memory, keep alive
        weakref.finalize(view, self._free.append, memory).atexit = False
        return torch.from_numpy(view)


class Memory:
    """The memory of a Loader's batches, which are drawn `together` at a time by one call.

    While the loop has one batch, `prefetch` more wait, and others are being drawn. Memory that loop and thread share is
    taken in turn, so that none is written to before the loop has gone on to the next batch.
    """

    def __init__(self, format: ImageFormat, device: torch.device, batch_size: int, prefetch: int, reuse: bool) -> None:
        self.format, self.device, self.batch_size = format, device, batch_size
        self.together = max(1, min(prefetch, IMAGES // batch_size))
        # On a processor the loop receives what was drawn, or what it was converted to. A GPU copies what was drawn.
        on_cpu = device.type == "cpu"
        self._drawn_is_received = on_cpu and format.is_view
        self._reuse = reuse and on_cpu
        waiting = -(-(prefetch + 1) // self.together)  # the calls whose batches the loop still has, or will receive
        if self._drawn_is_received and not reuse:
            self._pool = Pool(waiting + 2)
        else:
            self._pool = Pool(prefetch + 3)
        self._drawn_count = 1 if on_cpu and not self._drawn_is_received else waiting + 1
        self._result_count = prefetch + 2
        self._drawn: list[tuple[torch.Tensor, Any]] = []
        self._results: list[torch.Tensor] = []

    def drawn(self, call: int, images: int) -> tuple[torch.Tensor, Any]:
        """Where that call draws, uint8 (images, H, W[, C]); and on a GPU the event that follows its copies."""
        shape = (images, *self.format.drawn)
        if self._drawn_is_received and not self._reuse:
            return self._pool.empty(int(np.prod(shape))).view(shape), None
        if not self._drawn:
            self._drawn = [self._new_drawn() for _ in range(self._drawn_count)]
        memory, copied = self._drawn[call % self._drawn_count]
        if copied is not None:
            copied.synchronize()  # the GPU may still read it
        return memory[:images], copied

    def _new_drawn(self) -> tuple[torch.Tensor, Any]:
        shape = (self.together * self.batch_size, *self.format.drawn)
        if self.device.type != "cuda":
            return torch.empty(shape, dtype=torch.uint8), None
        with torch.cuda.device(self.device):  # a thread begins with GPU 0
            event: Any = torch.cuda.Event
            return torch.empty(shape, dtype=torch.uint8, pin_memory=True), event()

    def result(self, batch: int, images: int) -> torch.Tensor | None:
        """Where a batch is converted to, on a processor; None if what was drawn is what the loop receives."""
        if self._drawn_is_received:
            return None
        if not self._reuse:
            return self.format.empty(images, self.device, self._pool.empty(self.format.size(images)))
        if not self._results:
            self._results = [self.format.empty(self.batch_size, self.device) for _ in range(self._result_count)]
        found: torch.Tensor = self._results[batch % self._result_count][:images]
        return found
