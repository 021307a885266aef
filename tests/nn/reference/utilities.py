#!/usr/bin/python3
"""What functions of torch.nn.utils give: writes utilities.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/utilities.py

PyTorch's fusion of a transposed convolution in groups fails: there is none here.
"""
from layers import camel, encoded, torch, write

rnn, fusion = torch.nn.utils.rnn, torch.nn.utils.fusion


def states(*modules):
    return [{k: encoded(v) for k, v in module.state_dict().items()} for module in modules]


def moved(norm):
    """Away from mean 0 and variance 1."""
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2)
    if norm.affine:
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)


def fused(name, arguments, norm, size, seed, affine=True, **options):
    torch.manual_seed(seed)
    layer = getattr(torch.nn, name)(*arguments, **options).double().eval()
    after = getattr(torch.nn, norm)(size, affine=affine, eps=1e-3).double().eval()
    moved(after)
    weights = [layer.weight, layer.bias, after.running_mean, after.running_var, after.eps, after.weight, after.bias]
    if name == "Linear":
        # fuse_linear_bn_weights of 1.13 needs a weight and a bias of the normalisation.
        made = fusion.fuse_linear_bn_weights(*weights)
    else:
        made = fusion.fuse_conv_bn_weights(*weights, transpose="Transpose" in name)
    return {"layer": name, "arguments": list(arguments), "options": {camel(k): v for k, v in options.items()}, "norm": norm,
            "size": size, "affine": affine, "states": states(layer, after), "weight": encoded(made[0]), "bias": encoded(made[1])}


def padded(lengths, rest, seed, **options):
    torch.manual_seed(seed)
    sequences = [torch.randn(length, *rest, dtype=torch.float64) for length in lengths]
    output = rnn.pad_sequence(sequences, **options)
    return {"sequences": [encoded(x) for x in sequences], "options": {camel(k): v for k, v in options.items()}, "output": encoded(output)}


write("utilities.json", [
    fused("Conv1d", [2, 3, 2], "BatchNorm1d", 3, 1),
    fused("Conv1d", [2, 3, 2], "BatchNorm1d", 3, 2, affine=False),
    fused("Conv2d", [2, 4, [2, 3]], "BatchNorm2d", 4, 3, bias=False, groups=2, stride=2, padding=1, padding_mode="circular"),
    fused("Conv3d", [1, 2, 2], "BatchNorm3d", 2, 4, dilation=2),
    fused("ConvTranspose1d", [2, 3, 2], "BatchNorm1d", 3, 5),
    fused("ConvTranspose2d", [2, 3, 2], "BatchNorm2d", 3, 6, bias=False, stride=2, output_padding=1),
    fused("Linear", [3, 2], "BatchNorm1d", 2, 7),
    fused("Linear", [3, 2], "BatchNorm1d", 2, 8, bias=False),
    padded([2, 4, 1], [], 9),
    padded([2, 4, 1], [3, 2], 10, padding_value=-1.5),
    padded([3, 3], [2], 11, batch_first=True),
    padded([0, 2], [2], 12, batch_first=True),
])
