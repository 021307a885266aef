#!/usr/bin/python3
"""Runs dump.py on keys of x[key] that PyTorch's operator database has no sample of.

    /usr/bin/python3 indexed.py DUMP.PY OUT
"""
import runpy, sys, types, unittest

# As in dump.py: the database's helpers import this package at the top and nothing of it is used.
stub = types.ModuleType("expecttest")
stub.TestCase, stub.ACCEPT = unittest.TestCase, False
sys.modules.setdefault("expecttest", stub)

import torch
from torch.testing._internal.common_methods_invocations import SampleInput, op_db

whole, every_second = slice(None), slice(None, None, 2)
mask = torch.tensor([[True, False, True], [False, True, True]])

# Those that a list can be told from a tuple by: each has a part that is no integer.
keys = [
    ([0, 1], whole, [1, 0]), ([1], whole, [2, -1, 0]), (whole, [0, -1], whole, [1, 0]),
    ([0, 1], None, [1, 0]), (None, [0], whole, [1, 2]), (None, whole, [0, 2]), (..., [0, 1], None), (None, ..., None),
    (0, whole, [1, 0]), (whole, [0, 1], 0, [1, 0]), ([0, 1], 0, [1, 2]), (0, ..., [[0, 1], [1, 0]]), ([0, 1], ..., 1),
    (torch.tensor(1), whole, [0, 1]), (torch.tensor([1, 0]), whole, torch.tensor([[0], [1]])),
    (every_second, [[0], [1]], slice(1, None), [0, 1]), ([-1], whole, [-1]),
    mask, (mask, whole, [0, 1, 0, -1]), (mask, [0, 1, 0, -1]), (..., torch.tensor([True, False])),
    (whole, [True, False, True]), ([True, False], whole, [1, 0]), ([False, False], whole, whole),
    torch.tensor(True), (True, [0, 1]), (False, 1), ([], whole), ([[True, False, True], [True, True, False]], ...),
]


def samples(op, device, dtype, requires_grad, **options):
    make = lambda: torch.arange(48, dtype=dtype).reshape(2, 3, 4, 2).requires_grad_(requires_grad)
    return [SampleInput(make(), args=(key,)) for key in keys]


next(op for op in op_db if op.name == "__getitem__").sample_inputs_func = samples
sys.argv = [*sys.argv[1:], "--ops", "__getitem__", "--keep", "0"]
runpy.run_path(sys.argv[0], run_name="__main__")
