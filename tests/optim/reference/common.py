"""What the scripts of this folder have in common: PyTorch, and JSON as `deno fmt` leaves it."""
import pathlib, sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "../../proof/reference"))
import pretty
from encode import FLOATS, flat, tensor, torch


def snake(name):
    return "lr" if name == "learningRate" else "".join("_" + c.lower() if c.isupper() else c for c in name)


def write(name, value):
    pretty.write(HERE, name, value)
