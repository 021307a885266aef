#!/usr/bin/python3
"""PyTorch's SGD on a small loss, step by step, with each of its settings: writes gd_reference.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/optim/gd_reference.py

The loss is sum(curvature * x^2)/2 + sum(sin(x)) + y^2/2 + y * sum(x) over a vector x and a scalar y.
A trace has x's three elements and then y after each step. PyTorch 1.13 turned the sign of the gradient
for `maximize` before it added the weight decay, as later versions do.
"""
import json, pathlib, sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "../reference"))
from encode import FLOATS, flat, tensor, torch

CURVATURE, X, Y, STEPS = [0.5, 2, 8], [1, -2, 0.3], 0.75, 8
CASES = [
    {},
    {"weightDecay": 0.1},
    {"maximize": True},
    {"maximize": True, "weightDecay": 0.1},
    {"momentum": 0.9},
    {"momentum": 0.9, "dampening": 0.3},
    {"momentum": 0.9, "weightDecay": 0.1},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.5, "nesterov": True, "weightDecay": 0.1},
    {"momentum": 0.9, "dampening": 0.5, "weightDecay": 0.1, "maximize": True},
    {"momentum": 0.5, "nesterov": True, "weightDecay": 0.1, "maximize": True},
]
NAMES = {"weightDecay": "weight_decay"}


def trace(options, dtype):
    x, y = tensor(X, dtype).requires_grad_(), tensor(Y, dtype).requires_grad_()
    curvature = tensor(CURVATURE, dtype)
    optimizer = torch.optim.SGD([x, y], lr=0.05, **{NAMES.get(k, k): v for k, v in options.items()})
    steps = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = (curvature * x * x).sum() / 2 + x.sin().sum() + y * y / 2 + y * x.sum()
        loss.backward()
        optimizer.step()
        steps.append(flat(x) + flat(y))
    return steps


def pretty(value, indent=""):
    """JSON as `deno fmt` leaves it: a list of numbers is one line, all else is one line an entry."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        rows = [f"{inner}{json.dumps(k)}: {pretty(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and not isinstance(value[0], (int, float)):
        return "[\n" + ",\n".join(inner + pretty(v, inner) for v in value) + f"\n{indent}]"
    return json.dumps(value)


def main():
    cases = [{"options": case, **{dtype: trace(case, dtype) for dtype in FLOATS}} for case in CASES]
    start = {"curvature": CURVATURE, "x": X, "y": Y, "rate": 0.05}
    text = pretty({"torch": torch.__version__, "start": start, "cases": cases}) + "\n"
    (HERE / "gd_reference.json").write_text(text)
    print(f"gd_reference.json: {len(text)} bytes")


main()
