#!/usr/bin/python3
"""Windows of PyTorch's, symmetric and of a period. Writes windows.json: rows of [name, count, symmetric, beta, elements].
Kaiser's are by mpmath: PyTorch's are up to 9 units of the last place off.

    apt-get install -y python3-mpmath python3-torch
    /usr/bin/python3 tests/proof/reference/windows.py
"""
import json, pathlib
import mpmath as m
import torch

m.mp.dps = 40


def kaiser(n, beta, symmetric):
    steps = n if n > 1 and not symmetric else n - 1
    at = lambda i: m.mpf(2 * i) / steps - 1 if steps > 0 else m.mpf(0)
    return [float(m.besseli(0, beta * m.sqrt(1 - at(i) ** 2)) / m.besseli(0, beta)) for i in range(n)]


MAKERS = {"bartlett": torch.bartlett_window, "blackman": torch.blackman_window, "hann": torch.hann_window,
          "hamming": torch.hamming_window}
rows = []
for n in (0, 1, 2, 7, 8):
    for symmetric in (True, False):
        options = dict(periodic=not symmetric, dtype=torch.float64)
        for name, make in MAKERS.items(): rows.append([name, n, symmetric, None, make(n, **options).tolist()])
        for beta in (12.0, 0.5): rows.append(["kaiser", n, symmetric, beta, kaiser(n, beta, symmetric)])
path = pathlib.Path(__file__).parent / "windows.json"
path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
