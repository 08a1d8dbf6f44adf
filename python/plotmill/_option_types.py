"""The types of keyword arguments. Written by scripts/option-types from the table of options."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypedDict, Union

import numpy as np

Chart = Union[str, "os.PathLike[str]", Mapping[str, Any]]
Time = Union[str, date, np.datetime64]
Dtype = Union[
    Literal["u8", "f32", "f16", "bits", "uint8", "float32", "float16"], type[np.uint8], type[np.floating[Any]]
]


class PixelOptions(TypedDict, total=False):
    """How pixels are returned or stored."""

    dtype: Dtype | None
    layout: Literal["auto", "NHW", "NCHW", "NHWC"] | None
    channels: Literal["auto", "1", "3", "layer", 1, 3] | None
    quality: int | None


class DrawOptions(PixelOptions, total=False):
    """Of calls that draw arrays."""

    column: str | int | None
    columns: str | Sequence[str | int] | Mapping[str, str | int] | None
    axes: str | None
    from_: Time | None
    to: Time | None
    group_by: str | int | None
    time: str | int | Sequence[str | int] | None
    limit: int | None
    size: str | Sequence[int] | None
    line_width: float | str | None
    antialias: bool | None
    margin: float | None
    background: int | str | Sequence[int] | None
    foreground: int | str | Sequence[int] | None
    range: str | Sequence[float] | None
    missing: Literal["gap", "bridge", "error"] | None
    dpi: float | None
    chart: Chart | None
    ma: str | int | Sequence[int] | None
    device: str | int | Sequence[str | int] | None
    no_cache: bool | None
    batch: int | Literal["auto"] | None
    jobs: int | Literal["auto"] | None
    fallback: bool | None
    no_fallback: bool | None


class SaveOptions(PixelOptions, total=False):
    """Of calls that write files."""

    format: Literal["hdf5", "npy", "npz", "raw", "jkx", "tar", "png", "jpeg"] | None
    compress: Literal["deflate", "none"] | None
    chunk_images: int | None
    images_per_file: int | None
    folders: Literal["none", "split", "label", "split/label"] | None
    resume: bool | None
    shard: str | Sequence[int] | None
    store_sequences: bool | None
    force: bool | None
    skip_existing: bool | None


class JobOptions(DrawOptions, total=False):
    """Of data sets: all options."""

    dataset: str | None
    member: str | None
    rows: Literal["samples", "sequences"] | None
    label_column: str | int | None
    order: Literal["auto", "time", "file"] | None
    break_at_gaps: float | bool | None
    header: str | int | None
    skip: str | int | None
    comment: str | None
    separator: str | None
    decimal: str | None
    thousands: str | None
    missing_values: str | Sequence[str] | None
    units: Literal["auto", "none"] | None
    encoding: str | None
    time_format: str | None
    bad_rows: Literal["error", "skip"] | None
    window: int | None
    stride: int | None
    label: str | Sequence[str] | Mapping[str, str] | None
    label_field: str | int | None
    drop_unlabelled: bool | None
    split: str | Sequence[float] | None
    split_at: str | Sequence[Time] | None
    split_by: str | None
    shuffle: str | int | None
    format: Literal["hdf5", "npy", "npz", "raw", "jkx", "tar", "png", "jpeg"] | None
    compress: Literal["deflate", "none"] | None
    chunk_images: int | None
    images_per_file: int | None
    folders: Literal["none", "split", "label", "split/label"] | None
    resume: bool | None
    shard: str | Sequence[int] | None
    store_sequences: bool | None
    force: bool | None
    skip_existing: bool | None
    dry_run: bool | None
