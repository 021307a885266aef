#!/usr/bin/python3
"""What PyTorch's layers answer whose weights have norms of their own: writes weight_norms.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/weight_norms.py

A note is the name of the function here that a layer is made with; its options are those of a case beside `bias`.
"""
from layers import layer, torch, write

utils = torch.nn.utils


def weighted(name, *arguments, inputs, seed, dim=0):
    made = utils.weight_norm(getattr(torch.nn, name)(*arguments), dim=dim)
    return layer(name, *arguments, inputs=inputs, made=made, seed=seed, note="weightNorm", axis=dim)


def spectral(name, *arguments, inputs, seed, training=True, **options):
    torch.manual_seed(seed)
    made = utils.spectral_norm(getattr(torch.nn, name)(*arguments), **options)
    if "dim" in options: options["axis"] = options.pop("dim")
    return layer(name, *arguments, inputs=inputs, made=made, seed=seed, training=training, note="spectralNorm", **options)


write("weight_norms.json", [
    weighted("Linear", 3, 2, inputs=[(4, 3)], seed=1),
    weighted("Linear", 3, 2, inputs=[(4, 3)], seed=2, dim=1),
    weighted("Linear", 3, 2, inputs=[(4, 3)], seed=3, dim=None),
    weighted("Conv1d", 2, 3, 2, inputs=[(2, 2, 4)], seed=4),
    *(spectral("Linear", 3, 2, inputs=[(4, 3)], seed=5, training=training) for training in [True, False]),
    spectral("Linear", 3, 2, inputs=[(4, 3)], seed=6, n_power_iterations=3),
    spectral("Linear", 3, 2, inputs=[(4, 3)], seed=7, dim=1, eps=1e-3),
    *(spectral("Conv1d", 2, 3, 2, inputs=[(2, 2, 4)], seed=8, training=training) for training in [True, False]),
    *(spectral("ConvTranspose1d", 2, 3, 2, inputs=[(2, 2, 4)], seed=9, training=training) for training in [True, False]),
])
