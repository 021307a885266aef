#!/usr/bin/python3
"""Files that torch.onnx.export writes, and what PyTorch computes with the models in them: writes onnx_files.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/onnx_files.py
"""
import base64
import io
import json
import pathlib
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.core = kind(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.core(x)[0])


class Encoding(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=8, dropout=0.0, batch_first=True, **options)
        self.encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(4))
        self.head = nn.Linear(4, 3)

    def forward(self, tokens):
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
        return self.head(self.encoder(self.embed(tokens), mask))


class Segmenting(nn.Module):
    """An image to an image, with what networks of that kind have."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.norm = nn.GroupNorm(2, 4)
        self.deep = nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=2)
        self.instance = nn.InstanceNorm2d(4, affine=True)
        self.up = nn.ConvTranspose2d(4, 3, 4, stride=2, padding=1)

    def forward(self, x):
        low = nn.functional.silu(self.norm(self.down(x)))
        deep = nn.functional.hardswish(self.instance(self.deep(low)))
        up = nn.functional.interpolate(deep, scale_factor=2.0, mode="bilinear", align_corners=False)
        pooled = nn.functional.adaptive_avg_pool2d(x, 1)
        both = torch.cat([self.up(low), nn.functional.avg_pool2d(up, 3, 1, 1)], 1)
        return torch.log_softmax(nn.functional.pad(both, (1, 0, 0, 1)) + pooled.mean(), 1), both.argmax(1)


class Indexing(nn.Module):
    """Shapes that are reckoned with, indices, and what is chosen by them."""

    def forward(self, x, index):
        batch, length, _ = x.shape
        heads = x.view(batch, length, 2, -1).transpose(1, 2)
        top, places = heads.reshape(batch, -1).topk(3)
        rows = x[:, ::2].cumsum(1)[..., -1:].expand(-1, -1, 2)
        taken = x.gather(1, index.unsqueeze(-1).expand(-1, -1, x.shape[2]))
        chosen = torch.where(taken > 0, taken, taken.new_full((1,), -1.5)).clamp(-1, 0.5)
        return top, places, rows, chosen, torch.einsum("bij,bkj->bik", x, taken), x.std(1, unbiased=False)


def perceptron():
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 2), nn.Softmax(-1))


def convolutional():
    return nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.LeakyReLU(0.1), nn.Flatten(), nn.Linear(24, 3))


def plain(x):
    return {"shape": list(x.shape), "data": x.double().reshape(-1).tolist()}


def batch(*shape, whole=0):
    return torch.randint(0, whole, shape) if whole else torch.randn(shape)


def settle(model, inputs):
    """Statistics and weights as training leaves them: not those that one begins with."""
    model.train()
    model(*inputs)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape))
    return model.eval()


def exported(model, inputs, others, opset, axes):
    names, file = [f"in{i}" for i in range(len(inputs))], io.BytesIO()
    dynamic = {name: {i: f"axis{i}" for i in axes} for name in names} if axes else None
    torch.onnx.export(model, inputs, file, opset_version=opset, input_names=names, dynamic_axes=dynamic)
    with torch.no_grad():
        outputs = model(*others)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    state = {name: plain(x) for name, x in model.state_dict().items() if x.dtype == torch.float32}
    return {
        "opset": opset,
        "onnx": base64.b64encode(file.getvalue()).decode(),
        "inputs": [plain(x) for x in others],
        "outputs": [plain(x) for x in outputs],
        "state": state,
    }


def main():
    torch.manual_seed(5)
    # Exported by the first inputs, answered by the second, of which other extents may be where axes are open.
    rows = [
        ("mlp", perceptron(), [batch(4, 3)], [batch(4, 3)], 13, []),
        ("mlp, any batch", perceptron(), [batch(4, 3)], [batch(5, 3)], 17, [0]),
        ("cnn", convolutional(), [batch(2, 2, 8, 8)], [batch(3, 2, 8, 8)], 9, [0]),
        ("lstm", Recurrent(nn.LSTM), [batch(2, 5, 3)], [batch(3, 5, 3)], 11, [0]),
        ("gru", Recurrent(nn.GRU), [batch(2, 5, 3)], [batch(2, 5, 3)], 14, []),
        ("transformer", Encoding(), [batch(2, 5, whole=7)], [batch(3, 5, whole=7)], 14, [0]),
        ("transformer, norm first", Encoding(norm_first=True, activation="gelu"), [batch(2, 5, whole=7)],
         [batch(2, 5, whole=7)], 17, []),
        ("segmenting", Segmenting(), [batch(2, 2, 8, 6)], [batch(1, 2, 8, 6)], 13, [0]),
        ("indexing", Indexing(), [batch(2, 4, 6), batch(2, 3, whole=4)], [batch(3, 4, 6), batch(3, 3, whole=4)], 16, [0]),
    ]
    models = {}
    for name, model, inputs, others, opset, axes in rows:
        models[name] = exported(settle(model, inputs), tuple(inputs), tuple(others), opset, axes)
    (HERE / "onnx_files.json").write_text(json.dumps(models) + "\n")


main()
