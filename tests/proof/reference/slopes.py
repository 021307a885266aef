#!/usr/bin/python3
"""The exact first and second derivatives of functions of one operand, by mpmath. Writes slopes.json.

    apt-get install -y python3-mpmath python3-torch
    /usr/bin/python3 tests/proof/reference/slopes.py

Holds, for each function, rows of [x, f'(x), f''(x)] at powers of ten and near edges, each x being an f32.
"""
import pathlib

from encode import number, write

import mpmath as m
import numpy as np

HERE = pathlib.Path(__file__).parent
POWERS = [*range(-9, 10), *(sign * k for k in (10, 12, 13, 15, 18, 19, 20, 25, 30, 37) for sign in (-1, 1))]
BESIDE = [2**-23, 100 * 2**-23, 2**-12, 1e-3]
BETWEEN = [0.3, 0.5, 0.7, 1.0002377, 1.5, 2, 2.5, 3, 5, 6, 8, 12, 20, 30, 50]
SIZES = [10.0**k for k in POWERS] + [1 + s * d for d in BESIDE for s in (-1, 1)] + BETWEEN
POINTS = sorted({float(np.float32(s * x)) for x in SIZES for s in (-1, 1)})
# The constants of the definitions as f64 has them.
SELU_SCALE, SELU_ALPHA, CUBIC = m.mpf(1.0507009873554805), m.mpf(1.6732632423543772), m.mpf(0.044715)


def softplus(x): return max(x, m.mpf(0)) + m.log1p(m.exp(-abs(x)))
def sigmoid(x): return 1 / (1 + m.exp(-x))
def elu(x): return x if x > 0 else m.expm1(x)
def bend(x): return 2 * m.sqrt(2 / m.pi) * (x + CUBIC * x**3)


def anywhere(x): return True
def inside(x): return abs(x) < 1
def positive(x): return x > 0
def moderate(x): return abs(x) < 1e5
def small(x): return abs(x) < 1e3
def regular(x): return 1e-10 < x < 1e5 or -20 < x < -0.1 and x != int(x)


FUNCTIONS = {
    "exp": (m.exp, moderate), "exp2": (lambda x: m.mpf(2) ** x, moderate), "expm1": (m.expm1, moderate),
    "log": (m.log, positive), "log1p": (m.log1p, lambda x: x > -1), "log2": (lambda x: m.log(x, 2), positive), "log10": (m.log10, positive),
    "sin": (m.sin, moderate), "cos": (m.cos, moderate), "tan": (m.tan, moderate),
    "asin": (m.asin, inside), "acos": (m.acos, inside), "atan": (m.atan, anywhere),
    "sinh": (m.sinh, moderate), "cosh": (m.cosh, moderate), "tanh": (m.tanh, moderate),
    "asinh": (m.asinh, anywhere), "acosh": (m.acosh, lambda x: x > 1), "atanh": (m.atanh, inside),
    "sinc": (lambda x: m.sinpi(x) / (m.pi * x), lambda x: abs(x) < 1e9),
    "erf": (m.erf, small), "erfc": (m.erfc, small), "erfinv": (m.erfinv, inside),
    "lgamma": (lambda x: m.loggamma(x).real, regular), "digamma": (m.digamma, regular),
    "sqrt": (m.sqrt, positive), "rsqrt": (lambda x: 1 / m.sqrt(x), positive), "reciprocal": (lambda x: 1 / x, anywhere),
    "square": (lambda x: x * x, anywhere), "sigmoid": (sigmoid, moderate), "softplus": (softplus, moderate),
    "softsign": (lambda x: x / (1 + abs(x)), anywhere), "logSigmoid": (lambda x: -softplus(-x), moderate),
    "elu": (elu, moderate), "celu": (elu, moderate), "selu": (lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * m.expm1(x)), moderate),
    "gelu": (lambda x: x / 2 * m.erfc(-x / m.sqrt(2)), small), "geluTanh": (lambda x: x * sigmoid(bend(x)), moderate),
    "silu": (lambda x: x * sigmoid(x), moderate), "mish": (lambda x: x * m.tanh(softplus(x)), moderate),
    "tanhshrink": (lambda x: x - m.tanh(x), moderate),
}


def derivatives(f, x):
    """Central differences of fourth order with so many digits that the steps cost none; what the steps leave of 0 is 0."""
    digits = int(abs(m.log10(abs(x)))) + 1
    m.mp.dps = 600 + 3 * digits
    x = m.mpf(x)
    step = min(abs(x), 1) * m.mpf(10) ** -80
    a, b, c, d, e = (f(x + k * step) for k in (-2, -1, 0, 1, 2))
    first, second = (8 * (d - b) - (e - a)) / (12 * step), (16 * (d + b) - (e + a) - 30 * c) / (12 * step**2)
    return [0.0 if abs(v) < 1e-310 else float(v) for v in (first, second)]


def finite(f, x):
    """A row, none where a derivative is beyond f64."""
    try: return [[number(x), *(number(v) for v in derivatives(f, x))]]
    except OverflowError: return []


def main():
    table = {op: [row for x in POINTS if defined(x) for row in finite(f, x)] for op, (f, defined) in FUNCTIONS.items()}
    write(HERE / "slopes.json", table)


main()
