"""What the scripts of this folder have in common: PyTorch, and JSON as `deno fmt` leaves it."""
import json, pathlib, sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "../../proof/reference"))
from encode import FLOATS, flat, tensor, torch


def snake(name):
    return "lr" if name == "learningRate" else "".join("_" + c.lower() if c.isupper() else c for c in name)


def pretty(value, indent=""):
    """JSON as `deno fmt` leaves it: a list of numbers is one line, all else is one line an entry."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        rows = [f"{inner}{json.dumps(k)}: {pretty(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and not all(isinstance(x, (int, float)) for x in value):
        return "[\n" + ",\n".join(inner + pretty(v, inner) for v in value) + f"\n{indent}]"
    return json.dumps(value)


def write(name, value):
    text = pretty(value) + "\n"
    (HERE / name).write_text(text)
    print(f"{name}: {len(text)} bytes")
