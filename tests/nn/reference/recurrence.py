#!/usr/bin/python3
"""PyTorch's recurrent layers and cells: writes recurrence.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/recurrence.py
"""
from layers import layer, torch, write
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

I, H, T, N = 3, 2, 4, 3


def state(kind, layers, size=H, batch=(N,)):
    h = (layers, *batch, size)
    return [h, (layers, *batch, H)] if kind == "LSTM" else h


def padded(lengths):
    def call(m, x, hx=None):
        packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=m.batch_first, enforce_sorted=False)
        y, last = m(packed, hx if hx is None or isinstance(hx, torch.Tensor) else tuple(hx))
        return pad_packed_sequence(y, batch_first=m.batch_first, total_length=T)[0], last
    return call


def plain(m, x, hx=None): return m(x, tuple(hx) if isinstance(hx, list) else hx)


def recurrent(kind, *more, x=(T, N, I), lengths=None, training=True, **options):
    forward = {"lengths": lengths} if lengths else None
    inputs = [x, more[0] if more else None] if more or forward else [x]
    return layer(kind, I, H, inputs=inputs, call=padded(lengths) if lengths else plain, forward=forward,
                 training=training, **options)


def of(kind):
    return [
        recurrent(kind),
        recurrent(kind, state(kind, 4), num_layers=2, bidirectional=True, bias=False),
        recurrent(kind, state(kind, 2), num_layers=2, batch_first=True, x=(N, T, I), dropout=0.5, training=False),
        recurrent(kind, state(kind, 2, batch=()), x=(T, I), bidirectional=True, batch_first=True),
        recurrent(kind, state(kind, 4), num_layers=2, bidirectional=True, lengths=[2, 4, 1]),
        recurrent(kind, x=(N, T, I), batch_first=True, lengths=[3, 3, 2]),
    ]


def cell(kind, inputs, **options):
    return layer(kind, I, H, inputs=inputs, call=plain, **options)


write("recurrence.json", [
    *of("RNN"),
    recurrent("RNN", state("RNN", 2), nonlinearity="relu", bidirectional=True, lengths=[4, 3, 1]),
    recurrent("RNN", num_layers=2, dropout=1.0),
    *of("GRU"),
    *of("LSTM"),
    recurrent("LSTM", proj_size=1),
    recurrent("LSTM", state("LSTM", 4, 1), proj_size=1, num_layers=2, bidirectional=True, lengths=[2, 4, 4]),
    cell("RNNCell", [(N, I), (N, H)]),
    cell("RNNCell", [(I,), (H,)], nonlinearity="relu"),
    cell("GRUCell", [(N, I), (N, H)]),
    cell("GRUCell", [(N, I)], bias=False),
    cell("LSTMCell", [(N, I), [(N, H), (N, H)]]),
    cell("LSTMCell", [(I,)], bias=False),
])
