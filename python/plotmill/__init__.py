"""Numeric series into chart images by the million, on any OpenCL device."""

from __future__ import annotations

from plotmill._render import render
from plotmill.batch import RenderBatch
from plotmill.dataset import Dataset
from plotmill.errors import (
    BusyError,
    CancelledError,
    DeviceError,
    Error,
    ExistingFileError,
    FileError,
    InputError,
    MissingFileError,
    OutOfMemoryError,
    UnsupportedError,
)
from plotmill.options import Option, options
from plotmill.renderer import Renderer, devices
from plotmill.stored import StoredDataset, open

__all__ = [
    "BusyError",
    "CancelledError",
    "Dataset",
    "DeviceError",
    "Error",
    "ExistingFileError",
    "FileError",
    "InputError",
    "MissingFileError",
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
