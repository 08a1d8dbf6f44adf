"""The rows of bench/peers: the jobs of plotmill, the peers, and the required and desired ratios."""
import collections

import peers_bars as bars
import peers_draw as draw

WINDOWS = 85_887

# Jobs of plotmill. `images` None: as many as --seconds allow. `chart`: one of peers_bars.CHARTS; None: a line.
Job = collections.namedtuple("Job", "text format series clock images output arguments chart", defaults=[None])
JOBS = {
    "memory": Job("to memory", "null", "walks", "inside", None, "null:", ()),
    "memory, antialiased": Job("to memory, antialiased", "null", "walks", "inside", None, "null:", ("--antialias",)),
    "hdf5": Job("windows to gzip HDF5", "HDF5", "windows", "command", WINDOWS, "a.h5", ()),
    "hdf5, antialiased": Job("windows to gzip HDF5, antialiased", "HDF5", "windows", "command", 10_000, "a.h5",
                             ("--antialias",)),
    "png": Job("PNG files", "PNG", "walks", "command", 20_000, "png", ("--format", "png")),
    "png, antialiased": Job("PNG files, antialiased", "PNG", "walks", "command", 5_000, "png",
                            ("--format", "png", "--antialias")),
    "jpeg": Job("JPEG files, quality 90", "JPEG", "walks", "command", 20_000, "jpeg",
                ("--format", "jpeg", "--quality", "90")),
    "npy": Job("raw .npy", "NPY", "walks", "command", 4_000, "a.npy", ()),
    "tar": Job("PNG in .tar", "tar", "walks", "command", 20_000, "a.tar", ()),
    "bars": Job("bars to memory", "bars", "bars", "inside", None, "null:", (), "bars"),
    "candles": Job("candles to memory", "candles", "bars", "inside", None, "null:", (), "candles"),
}

# How the peers draw: required modules, the drawer and its arguments, and whether the result is antialiased. None: it is
# not a line, which the definition's judge knows alone.
Drawer = collections.namedtuple("Drawer", "needs function arguments antialias")
DRAWERS = {
    "OpenCV LINE_8": Drawer(("cv2",), draw.opencv, (False,), False),
    "OpenCV LINE_AA": Drawer(("cv2",), draw.opencv, (True,), True),
    "OpenCV LINE_8, thickness 2": Drawer(("cv2",), draw.opencv, (False, 2), False),
    "OpenCV LINE_AA, thickness 2": Drawer(("cv2",), draw.opencv, (True, 2), True),
    "Pillow": Drawer(("PIL",), draw.pillow, (), False),
    "NumPy, batches": Drawer((), draw.numpy_style, (), False),
    "Cairo": Drawer(("cairo",), draw.cairo, ("DEFAULT",), True),
    "Cairo, ANTIALIAS_FAST": Drawer(("cairo",), draw.cairo, ("FAST",), True),
    "matplotlib": Drawer(("matplotlib",), draw.matplotlib, (False, False), False),
    "matplotlib, figure reused": Drawer(("matplotlib",), draw.matplotlib, (False, True), False),
    "matplotlib, antialiased": Drawer(("matplotlib",), draw.matplotlib, (True, False), True),
    "NumPy, bars": Drawer((), bars.numpy_bars, (), None),
    "mplfinance": Drawer(("mplfinance",), bars.mplfinance, ("figures",), None),
    "mplfinance, axes cleared": Drawer(("mplfinance",), bars.mplfinance, ("axes",), None),
    "mplfinance, collections reused": Drawer(("mplfinance",), bars.mplfinance, ("collections",), None),
}

# The table: number, plotmill's job, the peer's label, drawer and storer, the required and the desired ratio.
Row = collections.namedtuple("Row", "number job label drawer needs store arguments needed aim")


def row(number, job, label, drawer, store=draw.to_memory, arguments=(), needed=None, aim=None, needs=()):
    return Row(number, job, label, drawer, (DRAWERS[drawer].needs if drawer else ()) + needs, store, arguments,
               needed, aim)


ROWS = [
    row(1, "memory", "OpenCV LINE_8", "OpenCV LINE_8", needed=2.2, aim=3),
    row(1, "memory", "OpenCV LINE_8, thickness 2 (see below)", "OpenCV LINE_8, thickness 2"),
    row(1, "memory", "Pillow ImageDraw.line", "Pillow"),
    row(1, "memory", "NumPy, 16 points per segment, 3x3 stamps", "NumPy, batches"),
    row(2, "memory, antialiased", "OpenCV LINE_AA", "OpenCV LINE_AA", needed=2, aim=3),
    row(2, "memory, antialiased", "OpenCV LINE_AA, thickness 2 (see below)", "OpenCV LINE_AA, thickness 2"),
    row(3, "memory, antialiased", "Cairo", "Cairo", needed=12, aim=20),
    row(3, "memory, antialiased", "Cairo, ANTIALIAS_FAST", "Cairo, ANTIALIAS_FAST"),
    row(4, "memory", "matplotlib, a figure per image", "matplotlib", needed=200, aim=300),
    row(4, "memory", "matplotlib, figure reused", "matplotlib, figure reused"),
    row(4, "memory, antialiased", "matplotlib, a figure per image", "matplotlib, antialiased"),
    row(5, "hdf5", "OpenCV + h5py gzip 4, its default", "OpenCV LINE_8", draw.to_hdf5, (4,), 15, 25, ("h5py",)),
    row(5, "hdf5", "OpenCV + h5py gzip 1", "OpenCV LINE_8", draw.to_hdf5, (1,), needs=("h5py",)),
    row(5, "hdf5, antialiased", "OpenCV + h5py gzip 4", "OpenCV LINE_AA", draw.to_hdf5, (4,), needs=("h5py",)),
    row(6, "png", "OpenCV imwrite", "OpenCV LINE_8", draw.to_files, (".png",), 6, 10),
    row(6, "png", "OpenCV imwrite, compression level 1", "OpenCV LINE_8", draw.to_files,
        (".png", "IMWRITE_PNG_COMPRESSION", 1)),
    row(6, "png, antialiased", "OpenCV imwrite", "OpenCV LINE_AA", draw.to_files, (".png",)),
    row(7, "png", "matplotlib savefig", None, draw.to_savefig, (), 150, 250, ("matplotlib",)),
    row(8, "jpeg", "OpenCV imwrite", "OpenCV LINE_8", draw.to_files, (".jpg", "IMWRITE_JPEG_QUALITY", 90), 1.1, 3),
    row(10, "npy", "OpenCV + np.memmap", "OpenCV LINE_8", draw.to_npy),
    row(11, "tar", "OpenCV imencode + tarfile", "OpenCV LINE_8", draw.to_tar),
    row(12, "candles", "mplfinance, a figure per image", "mplfinance"),
    row(12, "candles", "mplfinance, its axes cleared", "mplfinance, axes cleared"),
    row(12, "candles", "mplfinance, its collections reused", "mplfinance, collections reused"),
    row(13, "bars", "NumPy, a batch at once", "NumPy, bars"),
]
