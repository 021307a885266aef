"""PyTorch's side of bench/works: from what a work is given, what runs it once and what gives its answer."""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

BLOBS = json.loads((pathlib.Path(__file__).parents[3] / "demos/data/blobs.json").read_text())
POINTS = torch.tensor(BLOBS["points"], dtype=torch.float32)
LABELS = torch.tensor(BLOBS["labels"], dtype=torch.float32)
COMPARED = 10
STRIDE = 997


def positives(n, seed=1):
    """bench/works/inputs.ts has the same: a linear congruential generator, here doubled in length at each turn."""
    factor, step, mask = 1664525, 1013904223, 2**32 - 1
    states = torch.tensor([(seed * factor + step) & mask])
    while len(states) < n:
        states = torch.cat([states, (states * factor + step) & mask])
        factor, step = factor * factor & mask, (step * factor + step) & mask
    return (((states[:n] >> 8).double() + 0.5) / 2**24).float()


def gradient(given):
    dtype = {"f32": torch.float32, "f64": torch.float64}[given["dtype"]]
    x = torch.tensor(10.0, dtype=dtype, requires_grad=True)

    def run():
        x.grad = None
        y = ((x - 3) ** (2 / x) - 1) ** (x - 1)
        y.backward()
        return [y.item(), x.grad.item()]

    return run, run


def perceptron(given):
    y = LABELS.reshape(-1, 1)

    def train(start):
        w = torch.tensor(start, dtype=torch.float32).reshape(2, 1).requires_grad_()
        b = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([w, b], lr=given["rate"])
        for _ in range(given["epochs"]):
            optimizer.zero_grad()
            loss = F.mse_loss(torch.tanh(POINTS @ w + b), y)
            last = loss.item()
            loss.backward()
            optimizer.step()
        return [*w.flatten().tolist(), *b.tolist(), last]

    def run():
        return [number for start in given["starts"] for number in train(start)]

    return run, run


def training(given):
    sizes, batch = given["sizes"], given["batch"]
    layers = []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        linear = torch.nn.Linear(inputs, outputs)
        weight = (2 * positives(inputs * outputs, i + 1) - 1) / math.sqrt(inputs)
        linear.weight.data = weight.reshape(inputs, outputs).T.contiguous()
        linear.bias.data.zero_()
        layers += [linear, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    if sizes[-1] == 1:
        x, y, loss_of = POINTS, LABELS.reshape(-1, 1), F.mse_loss
    else:
        x = positives(batch * sizes[0], len(sizes)).reshape(batch, sizes[0])
        y, loss_of = torch.arange(batch) % sizes[-1], F.cross_entropy
    optimizer = torch.optim.SGD(net.parameters(), lr=given["rate"])

    def step():
        optimizer.zero_grad()
        loss = loss_of(net(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step, lambda: [step() for _ in range(COMPARED)]


def gradients(loss_of, parameters):
    """Has all gradients computed; the answer is the loss and the sum of squares of each."""
    parameters = list(parameters)

    def run():
        for parameter in parameters:
            parameter.grad = None
        loss = loss_of()
        loss.backward()
        return loss

    return run, lambda: [run().item(), *((p.grad**2).sum().item() for p in parameters)]


def signed(shape, seed, inputs=1):
    """Elements in (-1, 1), over the root of how many each output is a sum of."""
    return ((2 * positives(math.prod(shape), seed) - 1) / math.sqrt(inputs)).reshape(shape)


def cnn(given):
    batch, extent, kernel, classes = (given[name] for name in ("batch", "extent", "kernel", "classes"))
    layers, inputs, left = [], 1, extent
    for outputs in given["channels"]:
        layers += [torch.nn.Conv2d(inputs, outputs, kernel), torch.nn.MaxPool2d(2)]
        inputs, left = outputs, (left - kernel + 1) // 2
    net = torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(inputs * left**2, classes))
    weighted = [layer for layer in net if hasattr(layer, "weight")]
    for i, layer in enumerate(weighted):
        shape = layer.weight.shape
        layer.weight.data = signed(shape, i + 1, math.prod(shape[1:]))
        layer.bias.data.zero_()
    x, y = signed((batch, 1, extent, extent), 9), torch.arange(batch) % classes
    return gradients(lambda: F.cross_entropy(net(x), y), net.parameters())


def lstm(given):
    steps, batch, inputs, hidden = (given[name] for name in ("steps", "batch", "inputs", "hidden"))
    layer = torch.nn.LSTM(inputs, hidden)
    for i, parameter in enumerate(layer.parameters()):
        parameter.data = signed(parameter.shape, i + 1, hidden)
    layer.flatten_parameters()
    x = signed((steps, batch, inputs), 9)
    return gradients(lambda: (layer(x)[0] ** 2).mean(), layer.parameters())


def block(given):
    batch, length, width = given["batch"], given["length"], given["width"]
    heads, hidden = given["heads"], given["hidden"]
    shapes = [(width, width)] * 4 + [(width, hidden), (hidden, width)]
    w = [signed(shape, i + 1, shape[0]).requires_grad_() for i, shape in enumerate(shapes)]
    b1, b2, h1, h2 = (torch.zeros(n, requires_grad=True) for n in (hidden, width, width, width))
    g1, g2 = (torch.ones(width, requires_grad=True) for _ in range(2))
    parameters = [*w, b1, b2, g1, h1, g2, h2]
    x = signed((batch, length, width), 7)

    def forward():
        n = F.layer_norm(x, (width,), g1, h1)
        q, k, v = ((n @ m).view(batch, length, heads, width // heads).transpose(1, 2) for m in w[:3])
        a = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(width // heads), -1) @ v
        y = x + a.transpose(1, 2).reshape(batch, length, width) @ w[3]
        n = F.layer_norm(y, (width,), g2, h2)
        y = y + F.relu(n @ w[4] + b1) @ w[5] + b2
        return (y * y).mean()

    return gradients(forward, parameters)


def attention(given):
    shape = [given[name] for name in ("batch", "heads", "length", "features")]
    q, k, v = (signed(shape, seed).requires_grad_() for seed in (1, 2, 3))

    def loss():
        a = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(shape[-1]), -1) @ v
        return (a * a).mean()

    return gradients(loss, [q, k, v])


def chain(given):
    x = positives(given["n"])

    def run():
        return torch.tanh(x * 2 + 1) * x

    return run, lambda: run()[::STRIDE].tolist()


def total(given):
    x = positives(given["n"])
    return lambda: x.sum().item(), lambda: [x.sum().item()]


def softmax(given):
    n = given["n"]
    x = positives(n * n).reshape(n, n)
    return lambda: torch.softmax(x, 1), lambda: torch.softmax(x, 1).flatten()[::STRIDE].tolist()


def layernorm(given):
    n = given["n"]
    x = positives(n * n).reshape(n, n)
    run = lambda: F.layer_norm(x, (n,))
    return run, lambda: (run() + 4).flatten()[::STRIDE].tolist()


def sgemm(given):
    n = given["n"]
    a, b = (
        matrix.T if transposed else matrix
        for matrix, transposed in zip((positives(n * n, seed).reshape(n, n) for seed in (1, 2)), given["transposed"])
    )
    return lambda: a @ b, lambda: (a @ b)[-1].tolist()


WORKS = {
    "gradient": gradient,
    "perceptron": perceptron,
    "network": training,
    "mlp": training,
    "cnn": cnn,
    "lstm": lstm,
    "block": block,
    "chain": chain,
    "sum": total,
    "softmax": softmax,
    "layernorm": layernorm,
    "sgemm": sgemm,
    "memory-attention": attention,
    "memory-cnn": cnn,
}
