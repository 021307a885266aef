#!/usr/bin/python3
"""References for special_test.ts: mpmath at 60 digits rounded to f64, and PyTorch at the edges.

    apt-get install -y python3-mpmath python3-torch
    /usr/bin/python3 tests/core/expr/special_values.py > tests/core/expr/special_values.json
"""
import math, random

import mpmath as m
import torch

m.mp.dps = 60
SAMPLES = 40  # for each range of a function
INF, NAN = math.inf, math.nan
draw = random.Random(2)


def even(low, high):
    return [draw.uniform(low, high) for _ in range(SAMPLES)]


def log(low, high):
    return [math.exp(draw.uniform(math.log(low), math.log(high))) for _ in range(SAMPLES)]


def negated(xs):
    return [-x for x in xs]


def seam(*xs):
    """Both neighbours of the points where one approximation takes over from another."""
    return [v for x in xs for v in (math.nextafter(x, -INF), x, math.nextafter(x, INF))]


ZERO = float(m.findroot(m.digamma, 1.46))

POINTS = {
    "erf": even(-1, 1) + even(1, 6) + log(1e-310, 1) + seam(-1, 1, 6),
    "erfc": even(-2, 1) + even(1, 27) + even(26.4, 27.22) + seam(-1, 0.25, 1) + [-6, -1e-20, 1e-20, 27.226, 27.23, 27.3],
    "erfinv": even(-1, 1) + log(1e-310, 1) + [1 - x for x in log(2e-16, 0.25)] + seam(-0.75, 0.75) + [1 - 2**-53],
    "lgamma": even(0, 3) + even(3, 20) + log(1e-310, 1) + log(1, 1e305) + even(-9, 0) + negated(log(1e-310, 200))
    + [c + x for c in (1, 2) for x in (1e-15, 1e-9, -1e-12, -1e-5)] + seam(0.8, 3),
    "digamma": even(0, 3) + even(3, 20) + log(1e-300, 1) + log(1, 1e300) + even(-9, 0) + negated(log(1e-300, 200))
    + [ZERO + x for x in (0, 1e-15, -1e-12, 1e-7)] + seam(1, 3),
}
ORDERS = [1, 2, 3, 4, 5, 8, 12, 20]
EXACT = {
    "erf": m.erf,
    "erfc": m.erfc,
    "erfinv": m.erfinv,
    "lgamma": lambda x: m.re(m.loggamma(x)),
    "digamma": m.digamma,
}

ENDS = [0.0, -0.0, INF, -INF, NAN, 5e-324, -5e-324, -1e300]
HALVES = [0.3, 0.49999999999999994, 0.5, 1.0, 1.5, 2.5, 2**52 - 0.5, 2.0**53 + 2]
EDGES = {
    "erf": (torch.erf, ENDS + [1e300]),
    "erfc": (torch.erfc, ENDS + [1e300]),
    "erfinv": (torch.erfinv, ENDS + [1, -1, 1.0000000000000002, -2]),
    "roundHalfEven": (torch.round, ENDS + HALVES + negated(HALVES)),
    "lgamma": (torch.lgamma, ENDS + [1, 2, -1, -2, 1e306]),
    "digamma": (torch.digamma, ENDS + [-1, -2]),
}
# PyTorch has noise for the poles of the first derivative, and NaN for the others at Infinity.
POLES = [0.0, -0.0, NAN] + [-1, -2, -1e300, -INF]
POLYGAMMA_EDGES = [(n, x) for n in (1, 2, 3) for x in (POLES if n > 1 else POLES[:3])]
POLYGAMMA_EDGES += [(1, INF), (1, -5e-324), (2, -5e-324), (2, 1e300), (3, -5e-324), (3, 5e-324)]


def number(v):
    if math.isnan(v): return '"NaN"'
    if math.isinf(v): return '"Infinity"' if v > 0 else '"-Infinity"'
    if v == 0: return '"-0"' if math.copysign(1, v) < 0 else "0"
    return repr(v)


def rows(name, values):
    lines = ",\n".join("    [" + ", ".join(map(number, row)) + "]" for row in values)
    return f'  "{name}": [\n{lines}\n  ]'


def exact():
    for name, points in POINTS.items():
        yield rows(name, [(x, float(EXACT[name](m.mpf(x)))) for x in map(float, points)])
    points = [(n, x) for n in ORDERS for x in (even(0, 4) + even(4, 40) + even(-9, 0))[::4]]
    yield rows("polygamma", [(n, x, float(m.polygamma(n, m.mpf(x)))) for n, x in points])


def edges():
    for name, (f, points) in EDGES.items():
        yield rows(name + "Edges", [(x, float(f(f64(x)))) for x in points])
    yield rows("polygammaEdges", [(n, x, float(torch.polygamma(n, f64(x)))) for n, x in POLYGAMMA_EDGES])


def f64(x):
    return torch.tensor(x, dtype=torch.float64)


print("{\n" + ",\n".join([*exact(), *edges()]) + "\n}")
