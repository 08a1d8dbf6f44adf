"""The definition of an image by distances, in float64. Independent of the kernels and of src/oracle."""
import numpy as np

from harness import check

SLACK = 1 / 64
FINE = 16  # rows per pixel when searching for the ends of a hull


def vertices(values, width, height, margin=0.0, limits=None):
    """(T,) x and y; y is NaN where the sample is missing."""
    values = np.where(np.isfinite(values), values, np.nan)
    present = values[~np.isnan(values)]
    lo, hi = limits or (present.min(), present.max())
    u = np.full(values.shape, 0.5) if lo == hi else np.clip((values - lo) / (hi - lo), 0, 1)
    u[np.isnan(values)] = np.nan
    x = margin + np.arange(len(values)) * ((width - 1 - 2 * margin) / (len(values) - 1))
    return x, margin + (1 - u) * (height - 1 - 2 * margin)


def segments(x, y, bridge):
    """(4, S) x0, y0, x1, y1 of the line's segments; an isolated sample is a segment of length 0."""
    if bridge:
        keep = ~np.isnan(y)
        x, y = x[keep], y[keep]
    ends = []
    present = ~np.isnan(y)
    for i in np.flatnonzero(present):
        if i + 1 < len(y) and present[i + 1]:
            ends.append((x[i], y[i], x[i + 1], y[i + 1]))
        elif i == 0 or not present[i - 1]:
            ends.append((x[i], y[i], x[i], y[i]))
    return np.array(ends).T


def distances(px, py, ends):
    """The distance of each point (P,) to the nearest segment."""
    nearest = np.full(px.shape, np.inf)
    for x0, y0, x1, y1 in ends.T:
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy
        along = ((px - x0) * dx + (py - y0) * dy) / length if length > 0 else np.zeros_like(px)
        along = np.clip(along, 0, 1)
        np.minimum(nearest, np.hypot(px - x0 - along * dx, py - y0 - along * dy), out=nearest)
    return nearest


def hull(inside):
    """Fills a set (rows, columns) between its first and last row in each column."""
    return np.logical_or.accumulate(inside, 0) & np.logical_or.accumulate(inside[::-1], 0)[::-1]


def must_and_may(values, width, height, line_width=3.0, margin=0.0, limits=None, bridge=False):
    """Two (H, W) sets: the pixels that must be ink, and those that may be."""
    x, y = vertices(values, width, height, margin, limits)
    ends = segments(x, y, bridge)
    columns, rows = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))
    distance = distances(columns, rows, ends)
    must, may = distance <= line_width / 2 - SLACK, distance <= line_width / 2 + SLACK
    if np.isnan(y).any() and not bridge:  # several runs: the hull of their strokes, which may end between rows
        columns, fine = np.meshgrid(np.arange(width, dtype=float), np.arange(height * FINE + 1) / FINE - 0.5)
        between = hull(distances(columns, fine, ends) <= line_width / 2 + SLACK)
        must, may = hull(must), may | between[FINE // 2::FINE][:height]
    return must, may


def agrees(image, values, what, background=255, foreground=0, **chart):
    """Fails unless the image conforms to the definition for these samples."""
    check(np.isin(image, [background, foreground]).all(), f"{what}: neither ink nor background: {np.unique(image)}")
    ink = image == foreground
    must, may = must_and_may(np.asarray(values, dtype=np.float64), image.shape[1], image.shape[0], **chart)
    check(must.any(), f"{what}: no ink is expected")
    missed, stray = np.argwhere(must & ~ink), np.argwhere(ink & ~may)
    check(len(missed) == 0, f"{what}: {len(missed)} pixels lack ink, such as row, column {missed[:1].tolist()}")
    check(len(stray) == 0, f"{what}: {len(stray)} pixels have ink, such as row, column {stray[:1].tolist()}")


def coverage(values, width, height, points=24, line_width=3.0, **chart):
    """(H, W) share of each pixel that the stroke covers, sampled at points x points places."""
    x, y = vertices(np.asarray(values, dtype=np.float64), width, height, **chart)
    offsets = (np.arange(points) + 0.5) / points - 0.5
    px = (np.arange(width)[:, None] + offsets).ravel()
    py = (np.arange(height)[:, None] + offsets).ravel()
    columns, rows = np.meshgrid(px, py)
    inside = distances(columns, rows, segments(x, y, False)) <= line_width / 2
    return inside.reshape(height, points, width, points).mean(axis=(1, 3))
