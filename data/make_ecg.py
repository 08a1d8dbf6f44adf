#!/usr/bin/python3
"""Makes ecg.npy, an electrocardiogram as int16 ADC units, from the copy that SciPy ships.

    make_ecg.py [ECG_DAT] [-o ecg.npy]

ECG_DAT is SciPy's scipy/misc/ecg.dat (Debian 12: package python3-scipy); newer SciPy fetches it through
scipy.datasets.electrocardiogram(). README.md tells where the recording comes from and under which licence.
"""
import argparse
import hashlib
import pathlib

import numpy

SHIPPED = "/usr/lib/python3/dist-packages/scipy/misc/ecg.dat"
SAMPLES = 108000
SHA256 = "45cbec844577d9c7e2117b2011a5d524ab6dd49d93c29f5f5aea690772681b8f"  # of the samples as little-endian int16


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ecg_dat", nargs="?", default=SHIPPED)
    parser.add_argument("-o", "--output", default=pathlib.Path(__file__).with_name("ecg.npy"))
    arguments = parser.parse_args()

    with numpy.load(arguments.ecg_dat) as archive:
        samples = archive["ecg"].astype("<i2")
    digest = hashlib.sha256(samples.tobytes()).hexdigest()
    if samples.shape != (SAMPLES,) or digest != SHA256:
        raise SystemExit(f"{arguments.ecg_dat}: not the expected recording (shape {samples.shape}, sha256 {digest})")
    numpy.save(arguments.output, samples)
    print(f"{arguments.output}: {samples.size} samples, {samples.min()}..{samples.max()}")


if __name__ == "__main__":
    main()
