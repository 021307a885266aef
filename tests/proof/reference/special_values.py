#!/usr/bin/python3
"""What PyTorch answers at the edges: zeros, ties, kinks, overflow, infinities, NaN, empty shapes. Writes special_values.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/proof/reference/special_values.py

README.md describes the format.
"""
import pathlib

from encode import FLOATS, flat, number, tensor, torch, write
from structured_cases import structured

F = torch.nn.functional
INF, NAN = float("inf"), float("nan")

GRID = [0.0, -0.0, *(s * v for v in (1e-6, 1e-3, 0.1, 0.5, 1, 1.5, 2.5, 10, 90, 100, 1e4, 1e30, 3.5e38, INF) for s in (1, -1)), NAN]

UNARY = {
    "neg": torch.neg, "abs": torch.abs, "sign": torch.sign, "square": torch.square, "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal, "exp": torch.exp, "expm1": torch.expm1, "exp2": torch.exp2,
    "log": torch.log, "log1p": torch.log1p, "log2": torch.log2, "log10": torch.log10, "sin": torch.sin,
    "cos": torch.cos, "tan": torch.tan, "asin": torch.asin, "acos": torch.acos, "atan": torch.atan,
    "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh, "asinh": torch.asinh, "acosh": torch.acosh,
    "atanh": torch.atanh, "sinc": torch.sinc, "erf": torch.erf, "erfc": torch.erfc, "erfinv": torch.erfinv,
    "lgamma": torch.lgamma, "digamma": torch.digamma, "sigmoid": torch.sigmoid, "logSigmoid": F.logsigmoid,
    "softplus": F.softplus, "relu": torch.relu, "relu6": F.relu6, "leakyRelu": F.leaky_relu, "elu": F.elu,
    "selu": F.selu, "celu": F.celu, "gelu": F.gelu, "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu, "mish": F.mish, "hardtanh": F.hardtanh, "hardsigmoid": F.hardsigmoid, "hardswish": F.hardswish,
    "softsign": F.softsign, "tanhshrink": F.tanhshrink, "hardshrink": F.hardshrink, "softshrink": F.softshrink,
    "floor": torch.floor, "ceil": torch.ceil, "round": torch.round, "trunc": torch.trunc, "frac": torch.frac,
    "isNaN": torch.isnan, "isFinite": torch.isfinite, "isInfinite": torch.isinf, "logicalNot": torch.logical_not,
}

KINKS = {
    "exp": [88.5, 709.5, -103, -745], "expm1": [709.5, 1e-12], "exp2": [127.5, 1023.5, -149, -1074],
    "log": [2, 1e-300], "log1p": [-0.999999, 1e-12], "log2": [8], "log10": [1000], "sqrt": [4, 1e-300], "rsqrt": [4],
    "sinh": [89, 710], "cosh": [89, 710], "tanh": [1e-12, 20], "asin": [0.999999], "acos": [0.999999],
    "acosh": [1.000001], "atanh": [0.999999, -0.999999], "sinc": [2, -3], "erf": [3, 6], "erfc": [5, 26, -6],
    "erfinv": [0.99, -0.99, 0.999999], "lgamma": [2, 3, -2, -3.5, 171.5], "digamma": [2, 3, -2, -3.5, 1.4616321449683623],
    "sigmoid": [-710, 710, 37], "logSigmoid": [-710, 37], "softplus": [19, 20, -40], "relu6": [6, 3], "elu": [-40],
    "gelu": [5, -5, -38], "geluTanh": [5, -5], "silu": [-710], "mish": [-40, 20], "hardsigmoid": [3, -3], "hardswish": [3, -3],
    "round": [3.5, -0.4999], "floor": [-0.4999], "trunc": [0.9999], "frac": [3.75, -3.75], "cos": [3.141592653589793],
    "sin": [3.141592653589793], "tan": [1.5707963267948966],
}

EDGES = [0.0, -0.0, 1, -1, 0.5, 2.5, -2.5, 1e30, INF, -INF, NAN]
ORDER = [0.0, -0.0, 1, -1, 2.5, INF, -INF, NAN]
DIVIDE = [0.0, -0.0, 1, -1, 3, -3, 7.5, -7.5, INF, -INF, NAN]
LOGS = [0.0, 1, -1, 2.5, 100, -100, 1000, INF, -INF, NAN]

