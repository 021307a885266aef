#!/usr/bin/python3
"""Bessel functions and their slopes next to zeros, by mpmath. Writes bessel_zeros.json.

    /usr/bin/python3 tests/proof/reference/bessel_zeros.py

Holds, for each function and dtype, rows of [x, value]: at the number next to a zero, at its neighbours and farther off.
"""
import math, pathlib, struct

import mpmath as m

from encode import number, write

m.mp.dps = 50
FIRST = {"j0": 2.4048255, "j1": 3.8317059, "y0": 0.8935769, "y1": 2.1971413, "j1Slope": 1.8411837, "y1Slope": 3.6830228}
COUNTS = [*range(5), 7, 8, 23, 24, 99, 20000]


def value(name, x):
    of = m.besselj if name[0] == "j" else m.bessely
    if name.endswith("Slope"): return of(0, x) - of(1, x) / x
    return of(int(name[1]), x)


def zero(name, near):
    z = m.mpf(near)
    for _ in range(9):
        h = m.mpf(10) ** -12
        z -= value(name, z) * 2 * h / (value(name, z + h) - value(name, z - h))
    return z


def single(x): return struct.unpack("f", struct.pack("f", x))[0]


def after(x, steps):
    for _ in range(abs(steps)): x = math.nextafter(x, math.copysign(math.inf, steps))
    return x


def rows(name):
    z, found = FIRST[name], {"f64": [], "f32": []}
    for k in range(COUNTS[-1] + 1):
        if k not in COUNTS: continue
        near = z if k == 0 else float(z) + math.pi * (k - last)
        z, last = zero(name, near), k
        x = float(z)
        found["f64"] += [after(x, steps) for steps in (-2, -1, 0, 1)] + [x + d for d in (1e-9, -1e-4, -0.01, 0.1, -0.3, 0.45)]
        found["f32"] += [single(v) for v in (x, x * (1 + 1e-6), x - 0.01, x + 0.2)]
    return {dtype: [[number(x, dtype), number(float(value(name, m.mpf(x))))] for x in xs] for dtype, xs in found.items()}


write(pathlib.Path(__file__).with_suffix(".json"), {name: rows(name) for name in FIRST})
