#!/usr/bin/python3
"""PyTorch's schedules over 50 steps, with each of their settings: writes schedules.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/optim/reference/schedules.py

Two groups begin with learning rates of 0.5 and 0.02. A row has the rates of both groups, and where the schedule moves
it the momentum of both, at the beginning and after each step. `of` is Adam where betas move. A schedule is written as
[name, options]; those of composed ones are made in order before it.
"""
import warnings

from common import torch, write

warnings.filterwarnings("ignore")
STEPS, RATES = 50, [0.5, 0.02]
METRICS = [5, 4, 4, 4.1, 3.9999, 3, 3.2, 2.9, 2.9, 2.9, 2.95, 3, 2, 2, 2, 2, 1.9, 1.9, 1.9, 1.9] * 3
CASES = [
    ["StepLR", {"stepSize": 7}],
    ["StepLR", {"stepSize": 3, "gamma": 0.9}],
    ["MultiStepLR", {"milestones": [5, 12, 12, 30]}],
    ["MultiStepLR", {"milestones": [0, 20], "gamma": 0.5}],
    ["ExponentialLR", {"gamma": 0.93}],
    ["ConstantLR", {}],
    ["ConstantLR", {"factor": 0.2, "totalIters": 20}],
    ["LinearLR", {}],
    ["LinearLR", {"startFactor": 0.1, "endFactor": 0.5, "totalIters": 30}],
    ["LinearLR", {"startFactor": 1, "endFactor": 0, "totalIters": 40}],
    ["PolynomialLR", {}],
    ["PolynomialLR", {"totalIters": 33, "power": 1.7}],
    ["CosineAnnealingLR", {"tMax": 10}],
    ["CosineAnnealingLR", {"tMax": 49, "etaMin": 0.01}],
    ["CosineAnnealingWarmRestarts", {"t0": 6}],
    ["CosineAnnealingWarmRestarts", {"t0": 4, "tMult": 2, "etaMin": 0.001}],
    ["CyclicLR", {"baseLearningRate": 0.1, "maxLearningRate": 0.6, "stepSizeUp": 7}],
    ["CyclicLR", {"baseLearningRate": [0.1, 0.2], "maxLearningRate": [0.6, 0.4], "stepSizeUp": 4, "stepSizeDown": 9,
                  "mode": "triangular2", "baseMomentum": 0.5, "maxMomentum": 0.7}],
    ["CyclicLR", {"baseLearningRate": 0.1, "maxLearningRate": 0.6, "stepSizeUp": 5, "mode": "expRange",
                  "gamma": 0.97, "cycleMomentum": False}],
    ["OneCycleLR", {"maxLearningRate": 0.6, "totalSteps": 51}],
    ["OneCycleLR", {"maxLearningRate": [0.6, 0.3], "epochs": 17, "stepsPerEpoch": 3, "pctStart": 0.4,
                    "annealStrategy": "linear", "divFactor": 10, "finalDivFactor": 100}],
    ["OneCycleLR", {"maxLearningRate": 0.6, "totalSteps": 60, "threePhase": True, "baseMomentum": 0.7,
                    "maxMomentum": 0.8}],
    ["OneCycleLR", {"maxLearningRate": 0.6, "totalSteps": 51}, "Adam"],
    ["OneCycleLR", {"maxLearningRate": 0.6, "totalSteps": 51, "cycleMomentum": False}, "Adagrad"],
    ["ReduceLROnPlateau", {"patience": 2}],
    ["ReduceLROnPlateau", {"patience": 0, "factor": 0.5, "threshold": 0.01, "thresholdMode": "abs", "cooldown": 3,
                           "minLearningRate": [0.01, 0.005]}],
    ["ReduceLROnPlateau", {"mode": "max", "patience": 3, "factor": 0.7}],
    ["ReduceLROnPlateau", {"mode": "max", "patience": 1, "factor": 0.7, "thresholdMode": "abs", "eps": 0.01}],
    ["SWALR", {"swaLearningRate": 0.05}],
    ["SWALR", {"swaLearningRate": [0.05, 0.03], "annealEpochs": 20, "annealStrategy": "linear"}],
    ["SWALR", {"swaLearningRate": 0.05, "annealEpochs": 0}],
    ["LambdaLR", "1 / (1 + epoch)"],
    ["MultiplicativeLR", "0.9 + 0.05 * (epoch % 3)"],
    ["ChainedScheduler", [["ConstantLR", {"factor": 0.1, "totalIters": 8}], ["ExponentialLR", {"gamma": 0.9}]]],
    ["ChainedScheduler", [["LinearLR", {"totalIters": 9}], ["CosineAnnealingLR", {"tMax": 50}]]],
    ["SequentialLR", [["ConstantLR", {"factor": 0.1, "totalIters": 3}], ["ExponentialLR", {"gamma": 0.9}]], [6]],
    ["SequentialLR", [["LinearLR", {"totalIters": 8}], ["StepLR", {"stepSize": 4, "gamma": 0.5}],
                      ["CosineAnnealingWarmRestarts", {"t0": 5}]], [8, 25]],
    ["SequentialLR", [["LambdaLR", "1 / (1 + epoch)"], ["MultiplicativeLR", "0.9 + 0.05 * (epoch % 3)"]], [10]],
]
NAMES = {
    "tMax": "T_max", "t0": "T_0", "tMult": "T_mult", "baseLearningRate": "base_lr", "maxLearningRate": "max_lr",
    "minLearningRate": "min_lr", "swaLearningRate": "swa_lr",
}


def snake(name):
    return NAMES.get(name) or "".join("_" + c.lower() if c.isupper() else c for c in name)


def make(optimizer, name, given, *more):
    if name == "SWALR": return torch.optim.swa_utils.SWALR(optimizer, **{snake(k): v for k, v in given.items()})
    kind = getattr(torch.optim.lr_scheduler, name)
    if isinstance(given, str): return kind(optimizer, lambda epoch: eval(given))
    if isinstance(given, list):
        parts = [make(optimizer, *part) for part in given]
        return kind(optimizer, parts, *more) if name == "SequentialLR" else kind(parts)
    return kind(optimizer, **{snake(k): "exp_range" if v == "expRange" else v for k, v in given.items()})


def trace(name, given, *more):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": rate} for rate in RATES]
    of = more[0] if more and isinstance(more[0], str) else "SGD"
    optimizer = getattr(torch.optim, of)(groups, **({"lr": 1, "momentum": 0.9} if of == "SGD" else {}))
    schedule = make(optimizer, name, given, *(() if of != "SGD" else more))

    def row():
        rates = [float(group["lr"]) for group in optimizer.param_groups]
        if name not in ("CyclicLR", "OneCycleLR") or of == "Adagrad": return rates
        return rates + [float(g["betas"][0] if of == "Adam" else g["momentum"]) for g in optimizer.param_groups]

    rows = [row()]
    for i in range(STEPS):
        optimizer.step()
        schedule.step(*([METRICS[i]] if name == "ReduceLROnPlateau" else []))
        rows.append(row())
    return rows


def main():
    cases = []
    for case in CASES:
        name, given, *more = case
        entry = {"name": name, "given": given}
        if more: entry["of" if isinstance(more[0], str) else "milestones"] = more[0]
        cases.append({**entry, "rows": trace(*case)})
    write("schedules.json", {"torch": torch.__version__, "rates": RATES, "metrics": METRICS, "cases": cases})


main()
