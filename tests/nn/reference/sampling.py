#!/usr/bin/python3
"""PyTorch's functions that resample and measure, with options that no layer has: writes sampling.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/sampling.py
"""
import itertools
import torch.nn.functional as F
from layers import layer, torch, write


class Function(torch.nn.Module):
    """A function as a module, which `layer` calls."""

    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, *inputs):
        return self.fn(*inputs)


def function(name, fn, *arguments, inputs, **options):
    return layer(name, *arguments, inputs=inputs, made=Function(fn), **options)


def interpolate(shape, **options):
    return function("interpolate", lambda x: F.interpolate(x, **options), inputs=[shape], **options)


def affine_grid(shape, size, **options):
    return function("affineGrid", lambda x: F.affine_grid(x, size, **options), list(size), inputs=[shape], **options)


# Beyond the edges by less and by more than the image is wide, at edges, at middles of elements, and between.
places = torch.tensor([-5.3, -1.7, -1.0, -0.99, -0.6, -0.5, 0.0, 0.25, 0.5, 0.7, 1.0, 1.2, 3.9, 1e8], dtype=torch.float64)


def grid_sample(shape, **options):
    axes, generator = len(shape) - 2, torch.Generator().manual_seed(3)
    # In volumes PyTorch 1.13 rounds halves up on the cpu, and to even numbers on a gpu and in images.
    between = places + 1e-3 if axes == 3 else places
    if options.get("padding_mode") == "reflection": between = between.clamp(max=6.3)  # in f32 1e8 has no fraction
    columns = [between[torch.randperm(len(places), generator=generator)] for _ in range(axes)]
    grid = torch.stack(columns, -1).reshape([1] * (axes - 1) + [2, 7, axes]).expand(shape[0], *[-1] * axes + [-1])
    if axes == 2: grid = grid.reshape(shape[0], 2, 7, 2)
    return function("gridSample", lambda x, g: F.grid_sample(x, g, **options), inputs=[shape, grid.clone()], **options)


def cdist(a, b, p):
    ours = {"p": "Infinity" if p == float("inf") else p}
    return function("cdist", lambda x, y: torch.cdist(x, y, p=p, compute_mode="donot_use_mm_for_euclid_dist"), inputs=[a, b], **ours)


def normalize(shape, p=2.0, dim=1, eps=1e-12):
    ours = {"p": "Infinity" if p == float("inf") else p, "axis": dim, "eps": eps}
    return function("normalize", lambda x: F.normalize(x, p, dim, eps), inputs=[shape], **ours)


same = torch.tensor([[1, 2], [1, 4], [3, 0]], dtype=torch.float64)
corners, paddings = (False, True), ("zeros", "border", "reflection")

cases = [
    *[
        interpolate((1, 2, 5, 7), size=size, mode=mode, antialias=True, align_corners=align)
        for mode in ("bilinear", "bicubic") for size in ([2, 3], [9, 4]) for align in corners
    ],
    interpolate((1, 1, 6, 5), scale_factor=[0.4, 0.7], mode="bilinear", antialias=True),
    interpolate((1, 1, 6, 5), scale_factor=[0.4, 0.7], mode="bicubic", antialias=True, recompute_scale_factor=True),
    interpolate((1, 1, 1, 3), size=[3, 1], mode="bicubic", align_corners=True),
    interpolate((0, 2, 3), size=5, mode="linear"),
    # Sizes that a factor leaves as they are, and one that it doubles without being 2.
    interpolate((1, 1, 8), scale_factor=[1.1], mode="linear"),
    interpolate((1, 1, 2, 8), scale_factor=[1.6, 1.1], mode="bilinear"),
    interpolate((1, 1, 2, 8), scale_factor=[1.6, 1.1], mode="bicubic"),
    interpolate((1, 1, 2, 8), scale_factor=[2.4, 1.1]),
    interpolate((1, 1, 2, 8), scale_factor=[2.4, 1.1], mode="nearest-exact"),
    grid_sample((2, 2, 3, 2)),
    *[
        grid_sample((1, 1, 3, 4), mode=mode, padding_mode=padding, align_corners=align)
        for mode in ("bilinear", "nearest", "bicubic") for padding in paddings for align in corners
    ],
    *[
        grid_sample((1, 1, 2, 3, 2), mode=mode, padding_mode=padding, align_corners=align)
        for mode in ("bilinear", "nearest") for padding in paddings for align in corners
    ],
    *[grid_sample((1, 1, 1, 2), padding_mode=padding, align_corners=align) for padding in paddings for align in corners],
    *[affine_grid((2, 2, 3), (2, 1, 3, 4), align_corners=align) for align in corners],
    *[affine_grid((1, 3, 4), (1, 2, 2, 1, 3), align_corners=align) for align in corners],
    *[cdist((2, 3, 2), (4, 2), p) for p in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, float("inf"))],
    *[cdist(same.clone(), same.flip(0), p) for p in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, float("inf"))],
    cdist((2, 0), (3, 0), 2.0),
    cdist((0, 3), (2, 3), 2.0),
    *[normalize((2, 3, 2), p=p) for p in (1.0, 2.0, 3.0, float("inf"))],
    normalize(torch.tensor([[3.0, 4.0], [0.0, 0.0], [0.1, 0.0]], dtype=torch.float64), dim=-1, eps=0.5),
]

if __name__ == "__main__": write("sampling.json", cases)
