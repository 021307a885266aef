#!/usr/bin/python3
"""The slopes of torch.special's functions in their last operand, by mpmath. Writes special_slopes.json.

    apt-get install -y python3-mpmath
    /usr/bin/python3 tests/proof/reference/special_slopes.py

Holds, for each function, rows of [operand, ..., slope, size]: the size is that of the largest of the terms that the
slope is the sum of where it has zeros, else that of the slope.
"""
import math, pathlib, random

from encode import number, write

import mpmath as m

HERE = pathlib.Path(__file__).parent
draw = random.Random(15)
m.mp.dps = 60
COUNT = 24
pi, exp, sqrt = m.pi, m.exp, m.sqrt


def even(low, high): return [draw.uniform(low, high) for _ in range(COUNT)]
def log(low, high): return [math.exp(draw.uniform(math.log(low), math.log(high))) for _ in range(COUNT)]
def minus(xs): return [-x for x in xs]
def J(n, x): return m.besselj(n, x)
def Y(n, x): return m.bessely(n, x)
def I(n, x): return m.besseli(n, x)
def K(n, x): return m.besselk(n, x)


def phi(x): return exp(-x * x / 2) / sqrt(2 * pi)


def quantile(p):
    """By Newton's steps on the logarithm of the nearer tail."""
    q = min(p, 1 - p)
    x = -sqrt(-2 * m.log(q)) if q < 0.01 else -sqrt(2) * m.erfinv(1 - 2 * q)
    for _ in range(60):
        tail = m.erfc(-x / sqrt(2)) / 2
        x -= (m.log(tail) - m.log(q)) * tail / phi(x)
    return x


def inverse_erf(x):
    return -quantile((1 - abs(x)) / 2) / sqrt(2)


def near_large():
    """Pairs of a and x near it, as gammainc takes them."""
    shapes = log(0.05, 1e5) + log(140, 2e4) + log(140, 2e4)
    return [(a, a * math.exp(draw.uniform(-0.5, 0.5) * (8 / math.sqrt(a) if a > 100 else 3))) for a in shapes]


def density(a, x): return exp((a - 1) * m.log(x) - x - m.loggamma(a))


def zeta(s, q):
    """mpmath's, which loses digits where q is large."""
    with m.workdps(120): return m.zeta(s, q)


