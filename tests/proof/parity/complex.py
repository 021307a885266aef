#!/usr/bin/python3
"""Runs dump.py on operators that take or give complex numbers, which it leaves out: they are written as pairs.

    /usr/bin/python3 complex.py DUMP.PY OUT [dump.py's options]

A tensor of complex numbers is {"$tensor": {"dtype": "c128", "shape": [..., 2], ...}}: real and imaginary parts by turns.
"""
import importlib.util, sys

spec = importlib.util.spec_from_file_location("dump", sys.argv[1])
dump = importlib.util.module_from_spec(spec)
spec.loader.exec_module(dump)
import torch
from torch.testing._internal.opinfo.core import OpInfo

# Real numbers go in; into all others complex ones.
OF_REALS = "linalg.eig linalg.eigvals fft.rfft fft.rfft2 fft.rfftn fft.ihfft fft.ihfft2 fft.ihfftn complex polar view_as_complex".split()
OTHERS = """fft.fft fft.ifft fft.fft2 fft.ifft2 fft.fftn fft.ifftn fft.irfft fft.irfft2 fft.irfftn fft.hfft fft.hfft2
    fft.hfftn istft angle conj conj_physical real imag resolve_conj resolve_neg positive view_as_real""".split()

sample_inputs, encode = OpInfo.sample_inputs, dump.encode


def samples_of(self, device, dtype, *args, **options):
    return sample_inputs(self, device, dtype if self.name in OF_REALS else torch.complex128, *args, **options)


def pairs(t):
    return torch.view_as_real(t.resolve_conj().resolve_neg()) if t.is_complex() else t


def encode_pairs(v):
    if not (isinstance(v, torch.Tensor) and v.is_complex()): return encode(v)
    encoded = encode(pairs(v.detach()).resolve_neg())
    return {"$tensor": {**encoded["$tensor"], "dtype": "c128", "grad": bool(v.requires_grad)}}


def run(op, sample, generator):
    """As dump.py's, with complex results and leaves seen as pairs."""
    args, kwargs = [sample.input, *sample.args], dict(sample.kwargs)
    leaves = [t for t in dump.tensors([args, kwargs]) if t.requires_grad]
    if not leaves: raise dump.Unsupported("no differentiable input")
    record = {"args": [encode_pairs(a) for a in args], "kwargs": {k: encode_pairs(x) for k, x in kwargs.items()}}
    found = list(dump.tensors(list(op(*args, **kwargs)) if op.name == "linalg.eig" else op(*args, **kwargs)))
    # The phases of eigenvectors are not determined, and PyTorch has no gradient of what depends on them.
    if op.name == "linalg.eig": found = [found[0], found[1].abs()]
    outputs = [pairs(t) for t in found]
    carrying = [i for i, o in enumerate(outputs) if o.requires_grad]
    if not carrying: raise dump.Unsupported("no differentiable output")
    cotangents = [dump.fixed_random(outputs[i], generator) for i in carrying]
    grads = [g if g is None else pairs(g) for g in torch.autograd.grad(
        [outputs[i] for i in carrying], leaves, cotangents, create_graph=True, allow_unused=True)]
    directions = [dump.fixed_random(pairs(t), generator) for t in leaves]
    record |= {"output": [encode(o) for o in outputs], "differentiable": carrying, "inputs": len(leaves),
               "cotangents": [encode(c) for c in cotangents], "grads": [g if g is None else encode(g) for g in grads],
               "directions": [encode(d) for d in directions], "second": None}
    moving = [(g, d) for g, d in zip(grads, directions) if g is not None and g.requires_grad]
    if moving:
        try: second = torch.autograd.grad(sum((g * d).sum() for g, d in moving), leaves, allow_unused=True)
        except RuntimeError: return record
        record["second"] = [s if s is None else encode(pairs(s)) for s in second]
    return record


OpInfo.sample_inputs, dump.run = samples_of, run
sys.argv = [*sys.argv[1:], "--ops", "|".join(name.replace(".", r"\.") for name in OF_REALS + OTHERS)]
dump.main()
