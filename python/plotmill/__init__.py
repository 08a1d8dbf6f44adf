"""Numeric series into chart images by the million, on any OpenCL device."""

from __future__ import annotations

from plotmill.batch import RenderBatch
from plotmill.dataset import Dataset
from plotmill.errors import (
    BusyError,
    CancelledError,
    DeviceError,
    Error,
    FileError,
    InputError,
    OutOfMemoryError,
    UnsupportedError,
)
from plotmill.options import Option, options
from plotmill.renderer import Renderer, devices, render
from plotmill.stored import StoredDataset, open

__all__ = [
    "BusyError",
    "CancelledError",
    "Dataset",
    "DeviceError",
    "Error",
    "FileError",
    "InputError",
    "Option",
    "OutOfMemoryError",
    "RenderBatch",
    "Renderer",
    "StoredDataset",
    "UnsupportedError",
    "devices",
    "open",
    "options",
    "render",
]
