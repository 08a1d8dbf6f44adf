"""Integers beyond 2^53: those that a float64 equals are drawn, others are refused where they are values or labels."""
import h5py
import numpy as np

from harness import Skip, case, equal, main, refuses, render

SMALL = ["--size", "24x16", "--quiet"]
ODD = 2**53 + 1  # which no float64 equals
ADVICE = ["which no float64 equals", "integers up to 2^53", "convert them to float64", "subtract"]


def walk(kind, shape, at=None):
    """Integers beyond 2^53 that float64 has; with `at`, ODD there."""
    values = (np.arange(np.prod(shape)) * 2 % 50 + 2**53 + 2).astype(kind).reshape(shape)
    if at is not None:
        values[at] = ODD
    return values


def draws(folder, name, expected, *arguments):
    render(folder, name, *arguments, *SMALL, "--store-sequences", "-o", "o.h5", "--force")
    with h5py.File(folder / "o.h5") as file:
        found = file["sequences"][:]
    equal(found.ravel().astype(expected.dtype).tolist(), expected.ravel().tolist(), f"samples of {name}")


def rejects(folder, name, words, *arguments, value=ODD):
    refuses(folder, ["render", name, *arguments, *SMALL, "-o", "bad.h5"], [*words, f"found {value}, ", *ADVICE])


def save_hdf5(folder, name, values, **beside):
    with h5py.File(folder / name, "w") as file:
        file["x"] = values
        for key, more in beside.items():
            file[key] = more


@case("arrays of int64 and uint64, of each axis order and byte order: the place, the field and the value are named")
def _(folder):
    for kind, order in (("<i8", np.ascontiguousarray), (">u8", np.asfortranarray)):
        layouts = (("T", (90,), 57, "row 57", []), ("TF", (90, 3), (57, 1), "row 57, field 1", ["--column", 1]),
                   ("FT", (3, 90), (1, 57), "row 57, field 1", ["--column", 1]),
                   ("NT", (7, 30), (4, 9), "row 4, sample 9", []),
                   ("NTF", (7, 30, 3), (4, 9, 2), "row 4, sample 9, field 2", ["--column", 2]),
                   ("NFT", (7, 3, 30), (4, 2, 9), "row 4, sample 9, field 2", ["--column", 2]),
                   ("TN", (30, 7), (9, 4), "row 4, sample 9", []))
        for axes, shape, at, place, given in layouts:
            given = [*given, "--axes", axes, *(["--window", 90] if "N" not in axes else [])]
            for name, values in (("good", walk(kind, shape)), ("bad", walk(kind, shape, at))):
                np.save(folder / f"{name}.npy", order(values))
                save_hdf5(folder, f"in-{name}.h5", values)
            good = walk(kind, shape)
            good = good.take(int(given[1]), axes.index("F")) if "F" in axes else good
            good = good.T if axes == "TN" else good
            draws(folder, "good.npy", good, *given)
            rejects(folder, "bad.npy", [f"bad.npy, {place}"], *given)
            draws(folder, "in-good.h5", good, *given, "--dataset", "x")
            rejects(folder, "in-bad.h5", [f"in-bad.h5, {place}"], *given, "--dataset", "x")


@case("the largest and the smallest integers: -2^63 and 2^63 are values, 2^64 - 1 and 2^63 - 1 are refused")
def _(folder):
    for kind, good, bad in (("i8", -2**63, 2**63 - 1), ("i8", -2**53, -2**53 - 1), ("u8", 2**63, 2**64 - 1)):
        values = np.zeros(40, kind)
        values[33] = good
        np.save(folder / "a.npy", values)
        draws(folder, "a.npy", values.astype(float), "--window", 40)
        values[33] = bad
        np.save(folder / "a.npy", values)
        rejects(folder, "a.npy", ["a.npy, row 33"], "--window", 40, value=bad)
        save_hdf5(folder, "a.h5", values)
        rejects(folder, "a.h5", ["a.h5, row 33"], "--window", 40, "--dataset", "x", value=bad)


