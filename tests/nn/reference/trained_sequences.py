#!/usr/bin/python3
"""An LSTM and an encoder of a transformer, trained by PyTorch for 20 steps: writes trained_sequences.json.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/nn/reference/trained_sequences.py
"""
from layers import HERE, pretty, torch
from torch.nn.utils.rnn import pack_padded_sequence
from trained import trained

N, T, I, D, CLASSES = 4, 5, 3, 4, 3
LENGTHS = [5, 2, 4, 1]
PADDING = torch.tensor([[t >= n for t in range(T)] for n in LENGTHS])


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(I, D, num_layers=2, bidirectional=True, batch_first=True)
        self.head = torch.nn.Linear(2 * D, CLASSES)

    def forward(self, x):
        packed = pack_padded_sequence(x, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.head(torch.cat([h[-2], h[-1]], -1))


class Encoding(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Linear(I, D)
        layer = torch.nn.TransformerEncoderLayer(D, 2, dim_feedforward=8, dropout=0.0, batch_first=True)
        self.encoder = torch.nn.TransformerEncoder(layer, 2, norm=torch.nn.LayerNorm(D))
        self.head = torch.nn.Linear(D, CLASSES)

    def forward(self, x):
        return self.head(self.encoder(self.embed(x), src_key_padding_mask=PADDING)[:, 0])


def sequences(model, seed):
    torch.manual_seed(seed)
    model = model().double()
    return trained(model, torch.randn(N, T, I, dtype=torch.float64), torch.tensor([0, 1, 2, 1]), lr=0.02)


pretty.write(HERE, "trained_sequences.json", {
    "torch": torch.__version__,
    "lengths": LENGTHS,
    "lstm": sequences(Recurrent, 1),
    "transformer": sequences(Encoding, 2),
})
