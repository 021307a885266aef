#!/usr/bin/python3
"""What scikit-learn's StandardScaler makes of tables: writes standard_scaler.json, or with "-" to standard output.

    apt-get install -y python3-sklearn
    /usr/bin/python3 tests/nn/reference/standard_scaler.py
"""
import json
import sys
from pathlib import Path

import numpy
from sklearn.preprocessing import StandardScaler

seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
random = numpy.random.RandomState(seed)


def scaled(rows, columns, offset=0.0, spread=1.0, constant=False, **options):
    """In numbers of f32, so that they are the same in each dtype."""
    x = numpy.float32(random.randn(rows, columns) * spread + offset).astype(float)
    if constant:
        x[:, 0] = offset
    held = numpy.float32(random.randn(3, columns) * spread + offset).astype(float)
    scaler = StandardScaler(**{{"withMean": "with_mean", "withStd": "with_std"}[k]: v for k, v in options.items()}).fit(x)
    return {
        "options": options,
        "x": x.tolist(),
        "held": held.tolist(),
        "mean": None if scaler.mean_ is None else scaler.mean_.tolist(),
        "scale": None if scaler.scale_ is None else scaler.scale_.tolist(),
        "transformed": scaler.transform(held).tolist(),
        "undone": scaler.inverse_transform(held).tolist(),
    }


cases = [
    scaled(20, 3),
    scaled(50, 2, offset=100.0, spread=5.0),
    scaled(7, 4, offset=-3.0, withMean=False),
    scaled(7, 4, offset=-3.0, withStd=False),
    scaled(9, 2, offset=4.0, constant=True),
    scaled(1, 3),
]
text = json.dumps(cases) + "\n"
if len(sys.argv) > 1 and sys.argv[1] == "-":
    print(text)
else:
    (Path(__file__).parent / "standard_scaler.json").write_text(text)
