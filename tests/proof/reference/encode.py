"""How reference values are written: the encoding of shared/parity/dump.py, and -0 as the string "-0"."""
import json, math, os, sys

sys.dont_write_bytecode = True
# Plain loops and one thread: the same digits whatever vector unit the machine has.
os.environ["ATEN_CPU_CAPABILITY"] = "default"

import numpy as np
import torch

torch.set_num_threads(1)
DTYPES = {torch.float64: "f64", torch.float32: "f32", torch.int64: "i64", torch.bool: "bool"}
FLOATS = {"f64": torch.float64, "f32": torch.float32}


def number(v, dtype="f64"):
    """A float as JSON holds it; an f32 with the fewest digits that round back to it."""
    if not isinstance(v, float): return v
    if math.isnan(v): return "NaN"
    if math.isinf(v): return "Infinity" if v > 0 else "-Infinity"
    if v == 0: return "-0" if math.copysign(1, v) < 0 else 0
    if dtype == "f32":
        short = float(str(np.float32(v)))
        if np.float32(short) == np.float32(v): v = short
    return int(v) if v.is_integer() and abs(v) < 1e6 else v


def flat(t):
    return [number(v, DTYPES[t.dtype]) for v in t.detach().reshape(-1).tolist()]


def encode(v):
    if isinstance(v, torch.Tensor):
        return {"$tensor": {"dtype": DTYPES[v.dtype], "shape": list(v.shape), "data": flat(v), "grad": bool(v.requires_grad)}}
    if isinstance(v, (list, tuple)): return [encode(x) for x in v]
    return number(v)


def tensor(values, dtype):
    # By way of numpy: torch refuses a number beyond f32, numpy rounds it to infinity.
    with np.errstate(over="ignore"):
        return torch.from_numpy(np.array(values, dtype=np.float64 if dtype == "f64" else np.float32))


def pack(v):
    return json.dumps(v, separators=(",", ":"), allow_nan=False)


def write(path, parts):
    """JSON with one line to each entry of an object's or list's top two levels, so that a diff can be read."""
    def lines(v, depth):
        if depth == 0 or not isinstance(v, (dict, list)) or not v: return pack(v)
        if isinstance(v, dict): body = [f"{pack(k)}:{lines(x, depth - 1)}" for k, x in v.items()]
        else: body = [pack(x) for x in v]
        opening, closing = ("{", "}") if isinstance(v, dict) else ("[", "]")
        return opening + "\n" + ",\n".join(body) + "\n" + closing

    with open(path, "w") as f: f.write(lines(parts, 2) + "\n")
    print(f"{os.path.basename(path)}: {os.path.getsize(path)} bytes")
