#!/usr/bin/python3
"""The four experiments of the demos in PyTorch, step by step, in f64 and f32: writes experiments.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/proof/reference/experiments.py

Every array has one entry a step. `before` is what the step started from, `after` what it left. The
tables of the document print the position after the step and the value before it.
"""
import json, pathlib

from encode import FLOATS, flat, number, tensor, torch, write

HERE = pathlib.Path(__file__).parent
BLOBS = json.loads((HERE / "../../demos/data/blobs.json").read_text())
POINTS = [4.05, 4.1, 4.25, 4.5, 4.75, 5, 5.5, 6, 6.5, 7, 7.5, 8, 9, 10, 11, 12, 14, 16, 20, 30]


def power(x):
    return ((x - 3) ** (2 / x) - 1) ** (x - 1)


def derivatives(value, dtype):
    x = tensor(value, dtype).requires_grad_()
    y = power(x)
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    return [flat(t)[0] for t in (y, first, second)]


def gradient():
    result = {"x": 10}
    for dtype in FLOATS:
        result[dtype] = dict(zip(("f", "df", "d2f"), derivatives(10, dtype)))
    columns = zip(*(derivatives(x, "f64") for x in POINTS))
    result["curve"] = {"x": [number(float(x)) for x in POINTS], **{k: list(c) for k, c in zip(("f", "df", "d2f"), columns)}}
    return result


def descend(loss, parameters, rate, epochs):
    """Plain gradient descent: the loss before each step, and each parameter after it."""
    optimizer = torch.optim.SGD(parameters, lr=rate)
    losses, after = [], [[] for _ in parameters]
    for _ in range(epochs):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        losses += flat(value)
        for column, parameter in zip(after, parameters): column.append(flat(parameter))
    return losses, after


def quadratic(start, rate, dtype):
    x = tensor(start, dtype).requires_grad_()
    losses, (xs,) = descend(lambda: (x - 2) ** 2 + 4 * x - 2, [x], rate, 100)
    return {"x_after": [v for (v,) in xs], "f_before": losses}


def surface(start, dtype):
    x, y = (tensor(v, dtype).requires_grad_() for v in start)
    f = lambda: -(1 - (x**2 + y**3)) * torch.exp(-(x**2 + y**2) / 2)
    losses, (xs, ys) = descend(f, [x, y], 0.3, 15)
    return {"x_after": [v for (v,) in xs], "y_after": [v for (v,) in ys], "f_before": losses, "f_end": flat(f())[0]}


def perceptron(start, dtype):
    points, labels = tensor(BLOBS["points"], dtype), tensor(BLOBS["labels"], dtype)
    w, b = tensor(start, dtype).requires_grad_(), tensor(0, dtype).requires_grad_()
    # A product and a sum, not a BLAS call, whose rounding depends on the library at hand.
    loss = lambda: torch.nn.functional.mse_loss(torch.tanh((points * w).sum(1) + b), labels)
    losses, (ws, bs) = descend(loss, [w, b], 0.1, 400)
    return {
        "w0_after": [v for v, _ in ws], "w1_after": [v for _, v in ws], "b_after": [v for (v,) in bs],
        "loss_before": losses, "loss_end": flat(loss())[0],
    }


def runs(trace, starts):
    return [{"start": start, **extra, **{d: trace(start, *extra.values(), d) for d in FLOATS}} for start, extra in starts]


def main():
    surfaces, weights = [(0.5, 1.8), (-2, -2), (-2, 2), (1.6, -0.1)], [(2, 2), (2, 0), (-2, 2), (-2, -2)]
    write(HERE / "experiments.json", {
        "torch": torch.__version__,
        "gradient": gradient(),
        "quadratic": runs(quadratic, [(-3, {"rate": 0.1}), (4, {"rate": 0.8})]),
        "surface": runs(surface, [(s, {}) for s in surfaces]),
        "perceptron": runs(perceptron, [(s, {}) for s in weights]),
    })


if __name__ == "__main__":
    main()