TURNS = even(0, 30) + log(1e-4, 1e3)
ROWS = {
    "i0": (lambda x: [I(1, x)], even(-20, 20) + log(1e-9, 600)),
    "i1": (lambda x: [I(0, x) - I(1, x) / x], even(-20, 20) + log(1e-9, 600)),
    "i0e": (lambda x: [(I(1, abs(x)) - I(0, x)) * m.sign(x) * exp(-abs(x))], even(-20, 20) + log(1e-9, 1e5)),
    "i1e": (lambda x: [(I(0, x) - I(1, abs(x))) * exp(-abs(x)), -I(1, x) / x * exp(-abs(x))], even(-20, 20) + log(1e-9, 1e5)),
    "modifiedBesselK0": (lambda x: [-K(1, x)], even(0, 30) + log(1e-9, 600)),
    "modifiedBesselK1": (lambda x: [-K(0, x) - K(1, x) / x], even(0, 30) + log(1e-9, 600)),
    "scaledModifiedBesselK0": (lambda x: [(K(0, x) - K(1, x)) * exp(x)], even(0, 30) + log(1e-9, 1e5)),
    "scaledModifiedBesselK1": (lambda x: [(K(1, x) - K(0, x) - K(1, x) / x) * exp(x)], even(0, 30) + log(1e-9, 1e5)),
    "besselJ0": (lambda x: [-J(1, x), sqrt(2 / pi / x) / 4 if x > 2 else 0], TURNS),
    "besselJ1": (lambda x: [J(0, x), -J(1, x) / x, sqrt(2 / pi / x) / 4 if x > 2 else 0], TURNS),
    "besselY0": (lambda x: [-Y(1, x), sqrt(2 / pi / x) / 4 if x > 2 else 0], TURNS),
    "besselY1": (lambda x: [Y(0, x), -Y(1, x) / x, sqrt(2 / pi / x) / 4 if x > 2 else 0], TURNS),
    "sphericalBesselJ0": (lambda x: [m.cos(x) / x, -m.sin(x) / x**2] if abs(x) > 1 else [m.cos(x) / x - m.sin(x) / x**2], even(-30, 30) + log(1e-4, 1e3)),
    "airyAi": (lambda x: [m.airyai(x, derivative=1), abs(x) ** 0.25 / sqrt(pi) / 4 if x < 0 else 0], even(-12, 12) + log(1e-4, 90)),
    "erf": (lambda x: [2 / sqrt(pi) * exp(-x * x)], even(-6, 6) + log(1e-9, 26)),
    "erfc": (lambda x: [-2 / sqrt(pi) * exp(-x * x)], even(-6, 26) + log(1e-9, 26)),
    "erfcx": (lambda x: [2 * x * exp(x * x) * m.erfc(x) - 2 / sqrt(pi)], even(-20, 9) + log(1e-9, 50)),
    "erfinv": (lambda x: [sqrt(pi) / 2 * exp(inverse_erf(x) ** 2)], even(-1, 1) + [1 - x for x in log(2**-50, 0.5)] + log(1e-9, 1)),
    "ndtr": (lambda x: [phi(x)], even(-30, 8)),
    "ndtri": (lambda p: [1 / phi(quantile(p))], even(0, 1) + log(1e-300, 1) + [1 - x for x in log(2**-50, 0.5)]),
    "logNdtr": (lambda x: [phi(x) / (m.erfc(-x / sqrt(2)) / 2)], even(-30, 8) + minus(log(1, 1e3))),
    "sinc": (lambda x: [m.cospi(x) / x, -m.sinpi(x) / (pi * x * x)] if abs(x) > 0.75 else [m.cospi(x) / x - m.sinpi(x) / (pi * x * x)], even(-20, 20)),
    "logit": (lambda x: [1 / (x * (1 - x))], even(0, 1) + log(1e-300, 1)),
    "entr": (lambda x: [-m.log(x), -1], even(0, 5) + log(1e-300, 1e10)),
    "expit": (lambda x: [exp(-abs(x)) / (1 + exp(-abs(x))) ** 2], even(-40, 3)),
    "expm1": (lambda x: [exp(x)], even(-20, 20)), "log1p": (lambda x: [1 / (1 + x)], even(-1, 9)), "exp2": (lambda x: [m.mpf(2) ** x * m.log(2)], even(-900, 900)),
    "gammaln": (lambda x: [m.digamma(x), 1 if x < 0 else 0], even(0, 30) + even(-9, 0)),
    "digamma": (lambda x: [m.polygamma(1, x)], even(0, 30) + even(-9, 0)),
    "polygamma": (lambda n, x: [m.polygamma(int(n) + 1, x)], [(n, x) for n in (1, 2, 3, 5) for x in log(1e-3, 1e4)]),
    "gammainc": (lambda a, x: [density(a, x)], near_large()), "gammaincc": (lambda a, x: [-density(a, x)], near_large()),
    "zeta": (lambda s, q: [-s * zeta(s + 1, q)], [(1 + s, q) for s, q in zip(log(0.5, 30), log(0.5, 60))]),
    "xlogy": (lambda x, y: [x / y], list(zip(even(-5, 5), log(1e-5, 1e5)))), "xlog1py": (lambda x, y: [x / (1 + y)], list(zip(even(-5, 5), log(1e-9, 1e5)))),
}


def row(f, operands):
    operands = operands if isinstance(operands, tuple) else (operands,)
    terms = f(*(m.mpf(x) for x in operands))
    # What only says how large the terms are where a wave crosses 0 is no term.
    given = [t for i, t in enumerate(terms) if not (i == len(terms) - 1 and f in SIZED)]
    return [*map(number, operands), number(float(m.fsum(given))), number(float(max(abs(t) for t in terms)))]


SIZED = [ROWS[name][0] for name in ("besselJ0", "besselJ1", "besselY0", "besselY1", "airyAi", "gammaln")]
if __name__ == "__main__":
    write(HERE / "special_slopes.json", {name: [row(f, x) for x in points] for name, (f, points) in ROWS.items()})
