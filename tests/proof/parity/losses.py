#!/usr/bin/python3
"""Runs dump.py on losses that PyTorch's operator database has no small sample of: alignments, and distances of one's own.

    /usr/bin/python3 losses.py DUMP.PY OUT
"""
import runpy, sys, types, unittest

# As in dump.py: the database's helpers import this package at the top and nothing of it is used.
stub = types.ModuleType("expecttest")
stub.TestCase, stub.ACCEPT = unittest.TestCase, False
sys.modules.setdefault("expecttest", stub)

import torch
from torch.testing._internal.common_methods_invocations import SampleInput, op_db


def alignments(op, device, dtype, requires_grad, **options):
    def sample(frames, targets, lengths, **kwargs):
        shape = (frames, len(lengths[0]), 4) if lengths[0] else (frames, 4)
        logs = torch.randn(shape, dtype=dtype).log_softmax(-1).requires_grad_(requires_grad)
        lengths = [torch.tensor(n if n else int(alone)) for n, alone in zip(lengths, (frames, len(targets)))]
        return SampleInput(logs, args=(torch.tensor(targets), *lengths), kwargs=kwargs)

    rows = [[1, 2, 2], [3, 1, 3], [2, 2, 2]]
    return [
        sample(7, rows, ([7, 4, 6], [3, 2, 0]), reduction="none"),
        sample(6, [1, 2, 2, 1], ([6, 5], [3, 1]), reduction="mean"),
        sample(4, rows, ([4, 4, 4], [3, 3, 3]), reduction="sum", zero_infinity=True),
        sample(5, [0, 1, 1], ([], []), blank=3),
    ]


def triplets(op, device, dtype, requires_grad, **options):
    make = lambda *shape: torch.randn(shape, dtype=dtype, requires_grad=requires_grad)
    each = [{}, {"swap": True, "reduction": "none"}, {"margin": 3.0, "reduction": "sum"}]
    return [SampleInput(make(4, 3), args=(make(4, 3), make(4, 3)), kwargs=kwargs) for kwargs in each]


samples = {"nn.functional.ctc_loss": alignments, "nn.functional.triplet_margin_with_distance_loss": triplets}
for op in op_db:
    if op.name in samples: op.sample_inputs_func = samples[op.name]
sys.argv = [*sys.argv[1:], "--ops", "|".join(samples), "--keep", "0"]
runpy.run_path(sys.argv[0], run_name="__main__")
