#!/usr/bin/python3
"""Files of weights, byte by byte as the format says, of a model of PyTorch: writes safetensors.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/safetensors.py
"""
import base64
import json
import pathlib
import struct

import torch

ORDER = [("F64", torch.float64), ("F32", torch.float32), ("I64", torch.int64), ("I32", torch.int32),
         ("F16", torch.float16), ("BF16", torch.bfloat16), ("I16", torch.int16), ("I8", torch.int8),
         ("U8", torch.uint8), ("BOOL", torch.bool)]
names = {dtype: name for name, dtype in ORDER}


def raw(x):
    if x.dtype == torch.bfloat16:
        return x.contiguous().view(torch.int16).numpy().tobytes()
    return x.contiguous().numpy().tobytes()


def file(tensors, metadata=None):
    order = [dtype for _, dtype in ORDER]
    header, data = ({} if metadata is None else {"__metadata__": metadata}), b""
    for name, x in sorted(tensors.items(), key=lambda item: (order.index(item[1].dtype), item[0])):
        begin = len(data)
        data += raw(x)
        header[name] = {"dtype": names[x.dtype], "shape": list(x.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return base64.b64encode(struct.pack("<Q", len(text)) + text + data).decode()


def row(x):
    return {"dtype": names[x.dtype], "shape": list(x.shape), "data": x.double().flatten().tolist()}


torch.manual_seed(1)
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
x = torch.randn(5, 3)
numbers = torch.tensor([[0.0, -1.5, 3.140625], [100.0, -0.25, 65504.0]])
every = {f"{name} ü": (numbers.abs().clamp(max=100) if name in ("U8", "I8") else numbers.clamp(max=1000)).to(dtype)
         for name, dtype in ORDER}
every |= {"scalar": torch.tensor(2.5), "none": torch.zeros(0, 3)}
(pathlib.Path(__file__).parent / "safetensors.json").write_text(json.dumps({
    "model": file(model.state_dict(), {"format": "pt"}),
    "x": row(x),
    "y": row(model(x).detach()),
    "every": file(every),
    "rows": {name: row(x) for name, x in every.items()},
    "long": file({"n": torch.tensor([1, -2**31 - 1])}),
}, ensure_ascii=False) + "\n")
