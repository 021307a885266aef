#!/usr/bin/python3
"""PyTorch's SGD on a small loss, step by step, with each of its settings: writes gd.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/optim/reference/gd.py

The loss is sum(curvature * x^2)/2 + sum(sin(x)) + y^2/2 + y * sum(x) over a vector x and a scalar y.
A trace has x's three elements and then y after each step. PyTorch 1.13 turned the sign of the gradient
for `maximize` before it added the weight decay, as later versions do.
"""
from common import FLOATS, flat, tensor, torch, write

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


def main():
    cases = [{"options": case, **{dtype: trace(case, dtype) for dtype in FLOATS}} for case in CASES]
    start = {"curvature": CURVATURE, "x": X, "y": Y, "rate": 0.05}
    write("gd.json", {"torch": torch.__version__, "start": start, "cases": cases})


main()
