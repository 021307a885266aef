#!/usr/bin/python3
"""A small convolutional network, trained by PyTorch for 20 steps: writes trained_cnn.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/trained_cnn.py
"""
from layers import HERE, pretty, torch
from torch.nn import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from trained import trained

torch.manual_seed(0)
model = Sequential(
    Conv2d(2, 4, 3, padding=1, bias=False),  # a bias before it is subtracted again: Adam follows its rounding errors
    BatchNorm2d(4),
    ReLU(),
    MaxPool2d(2),
    Conv2d(4, 6, 3, stride=2, padding=1),
    ReLU(),
    Flatten(),
    Linear(24, 3),
)
x = torch.sin(0.37 * torch.arange(6 * 2 * 8 * 8, dtype=torch.float64) ** 2).reshape(6, 2, 8, 8)
y = torch.tensor([0, 1, 2, 1, 0, 2])
pretty.write(HERE, "trained_cnn.json", {"torch": torch.__version__, **trained(model.double(), x, y, lr=0.005)})
