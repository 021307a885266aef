#!/usr/bin/python3
"""PyTorch's affine layer: writes linear.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/linear.py
"""
from layers import layer, write

write("linear.json", [
    layer("Linear", 3, 2, inputs=[(4, 3)]),
    layer("Linear", 3, 2, inputs=[(3,)]),
    layer("Linear", 3, 2, bias=False, inputs=[(2, 4, 3)]),
])
