"""Compares images of random walks with docs/definition.md: distances to the polyline, in float64.

Independent of plotmill and of tests/cli/judge.py, which handles few images of any kind. This module handles many images
of one kind, and examines only pixels that the line can reach.
"""
import numpy as np

from peers_draw import HEIGHT, INK, LINE_WIDTH, PAPER, WIDTH

TOLERANCE = 1 / 64  # px, of the distance to a pixel's centre
PLACES = 987  # points per pixel; as a Fibonacci lattice they find the area next to an edge within about 1/1000
REACH = LINE_WIDTH / 2 + np.sqrt(0.5)  # px from the line; pixels beyond do not touch the stroke


def lattice():
    """(2, PLACES) offsets from the pixel's centre."""
    i = np.arange(PLACES)
    return np.array([(i + 0.5) / PLACES, (i * 610 / PLACES + 0.5 / PLACES) % 1]) - 0.5


def near(start, end):
    """Rows and columns of the pixels around a segment, and their centres relative to it: along and across."""
    low = np.maximum(np.ceil(np.minimum(start, end) - REACH), 0).astype(int)
    high = np.minimum(np.floor(np.maximum(start, end) + REACH), [WIDTH - 1, HEIGHT - 1]).astype(int)
    columns, rows = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
    x, y = columns - start[0], rows - start[1]
    length = np.hypot(*(end - start))
    ux, uy = (end - start) / length
    return rows, columns, x * ux + y * uy, y * ux - x * uy, (ux, uy, length)


def squared_distance(along, across, length):
    beyond = along - np.clip(along, 0, length)
    return beyond * beyond + across * across


class Reference:
    """The definition applied to one polyline (T, 2)."""

    def __init__(self, line, areas):
        self.segments = [near(a, b) for a, b in zip(line, line[1:])]  # x grows, so that none is a point
        squared = np.full((HEIGHT, WIDTH), np.inf)
        for rows, columns, along, across, (_, _, length) in self.segments:
            block = squared[rows[0, 0]:rows[-1, 0] + 1, columns[0, 0]:columns[0, -1] + 1]
            np.minimum(block, squared_distance(along, across, length), out=block)
        self.distance = np.sqrt(squared)
        if areas:
            self.find_areas()

    def find_areas(self):
        """(P,) share of each pixel's square that the stroke covers, for the pixels that its edge may cross."""
        candidates = np.abs(self.distance - LINE_WIDTH / 2) < np.sqrt(0.5)
        index = np.cumsum(candidates).reshape(HEIGHT, WIDTH) - 1
        inside = np.zeros((candidates.sum(), PLACES), bool)
        dx, dy = lattice()
        for rows, columns, along, across, (ux, uy, length) in self.segments:
            chosen = candidates[rows, columns] & (squared_distance(along, across, length) < REACH ** 2)
            squared = squared_distance(along[chosen][:, None] + (dx * ux + dy * uy),
                                       across[chosen][:, None] + (dy * ux - dx * uy), length)
            inside[index[rows[chosen], columns[chosen]]] |= squared <= (LINE_WIDTH / 2) ** 2
        area = np.where(self.distance < LINE_WIDTH / 2, 1.0, 0.0)
        area[candidates] = inside.mean(1)
        self.value = PAPER + (INK - PAPER) * area
        self.partly = (area > 0) & (area < 1)

    def wrong(self, image):
        """For an image without antialiasing: the number of wrong pixels, those within the tolerance excepted."""
        ink = image == INK
        must, may = self.distance <= LINE_WIDTH / 2 - TOLERANCE, self.distance <= LINE_WIDTH / 2 + TOLERANCE
        return int(((must & ~ink) | ((image != PAPER) & ~may)).sum())

    def errors(self, image):
        """For an antialiased image: the errors of partly covered pixels, and the number of wrong other pixels."""
        error = image - self.value
        return error[self.partly], int((np.abs(error[~self.partly]) > 1).sum())
