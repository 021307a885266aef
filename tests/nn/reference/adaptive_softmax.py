#!/usr/bin/python3
"""Writes adaptive_softmax.json: what PyTorch's adaptive softmax answers, with all its parts."""
from layers import layer, torch, write

targets = torch.tensor([0, 3, 9, 4, 7])


def called(name):
    return lambda module, x, target=None: getattr(module, name)(x)


write("adaptive_softmax.json", [
    layer("AdaptiveLogSoftmaxWithLoss", 6, 10, [4, 7], inputs=[(5, 6), targets], div_value=2.0, head_bias=True),
    layer("AdaptiveLogSoftmaxWithLoss", 6, 10, [4], inputs=[(5, 6), targets]),
    layer("AdaptiveLogSoftmaxWithLoss", 6, 10, [4], inputs=[(6,), torch.tensor(8)]),
    layer("AdaptiveLogSoftmaxWithLoss", 6, 10, [2, 4, 7], inputs=[(4, 6), torch.tensor([1, 3, 5, 8])], div_value=1.5),
    layer("AdaptiveLogSoftmaxWithLoss", 6, 10, [4, 7], inputs=[(5, 6)], div_value=2.0, call=called("log_prob"), note="logProb"),
    layer("AdaptiveLogSoftmaxWithLoss", 6, 10, [2, 7], inputs=[(9, 6)], div_value=2.0, call=called("predict"), note="predict"),
])
