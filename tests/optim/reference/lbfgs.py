#!/usr/bin/python3
"""PyTorch's L-BFGS, step by step, with each of its settings: writes lbfgs.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/optim/reference/lbfgs.py

`bowl` is sum(curvature * x^2)/2 + sum(sin(x)) + 3*y^2 + y * sum(x); `valley` is Rosenbrock's, sum(100*(b - a^2)^2 + (1 - a)^2) over the pairs (a, b) of a vector. A
row has all elements, how often the loss was asked for, the iterations and the first loss, after each step. `drift` is how far
they come apart, relative to them or to 1, if each parameter begins a unit in the last place further: searches amplify.
"""
from common import flat, snake, tensor, torch, write

CURVATURE, X, Y, PAIRS = [0.5, 2, 8], [1, -2, 0.3], 0.75, [[-1.2, 1], [0.5, 2]]
WOLFE = {"lineSearchFn": "strongWolfe"}
CASES = [
    ["bowl", 10, {"learningRate": 0.1}],
    ["bowl", 10, {"learningRate": 0.5, "maxIter": 1}],
    ["bowl", 6, {"learningRate": 0.2, "maxIter": 3, "historySize": 2}],
    ["bowl", 6, {"maxIter": 4, "maxEval": 3, "learningRate": 0.3}],
    ["bowl", 4, WOLFE],
    ["bowl", 10, {**WOLFE, "maxIter": 1}],
    ["bowl", 4, {**WOLFE, "toleranceGrad": 0.1, "toleranceChange": 1e-3}],
    ["valley", 12, {**WOLFE, "maxIter": 3}],
    ["valley", 12, {**WOLFE, "maxIter": 2, "historySize": 2}],
    ["valley", 8, {**WOLFE, "maxIter": 4, "learningRate": 3}],
    ["valley", 8, {"maxIter": 4, "learningRate": 0.01}],
]


def trace(name, count, options, nudge=0):
    parameters = [(tensor(v, "f64") * (1 + nudge)).requires_grad_() for v in ([X, Y] if name == "bowl" else PAIRS)]
    given = {snake(k): "strong_wolfe" if v == "strongWolfe" else v for k, v in options.items()}
    optimizer = torch.optim.LBFGS(parameters, **given)

    def loss():
        a, b = parameters
        if name == "bowl":
            return (tensor(CURVATURE, "f64") * a * a).sum() / 2 + a.sin().sum() + 3 * b * b + b * a.sum()
        return (100 * (b - a * a) * (b - a * a) + (1 - a) * (1 - a)).sum()

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    rows = []
    for _ in range(count):
        first = optimizer.step(closure)
        state = optimizer.state[parameters[0]]
        rows.append([x for p in parameters for x in flat(p)] + [state["func_evals"], state["n_iter"], float(first)])
    return rows


def main():
    start = {"curvature": CURVATURE, "x": X, "y": Y, "pairs": PAIRS}
    cases = []
    for name, count, options in CASES:
        rows, nudged = trace(name, count, options), trace(name, count, options, 2 ** -52)
        apart = [abs(a - b) / max(1, abs(a)) for row, other in zip(rows, nudged) for a, b in zip(row, other)]
        cases.append({"loss": name, "options": options, "drift": float(f"{max(apart):.2g}"), "rows": rows})
    write("lbfgs.json", {"torch": torch.__version__, "start": start, "cases": cases})


main()
