#!/usr/bin/python3
"""PyTorch's tables of rows: writes embedding.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/embedding.py
"""
from layers import layer, torch, write

matrix, vector = torch.tensor([[0, 3, 3], [4, 1, 0]]), torch.tensor([1, 0, 3, 3, 2, 4, 1])
twice = torch.tensor([4, 1, 0, 1, 0, 4])
starts, ends = torch.tensor([0, 3, 3, 5]), torch.tensor([0, 2, 7, 7])


def weights(shape, seed=5):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def bag(index=vector, offsets=None, samples=None, **options):
    forward = {name: x for name, x in (("offsets", offsets), ("per_sample_weights", samples)) if x is not None}
    return layer("EmbeddingBag", 5, 3, inputs=[index], forward=forward, **options)


write("embedding.json", [
    layer("Embedding", 5, 3, inputs=[matrix]),
    layer("Embedding", 5, 3, inputs=[torch.tensor(2)]),
    layer("Embedding", 5, 3, inputs=[vector], padding_idx=3),
    layer("Embedding", 5, 3, inputs=[vector], padding_idx=-1),
    layer("Embedding", 5, 3, inputs=[vector], max_norm=1.0),
    layer("Embedding", 5, 3, inputs=[matrix], max_norm=1.5, norm_type=1.0),
    layer("Embedding", 5, 3, inputs=[vector], scale_grad_by_freq=True),
    layer("Embedding", 5, 3, inputs=[vector], scale_grad_by_freq=True, padding_idx=3),
    layer("Embedding", 5, 3, inputs=[torch.zeros((2, 0), dtype=torch.int64)]),
    *[bag(matrix, mode=mode) for mode in ("sum", "mean", "max")],
    *[bag(offsets=starts, mode=mode) for mode in ("sum", "mean", "max")],
    *[bag(offsets=ends, mode=mode, include_last_offset=True) for mode in ("sum", "mean", "max")],
    *[bag(offsets=starts, mode=mode, padding_idx=3) for mode in ("sum", "mean", "max")],
    *[bag(matrix, mode=mode, padding_idx=-2) for mode in ("sum", "mean", "max")],
    # PyTorch 1.13 takes the frequencies of other rows, unless all are equal.
    bag(twice, offsets=starts, mode="sum", scale_grad_by_freq=True),
    bag(twice, offsets=starts, mode="mean", scale_grad_by_freq=True),
    bag(offsets=starts, mode="mean", max_norm=1.0),
    bag(offsets=starts, mode="sum", samples=weights(7)),
    bag(matrix, mode="sum", samples=weights((2, 3))),
    bag(offsets=starts, mode="sum", samples=weights(7), padding_idx=0),
])
