#!/usr/bin/python3
"""Optimizers that PyTorch 1.13 lacks, by their papers, in numpy and double precision: writes papers.json.

    apt-get install -y python3-numpy
    /usr/bin/python3 tests/optim/reference/papers.py

The loss of a matrix W and a second parameter b of any shape is sum(C*W^2)/2 + sum(sin(W)) + sum(b^2)/2 + sum(W)*sum(b),
whose gradients are C*W + cos(W) + sum(b) and b + sum(W). The learning rate is halved after half of the 50 steps.
`drift` is how far the steps come apart, relative to them or to 1, if parameters are rounded to single precision.

Lion: Chen et al. 2023, algorithm 2, with their defaults beta1 = 0.9 and beta2 = 0.99:
  update = sign(beta1*m + (1-beta1)*g), theta -= lr*(update + lambda*theta), m = beta2*m + (1-beta2)*g.
LAMB: You et al. 2020, algorithm 2, with phi(z) = z: m and v as Adam's with their biases taken out,
  r = m/(sqrt(v) + eps), theta -= lr * |theta|/|r + lambda*theta| * (r + lambda*theta), the ratio being 1 where either
  norm is 0, as in the authors' code.
Adafactor: Shazeer & Stern 2018, algorithms 4 and 5, as PyTorch 2.5 reads them (torch/optim/_adafactor.py): means instead
  of sums by row and column, beta2_t = 1 - t^beta2_decay, relative step min(lr, 1/sqrt(t)), RMS(update)/d clipped at 1, the
  scale max(eps2, RMS(theta)) taken before the weight decays by 1 - lr*lambda, squares no less than eps1^2 and the mean of
  rows no less than eps1, which is the spacing of f64 at 1 unless said.
Muon: Jordan 2024, as PyTorch 2.9 reads it (torch/optim/_muon.py): buf = momentum*buf + (1-momentum)*g, with Nesterov
  u = momentum*buf + (1-momentum)*g; x = u/max(|u|, eps), transposed if it is taller than wide, then ns_steps times
  x = a*x + (b*x@x.T + c*(x@x.T)@(x@x.T))@x; theta = theta*(1 - lr*lambda) - lr*scale*x with the scale
  sqrt(max(1, rows/columns)), or 0.2*sqrt(max(rows, columns)). It is not rounded to bf16 in between.
"""
import json, pathlib

import numpy as np

C = [[0.5, 2, 8], [1, 0.25, 3]]
W = [[1, -2, 0.3], [-0.5, 0.8, 1.5]]
SECOND = {"vector": [0.75, -1, 0.2], "scalar": 0.75, "tall": [[0.5, -1], [0.25, 2], [-0.7, 0.1]],
          "batch": [[[0.5, -1], [0.25, 2]], [[-0.7, 0.1], [1, 1.2]]]}
STEPS = 50


def lion(p, g, s, t, lr, betas=(0.9, 0.99), weightDecay=0):
    m = s.setdefault("m", np.zeros_like(p))
    update = np.sign(betas[0] * m + (1 - betas[0]) * g)
    s["m"] = betas[1] * m + (1 - betas[1]) * g
    return p - lr * (update + weightDecay * p)


def lamb(p, g, s, t, lr, betas=(0.9, 0.999), eps=1e-6, weightDecay=0.01):
    s["m"] = betas[0] * s.get("m", 0) + (1 - betas[0]) * g
    s["v"] = betas[1] * s.get("v", 0) + (1 - betas[1]) * g * g
    r = s["m"] / (1 - betas[0] ** t) / (np.sqrt(s["v"] / (1 - betas[1] ** t)) + eps) + weightDecay * p
    of_p, of_r = np.linalg.norm(p.ravel()), np.linalg.norm(r.ravel())
    return p - lr * (of_p / of_r if of_p > 0 and of_r > 0 else 1) * r


