#!/usr/bin/python3
"""The dtype of PyTorch's results, for operands with and without axes and for numbers. Writes promotion.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/proof/reference/promotion.py

{op: {a: {b: dtype}}}, an operand being a dtype with its shape, as "f32[2]" and "f32[]", or a Python number. PyTorch's
default integer, i64, stands for ours, i32. Pairs that PyTorch refuses are left out, and so are two numbers.
"""
import operator, pathlib

from encode import torch, write

DTYPES = {"f16": torch.float16, "f32": torch.float32, "f64": torch.float64, "i32": torch.int32, "bool": torch.bool}
NAMES = {**{v: k for k, v in DTYPES.items()}, torch.int64: "i32"}
TENSORS = {f"{name}[{'2' if n else ''}]": torch.ones((2,) if n else (), dtype=dtype) for n in (1, 0) for name, dtype in DTYPES.items()}
OPERANDS = {**TENSORS, "2": 2, "1.5": 1.5, "true": True}
OPS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow,
    "floorDivide": operator.floordiv, "remainder": operator.mod, "maximum": torch.maximum, "atan2": torch.atan2,
    "less": operator.lt, "where": lambda a, b: torch.where(torch.tensor([True, False]), a, b),
}


def row(op, a):
    result = {}
    for name, b in OPERANDS.items():
        if not isinstance(a, torch.Tensor) and not isinstance(b, torch.Tensor): continue
        try: result[name] = NAMES[op(a, b).dtype]
        except (RuntimeError, TypeError): pass
    return result


def main():
    write(pathlib.Path(__file__).with_name("promotion.json"), {n: {k: row(op, a) for k, a in OPERANDS.items()} for n, op in OPS.items()})


if __name__ == "__main__":
    main()