@case("records: the field of the chart; other fields may hold any integers; members of .npz")
def _(folder):
    records = np.zeros(60, [("id", "<i8"), ("high", ">u8"), ("low", "<i4")])
    records["id"], records["high"], records["low"] = ODD, walk("u8", 60), np.arange(60)
    np.save(folder / "a.npy", records)
    save_hdf5(folder, "a.h5", records)
    draws(folder, "a.npy", records["high"], "--column", "high", "--window", 60)
    draws(folder, "a.h5", records["high"], "--column", "high", "--window", 60, "--dataset", "x")
    records["high"][31] = ODD
    np.save(folder / "a.npy", records)
    np.savez(folder / "a.npz", x=records, y=walk("i8", 60, 5))
    save_hdf5(folder, "a.h5", records)
    for name, given in (("a.npy", []), ("a.npz", ["--member", "x"]), ("a.h5", ["--dataset", "x"])):
        rejects(folder, name, ["row 31, field 1 (high)"], "--column", "high", "--window", 20, *given)
    rejects(folder, "a.npz", ["row 5"], "--member", "y", "--window", 20)


@case("tables of pandas in HDF5, of the formats fixed and table")
def _(folder):
    try:
        import pandas
        import tables  # noqa: F401
    except ImportError as error:
        raise Skip(f"{error.name}: not installed") from None
    frame = pandas.DataFrame({"a": walk("i8", 60), "b": walk("i8", 60), "c": walk("u8", 60)})
    for form in ("fixed", "table"):
        if form == "table":
            frame = frame.drop(columns="c")
        frame.to_hdf(folder / "good.h5", key="x", format=form)
        draws(folder, "good.h5", frame.b.to_numpy(), "--dataset", "x", "--column", "b", "--window", 60)
        bad = frame.copy()
        bad.loc[44, "b"] = ODD
        bad.to_hdf(folder / "in.h5", key="x", format=form)
        draws(folder, "in.h5", frame.a.to_numpy(), "--dataset", "x", "--column", "a", "--window", 60)
        rejects(folder, "in.h5", ["in.h5, x, row 44, column b"], "--dataset", "x", "--column", "b", "--window", 60)


@case("labels that are numbers follow the same rule; groups and labels that are texts keep all digits")
def _(folder):
    records = np.zeros(60, [("v", "f8"), ("who", "i8"), ("nr", "i8")])
    records["v"], records["who"], records["nr"] = np.arange(60) % 7, ODD + np.arange(60) // 30, walk("i8", 60)
    np.save(folder / "a.npy", records)
    save_hdf5(folder, "a.h5", records)
    for name, given in (("a.npy", []), ("a.h5", ["--dataset", "x"])):
        job = [name, *given, "--column", "v", "--window", 10, *SMALL, "--group-by", "who"]
        render(folder, *job, "--label", "nr", "-o", "o.h5", "--force")
        with h5py.File(folder / "o.h5") as file:
            equal([text.decode() for text in file["groups"][:]], [str(ODD), str(ODD + 1)], "groups")
            equal(file["labels/nr"][:2].tolist(), [float(v) for v in records["nr"][9:11]], "labels")
        refuses(folder, ["render", *job, "--label", "who", "-o", "bad.h5"],
                ["row 0, column who", f"found {ODD}, ", *ADVICE])


@case("numbers in text and floats are the nearest float64")
def _(folder):
    (folder / "a.csv").write_text("x\n" + "".join(f"{ODD + i}\n" for i in range(40)))
    draws(folder, "a.csv", np.array([float(ODD + i) for i in range(40)]), "--column", "x", "--window", 40)
    values = np.array([float(ODD + i) for i in range(40)])
    np.save(folder / "a.npy", values)
    draws(folder, "a.npy", values, "--window", 40)


@case("an integer far inside a file is found, and time columns are no values")
def _(folder):
    values = walk("i8", 300_000, 299_990)
    np.save(folder / "a.npy", values)
    rejects(folder, "a.npy", ["a.npy, row 299990"], "--window", 300_000)
    save_hdf5(folder, "a.h5", values)
    rejects(folder, "a.h5", ["a.h5, row 299990"], "--window", 300_000, "--dataset", "x")
    records = np.zeros(50, [("time", "i8"), ("v", "f4")])
    records["time"], records["v"] = 1_700_000_000_000_000_001 + np.arange(50) * 10**9, np.arange(50)
    np.save(folder / "t.npy", records)
    render(folder, "t.npy", "--window", 10, *SMALL, "-o", "o.h5")
    with h5py.File(folder / "o.h5") as file:
        equal(file["timestamps"][0].tolist(), records["time"][[0, 9]].tolist(), "timestamps keep every ns")


main()