def adafactor(p, g, s, t, lr, beta2Decay=-0.8, eps=(None, 1e-3), d=1, weightDecay=0):
    eps1 = np.finfo(np.float64).eps if eps[0] is None else eps[0]
    rms = lambda x: np.sqrt(np.mean(x * x))
    beta = 1 - t ** beta2Decay
    length = max(eps[1], rms(p)) * min(lr, 1 / np.sqrt(t))
    if p.ndim > 1:
        s["r"] = beta * s.get("r", 0) + (1 - beta) * np.mean(g * g, axis=-1, keepdims=True)
        s["c"] = beta * s.get("c", 0) + (1 - beta) * np.mean(g * g, axis=-2, keepdims=True)
        v = s["r"] * s["c"] / np.maximum(np.mean(s["r"], axis=-2, keepdims=True), eps1)
    else:
        v = s["v"] = beta * s.get("v", 0) + (1 - beta) * g * g
    u = g / np.sqrt(np.maximum(v, eps1 * eps1))
    return p * (1 - lr * weightDecay) - length * u / max(1, rms(u) / d)


def muon(p, g, s, t, lr, weightDecay=0.1, momentum=0.95, nesterov=True, nsCoefficients=(3.4445, -4.775, 2.0315),
         eps=1e-7, nsSteps=5, adjustLearningRate="original"):
    buf = s["b"] = momentum * s.get("b", 0) + (1 - momentum) * g
    x = momentum * buf + (1 - momentum) * g if nesterov else buf
    x = x / max(np.linalg.norm(x.ravel()), eps)
    rows, columns = p.shape
    if rows > columns: x = x.T
    a, b, c = nsCoefficients
    for _ in range(nsSteps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    if rows > columns: x = x.T
    scale = np.sqrt(max(1, rows / columns)) if adjustLearningRate == "original" else 0.2 * np.sqrt(max(rows, columns))
    return p * (1 - lr * weightDecay) - lr * scale * x


RULES = {"Lion": lion, "LAMB": lamb, "Adafactor": adafactor, "Muon": muon}
DECAY, UP = {"weightDecay": 0.1}, {"maximize": True}
CASES = {
    "Lion": [{}, {**DECAY, "betas": [0.5, 0.8]}, UP],
    "LAMB": [{}, {"weightDecay": 0}, {"betas": [0.5, 0.8], "eps": 1e-3, **DECAY}, UP],
    "Adafactor": [{}, DECAY, UP, {"beta2Decay": -0.5, "d": 2, "eps": [1e-2, 0.1]}],
    "Muon": [{}, {"nesterov": False, "weightDecay": 0}, UP, {"momentum": 0.5, "nsSteps": 3, "nsCoefficients": [1.5, -0.5, 0]},
             {"adjustLearningRate": "matchRmsAdamw", "eps": 1e-2}],
}
RATES = {"Lion": 0.02, "LAMB": 0.05, "Adafactor": 0.05, "Muon": 0.02}
SHAPES = {"Lion": ["vector"], "LAMB": ["vector", "scalar"], "Adafactor": ["vector", "scalar", "batch"], "Muon": ["tall"]}


def trace(name, second, options, dtype=np.float64):
    ps, states, lr = [np.array(W, dtype), np.array(SECOND[second], dtype)], [{}, {}], options["learningRate"]
    given = {k: v for k, v in options.items() if k not in ("learningRate", "maximize")}
    sign, rows = -1 if options.get("maximize") else 1, []
    for t in range(1, STEPS + 1):
        if t == STEPS // 2 + 1: lr /= 2
        w, b = ps
        gradients = np.array(C, dtype) * w + np.cos(w) + b.sum(), b + w.sum()
        ps = [dtype(RULES[name](p, dtype(sign * g), s, t, lr, **given)) for p, g, s in zip(ps, gradients, states)]
        rows.append([float(x) for p in ps for x in p.ravel()])
    return rows


def main():
    cases = [
        {"optimizer": name, "second": second, "options": {"learningRate": RATES[name], **options}}
        for name in CASES for i, options in enumerate(CASES[name])
        for second in (SHAPES[name] if i == 0 else SHAPES[name][:1])
    ]
    for case in cases:
        of = case["optimizer"], case["second"], case["options"]
        exact, single = trace(*of), trace(*of, np.float32)
        apart = [abs(a - b) / max(1, abs(b)) for row, wide in zip(single, exact) for a, b in zip(row, wide)]
        case.update(drift=float(f"{max(apart):.2g}"), trace=exact)
    from common import write
    write("papers.json", {"start": {"curvature": C, "w": W, "second": SECOND}, "cases": cases})


main()
