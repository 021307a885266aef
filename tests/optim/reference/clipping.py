#!/usr/bin/python3
"""PyTorch's clip_grad_norm_ and clip_grad_value_, and its averages of weights: writes clipping.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/optim/reference/clipping.py

`averages` are those of the one parameter whose values in turn are `values`: the mean, and the exponential averages that
later versions have, which are written out here. The first value is copied by both.
"""
from common import tensor, torch, write

GRADIENTS = [[[3, -4], [0.5, 0.25]], [12, 0.1, -7], -2]
NORMS = [[5, 2], [100, 2], [1, 1], [2, 3], [0.5, "Infinity"], [3, 1.5], [0, 2]]
VALUES = [[1, -2], [2, 0], [4, 5], [0.5, 1], [3, 3]]


def gradients():
    given = [tensor(g, "f64") for g in GRADIENTS]
    parameters = [torch.zeros_like(g, requires_grad=True) for g in given]
    for p, g in zip(parameters, given): p.grad = g
    return parameters


def norm_case(largest, order):
    parameters = gradients()
    total = torch.nn.utils.clip_grad_norm_(parameters, largest, float(order))
    return {"maxNorm": largest, "normType": order, "total": float(total), "clipped": [p.grad.tolist() for p in parameters]}


def value_case(largest):
    parameters = gradients()
    torch.nn.utils.clip_grad_value_(parameters, largest)
    return {"clipValue": largest, "clipped": [p.grad.tolist() for p in parameters]}


def averages(rule):
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(tensor(VALUES[0], "f64"))

    model, rows = Model(), []
    averaged = torch.optim.swa_utils.AveragedModel(model, avg_fn=rule)
    for value in VALUES:
        model.w.data.copy_(tensor(value, "f64"))
        averaged.update_parameters(model)
        rows.append(averaged.module.w.tolist())
    return rows


def main():
    ema = [{"decay": d, "rows": averages(lambda mean, p, n: d * mean + (1 - d) * p)} for d in (0.5, 0.999)]
    write("clipping.json", {
        "torch": torch.__version__,
        "gradients": GRADIENTS,
        "norms": [norm_case(*case) for case in NORMS],
        "values": [value_case(v) for v in (0.3, 5, 100)],
        "averages": {"values": VALUES, "swa": averages(None), "ema": ema},
    })


main()
