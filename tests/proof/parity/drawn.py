#!/usr/bin/python3
"""The first numbers that PyTorch draws where its operator database has called a function that draws: writes drawn.json.

    /usr/bin/python3 tests/proof/parity/drawn.py
"""
import json, pathlib, torch

torch.manual_seed(42)  # as the database's wrapper_set_seed does before each call
numbers = torch.rand(64, dtype=torch.float64).tolist()
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"torch": torch.__version__, "uniform": numbers}, indent=2) + "\n")
