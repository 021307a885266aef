#!/usr/bin/python3
"""PyTorch's attention of many heads: writes attention.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/attention.py
"""
from layers import layer, torch, write

E, H, L, S, N = 4, 2, 3, 4, 2
inf = float("inf")
padding = torch.tensor([[False, False, False, True], [False, False, True, True]])
pairs = torch.tensor([[False, True, False, False], [False, False, True, False], [True, False, False, False]])
added = torch.tensor([[0.5, -inf, 0, 1], [0, 0, -2, 0], [-inf, 0.25, 0, 0]], dtype=torch.float64)
later = torch.ones(L, S, dtype=torch.bool).triu(1)


def attention(q=(L, N, E), k=(S, N, E), v=None, forward=None, call=None, **options):
    return layer("MultiheadAttention", E, H, inputs=[q, k, v or k], forward=forward, call=call, **options)


def every(value): return torch.stack([value.roll(i, -1) for i in range(N * H)])


def prepare(m):
    # Biases of 0 would hide themselves.
    for name, p in m.named_parameters():
        if name.endswith("bias"): torch.nn.init.normal_(p)


def causal(mask): return lambda m, *inputs: m(*inputs, attn_mask=mask)


write("attention.json", [
    attention(prepare=prepare),
    attention(bias=False, forward={"average_attn_weights": False}),
    attention(q=(N, L, E), k=(N, S, E), batch_first=True, prepare=prepare, forward={"need_weights": False}),
    attention(q=(L, E), k=(S, E), forward={"key_padding_mask": padding[1]}, prepare=prepare),
    attention(q=(L, E), k=(S, E), batch_first=True, forward={"attn_mask": every(pairs)[:H], "average_attn_weights": False}),
    attention(k=(S, N, 3), v=(S, N, 5), kdim=3, vdim=5, prepare=prepare),
    attention(k=(S, N, E), v=(S, N, 5), vdim=5, bias=False, add_bias_kv=True),
    attention(add_bias_kv=True, forward={"key_padding_mask": padding}),
    attention(add_zero_attn=True, forward={"attn_mask": pairs, "average_attn_weights": False}),
    attention(add_bias_kv=True, add_zero_attn=True, q=(N, L, E), k=(N, S, E), batch_first=True,
              forward={"attn_mask": added, "key_padding_mask": padding}),
    attention(forward={"key_padding_mask": padding, "attn_mask": pairs}),
    attention(forward={"attn_mask": added, "need_weights": False}),
    attention(forward={"attn_mask": every(added)}),
    attention(forward={"attn_mask": every(pairs), "key_padding_mask": padding, "need_weights": False}),
    attention(forward={"is_causal": True}, call=causal(later)),
    attention(forward={"is_causal": True, "need_weights": False}, call=lambda m, *x: m(*x, attn_mask=later, need_weights=False)),
    attention(add_zero_attn=True, forward={"is_causal": True}, call=causal(later)),
    attention(forward={"is_causal": True, "key_padding_mask": padding},
              call=lambda m, *x: m(*x, attn_mask=later, key_padding_mask=padding)),
    attention(dropout=0.5, training=False),
    attention(dropout=1.0, prepare=prepare),
    layer("MultiheadAttention", E, H, inputs=[(L, N, E)], call=lambda m, x: m(x, x, x), note="of itself", prepare=prepare),
    layer("MultiheadAttention", E, H, batch_first=True, bias=False, inputs=[(L, E)], call=lambda m, x: m(x, x, x), note="of itself"),
])
