#!/usr/bin/python3
"""Exact values of the smooth elementwise ops over their whole domains, by mpmath. Writes accuracy.json.

    apt-get install -y python3-mpmath python3-torch
    /usr/bin/python3 tests/proof/reference/accuracy.py [POINTS [FILE]]

Holds {op: {"f32": [[input, …, value], …], "f64": […]}}: inputs that f32 holds, for either dtype, and inputs of f64. Every value is the
exact one at these inputs, rounded to f64. README.md says who reads it.
"""
import math, pathlib, random, sys

import mpmath as m
import numpy as np

from encode import number, write

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 2  # random points for each range
PATH = sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent / "accuracy.json"
MOST = 60 * COUNT  # points of an op in a dtype
draw = random.Random(14)
m.mp.dps = 60
# The constants of the definitions as f64 has them.
SELU_SCALE, SELU_ALPHA, CUBIC = m.mpf(1.0507009873554805), m.mpf(1.6732632423543772), m.mpf(0.044715)


def wide(f, dps=400):
    """f with so many digits that nothing cancels."""
    def evaluated(*xs):
        with m.workdps(dps): return f(*xs)
    return evaluated


def sigmoid(x): return 1 / (1 + m.exp(-x))
def softplus(x): return max(x, m.mpf(0)) + m.log1p(m.exp(-abs(x)))
def logaddexp(a, b): return max(a, b) + m.log1p(m.exp(-abs(a - b)))
def gelu(x): return x * m.erfc(-x / m.sqrt(2)) / 2
def geluTanh(x): return x * sigmoid(2 * m.sqrt(2 / m.pi) * (x + CUBIC * x**3))
def elu(x, alpha): return x if x > 0 else alpha * m.expm1(x)
def celu(x, alpha): return x if x > 0 else alpha * m.expm1(x / alpha)
def selu(x): return SELU_SCALE * (x if x > 0 else SELU_ALPHA * m.expm1(x))
def hypot(a, b): return m.sqrt(a * a + b * b)
def pole(x): return x <= 0 and x == m.floor(x)


def sinc(x):
    return m.mpf(1) if x == 0 else m.sinpi(x) / (m.pi * x)


def lgamma(x):
    if pole(x): return None
    if x > 0: return m.loggamma(x)
    return m.log(m.pi / abs(m.sinpi(x))) - m.loggamma(1 - x)


def digamma(x):
    if pole(x): return None
    return m.digamma(x) if x > 0 else m.digamma(1 - x) - m.pi * m.cospi(x) / m.sinpi(x)


def polygamma(n, x):
    if n == 0: return digamma(x)
    if pole(x) or abs(x) > 1e12: return None
    if x > 0: return m.polygamma(int(n), x)
    whole = int(m.ceil(-x))
    if whole > 300: return None
    sign = (-1) ** (int(n) + 1) * m.factorial(int(n))
    return m.polygamma(int(n), x + whole) + sign * sum((x + k) ** -(int(n) + 1) for k in range(whole))


def both(xs): return [*xs, *(-x for x in xs)]
def near(*centers):
    """Both neighbours of points, and points at the distances of powers of ten."""
    def points(single):
        for c in centers:
            step = float(np.spacing(np.float32(c))) if single else math.ulp(c)
            yield from (c, c + step, c - step, c + 5 * step, c - 7 * step)
            for _ in range(COUNT): yield c + draw.choice((-1, 1)) * 10 ** draw.uniform(-7 if single else -15, -1)
    return points


def even(low, high, times=1): return lambda single: [draw.uniform(low, high) for _ in range(COUNT * times)]
def log(low, high, times=1):
    def points(single):
        return [math.exp(draw.uniform(math.log(max(low, 1e-45 if single else 5e-324)), math.log(min(high, 3.4e38 if single else 1.7e308)))) for _ in range(COUNT * times)]
    return points


