#!/usr/bin/python3
"""What PyTorch's layers answer whose weights are parametrized: writes parametrizations.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/parametrizations.py

A note is the name of the parametrization here; its options are those of a case beside `bias`. 1.13 has no
`parametrizations.weight_norm`: that of 2.1 is written out.
"""
from layers import layer, torch, write

parametrize, parametrizations = torch.nn.utils.parametrize, torch.nn.utils.parametrizations


class WeightNorm(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g, weight_v):
        return torch._weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight):
        return torch.norm_except_dim(weight, 2, self.dim), weight


def made(name, arguments, seed):
    torch.manual_seed(seed)
    return getattr(torch.nn, name)(*arguments).double()


def weighted(name, *arguments, inputs, seed, dim=0):
    module = made(name, arguments, seed)
    parametrize.register_parametrization(module, "weight", WeightNorm(dim), unsafe=True)
    return layer(name, *arguments, inputs=inputs, made=module, seed=seed, note="weightNorm", axis=dim)


def spectral(name, *arguments, inputs, seed, training=True, of="weight", **options):
    module = parametrizations.spectral_norm(made(name, arguments, seed), of, **options)
    if "dim" in options: options["axis"] = options.pop("dim")
    case = layer(name, *arguments, inputs=inputs, made=module, seed=seed, training=training, note="spectralNorm", **options)
    if of != "weight": case["options"]["name"] = of
    return case


def moved(module):
    """Away from where the base alone is the weight; signs on the diagonal stay what they are."""
    original = module.parametrizations["weight"].original
    with torch.no_grad(): original += torch.randn_like(original).tril(-1) + torch.randn_like(original).triu(1)


def orthogonal(name, *arguments, inputs, seed, **options):
    module = parametrizations.orthogonal(made(name, arguments, seed), **options)
    ours = {"matrix_exp": "matrixExp"}
    if "orthogonal_map" in options: options["orthogonal_map"] = {"ours": ours.get(options["orthogonal_map"], options["orthogonal_map"]), "torch": ""}
    return layer(name, *arguments, inputs=inputs, made=module, seed=seed, note="orthogonal", prepare=moved, **options)


write("parametrizations.json", [
    weighted("Linear", 3, 2, inputs=[(4, 3)], seed=1),
    weighted("Linear", 3, 2, inputs=[(4, 3)], seed=2, dim=1),
    weighted("Linear", 3, 2, inputs=[(4, 3)], seed=3, dim=None),
    weighted("Conv1d", 2, 3, 2, inputs=[(2, 2, 4)], seed=4),
    *(spectral("Linear", 3, 2, inputs=[(4, 3)], seed=5, training=training) for training in [True, False]),
    spectral("Linear", 3, 2, inputs=[(4, 3)], seed=6, n_power_iterations=3),
    spectral("Linear", 3, 2, inputs=[(4, 3)], seed=7, dim=1, eps=1e-3),
    *(spectral("ConvTranspose1d", 2, 3, 2, inputs=[(2, 2, 4)], seed=9, training=training) for training in [True, False]),
    spectral("Linear", 3, 2, inputs=[(4, 3)], seed=10, of="bias"),
    *(orthogonal("Linear", 3, 3, inputs=[(4, 3)], seed=11, orthogonal_map=name) for name in ["matrix_exp", "cayley", "householder"]),
    *(orthogonal("Linear", 4, 2, inputs=[(3, 4)], seed=12, orthogonal_map=name) for name in ["matrix_exp", "cayley", "householder"]),
    *(orthogonal("Linear", 2, 4, inputs=[(3, 2)], seed=13, orthogonal_map=name) for name in ["matrix_exp", "cayley", "householder"]),
    *(orthogonal("Linear", 3, size, inputs=[(4, 3)], seed=14) for size in [2, 3]),
    *(orthogonal("Linear", 3, size, inputs=[(4, 3)], seed=15, orthogonal_map="householder", use_trivialization=False) for size in [2, 3, 5]),
    orthogonal("Conv1d", 2, 3, 2, inputs=[(2, 2, 4)], seed=16),
])
