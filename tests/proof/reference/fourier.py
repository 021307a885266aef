#!/usr/bin/python3
"""Transforms of long sequences as numpy has them. Writes fourier.json.

    apt-get install -y python3-numpy
    /usr/bin/python3 tests/proof/reference/fourier.py

Of each length n, x[j] = (a[2j] + i·a[2j + 1]) with a[k] = ((7k² + 3k) mod 101)/128 - 0.375, which every language makes
alike: some numbers of fft(x), the sum of the squares of all, and the same of rfft(a[:n]).
"""
import json, pathlib
import numpy as np

LENGTHS = [1, 2, 3, 16, 97, 120, 1009, 4096, 44100, 65536, 99991, 100000, 131072]


def some(values):
    at = sorted({int(len(values) * share) for share in (0, 0.1, 0.25, 0.4, 0.5, 0.77)} | {len(values) - 1})
    return {"at": at, "re": [float(values[i].real) for i in at], "im": [float(values[i].imag) for i in at],
            "energy": float(np.sum(np.abs(values) ** 2))}


rows = []
for n in LENGTHS:
    k = np.arange(2 * n, dtype=np.int64)
    a = ((7 * k * k + 3 * k) % 101) / 128 - 0.375
    rows.append({"n": n, "fft": some(np.fft.fft(a[0::2] + 1j * a[1::2])), "rfft": some(np.fft.rfft(a[:n]))})
path = pathlib.Path(__file__).parent / "fourier.json"
path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
