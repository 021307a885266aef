#!/usr/bin/python3
"""Runs dump.py with the small inputs that PyTorch's operator database offers for quick tests.

    /usr/bin/python3 small.py DUMP.PY OUT [dump.py's options]
"""
import runpy, sys, types, unittest

# As in dump.py: the database's helpers import this package at the top and nothing of it is used.
stub = types.ModuleType("expecttest")
stub.TestCase, stub.ACCEPT = unittest.TestCase, False
sys.modules.setdefault("expecttest", stub)

from torch.testing._internal.opinfo.core import OpInfo

original = OpInfo.sample_inputs
OpInfo.sample_inputs = lambda self, *args, **options: original(self, *args, small_inputs_only=True, **options)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
