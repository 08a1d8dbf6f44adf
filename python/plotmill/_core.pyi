from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[dict[str, Any]], object]

# Name; values (None: of a table, nothing needs them); the texts that they are indices of (None: they are numbers);
# ns of a unit of times since 1970 (0: they are no times).
Side = tuple[str, NDArray[Any] | None, Sequence[str | bytes] | None, int]

TYPES: dict[str, int]

def version() -> int: ...
def describe_options() -> str: ...

class Handle:
    def __init__(self, log: Callable[[int, str], object] | None = None) -> None: ...
    def devices(self) -> str: ...
    def doctor(self) -> str: ...
    def link(self, path: str | bytes, force: bool = False) -> str: ...
    def options(
        self, values: Mapping[str, str], document: str | None = None, name: str = "options"
    ) -> Options: ...
    def open_source(self, paths: Sequence[str | bytes] | None, options: Options) -> Source: ...
    def array_source(
        self,
        array: NDArray[Any],
        axes: str,
        options: Options,
        fields: Sequence[str] | None = None,
        times: NDArray[np.int64] | None = None,
        groups: NDArray[np.uint32] | None = None,
        group_names: Sequence[str | bytes] | None = None,
        sides: Sequence[Side] = (),
    ) -> Source: ...
    def table_source(
        self, columns: Sequence[Side], rows: int, options: Options, name: str | None = None
    ) -> Source: ...
    def renderer(self, options: Options) -> Renderer: ...
    def reader(self, path: str | bytes) -> Reader: ...
    def windows(self, options: Options, source: Source | None = None) -> Reader: ...
    def run(self, options: Options, source: Source | None = None, progress: Progress | None = None) -> str: ...
    def sheet(
        self, path: str | bytes, pixels: NDArray[np.uint8], columns: int = 0, max_tile: int = 0
    ) -> None: ...

class Options:
    values: dict[str, str]
    document: str | None
    def get(self, name: str) -> str | None: ...
    def print(self) -> str: ...

class Source:
    def describe(self) -> str: ...

class Renderer:
    def load(self, source: Source) -> None: ...
    def describe(self) -> str: ...
    def bound(self, encoding: int = 0) -> int: ...
    def render(
        self,
        out: NDArray[Any],
        count: int,
        starts: NDArray[np.uint64] | None = None,
        first: int = 0,
        encoding: int = 0,
        line_widths: NDArray[np.float64] | None = None,
        sizes: NDArray[np.uint64] | None = None,
        y_range: NDArray[np.float64] | None = None,
        progress: Progress | None = None,
    ) -> None: ...

class Reader:
    def describe(self) -> str: ...
    def read(
        self,
        indices: NDArray[np.uint64],
        pixels: NDArray[np.uint8] | None,
        window_start: NDArray[np.int64] | None = None,
        y_range: NDArray[np.float64] | None = None,
    ) -> None: ...
    def column(self, name: str, indices: NDArray[np.uint64], out: NDArray[Any]) -> None: ...