def tens(low, high):
    def points(single):
        a, b = max(low, -44 if single else -322), min(high, 38 if single else 308)
        return [10.0**k for k in range(a, b + 1, max(1, (b - a) // 12))]
    return points


def minus(f): return lambda single: [-x for x in f(single)]
def signs(f): return lambda single: both(list(f(single)))
def at(*xs): return lambda single: xs


EVERY = [signs(tens(-400, 400)), signs(log(0, math.inf, 2)), signs(even(0, 10, 2)), signs(even(0, 1))]
POSITIVE = [tens(-400, 400), log(0, math.inf, 4), even(0, 10, 4), even(0, 1)]
EXPONENTIAL = [signs(tens(-400, 2)), signs(log(1e-20, 700, 2)), signs(even(0, 20, 2)), even(-110, -80), even(-745, -690), even(80, 88.7), even(690, 709.7)]
UNIT = [signs(tens(-400, -1)), signs(log(0, 1)), signs(even(0, 1, 3)), signs(near(1, 0.5))]
ANGLES = [*EVERY, *(signs(near(k * math.pi / 4)) for k in (1, 2, 3, 4, 6, 22, 1e5)), signs(near(1e15))]
WHOLES = [signs(near(*range(1, 13))), signs(near(0.5, 1.5, 2.5, 10.5, 29, 100, 1000.5, 65536, 1e6))]
INSIDE = [x for x in EXPONENTIAL] + [signs(even(0, 40, 2))]

# x / alpha of subnormal numbers has lost digits.
NORMAL = [signs(tens(-30, 2)), signs(log(1e-30, 700, 2)), *INSIDE[2:]]


def zeros(f, *brackets):
    """The zero of f in each of the brackets in which its sign changes."""
    for low, high in brackets:
        low, high = m.mpf(low), m.mpf(high)
        rises = f(high) > 0
        if (f(low) > 0) == rises: continue
        for _ in range(70):
            middle = (low + high) / 2
            if (f(middle) > 0) == rises: high = middle
            else: low = middle
        yield float(low)


TINY = m.mpf(10) ** -30
DIGAMMA_ZEROS = list(zeros(digamma, (1, 2), *((-k - 1 + TINY, -k - TINY) for k in (*range(12), 20, 100, *range(995, 1006), 2001, 5001, 40000))))
HALF_WAY = [(-k - 1 + TINY, -k - 0.5) for k in range(2, 17)] + [(-k - 0.5, -k - TINY) for k in range(2, 17)]
LGAMMA_ZEROS = list(zeros(lgamma, *HALF_WAY))
GAMMA = [*POSITIVE, *WHOLES, minus(even(0, 40, 4)), minus(log(1e-300, 1e6, 3)), even(-3, 3, 3)]

UNARY = {
    "sqrt": (m.sqrt, POSITIVE), "rsqrt": (lambda x: 1 / m.sqrt(x), POSITIVE), "reciprocal": (lambda x: 1 / x, EVERY),
    "exp": (m.exp, EXPONENTIAL), "exp2": (lambda x: m.mpf(2) ** x, [*EXPONENTIAL, even(-1075, -1000), even(-150, 128)]),
    "expm1": (m.expm1, EXPONENTIAL), "log": (m.log, [*POSITIVE, near(1)]), "log2": (lambda x: m.log(x, 2), [*POSITIVE, near(1, 2, 8)]),
    "log10": (lambda x: m.log(x, 10), [*POSITIVE, near(1, 10, 100)]), "log1p": (wide(m.log1p), [*POSITIVE, *UNIT]),
    "sin": (m.sin, ANGLES), "cos": (m.cos, ANGLES), "tan": (m.tan, ANGLES),
    "asin": (m.asin, UNIT), "acos": (m.acos, UNIT), "atan": (m.atan, EVERY),
    "sinh": (m.sinh, EXPONENTIAL), "cosh": (m.cosh, EXPONENTIAL), "tanh": (m.tanh, EXPONENTIAL),
    "asinh": (wide(m.asinh), EVERY), "acosh": (m.acosh, [*POSITIVE, near(1), even(1, 4)]), "atanh": (wide(m.atanh), UNIT),
    "sinc": (sinc, [*EVERY, *WHOLES, even(-40, 40, 4), log(1, 1e15, 3)]),
    "erf": (m.erf, [*EVERY, near(1), even(-6, 6)]), "erfc": (m.erfc, [*EVERY, even(-6, 27.3, 8), even(0, 10, 4)]),
    "erfinv": (m.erfinv, UNIT), "lgamma": (lgamma, [*GAMMA, near(*LGAMMA_ZEROS)]), "digamma": (digamma, [*GAMMA, near(*DIGAMMA_ZEROS)]),
    "sigmoid": (sigmoid, INSIDE), "logSigmoid": (lambda x: -softplus(-x), INSIDE), "softplus": (softplus, INSIDE),
    "selu": (selu, INSIDE),
    "gelu": (gelu, [*INSIDE, even(-14.5, -12, 2), even(-38.6, -36, 2), near(-math.sqrt(2), -1)]),
    "geluTanh": (geluTanh, [*INSIDE, even(-10.5, -5, 4), even(-22, -15, 4)]),
    "silu": (lambda x: x * sigmoid(x), INSIDE), "mish": (lambda x: x * m.tanh(softplus(x)), INSIDE),
    "hardsigmoid": (lambda x: min(max((x + 3) / 6, m.mpf(0)), m.mpf(1)), [*EVERY, signs(near(3))]),
    "hardswish": (lambda x: x * min(max(x + 3, m.mpf(0)), m.mpf(6)) / 6, [*EVERY, signs(near(3))]),
    "softsign": (lambda x: x / (1 + abs(x)), EVERY), "tanhshrink": (wide(lambda x: x - m.tanh(x), 1200), EVERY),
}


RANGES = {
    "div": (lambda a, b: a / b, [EVERY, EVERY]),
    "pow": (lambda a, b: a**b, [[*POSITIVE, near(1)], [*EVERY, signs(even(0, 30, 2))]]),
    "atan2": (m.atan2, [EVERY, EVERY]), "hypot": (hypot, [EVERY, EVERY]),
    "logaddexp": (logaddexp, [[*EXPONENTIAL, even(-3, 0, 9)], [*EXPONENTIAL, even(-3, 0, 9)]]),
    "xlogy": (lambda a, b: a * m.log(b), [EVERY, [*POSITIVE, near(1)]]),
    "polygamma": (polygamma, [[at(1, 2, 3, 4, 5, 8, 12, 20, 33)], [tens(-12, 12), log(1e-20, 1e8, 3), even(0, 30, 4), minus(even(0, 30, 4)), minus(even(0, 3, 3)), signs(near(1, 2, 7, 0.5, 2.5))]]),
    "elu": (elu, [INSIDE, [log(1e-3, 1e3)]]), "celu": (celu, [NORMAL, [log(1e-3, 1e3)]]),
    "leakyRelu": (lambda x, s: x if x > 0 else s * x, [EVERY, [log(1e-3, 1e3)]]),
    "remainder": (lambda a, b: a - b * m.floor(a / b), [[signs(even(0, 100, 9)), EVERY[2]], [signs(log(1e-3, 1e3, 9))]]),
    "fmod": (lambda a, b: m.sign(a) * (abs(a) - abs(b) * m.floor(abs(a) / abs(b))), [[signs(even(0, 100, 9)), EVERY[2]], [signs(log(1e-3, 1e3, 9))]]),
    "lerp": (lambda a, b, w: a + w * (b - a), [[even(-10, 10, 20)], [even(-10, 10, 20)], [even(0, 1, 20)]]),
}


def scaled(f):
    """f times e^-|x|."""
    return lambda x: f(x) * m.exp(-abs(x))


def grown(f): return lambda x: f(x) * m.exp(x)
def erfcx(x): return m.exp(x * x) * m.erfc(x) if x < 1e4 else (1 - 1 / (2 * x * x) + 3 / (4 * x**4)) / (x * m.sqrt(m.pi))
def logNdtr(x): return m.log1p(-m.erfc(x / m.sqrt(2)) / 2) if x > 0 else m.log(m.erfc(-x / m.sqrt(2)) / 2)


MODERATE = [tens(-300, 2), log(1e-300, 700, 3), even(0, 20, 6), even(0, 4, 4)]
FAR = [*MODERATE, log(700, 1e8, 3)]
WAVES = [tens(-300, 5), log(1e-300, 1e6, 3), even(0, 20, 6), even(0, 6, 6)]
# After the others, whose points stay the same.
SPECIAL = {
    "special.i0": (lambda x: m.besseli(0, x), [signs(x) for x in MODERATE]), "special.i1": (lambda x: m.besseli(1, x), [signs(x) for x in MODERATE]),
    "special.i0e": (scaled(lambda x: m.besseli(0, x)), [signs(x) for x in FAR]), "special.i1e": (scaled(lambda x: m.besseli(1, x)), [signs(x) for x in FAR]),
    "special.modifiedBesselK0": (lambda x: m.besselk(0, x), MODERATE), "special.modifiedBesselK1": (lambda x: m.besselk(1, x), MODERATE),
    "special.scaledModifiedBesselK0": (grown(lambda x: m.besselk(0, x)), FAR), "special.scaledModifiedBesselK1": (grown(lambda x: m.besselk(1, x)), FAR),
    "special.besselJ0": (m.j0, [signs(x) for x in WAVES]), "special.besselJ1": (m.j1, [signs(x) for x in WAVES]),
    "special.besselY0": (lambda x: m.bessely(0, x), WAVES), "special.besselY1": (lambda x: m.bessely(1, x), WAVES),
    "special.sphericalBesselJ0": (lambda x: m.sin(x) / x, [signs(x) for x in WAVES]),
    "special.airyAi": (m.airyai, [*MODERATE, minus(even(0, 100, 4)), minus(even(0, 6, 6)), minus(log(1e-10, 1e4, 4))]),
    "special.erfcx": (erfcx, [signs(tens(-300, 1)), tens(2, 300), signs(even(0, 9, 6)), minus(even(9, 26, 2)), near(0.5, -1)]),
    "special.logNdtr": (logNdtr, [signs(tens(-300, 1)), signs(even(0, 13, 6)), minus(log(13, 1e6, 3)), near(-1)]),
}


def shifted(f): return lambda x, n: f(2 * x - 1, n)
def chebV(x, n): return m.chebyu(n, x) - m.chebyu(n - 1, x) if n > 0 else m.mpf(1)
def chebW(x, n): return m.chebyu(n, x) + m.chebyu(n - 1, x) if n > 0 else m.mpf(1)
def hermiteHe(x, n):
    before, value = m.mpf(0), m.mpf(1)
    for k in range(int(n)): before, value = value, x * value - k * before
    return value


def zeta(s, q):
    if s > 30 and q > 1: return None
    return m.zeta(s, q)


INSIDE_ONE = [signs(even(0, 1, 20)), signs(even(0, 3, 6)), at(0.5, -0.5, 1, -1)]
ORDERS = [at(*range(1, 13))]
SHAPES = [even(0.1, 12, 20), even(12, 130, 8), log(1e-3, 1, 4)]
POLYNOMIALS = {
    "chebyshevPolynomialT": lambda x, n: m.chebyt(n, x), "chebyshevPolynomialU": lambda x, n: m.chebyu(n, x),
    "chebyshevPolynomialV": chebV, "chebyshevPolynomialW": chebW, "hermitePolynomialH": lambda x, n: m.hermite(n, x),
    "hermitePolynomialHe": hermiteHe, "laguerrePolynomialL": lambda x, n: m.laguerre(n, 0, x), "legendrePolynomialP": lambda x, n: m.legendre(n, x),
}
POLYNOMIALS |= {f"shiftedC{name[1:]}": shifted(f) for name, f in POLYNOMIALS.items() if name.startswith("chebyshev")}
SPECIAL_PAIRS = {
    "special.gammainc": (lambda a, x: m.gammainc(a, 0, x, regularized=True), [SHAPES, SHAPES]),
    "special.gammaincc": (lambda a, x: m.gammainc(a, x, m.inf, regularized=True), [SHAPES, SHAPES]),
    "special.zeta": (zeta, [[even(1.1, 12, 12), at(2, 3, 4, 5, 8, 20)], [even(0, 30, 12), log(1e-6, 1e6, 6)]]),
    **{f"special.{name}": (f, [INSIDE_ONE, ORDERS]) for name, f in POLYNOMIALS.items()},
}


def logaddexp_zeros(single):
    """Pairs next to the curve on which logaddexp is 0."""
    for _ in range(12 * COUNT):
        a = round_to(draw.uniform(-3, -0.01), single)
        b = float(m.log(-m.expm1(a))) + draw.choice((-1, 1)) * 10 ** draw.uniform(-7 if single else -15, -1)
        yield (a, b) if draw.random() < 0.5 else (b, a)


def lerp_zeros(single):
    for _ in range(12 * COUNT):
        a, w = draw.uniform(-10, 10), draw.uniform(0.02, 1)
        yield a, a - a / w + draw.choice((-1, 1)) * 10 ** draw.uniform(-7 if single else -15, -1), w


EXTRA = {"logaddexp": logaddexp_zeros, "lerp": lerp_zeros}


def round_to(x, single):
    return float(np.float32(x)) if single else float(x)


def exact(f, xs):
    try: value = f(*map(m.mpf, xs))
    except (ValueError, ZeroDivisionError, OverflowError): return None
    if value is None or isinstance(value, m.mpc) or m.isnan(value) or m.isinf(value): return None
    rounded = float(value)
    return None if math.isinf(rounded) else rounded


def columns(op, ranges, single):
    def column(of): return [round_to(x, single) for points in of for x in points(single)]
    if len(ranges) == 1: return [(x,) for x in column(ranges[0])]
    first, *rest = [column(r) for r in ranges]
    times = 1 if op != "polygamma" else len(first)
    if times > 1: return [(n, x) for n in first for x in rest[0]]
    n = max(map(len, [first, *rest]))
    for c in (first, *rest): draw.shuffle(c)
    mixed = [tuple(c[i % len(c)] for c in (first, *rest)) for i in range(n)]
    return mixed + [tuple(round_to(x, single) for x in xs) for xs in EXTRA.get(op, lambda s: [])(single)]


def rows(op, f, ranges):
    table = {}
    for dtype in ("f32", "f64"):
        with np.errstate(over="ignore"): points = columns(op, ranges, dtype == "f32")
        points = [xs for xs in dict.fromkeys(points) if all(map(math.isfinite, xs)) and xs[0] != 0]
        answers = [(xs, y) for xs in points if (y := exact(f, xs)) is not None]
        kept = draw.sample(answers, MOST) if len(answers) > MOST else answers
        table[dtype] = [[*(number(x, dtype) for x in xs), number(y)] for xs, y in kept]
    return table


def main():
    ops = {**{op: (f, [r]) for op, (f, r) in UNARY.items()}, **RANGES, **{op: (f, [r]) for op, (f, r) in SPECIAL.items()}, **SPECIAL_PAIRS}
    only = sys.argv[3:] or ops
    write(PATH, {op: rows(op, *ops[op]) for op in ops if op in only})


if __name__ == "__main__":
    main()