BINARY = {
    "add": (torch.add, ORDER), "sub": (torch.sub, ORDER), "mul": (torch.mul, EDGES), "div": (torch.div, EDGES),
    "pow": (torch.pow, [0.0, -0.0, 1, -1, 2, 3, -2, 0.5, -0.5, 1e30, INF, -INF, NAN]),
    "maximum": (torch.maximum, ORDER), "minimum": (torch.minimum, ORDER), "fmax": (torch.fmax, ORDER), "fmin": (torch.fmin, ORDER),
    "atan2": (torch.atan2, EDGES), "hypot": (torch.hypot, EDGES),
    "remainder": (torch.remainder, DIVIDE), "fmod": (torch.fmod, DIVIDE),
    "floorDivide": (lambda a, b: torch.div(a, b, rounding_mode="floor"), DIVIDE),
    "copysign": (torch.copysign, ORDER), "xlogy": (torch.xlogy, EDGES),
    "logaddexp": (torch.logaddexp, LOGS), "logaddexp2": (torch.logaddexp2, LOGS),
    "equal": (torch.eq, ORDER), "notEqual": (torch.ne, ORDER), "less": (torch.lt, ORDER), "lessEqual": (torch.le, ORDER),
    "greater": (torch.gt, ORDER), "greaterEqual": (torch.ge, ORDER), "logicalAnd": (torch.logical_and, ORDER),
    "logicalOr": (torch.logical_or, ORDER), "logicalXor": (torch.logical_xor, ORDER),
}

# Columns a, b, c: where takes its condition from a, clamp its bounds from b and c.
TERNARY = {
    "where": (lambda c, a, b: torch.where(c != 0, a, b), [
        (1, 2, 3), (0, 2, 3), (1, NAN, 3), (0, NAN, 3), (1, 2, NAN), (0, 2, NAN), (NAN, 2, 3), (-0.0, INF, -INF)]),
    "clamp": (torch.clamp, [
        (0.5, 0, 1), (-1, 0, 1), (2, 0, 1), (0, 0, 1), (1, 0, 1), (-0.0, 0.0, 1), (0.5, 0.5, 0.5), (2, 1, 0), (0.5, 1, 0),
        (-2, 1, 0), (1, 1, 0), (NAN, 0, 1), (0.5, NAN, 1), (0.5, 0, NAN), (INF, 0, 1), (-INF, 0, 1), (5, -INF, INF), (INF, -INF, INF)]),
    "lerp": (torch.lerp, [
        (1, 3, 0), (1, 3, 1), (1, 3, 0.5), (1, 3, 0.25), (1, 3, 2), (1, 3, -1), (1e30, -1e30, 0.5), (0, INF, 0), (0, INF, 0.5),
        (INF, 0, 1), (INF, INF, 0.5), (NAN, 1, 1), (1, NAN, 0), (1, 3, NAN), (-0.0, -0.0, 0.5), (0.1, 0.1, 0.3)]),
}


def answers(function, columns, names):
    """Value and gradients, the cotangent one for each element; null where PyTorch has no gradient."""
    result = {}
    for dtype in FLOATS:
        inputs = [tensor(c, dtype).requires_grad_() for c in columns]
        y = function(*inputs)
        grads = [None] * len(inputs)
        if y.requires_grad:
            grads = torch.autograd.grad(y, inputs, torch.ones_like(y), allow_unused=True)
        result[dtype] = {"y": flat(y), **{n: None if g is None else flat(g) for n, g in zip(names, grads)}}
    return result


def table(function, columns, names, gradients):
    shown = {n: [number(float(v)) for v in c] for n, c in zip(names, columns)}
    return {**shown, **answers(function, columns, gradients)}


def main():
    unary = {n: table(f, [GRID + KINKS.get(n, [])], "x", ["dy"]) for n, f in UNARY.items()}
    binary = {n: table(f, list(zip(*((a, b) for a in v for b in v))), "ab", ["da", "db"]) for n, (f, v) in BINARY.items()}
    ternary = {n: table(f, list(zip(*rows)), "abc", ["da", "db", "dc"]) for n, (f, rows) in TERNARY.items()}
    path = pathlib.Path(__file__).with_name("special_values.json")
    write(path, {"torch": torch.__version__, "unary": unary, "binary": binary, "ternary": ternary, "structured": structured()})


if __name__ == "__main__":
    main()
