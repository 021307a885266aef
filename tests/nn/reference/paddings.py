#!/usr/bin/python3
"""PyTorch's layers that pad: writes paddings.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/paddings.py
"""
import itertools
from layers import layer, torch, write

LENGTHS = {1: [(3,)], 2: [(3, 2)], 3: [(2, 3, 2)]}
WIDTHS = {1: [2, 0], 2: [1, 0, -1, 2], 3: [0, 1, 2, -1, 1, 0]}


def circular(padding):
    """PyTorch 1.13 has the mode, for batches alone, and no layer of it; nor has it ZeroPad1d and ZeroPad3d."""
    class Circular(torch.nn.Module):
        def forward(self, x):
            is_one = x.dim() == len(padding) // 2 + 1
            y = torch.nn.functional.pad(x[None] if is_one else x, padding, mode="circular")
            return y[0] if is_one else y
    return Circular()


def cases():
    for axes, around in itertools.product((1, 2, 3), (False, True)):
        extents = LENGTHS[axes][0]
        widths = WIDTHS[axes] if around else 1
        every = [1] * (2 * axes) if widths == 1 else widths
        batch = (2, 2, *extents) if around else (2, *extents)
        yield layer(f"ConstantPad{axes}d", widths, 0.5, inputs=[batch])
        yield layer(f"ZeroPad{axes}d", widths, made=torch.nn.ConstantPad1d(every, 0.0), inputs=[batch])
        yield layer(f"ReflectionPad{axes}d", widths, inputs=[batch])
        yield layer(f"ReplicationPad{axes}d", widths, inputs=[batch])
        yield layer(f"CircularPad{axes}d", widths, made=circular(every), inputs=[batch])
    yield layer("ReplicationPad1d", [4, 5], inputs=[(1, 1, 1)])
    yield layer("ReflectionPad1d", [4, -3], inputs=[(1, 1, 5)])
    yield layer("CircularPad1d", [3, 3], made=circular([3, 3]), inputs=[(1, 1, 3)])
    yield layer("ConstantPad2d", [-1, -1, 0, 0], 3.5, inputs=[(2, 3)])
    yield layer("ReflectionPad2d", 1, inputs=[(0, 2, 3, 3)])


write("paddings.json", list(cases()))
