#!/usr/bin/python3
"""PyTorch's layers that pool, and those that put elements back: writes pooling.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/pooling.py
"""
from layers import layer, torch, write

NAN, INF = float("nan"), float("inf")


def edge(*values):
    return torch.tensor([[values]], dtype=torch.float64)


def samples(*shape):
    """Numbers that a fractional pooling takes in place of those that it draws."""
    torch.manual_seed(7)
    return torch.rand(shape, dtype=torch.float64)


def fractional(name, size, shape, inputs, **options):
    given = samples(*shape)
    made = getattr(torch.nn, name)(size, _random_samples=given, **options)
    return layer(name, size, made=made, inputs=inputs, **options)


def places(shape, *values):
    return torch.tensor(values).reshape(shape)


max_pools = [
    layer("MaxPool1d", 3, inputs=[(2, 2, 7)]),
    layer("MaxPool1d", 3, stride=1, padding=1, dilation=2, inputs=[(2, 7)]),
    layer("MaxPool1d", 2, stride=3, ceil_mode=True, return_indices=True, inputs=[(1, 2, 7)]),
    layer("MaxPool1d", 3, ceil_mode=True, inputs=[(1, 1, 2)]),
    layer("MaxPool1d", 4, stride=3, padding=2, ceil_mode=True, return_indices=True, inputs=[(1, 2, 5)]),
    layer("MaxPool2d", 2, inputs=[(2, 2, 4, 5)]),
    layer("MaxPool2d", 2, inputs=[(0, 2, 4, 5)]),
    layer("MaxPool2d", [3, 2], stride=[2, 1], padding=[1, 0], dilation=[1, 2], return_indices=True, inputs=[(1, 2, 5, 4)]),
    layer("MaxPool2d", [2, 3], stride=2, padding=1, ceil_mode=True, inputs=[(2, 5, 4)]),
    layer("MaxPool3d", 2, inputs=[(1, 2, 4, 3, 2)]),
    layer("MaxPool3d", [1, 2, 3], stride=[1, 2, 1], padding=[0, 1, 1], return_indices=True, inputs=[(2, 2, 3, 3)]),
    layer("MaxPool3d", 2, stride=2, dilation=[1, 2, 1], ceil_mode=True, inputs=[(1, 1, 3, 4, 3)]),
]
# Where elements tie the first is chosen, of NaNs the last.
edges = [
    layer("MaxPool1d", 2, return_indices=True, inputs=[edge(1, 1, 0, 0, 3, 2)], note="ties"),
    layer("MaxPool1d", 3, stride=1, padding=1, return_indices=True, inputs=[edge(NAN, 1, 5, 2, NAN, NAN)], note="NaN"),
    layer("MaxPool1d", 3, stride=2, padding=1, return_indices=True, inputs=[edge(-INF, -INF, -INF, -INF, 1)], note="none"),
    layer("MaxPool1d", 2, return_indices=True, inputs=[edge(INF, INF, -INF, INF)], note="infinities"),
    layer("MaxPool2d", 2, stride=1, return_indices=True, inputs=[torch.ones(1, 1, 3, 3, dtype=torch.float64)], note="ties"),
    layer("AdaptiveMaxPool1d", 2, return_indices=True, inputs=[edge(NAN, NAN, 2, 2, 1)], note="NaN and ties"),
    layer("AdaptiveMaxPool2d", 2, return_indices=True, inputs=[torch.zeros(1, 1, 3, 3, dtype=torch.float64)], note="ties"),
    layer("AdaptiveMaxPool1d", 3, return_indices=True, inputs=[edge(-INF, -INF, -INF, -INF)], note="none"),
    layer("AdaptiveAvgPool1d", 3, inputs=[edge(NAN, 1, 2, 3, INF)], note="NaN is in its windows alone"),
    layer("AvgPool1d", 2, stride=1, inputs=[edge(NAN, 1, 2, INF, -INF)], note="NaN is in its windows alone"),
    layer("LPPool1d", 2, 2, inputs=[edge(0, 0, 0, 3)], note="the gradient of 0 is 0"),
    layer("LPPool1d", 1, 2, inputs=[edge(1, -1, 2, 3)], note="the gradient of 0 is 0"),
]
avg_pools = [
    layer("AvgPool1d", 3, inputs=[(2, 2, 7)]),
    layer("AvgPool1d", 3, stride=2, padding=1, count_include_pad=False, ceil_mode=True, inputs=[(2, 6)]),
    layer("AvgPool1d", 4, stride=3, padding=2, ceil_mode=True, inputs=[(1, 2, 7)]),
    layer("AvgPool1d", 3, stride=2, padding=1, ceil_mode=True, inputs=[(1, 2, 6)]),
    layer("AvgPool2d", 2, inputs=[(2, 2, 4, 5)]),
    layer("AvgPool2d", 2, inputs=[(0, 2, 4, 5)]),
    layer("AvgPool2d", [3, 2], stride=[2, 1], padding=[1, 0], inputs=[(1, 2, 5, 4)]),
    layer("AvgPool2d", [2, 3], stride=2, padding=1, ceil_mode=True, inputs=[(2, 5, 5)]),
    layer("AvgPool2d", [3, 2], stride=2, padding=1, ceil_mode=True, inputs=[(1, 6, 3)]),
    layer("AvgPool2d", 3, stride=2, padding=1, count_include_pad=False, inputs=[(1, 2, 4, 4)]),
    layer("AvgPool2d", 2, stride=1, padding=1, divisor_override=3, inputs=[(1, 1, 3, 3)]),
    layer("AvgPool3d", 2, inputs=[(1, 2, 4, 3, 2)]),
    layer("AvgPool3d", [1, 2, 3], stride=[1, 2, 1], padding=[0, 1, 1], inputs=[(2, 2, 3, 3)]),
    layer("AvgPool3d", 2, padding=1, ceil_mode=True, count_include_pad=False, inputs=[(1, 1, 3, 4, 3)]),
    layer("AvgPool3d", 2, stride=1, divisor_override=5, inputs=[(1, 1, 3, 2, 2)]),
]
lp_pools = [
    layer("LPPool1d", 2, 3, inputs=[(2, 2, 7)]),
    layer("LPPool1d", 4, 2, stride=3, ceil_mode=True, inputs=[(2, 7)]),
    layer("LPPool2d", 2, 2, inputs=[(2, 2, 4, 5)]),
    layer("LPPool2d", 4, [2, 3], stride=2, ceil_mode=True, inputs=[(2, 5, 6)]),
]
adaptive_pools = [
    layer("AdaptiveMaxPool1d", 3, inputs=[(2, 2, 7)]),
    layer("AdaptiveMaxPool1d", 2, return_indices=True, inputs=[(2, 4)]),
    layer("AdaptiveMaxPool2d", [3, None], inputs=[(2, 2, 5, 3)]),
    layer("AdaptiveMaxPool2d", [2, 3], return_indices=True, inputs=[(2, 5, 6)]),
    layer("AdaptiveMaxPool2d", [None, 1], return_indices=True, inputs=[(0, 2, 3, 2)]),
    layer("AdaptiveMaxPool3d", [2, 3, None], return_indices=True, inputs=[(1, 2, 3, 5, 2)]),
    layer("AdaptiveMaxPool3d", 2, inputs=[(1, 4, 3, 5)]),
    layer("AdaptiveAvgPool1d", 3, inputs=[(2, 2, 7)]),
    layer("AdaptiveAvgPool1d", 5, inputs=[(2, 3)]),
    layer("AdaptiveAvgPool2d", [3, None], inputs=[(2, 2, 5, 3)]),
    layer("AdaptiveAvgPool2d", [2, 4], inputs=[(2, 5, 6)]),
    layer("AdaptiveAvgPool2d", 1, inputs=[(2, 3, 4, 5)]),
    layer("AdaptiveAvgPool2d", [None, 2], inputs=[(0, 2, 3, 2)]),
    layer("AdaptiveAvgPool3d", [2, 3, None], inputs=[(1, 2, 3, 5, 2)]),
    layer("AdaptiveAvgPool3d", 2, inputs=[(1, 4, 3, 5)]),
]
fractional_pools = [
    fractional("FractionalMaxPool2d", 2, (2, 2, 2), [(2, 2, 6, 5)], output_size=3),
    fractional("FractionalMaxPool2d", [2, 3], (1, 2, 2), [(2, 7, 6)], output_ratio=[0.5, 0.6], return_indices=True),
    fractional("FractionalMaxPool2d", 2, (1, 1, 2), [(1, 1, 4, 5)], output_size=[1, 4], return_indices=True),
    fractional("FractionalMaxPool3d", [2, 1, 2], (1, 2, 3), [(1, 2, 5, 4, 6)], output_size=[3, 2, 4], return_indices=True),
    fractional("FractionalMaxPool3d", 2, (1, 1, 3), [(1, 4, 5, 6)], output_ratio=0.5),
]
unpools = [
    layer("MaxUnpool1d", 2, inputs=[(1, 2, 3), places((1, 2, 3), 1, 2, 5, 0, 3, 4)]),
    layer("MaxUnpool1d", 3, stride=2, padding=1, inputs=[(1, 3), places((1, 3), 0, 2, 4)], forward={"output_size": [6]}),
    layer("MaxUnpool1d", 3, stride=1, inputs=[edge(2, 2, 1), places((1, 1, 3), 2, 2, 4)], note="one place twice"),
    layer("MaxUnpool2d", 2, inputs=[(1, 1, 2, 2), places((1, 1, 2, 2), 0, 7, 9, 11)]),
    layer("MaxUnpool2d", [2, 1], stride=[2, 3], inputs=[(1, 2, 2), places((1, 2, 2), 0, 7, 9, 19)], forward={"output_size": [5, 5]}),
    layer("MaxUnpool3d", 2, inputs=[(1, 1, 1, 2, 1), places((1, 1, 1, 2, 1), 5, 10)]),
    layer("MaxUnpool3d", [1, 2, 2], stride=[1, 2, 1], padding=[0, 1, 0], inputs=[(1, 1, 2, 2), places((1, 1, 2, 2), 0, 1, 4, 5)]),
]
write("pooling.json", max_pools + edges + avg_pools + lp_pools + adaptive_pools + fractional_pools + unpools)
