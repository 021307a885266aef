#!/usr/bin/python3
"""Answers of numpy's (LAPACK's) to matrices that are large or ill-conditioned, into linalg.json.

    /usr/bin/python3 tests/proof/reference/linalg.py
"""
import json, os

import mpmath
import numpy as np
import torch

mpmath.mp.dps = 40


def dense(m, n):
    i, j = np.arange(m)[:, None], np.arange(n)[None, :]
    return ((i * i * 37 + j * j * j * 91 + i * i * j * 53 + i * 7 + j * 13) % 1009) / 1009 - 0.5


def matrices():
    i = np.arange(1, 9, dtype=float)
    yield "hilbert", 1 / (i[:, None] + i[None, :] - 1)
    yield "graded", dense(12, 12) * np.array([float(f"1e-{i}") for i in range(12)])[:, None]
    yield "one", np.array([[-2.5]])
    yield "regular", dense(500, 500) + 4 * np.eye(500)
    yield "blocks", dense(97, 97) + np.eye(97)


def some(x):
    """The places and values of a few elements, and the sum of the sizes of all."""
    flat = np.asarray(x, dtype=float).reshape(-1)
    places = sorted({int(k) for k in np.linspace(0, flat.size - 1, 12)})
    return {"shape": list(np.shape(x)), "size": float(np.abs(flat).sum()), "places": places,
            "values": [float(flat[k]) for k in places]}


def exponential(a):
    """By mpmath where that is quick: PyTorch's is 1e-11 off for the graded one."""
    if len(a) > 12: return torch.matrix_exp(torch.tensor(a)).numpy()
    return np.array(mpmath.expm(mpmath.matrix(a.tolist()), method="taylor").tolist(), dtype=float)


def answers(a):
    n = len(a)
    b = dense(n, 3)
    sign, log = np.linalg.slogdet(a)
    positive = a @ a.T / n + np.eye(n)
    return {
        "sign": float(sign), "logabsdet": float(log),
        "inv": some(np.linalg.inv(a)), "solve": some(np.linalg.solve(a, b)),
        "cholesky": some(np.linalg.cholesky(positive)),
        "pivots": torch.linalg.lu_factor(torch.tensor(a))[1].tolist(),
        "exp": some(exponential(a / 16)),
    }


folder = os.path.dirname(os.path.abspath(__file__))
cases = [{"name": name, "n": len(a), **answers(a)} for name, a in matrices()]
wide, tall = torch.tensor(dense(1, 7)), torch.tensor(dense(120, 60))
lu = {name: {"LU": some(x.numpy()), "pivots": p.tolist()} for name, (x, p) in
      {"wide": torch.linalg.lu_factor(wide), "tall": torch.linalg.lu_factor(tall)}.items()}
with open(os.path.join(folder, "linalg.json"), "w") as file:
    json.dump({"matrices": cases, "rectangular": lu}, file, separators=(",", ":"))
    file.write("\n")
