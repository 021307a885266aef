#!/usr/bin/python3
"""Files that torch.save writes, of models and of checkpoints, and what PyTorch has in them: writes torch_files.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/torch_files.py

With a folder behind it, it writes models there as files instead, and with "check" too it compares what tapegrad saved there.
"""
import base64
import collections
import io
import json
import os
import pathlib
import struct
import sys
import zipfile

import numpy
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
NAMES = {torch.float64: "F64", torch.float32: "F32", torch.int64: "I64", torch.bool: "BOOL"}


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.lstm(x)[0])


class Encoding(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 4)
        layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=8, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(4))
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.encoder(self.embed(x)))


def convolutional():
    return nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(24, 3))


def models(seed):
    """Models by name that have been trained for a few steps, in eval, with an input."""
    torch.manual_seed(seed)
    for name, model, shape in [("cnn", convolutional(), (6, 2, 8, 8)), ("lstm", Recurrent(), (4, 5, 3)), ("transformer", Encoding(), (4, 5, 3))]:
        x, optimizer = torch.randn(shape), torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(5):
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
        yield name, model.eval(), x, optimizer


def safetensors(state):
    """The bytes of a safetensors file, as https://github.com/huggingface/safetensors describes it."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, x in state.items():
        raw = x.contiguous().numpy().tobytes()
        header[name] = {"dtype": NAMES[x.dtype], "shape": list(x.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def from_safetensors(path):
    """What such a file of floats holds."""
    raw = pathlib.Path(path).read_bytes()
    start = 8 + struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:start])
    header.pop("__metadata__", None)
    types = {"F32": numpy.float32, "I32": numpy.int32}
    def array(dtype, shape, data_offsets):
        begin, end = data_offsets
        return torch.from_numpy(numpy.frombuffer(raw[start + begin:start + end], types[dtype]).reshape(shape).copy())
    return {name: array(**entry) for name, entry in header.items()}


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def text(raw): return base64.b64encode(raw).decode()


def number(x): return x if abs(x) != float("inf") else "Infinity" if x > 0 else "-Infinity"


def row(x): return {"shape": list(x.shape), "data": [number(v) for v in x.detach().double().flatten().tolist()]}


def turned(raw):
    """The same archive of floats as a machine with the highest byte first writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, numpy.frombuffer(data, "<f4").astype(">f4").tobytes() if "/data/" in name else data)
        new.writestr("archive/byteorder", "big")
    return out.getvalue()


class Command:
    def __reduce__(self): return os.system, ("echo executed",)


def tensors():
    base, whole = torch.arange(24.0), torch.arange(-6, 6)
    dtypes = {str(dtype): whole.to(dtype) for dtype in
              [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.bool]}
    return dtypes | {
        "uint8": torch.arange(12, dtype=torch.uint8),
        "transposed": base.view(4, 6).T,
        "permuted": base.view(2, 3, 4).permute(2, 0, 1),
        "offset": base[5:11],
        "stepped": base[1::5].view(1, 5),
        "expanded": base[2:4].view(2, 1).expand(2, 3),
        "half transposed": base.half().view(4, 6).T,
        "long stepped": whole[::3],
        "bool stepped": (whole > 0)[::2],
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "parameter": nn.Parameter(torch.tensor([1.5])),
        "infinite": torch.tensor([float("inf"), -float("inf"), -0.0]),
    }


def checkpoint():
    tied = nn.Parameter(torch.tensor([[1.0, 2.0]]))
    return {
        "model": collections.OrderedDict(weight=tied, head=tied.detach(), bias=torch.tensor([0.5])),
        "optimizer": {"state": {0: {"step": torch.tensor(3.0)}, 10: {"step": 4}}, "param_groups": [{"lr": 0.01, "betas": (0.9, 0.999), "params": [0, 10]}]},
        "epoch": 3, "negative": -70000, "huge": 2**80, "safe": -2**40, "rate": 1e-3, "done": False, "best": True, "none": None,
        "name": "größe", "bytes": b"\x00\xff", "bytearray": bytearray(b"\x01\xfe"), "set": {1}, "tuple": (1, (2, 3), ()), "list": [[], [1.5]],
        "size": torch.Size([2, 3]), "device": torch.device("cpu"), "cuda": torch.device("cuda", 1), "dtype": torch.float16,
        "keys": {(1, 2): "pair", "a": 1}, "__proto__": 1,
    }


def reference():
    every = tensors()
    return {
        "torch": torch.__version__,
        "models": {name: {"pt": text(saved(model.state_dict())), "legacy": text(saved(model.state_dict(), _use_new_zipfile_serialization=False)),
                          "safetensors": text(safetensors(model.state_dict())), "x": row(x), "y": row(model(x))} for name, model, x, _ in models(1)},
        "tensors": {"zip": text(saved(every)), "legacy": text(saved(every, _use_new_zipfile_serialization=False)),
                    "rows": {name: row(x) for name, x in every.items()}},
        "checkpoints": [text(saved(checkpoint(), pickle_protocol=protocol)) for protocol in (2, 3, 4, 5)] +
                       [text(saved(checkpoint(), _use_new_zipfile_serialization=False))],
        "bare": [text(saved(torch.tensor([1.0, 2.0]))), text(saved([torch.tensor([1.0])])), text(saved({(1, 2): torch.tensor([1.0])}))],
        "big": text(turned(saved({"x": torch.tensor([[1.0, 2.0], [3.0, -4.5]])}))),
        "refused": {
            "os.system": [text(saved({"a": Command()})), text(saved({"a": Command()}, _use_new_zipfile_serialization=False))],
            "torch.nn.modules.linear.Linear": [text(saved(nn.Linear(1, 1)))],
            "numpy.core.multiarray.scalar": [text(saved({"best": numpy.float64(1)}))],
            "complex": [text(saved(torch.tensor([1j])))],
            "long": [text(saved({"n": torch.tensor([1, 2**31])}))],
        },
    }


def write_to(folder):
    for name, model, x, optimizer in models(int.from_bytes(os.urandom(4), "little")):
        torch.save(model.state_dict(), folder / f"{name}.pt")
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 5}, folder / f"{name}.ckpt",
                   _use_new_zipfile_serialization=False)
        (folder / f"{name}.safetensors").write_bytes(safetensors(model.state_dict()))
        numpy.savez(folder / f"{name}.npz", **{k: v.numpy() for k, v in model.state_dict().items()})
        (folder / f"{name}.json").write_text(json.dumps({"x": row(x), "y": row(model(x))}))


def check(folder):
    for name, model, _, _ in models(0):
        given = json.loads((folder / f"{name}.json").read_text())
        x, y = [torch.tensor(given[k]["data"]).reshape(given[k]["shape"]) for k in "xy"]
        states = {"safetensors": from_safetensors(folder / f"ours_{name}.safetensors"),
                  "npz": {k: torch.from_numpy(v) for k, v in numpy.load(folder / f"ours_{name}.npz").items()}}
        for kind, state in states.items():
            model.load_state_dict(state)
            off = (model(x) - y).abs().max().item()
            assert off <= 1e-6, f"{name} by {kind} is off by {off}"
    print("agrees")


if len(sys.argv) > 2: check(pathlib.Path(sys.argv[1]))
elif len(sys.argv) > 1: write_to(pathlib.Path(sys.argv[1]))
else: (HERE / "torch_files.json").write_text(json.dumps(reference(), ensure_ascii=False) + "\n")
