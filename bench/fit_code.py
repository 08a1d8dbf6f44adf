#!/usr/bin/python3
"""Measures the streams that plotmill makes, and prints the rows of code_weights in src/render/code.c.

    /usr/bin/python3 bench/fit_code.py [--plotmill FILE] [--images N]

Renders N random walks (100 samples, 800x500, line 3 px), as HDF5 and as PNG, without and with antialiasing, reads the
finished streams from the files, counts their symbols (RFC 1951) and prints the mean size of each kind, then
the weights. Needs Debian's python3-numpy and python3-h5py.
"""
import argparse
import collections
import pathlib
import struct
import subprocess
import tempfile

import h5py
import numpy as np

LENGTH_EXTRA = [0] * 8 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4 + [0]
DISTANCE_EXTRA = [0, 0, 0, 0] + [i // 2 - 1 for i in range(4, 30)]
ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]


def canonical(lengths):
    """(length, code) -> symbol."""
    count, code, following = collections.Counter(filter(None, lengths)), 0, {}
    for bits in range(1, 16):
        code = (code + (count[bits - 1] if bits > 1 else 0)) << 1
        following[bits] = code
    table = {}
    for symbol, length in enumerate(lengths):
        if length:
            table[length, following[length]] = symbol
            following[length] += 1
    return table


class Bits:
    def __init__(self, data):
        self.value, self.at = int.from_bytes(data, "little"), 0

    def take(self, count):
        found = (self.value >> self.at) & ((1 << count) - 1)
        self.at += count
        return found

    def symbol(self, table):
        length = code = 0
        while (length, code) not in table:
            length, code = length + 1, code << 1 | self.take(1)
        return table[length, code]


def read_tables(bits):
    literals, distances, count = bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4
    lengths = [0] * 19
    for i in range(count):
        lengths[ORDER[i]] = bits.take(3)
    table, found = canonical(lengths), []
    while len(found) < literals + distances:
        symbol = bits.symbol(table)
        if symbol < 16:
            found.append(symbol)
        elif symbol == 16:
            found += found[-1:] * (3 + bits.take(2))
        else:
            found += [0] * (3 + bits.take(3) if symbol == 17 else 11 + bits.take(7))
    return canonical(found[:literals]), canonical(found[literals:])


def count_symbols(stream, counts):
    """Adds the literals and lengths of a stream of one dynamic block to counts."""
    bits = Bits(stream[2:])
    if bits.take(3) != 0b101:
        return  # made by the host
    literals, distances = read_tables(bits)
    while (symbol := bits.symbol(literals)) != 256:
        counts[symbol] += 1
        if symbol > 256:
            bits.take(LENGTH_EXTRA[symbol - 257])
            bits.take(DISTANCE_EXTRA[bits.symbol(distances)])


def png_stream(path):
    data, at, stream = path.read_bytes(), 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        stream += data[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    return stream


def render(command, folder, png, antialias):
    output = folder / f"{'png' if png else 'h5'}{antialias}{'' if png else '.h5'}"
    subprocess.run([command, "render", folder / "walks.npy", "--axes", "NT", "-o", output, "--quiet"] +
                   ["--format", "png"] * png + ["--antialias"] * antialias, check=True)
    if png:
        return [png_stream(path) for path in sorted(output.glob("*.png"))]
    with h5py.File(output) as file:
        images = file["images"]
        return [images.id.read_direct_chunk((i, 0, 0))[1] for i in range(len(images))]


def weights(streams, png, antialias):
    counts = collections.Counter()
    for stream in streams[:60]:
        count_symbols(stream, counts)
    scale = 10 / min(len(streams), 60)
    blank, ink = (counts[0], (counts[1] + counts[255]) / 2) if png else (counts[255], counts[0])
    named = {0, 1, 2, 255} if png else {0, 255}
    partial = sum(n for symbol, n in counts.items() if symbol < 256 and symbol not in named) / 253 if antialias else 0
    lengths = ", ".join(str(max(1, round(counts[257 + i] * scale))) for i in range(29))
    first = [round(blank * scale), max(1, round(ink * scale)), round(partial * scale), 5000 if png else 0]
    return "{" + ", ".join(map(str, first)) + ", {" + lengths + "}}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plotmill", default="build/tools/plotmill")
    parser.add_argument("--images", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        steps = np.random.default_rng(1).normal(size=(arguments.images, 100))
        np.save(folder / "walks.npy", steps.cumsum(axis=1))
        for png in (0, 1):
            for antialias in (0, 1):
                streams = render(arguments.plotmill, folder, png, antialias)
                print(f"// {'PNG' if png else 'HDF5'}{', antialiased' * antialias}: mean "
                      f"{np.mean([len(s) for s in streams]):.0f} bytes")
                print(weights(streams, png, antialias) + ",", flush=True)


main()
