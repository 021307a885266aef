#!/usr/bin/python3
"""Writes factors.json: what NumPy, and of some matrices mpmath in 60 digits, say of matrices that try a factorisation.

    apt-get install -y python3-numpy python3-scipy python3-mpmath
    /usr/bin/python3 tests/proof/reference/factors.py > tests/proof/reference/factors.json
"""
import json, math
import mpmath as mp
import numpy as np


def weyl(m, n, seed=0):
    k = np.arange(m * n, dtype=np.float64)
    turn = (k + 1) * 0.6180339887498949 + seed * 0.4142135623730951
    # Squared turns do not repeat, as turns do, which makes matrices of them of low rank.
    turn = turn * turn
    return (turn - np.floor(turn)).reshape(m, n) * 2 - 1


def some(values):
    """The first five, the last five, and ten between."""
    n = len(values)
    places = sorted({*range(min(5, n)), *range(max(0, n - 5), n), *(i * n // 10 for i in range(10))})
    return {"places": places, "values": [float(values[i]) for i in places]}


def exact(a):
    mp.mp.dps = 60
    return [float(x) for x in mp.svd_r(mp.matrix(a.tolist()), compute_uv=False)]


large, hilbert = weyl(500, 500), np.array([[1 / (i + j + 1) for j in range(10)] for i in range(10)])
graded = weyl(8, 8, 1) * 10.0 ** (-3 * np.arange(8))
low = weyl(6, 2, 2) @ weyl(2, 4, 3)
frank = np.array([[min(12 - i, 12 - j) if j >= i - 1 else 0 for j in range(12)] for i in range(12)], dtype=float)
right = weyl(500, 2, 4)
print(json.dumps({
    "large": {
        "singular": some(np.linalg.svd(large, compute_uv=False)),
        "symmetric": some(np.linalg.eigvalsh(large + large.T)),
        "eigen": some([abs(v) for v in sorted(np.linalg.eigvals(large), key=abs)]),
        "triangle": some(np.diag(np.linalg.qr(large)[1])),
        "solution": some(np.linalg.lstsq(large[:, :300], right, rcond=None)[0][:, 1]),
    },
    "hilbert": {
        "singular": exact(hilbert),
        "triangle": np.diag(np.linalg.qr(hilbert)[1]).tolist(),
        "rank": int(np.linalg.matrix_rank(hilbert, tol=1e-8)),
    },
    "graded": {"singular": exact(graded), "transposed": exact(graded.T)},
    "low": {
        "singular": np.linalg.svd(low, compute_uv=False).tolist(),
        "rank": int(np.linalg.matrix_rank(low)),
        "inverse": np.linalg.pinv(low).tolist(),
        "solution": np.linalg.lstsq(low, weyl(6, 2, 5), rcond=None)[0].tolist(),
    },
    "frank": {"eigen": sorted(float(x.real) for x in mp.eig(mp.matrix(frank.tolist()), right=False))},
}))
