#!/usr/bin/python3
"""Draws the data set of experiment 4 once with scikit-learn and writes it to blobs.json beside this file.

    apt-get install -y python3-sklearn
    /usr/bin/python3 demos/data/make_blobs.py --seed 889

Seed 889 gives two blobs that touch: each of the four lines leaves two points on the wrong side, the four starting
weights end at different lines, and the trace is no more sensitive to rounding than f32 can follow.
"""
import argparse, json, pathlib
import sklearn
from sklearn.datasets import make_blobs

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=889)
seed = parser.parse_args().seed

points, classes = make_blobs(n_samples=100, centers=2, n_features=2, center_box=(-4, 4), random_state=seed)
labels = [int(2 * c - 1) for c in classes]
rows = ",\n".join(f"    [{x!r}, {y!r}]" for x, y in points.tolist())
column = ",\n".join(f"    {label}" for label in labels)
text = f"""{{
  "command": "/usr/bin/python3 demos/data/make_blobs.py --seed {seed}",
  "recipe": "make_blobs(n_samples=100, centers=2, n_features=2, center_box=(-4, 4), random_state={seed})",
  "sklearn": "{sklearn.__version__}",
  "seed": {seed},
  "points": [
{rows}
  ],
  "labels": [
{column}
  ]
}}
"""
json.loads(text)
pathlib.Path(__file__).with_name("blobs.json").write_text(text)
