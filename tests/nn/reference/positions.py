#!/usr/bin/python3
"""Positions by the formulas of their papers, which PyTorch 1.13 has no layers of: writes positions.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/positions.py

Su et al. (2021): features 2i and 2i + 1 are a complex number, multiplied by exp(i*position*theta_i); halves are paired where
`interleaved` is false, as in GPT-NeoX. Vaswani et al. (2017): sin and cos of position/10000^(2i/features).
"""
from layers import HERE, encoded, pretty, torch


def rotated(shape, offset=0, base=10000, interleaved=True):
    torch.manual_seed(len(shape) + offset)
    x = torch.randn(shape, dtype=torch.float64)
    length, features = shape[-2:]
    theta = base ** (-2 * torch.arange(features // 2, dtype=torch.float64) / features)
    angle = torch.outer(offset + torch.arange(length, dtype=torch.float64), theta)
    halves = x.unflatten(-1, (-1, 2)) if interleaved else x.unflatten(-1, (2, -1)).transpose(-1, -2)
    turned = torch.view_as_real(torch.view_as_complex(halves.contiguous()) * torch.polar(torch.ones_like(angle), angle))
    y = turned.flatten(-2) if interleaved else turned.transpose(-1, -2).flatten(-2)
    options = {"offset": offset, "base": base, "interleaved": interleaved}
    return {"x": encoded(x), "options": options, "y": encoded(y)}


def waves(length, features):
    rows = [[f(p / 10000 ** (2 * i / features)) for i in range(features // 2) for f in (torch.sin, torch.cos)]
            for p in torch.arange(length, dtype=torch.float64)]
    return encoded(torch.tensor(rows, dtype=torch.float64))


pretty.write(HERE, "positions.json", {
    "torch": torch.__version__,
    "rotary": [rotated((5, 4)), rotated((2, 3, 6), offset=100), rotated((2, 2, 3, 4), interleaved=False, base=500)],
    "sinusoidal": [waves(6, 4), waves(3, 10)],
})
