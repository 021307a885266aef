#!/usr/bin/python3
"""PyTorch's transformers: writes transformer.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/transformer.py
"""
from layers import layer, torch, write

D, H, F, S, T, N = 4, 2, 3, 3, 2, 2
padding = torch.tensor([[False, False, True], [False, False, False]])
causal = torch.ones(S, S, dtype=torch.bool).triu(1)
later = torch.nn.Transformer.generate_square_subsequent_mask(T).double()


def prepare(m):
    # Biases of 0 and scales of 1 would hide themselves.
    for p in m.parameters():
        if p.dim() == 1: torch.nn.init.normal_(p)


def part(kind, *inputs, forward=None, call=None, **options):
    return layer(kind, D, H, inputs=list(inputs), dim_feedforward=F, dropout=options.pop("dropout", 0.0),
                 prepare=prepare, forward=forward, call=call, **options)


def stacked(kind, *inputs, norm=None, forward=None, call=None, **options):
    made = getattr(torch.nn, kind + "Layer")(D, H, F, 0.0, **options)
    module = getattr(torch.nn, kind)(made, 2, norm=torch.nn.LayerNorm(D) if norm else None)
    return layer(kind, inputs=list(inputs), made=module, prepare=prepare, forward=forward, call=call, norm=norm,
                 batch_first={"torch": None, "ours": options.get("batch_first", False)})


def whole(*inputs, forward=None, **options):
    options = dict(d_model=D, nhead=H, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=F, dropout=0.0, **options)
    return layer("Transformer", inputs=list(inputs), prepare=prepare, forward=forward, **options)


write("transformer.json", [
    part("TransformerEncoderLayer", (S, N, D)),
    part("TransformerEncoderLayer", (N, S, D), batch_first=True, norm_first=True, activation="gelu",
         forward={"src_mask": causal, "src_key_padding_mask": padding}),
    part("TransformerEncoderLayer", (S, N, D), layer_norm_eps=0.1, forward={"is_causal": True}, call=lambda m, x: m(x, src_mask=causal)),
    part("TransformerEncoderLayer", (S, D), dropout=0.5, training=False),
    part("TransformerDecoderLayer", (T, N, D), (S, N, D)),
    part("TransformerDecoderLayer", (N, T, D), (N, S, D), batch_first=True, norm_first=True, activation="gelu", forward={
        "tgt_mask": later, "memory_mask": causal[:T], "tgt_key_padding_mask": padding[:, 1:], "memory_key_padding_mask": padding}),
    part("TransformerDecoderLayer", (T, N, D), (S, N, D), forward={"tgt_is_causal": True}, call=lambda m, *x: m(*x, tgt_mask=later)),
    stacked("TransformerEncoder", (N, S, D), batch_first=True, norm=True, forward={"mask": causal, "src_key_padding_mask": padding}),
    stacked("TransformerDecoder", (T, N, D), (S, N, D), forward={"tgt_mask": later, "memory_key_padding_mask": padding}),
    whole((S, N, D), (T, N, D), forward={"tgt_mask": later, "src_mask": causal, "src_key_padding_mask": padding, "memory_key_padding_mask": padding}),
    whole((N, S, D), (N, T, D), batch_first=True, norm_first=True, activation="gelu"),
])
