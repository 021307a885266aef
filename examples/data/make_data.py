"""Writes what examples read: Fisher's irises, 900 handwritten digits in MNIST's format, and a network that PyTorch has
taught those from 0 to 4.

/usr/bin/python3 examples/data/make_data.py
"""

import gzip
import struct
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits, load_iris

here = Path(__file__).parent
COUNT = 900


def write_irises():
    data = load_iris()
    names = [name.removesuffix(" (cm)").replace(" ", "_") for name in data.feature_names]
    lines = [",".join([*names, "species"])]
    for row, label in zip(data.data, data.target):
        lines.append(",".join([*(f"{value:g}" for value in row), data.target_names[label]]))
    (here / "iris.csv").write_text("\n".join(lines) + "\n")


def write_idx(name, array):
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    (here / name).write_bytes(gzip.compress(head + array.tobytes(), 9, mtime=0))


def write_digits(data):
    # The last ones, which the network has not seen.
    write_idx("digits-images.gz", data.images[-COUNT:].astype(np.uint8))
    write_idx("digits-labels.gz", data.target[-COUNT:].astype(np.uint8))


def write_network(data):
    torch.manual_seed(0)
    images, target = data.images[:-COUNT], data.target[:-COUNT]
    known = target < 5
    x = torch.tensor(images[known] / 16, dtype=torch.float32).unsqueeze(1)
    y = torch.tensor(target[known])
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(16, 32, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(512, 5),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(15):
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
    print("right:", (model(x).argmax(1) == y).float().mean().item())
    torch.save(model.state_dict(), here / "digits.pt")


digits = load_digits()
write_irises()
write_digits(digits)
write_network(digits)
