#!/usr/bin/python3
"""Where PyTorch's answers in special_values.json lose digits: the exact ones, by mpmath. Writes exact_values.json.

    apt-get install -y python3-mpmath python3-torch
    /usr/bin/python3 tests/proof/reference/exact_values.py

Holds, for the functions below, the finite inputs at which PyTorch is more than 2 units of the last place off, as
{op: {column: {dtype: [[input, …, value], …]}}}, each value rounded to its dtype. README.md says who reads it.
"""
import json, math, pathlib

from encode import FLOATS, number, write

import mpmath as m
import numpy as np

m.mp.dps = 60
np.seterr(all="ignore")
HERE = pathlib.Path(__file__).parent
TORCH = json.loads((HERE / "special_values.json").read_text())
# The constants of the definitions as f64 has them.
SELU_SCALE, SELU_ALPHA, CUBIC = m.mpf(1.0507009873554805), m.mpf(1.6732632423543772), m.mpf(0.044715)


def sigmoid(x): return 1 / (1 + m.exp(-x))
def slope(x): return 1 / ((1 + m.exp(-x)) * (1 + m.exp(x)))
def softplus(x): return max(x, m.mpf(0)) + m.log1p(m.exp(-abs(x)))
def density(x): return m.exp(-x * x / 2) / m.sqrt(2 * m.pi)
def cumulative(x): return m.erfc(-x / m.sqrt(2)) / 2
def bend(x): return 2 * m.sqrt(2 / m.pi) * (x + CUBIC * x**3)
def bend_slope(x): return 2 * m.sqrt(2 / m.pi) * (1 + 3 * CUBIC * x**2)
def pole(x): return x <= 0 and x == m.floor(x)
def trigamma(x): return m.inf if pole(x) else m.polygamma(1, x)


def elu(scale, alpha):
    scale, alpha = m.mpf(scale), m.mpf(alpha)
    return {"y": lambda x: scale * (x if x > 0 else alpha * m.expm1(x)), "dy": lambda x: scale * (1 if x > 0 else alpha * m.exp(x))}


EXACT = {
    "expm1": {"dy": m.exp},
    "asin": {"dy": lambda x: 1 / m.sqrt(1 - x * x)},
    "acos": {"dy": lambda x: -1 / m.sqrt(1 - x * x)},
    "tanhshrink": {"dy": lambda x: m.tanh(x) ** 2},
    "sinc": {"dy": lambda x: (m.pi * x * m.cospi(x) - m.sinpi(x)) / (m.pi * x * x)},
    "asinh": {"dy": lambda x: 1 / m.sqrt(x * x + 1)},
    "acosh": {"dy": lambda x: 1 / m.sqrt(x * x - 1)},
    "atanh": {"dy": lambda x: 1 / (1 - x * x)},
    "erfinv": {"y": m.erfinv, "dy": lambda x: m.sqrt(m.pi) / 2 * m.exp(m.erfinv(x) ** 2)},
    "lgamma": {"y": lambda x: m.loggamma(x).real, "dy": m.digamma},
    "digamma": {"y": m.digamma, "dy": trigamma},
    "sigmoid": {"y": sigmoid, "dy": slope},
    "elu": elu(1, 1), "celu": elu(1, 1), "selu": elu(SELU_SCALE, SELU_ALPHA),
    "gelu": {"y": lambda x: x * cumulative(x), "dy": lambda x: cumulative(x) + x * density(x)},
    "geluTanh": {"y": lambda x: x * sigmoid(bend(x)), "dy": lambda x: sigmoid(bend(x)) + x * bend_slope(x) * slope(bend(x))},
    "silu": {"y": lambda x: x * sigmoid(x), "dy": lambda x: sigmoid(x) + x * slope(x)},
    "mish": {"y": lambda x: x * m.tanh(softplus(x)), "dy": lambda x: m.tanh(softplus(x)) + x * m.sech(softplus(x)) ** 2 * sigmoid(x)},
    "hardsigmoid": {"dy": lambda x: m.mpf(abs(x) < 3) / 6},
    "softsign": {"dy": lambda x: 1 / (1 + abs(x)) ** 2},
    "atan2": {"da": lambda a, b: b / (a * a + b * b), "db": lambda a, b: -a / (a * a + b * b)},
    "logaddexp": {
        "y": lambda a, b: max(a, b) + m.log1p(m.exp(-abs(a - b))), "da": lambda a, b: sigmoid(a - b), "db": lambda a, b: sigmoid(b - a)},
}


def rounded(v, dtype):
    return float(v) if dtype == "f64" else float(np.float32(float(v)))


def exact(f, inputs, dtype):
    """The value rounded once; None at a pole, beyond the domain, at a zero, whose sign mpmath does not have, and where it takes too long."""
    largest = max(map(abs, inputs))
    if not math.isfinite(largest) or (largest > 1e5 and f in (m.digamma, EXACT["lgamma"]["y"])): return None
    try: value = f(*map(m.mpf, inputs))
    except (ValueError, ZeroDivisionError): return None
    if isinstance(value, m.mpc) or m.isnan(value) or value == 0: return None
    # An underflow keeps its sign, which float() drops.
    return math.copysign(rounded(value, dtype), 1 if value >= 0 else -1)


def poor(theirs, value, dtype):
    space = np.spacing(abs(value) if dtype == "f64" else np.float32(abs(value)))
    if theirs == value: return math.copysign(1, theirs) != math.copysign(1, value)
    return not abs(theirs - value) <= 2 * space


def points(op, column, dtype, f):
    rows = {**TORCH["unary"], **TORCH["binary"]}[op]
    columns = [rows[c] for c in ("x", "a", "b") if c in rows]
    for *inputs, theirs in zip(*columns, rows[dtype][column]):
        inputs, theirs = [rounded(v, dtype) for v in inputs], rounded(theirs, dtype)
        value = exact(f, inputs, dtype)
        if value is not None and poor(theirs, value, dtype): yield [number(v, dtype) for v in (*inputs, value)]


def main():
    table = {op: {c: {d: list(points(op, c, d, f)) for d in FLOATS} for c, f in columns.items()} for op, columns in EXACT.items()}
    write(HERE / "exact_values.json", table)


if __name__ == "__main__":
    main()
