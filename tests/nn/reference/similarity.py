#!/usr/bin/python3
"""PyTorch's distances and its bilinear layer: writes similarity.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/similarity.py
"""
from layers import layer, torch, write


def similarity(*inputs, dim=1, **options):
    case = layer("CosineSimilarity", inputs=inputs, dim=dim, **options)
    case["options"]["axis"] = case["options"].pop("dim")
    return case


def distance(*inputs, keepdim=False, **options):
    case = layer("PairwiseDistance", inputs=inputs, keepdim=keepdim, **options)
    case["options"]["keepDims"] = case["options"].pop("keepdim")
    return case


def rows(*values):
    return torch.tensor(values, dtype=torch.float64)


write("similarity.json", [
    similarity((3, 4), (3, 4)),
    similarity((3, 4), (3, 4), dim=0, eps=2.5),
    similarity((2, 3, 4), (3, 1), dim=-1),
    similarity(rows([0, 0], [3, 4]), rows([1, 2], [0, 0])),
    similarity(rows([1e-9, 2e-9]), rows([1, 2])),
    distance((3, 4), (3, 4)),
    distance((3, 4), (4,), p=1.0),
    distance((3, 4), (3, 4), p=3.0, eps=0.1, keepdim=True),
    distance((4,), (4,), p=float("inf"), eps=0.0) | {"options": {"p": "Infinity", "eps": 0, "keepDims": False}},
    distance(rows([1, 2]), rows([1, 2]), eps=0.0),
    layer("Bilinear", 3, 4, 2, inputs=[(5, 3), (5, 4)]),
    layer("Bilinear", 3, 2, 4, inputs=[(3,), (2,)], bias=False),
    layer("Bilinear", 2, 3, 1, inputs=[(2, 2, 2), (2, 2, 3)]),
])
