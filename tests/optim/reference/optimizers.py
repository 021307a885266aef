#!/usr/bin/python3
"""PyTorch's optimizers on a small loss, 50 steps each with each of their settings: writes optimizers.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/optim/reference/optimizers.py

The loss is that of gd.py, in double precision; the learning rate is halved after half of the steps. PyTorch 1.13
keeps counts and products in the default dtype, which is made f64 here. `drift` is how far PyTorch's own steps in
single precision come apart from these, relative to them or to 1: some paths are ill-conditioned.

What 1.13 lacks and later versions have is done by hand before the step, as they do it: `maximize` of NAdam and RAdam
turns the sign of the gradient, and with `decoupledWeightDecay` the parameter is multiplied by 1 - lr * weight_decay.
"""
from common import FLOATS, flat, snake, tensor, torch, write

CURVATURE, X, Y, STEPS = [0.5, 2, 8], [1, -2, 0.3], 0.75, 50
DECAY, UP = {"weightDecay": 0.1}, {"maximize": True}
ADAPTIVE = [{}, DECAY, UP, {"betas": [0.5, 0.9], "eps": 1e-3}, {"betas": [0, 0.99]}, {**DECAY, **UP}]
CASES = {
    "SGD": [{"learningRate": 0.05, "momentum": 0.9}],
    "Adam": [*ADAPTIVE, {"amsgrad": True}, {"amsgrad": True, **DECAY, "betas": [0.5, 0.6]}, {"betas": [0.9, 0]}],
    "AdamW": [*ADAPTIVE, {"amsgrad": True, "weightDecay": 0.5}],
    "NAdam": [*ADAPTIVE, {"momentumDecay": 0.1}, {**DECAY, "decoupledWeightDecay": True}],
    "RAdam": [*ADAPTIVE, {"betas": [0.9, 0.75]}, {**DECAY, "decoupledWeightDecay": True, "betas": [0.9, 0.9]}],
    "Adamax": ADAPTIVE,
    "Adagrad": [{}, DECAY, UP, {"learningRateDecay": 0.1}, {"initialAccumulatorValue": 0.5, "eps": 1e-3}],
    "Adadelta": [{}, DECAY, UP, {"rho": 0.5, "eps": 1e-3}, {"rho": 0.99}],
    "RMSprop": [
        {}, DECAY, UP, {"alpha": 0.5, "eps": 1e-3}, {"momentum": 0.9}, {"centered": True},
        {"centered": True, "momentum": 0.5, **DECAY, **UP},
    ],
    "Rprop": [{}, UP, {"etas": [0.3, 2], "stepSizes": [1e-3, 0.1]}],
    "ASGD": [{}, DECAY, UP, {"lambd": 0.1, "alpha": 0.5}, {"t0": 10, "lambd": 0}],
}
RATES = {"SGD": 0.05, "Adam": 0.1, "AdamW": 0.1, "NAdam": 0.1, "RAdam": 0.1, "Adamax": 0.1, "Adagrad": 0.5,
         "Adadelta": 1, "RMSprop": 0.05, "Rprop": 0.05, "ASGD": 0.05}
NAMES = {"learningRateDecay": "lr_decay"}
LACKS = {"NAdam": ["maximize", "decoupledWeightDecay"], "RAdam": ["maximize", "decoupledWeightDecay"]}


def trace(name, options, dtype="f64"):
    torch.set_default_dtype(FLOATS[dtype])
    x, y = tensor(X, dtype).requires_grad_(), tensor(Y, dtype).requires_grad_()
    curvature = tensor(CURVATURE, dtype)
    by_hand = {k: v for k, v in options.items() if k in LACKS.get(name, [])}
    if "decoupledWeightDecay" in by_hand: by_hand["decay"] = options["weightDecay"]
    given = {NAMES.get(k, snake(k)): tuple(v) if isinstance(v, list) else v for k, v in options.items()
             if k not in by_hand and not ("decay" in by_hand and k == "weightDecay")}
    optimizer = getattr(torch.optim, name)([x, y], **given)
    steps = []
    for step in range(STEPS):
        if step == STEPS // 2: optimizer.param_groups[0]["lr"] /= 2
        optimizer.zero_grad()
        loss = (curvature * x * x).sum() / 2 + x.sin().sum() + y * y / 2 + y * x.sum()
        loss.backward()
        for p in (x, y):
            if by_hand.get("maximize"): p.grad.neg_()
            if "decay" in by_hand: p.data.mul_(1 - optimizer.param_groups[0]["lr"] * by_hand["decay"])
        optimizer.step()
        steps.append(flat(x) + flat(y))
    return steps


def main():
    cases = [
        {"optimizer": name, "options": {"learningRate": RATES[name], **options}}
        for name, all_options in CASES.items() for options in all_options
    ]
    for case in cases:
        exact, single = (trace(case["optimizer"], case["options"], dtype) for dtype in FLOATS)
        apart = [abs(a - b) / max(1, abs(b)) for row, wide in zip(single, exact) for a, b in zip(row, wide)]
        case.update(drift=float(f"{max(apart):.2g}"), trace=exact)
    start = {"curvature": CURVATURE, "x": X, "y": Y}
    write("optimizers.json", {"torch": torch.__version__, "start": start, "cases": cases})


main()
