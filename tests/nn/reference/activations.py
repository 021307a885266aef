"""Activations and layers that change shapes: PyTorch's over their options. Writes activations.json."""
from layers import layer, torch, write

X = torch.tensor([[-7.0, -1.2, -0.4, 0.3], [0.9, 2.2, 6.5, 25.0]], dtype=torch.float64)
IMAGE = [(2, 3, 2, 2)]


def named(name, inputs=None, **options):
    case = layer(name, inputs=[X.clone()] if inputs is None else inputs, **options)
    if "dim" in case["options"]: case["options"] = {"axis": case["options"]["dim"]}
    return case


def shaped(name, *arguments, inputs, ours):
    """PyTorch's arguments are others than ours."""
    case = layer(name, *arguments, inputs=inputs)
    case["arguments"] = ours
    return case


write("activations.json", [
    *[named(name) for name in "ReLU ReLU6 SELU SiLU Mish Sigmoid LogSigmoid Tanh Softsign Tanhshrink Hardswish".split()],
    *[named(name) for name in "LeakyReLU ELU CELU GELU Hardtanh Hardshrink Softshrink Softplus PReLU".split()],
    named("LeakyReLU", negative_slope=0.3),
    named("ELU", alpha=2.0),
    named("CELU", alpha=0.5),
    named("GELU", approximate="tanh"),
    named("Hardtanh", min_val=-0.5, max_val=3.0),
    named("Hardshrink", lambd=1.0),
    named("Softshrink", lambd=0.35),
    named("Softplus", beta=2.0, threshold=5.0),
    named("Softplus", beta=0.5),
    layer("Threshold", 0.5, -3.0, inputs=[X.clone()]),
    named("PReLU", num_parameters=3, init=0.1, inputs=IMAGE),
    named("PReLU", num_parameters=4, inputs=[(2, 4)]),
    *[named(name, dim=dim, inputs=[(2, 3, 4)]) for name in ["Softmax", "LogSoftmax", "Softmin"] for dim in [1, -1]],
    named("GLU", inputs=[(3, 4)]),
    named("GLU", dim=0, inputs=[(4, 3)]),
    named("Softmax2d", inputs=IMAGE),
    named("Softmax2d", inputs=[(3, 2, 2)]),
    named("Identity", inputs=[(2, 3)]),
    named("Flatten", inputs=[(2, 3, 2)]),
    shaped("Flatten", 0, 1, inputs=[(2, 3, 2)], ours=[0, 1]),
    shaped("Unflatten", 1, (2, 3), inputs=[(2, 6)], ours=[1, [2, 3]]),
    shaped("Unflatten", -1, (2, -1), inputs=[(2, 2, 6)], ours=[-1, [2, -1]]),
])
