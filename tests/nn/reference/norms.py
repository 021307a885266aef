#!/usr/bin/python3
"""What PyTorch's normalisations and dropouts answer: writes norms.json and dropouts.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/norms.py
"""
from layers import layer, torch, write


class RMSNorm(torch.nn.Module):
    """torch.nn.RMSNorm, which came with 2.4, by its formula."""

    def __init__(self, shape, eps=None, elementwise_affine=True):
        super().__init__()
        self.axes = tuple(range(-len(shape), 0))
        self.eps = torch.finfo(torch.float64).eps if eps is None else eps
        self.weight = torch.nn.Parameter(torch.ones(shape)) if elementwise_affine else None

    def forward(self, x):
        y = x * torch.rsqrt(x.pow(2).mean(self.axes, keepdim=True) + self.eps)
        return y if self.weight is None else y * self.weight


class LayerNorm(torch.nn.Module):
    """torch.nn.LayerNorm without a bias, which came with 2.1."""

    def __init__(self, shape):
        super().__init__()
        self.shape, self.weight = shape, torch.nn.Parameter(torch.ones(shape))

    def forward(self, x):
        return torch.nn.functional.layer_norm(x, self.shape, self.weight)


def trained(module):
    """Weights, biases and statistics as after some training, not those that a layer starts with."""
    for parameter in module.parameters(): torch.nn.init.normal_(parameter)
    for name, buffer in module.named_buffers():
        if name == "running_mean": buffer.normal_()
        if name == "running_var": buffer.uniform_(0.5, 2)
        if name == "num_batches_tracked": buffer.fill_(3)


def norm(name, *arguments, seed=[0], **rest):
    seed[0] += 1
    return layer(name, *arguments, seed=seed[0], prepare=trained, **rest)


BATCHES = {"1d": [(4, 3), (3, 3, 2)], "2d": [(2, 3, 2, 3)], "3d": [(2, 3, 1, 2, 2)]}
IMAGES = {"1d": [(2, 3, 4), (3, 4)], "2d": [(2, 3, 2, 3), (3, 2, 3)], "3d": [(2, 3, 1, 2, 2), (3, 1, 2, 2)]}
SETTINGS = [{}, {"affine": False}, {"momentum": 0.3, "eps": 0.1}, {"momentum": None}, {"track_running_stats": False}]


def batches():
    for kind, shapes in BATCHES.items():
        for shape in shapes:
            for options in SETTINGS if kind == "1d" else SETTINGS[:2]:
                for training in [True, False]:
                    yield norm(f"BatchNorm{kind}", 3, inputs=[shape], training=training, **options)
    yield norm("BatchNorm1d", 3, inputs=[(0, 3)], training=True)
    yield norm("BatchNorm1d", 3, inputs=[(1, 3)], training=False)
    yield norm("BatchNorm2d", 1, inputs=[(1, 1, 1, 2)], training=True)


def images():
    tracked = {"affine": True, "track_running_stats": True}
    for kind, shapes in IMAGES.items():
        for shape in shapes:
            for options in [{}, {"affine": True, "eps": 0.1}, tracked, {**tracked, "momentum": 0.3}]:
                for training in [True, False]:
                    if kind == "1d" or options == tracked or not options and training:
                        yield norm(f"InstanceNorm{kind}", 3, inputs=[shape], training=training, **options)


def others():
    yield norm("LayerNorm", 3, inputs=[(4, 3)])
    yield norm("LayerNorm", [2, 3], inputs=[(2, 2, 3)], eps=0.1)
    yield norm("LayerNorm", [3], inputs=[(3,)], elementwise_affine=False)
    yield norm("LayerNorm", [3], inputs=[(0, 3)])
    yield layer("LayerNorm", [3], inputs=[(4, 3)], prepare=trained, made=LayerNorm([3]), bias=False)
    yield norm("GroupNorm", 2, 4, inputs=[(3, 4)])
    yield norm("GroupNorm", 1, 4, inputs=[(2, 4, 3)], eps=0.1)
    yield norm("GroupNorm", 4, 4, inputs=[(2, 4, 2, 2)])
    yield norm("GroupNorm", 2, 4, inputs=[(2, 4, 1, 2, 1)], affine=False)
    yield norm("GroupNorm", 2, 4, inputs=[(0, 4, 2)])
    for options in [{}, {"eps": 0.1}, {"elementwise_affine": False}]:
        yield layer("RMSNorm", [3], inputs=[(4, 3)], prepare=trained, made=RMSNorm([3], **options), **options)
    yield layer("RMSNorm", [2, 3], inputs=[(2, 2, 3)], prepare=trained, made=RMSNorm([2, 3]))
    for size in [1, 2, 3, 5]: yield norm("LocalResponseNorm", size, inputs=[(2, 4, 3)], alpha=0.5)
    yield norm("LocalResponseNorm", 2, inputs=[(2, 3, 2, 2)], beta=0.5, k=2.0, alpha=1.0)
    yield norm("LocalResponseNorm", 3, inputs=[(1, 3, 1, 2, 2)])


def activations():
    for name, shape in {"Dropout": (3, 2), "Dropout1d": (2, 3, 2), "Dropout2d": (2, 3, 2, 2), "Dropout3d": (2, 1, 2, 1, 2), "AlphaDropout": (3, 2), "FeatureAlphaDropout": (2, 3, 2)}.items():
        for p, training in [(0.0, True), (1.0, True), (0.5, False)]:
            yield norm(name, p, inputs=[shape], training=training)
    yield norm("RReLU", inputs=[(3, 2)], training=False)
    yield norm("RReLU", inputs=[(3, 2)], training=False, lower=0.2, upper=0.4)
    yield norm("RReLU", inputs=[(3, 2)], training=True, lower=0.3, upper=0.3)


write("norms.json", [*batches(), *images(), *others()])
write("dropouts.json", list(activations()))
