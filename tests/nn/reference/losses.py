#!/usr/bin/python3
"""Writes losses.json: what PyTorch's losses answer, over their options, at shapes of all ranks and at edges."""
from layers import encoded, layer, torch, write

f64, inf, nan = torch.float64, float("inf"), float("nan")
X, V, C, IMAGE = (3, 4), (4,), (3, 5), (2, 3, 2, 1)
REDUCTIONS = ["none", "mean", "sum"]


def floats(*values): return torch.tensor(values, dtype=f64)
def indices(*values): return torch.tensor(values)
def uniform(*shape): return torch.rand(shape, dtype=f64)
def given(tensor): return {"torch": tensor, "ours": encoded(tensor)}


torch.manual_seed(12)
cases = []


def add(name, *inputs, note=None, **options): cases.append(layer(name, inputs=list(inputs), note=note, **options))


for reduction in REDUCTIONS:
    add("MSELoss", X, X, reduction=reduction)
    add("L1Loss", X, X, reduction=reduction)
    add("SmoothL1Loss", X, X, reduction=reduction, beta=0.7)
    add("HuberLoss", X, X, reduction=reduction, delta=0.7)
    add("BCELoss", uniform(*X), uniform(*X), reduction=reduction, weight=given(uniform(4)))
    add("BCEWithLogitsLoss", X, uniform(*X), reduction=reduction, weight=given(uniform(3, 1)), pos_weight=given(uniform(4)))
    add("CrossEntropyLoss", C, indices(1, 4, -100), reduction=reduction, weight=given(uniform(5)), label_smoothing=0.1)
    add("NLLLoss", C, indices(1, 4, -100), reduction=reduction)
    add("NLLLoss", IMAGE, indices([[0], [-1]], [[1], [2]]), reduction=reduction, weight=given(uniform(3)), ignore_index=-1)
    add("PoissonNLLLoss", X, uniform(*X) * 5, reduction=reduction, full=True)
    add("PoissonNLLLoss", uniform(*X), uniform(*X) * 4, reduction=reduction, log_input=False, eps=0.01)
    add("GaussianNLLLoss", X, X, uniform(*X), reduction=reduction, full=True)
    add("CosineEmbeddingLoss", X, X, indices(1, -1, -1), reduction=reduction, margin=-0.5)
    add("HingeEmbeddingLoss", X, indices([1, -1, 1, -1], [-1, -1, -1, 1], [1, 1, -1, 1]), reduction=reduction, margin=0.8)
    add("MarginRankingLoss", X, X, indices([1, -1, 1, -1], [-1, -1, -1, 1], [1, 1, -1, 1]), reduction=reduction, margin=0.3)
    add("SoftMarginLoss", X, indices([1, -1, 1, -1], [-1, -1, -1, 1], [1, 1, -1, 1]), reduction=reduction)
    add("MultiLabelMarginLoss", C, indices([3, 0, -1, 1, 4], [1, 1, 2, -1, -1], [-1, 2, 0, 1, 3]), reduction=reduction)
    add("MultiLabelSoftMarginLoss", C, torch.rand(3, 5).round().double(), reduction=reduction, weight=given(uniform(5)))
    add("MultiMarginLoss", C, indices(1, 4, 0), reduction=reduction, p=2, margin=1.5, weight=given(uniform(5)))
    add("TripletMarginLoss", X, X, X, reduction=reduction, margin=2.0, p=3.0, eps=1e-4, swap=True)
    add("TripletMarginWithDistanceLoss", X, X, X, reduction=reduction, margin=2.0, swap=True,
        distance_function={"torch": lambda a, b: (a - b).abs().sum(-1), "ours": "sum of differences"})
for reduction in [*REDUCTIONS, "batchmean"]:
    add("KLDivLoss", X, uniform(*X), reduction=reduction)
    add("KLDivLoss", X, X, reduction=reduction, log_target=True)

# One sample, and other ranks.
add("CrossEntropyLoss", (5,), indices(3).reshape(()))
add("CrossEntropyLoss", IMAGE, torch.rand(IMAGE, dtype=f64).softmax(1), weight=given(uniform(3)))
add("NLLLoss", (5,), indices(3).reshape(()), weight=given(uniform(5)))
add("NLLLoss", C, indices(-100, -100, -100), note="a mean of nothing")
add("NLLLoss", (0, 3), torch.zeros(0, dtype=torch.int64), note="a mean of nothing")
add("KLDivLoss", (), uniform(), reduction="batchmean")
add("GaussianNLLLoss", X, X, uniform(3, 1))
add("GaussianNLLLoss", X, X, uniform(3))
add("CosineEmbeddingLoss", V, V, indices(-1).reshape(()), reduction="none")
add("MultiMarginLoss", (5,), indices(2), reduction="none")
add("MultiMarginLoss", (5,), indices(2).reshape(()))
add("MultiLabelMarginLoss", (5,), indices(2, 0, -1, 7 - 7, 0), reduction="none")
add("MultiLabelSoftMarginLoss", V, uniform(4), reduction="none")
add("MultiLabelSoftMarginLoss", (2, 3, 4), uniform(2, 3, 4), reduction="none")
add("TripletMarginLoss", V, V, V)
add("TripletMarginLoss", (2, 3, 4), (2, 3, 4), (2, 3, 4), reduction="none", p=1.0)
add("TripletMarginWithDistanceLoss", X, X, X)
add("MSELoss", (0, 3), (0, 3), note="a mean of nothing")
add("L1Loss", (0,), (0,), reduction="sum")
add("BCEWithLogitsLoss", (), uniform())

# Kinks, ties, zeros and infinities.
EDGE = {"note": "edge"}
add("L1Loss", floats(0, 1, inf, nan), floats(0, 2, 1, 1), reduction="none", **EDGE)
add("SmoothL1Loss", floats(0, 1, -1, 2, inf), floats(0, 0, 0, 0, 0), reduction="none", **EDGE)
add("HuberLoss", floats(0, 1, -1, 2, -3), floats(0, 0, 0, 0, 0), reduction="none", **EDGE)
add("HingeEmbeddingLoss", floats(1, 1, 0, 2, 0.5), indices(1, -1, -1, -1, 0), reduction="none", **EDGE)
add("MarginRankingLoss", floats(1, 1, 2), floats(1, 2, 2), indices(1, 1, -1), reduction="none", **EDGE)
add("CosineEmbeddingLoss", floats([0, 0], [1, 0], [1, 1], [3, 4]), floats([1, 2], [0, 1], [1, 1], [3, 4]), indices(1, -1, -1, 2), reduction="none", **EDGE)
add("SoftMarginLoss", floats(0, 40, -40, 700), indices(1, 1, 1, -1), reduction="none", **EDGE)
add("MultiMarginLoss", floats([2, 1, 1, 3], [0, 0, 0, 0], [inf, 0, 0, 0]), indices(0, 1, 0), reduction="none", **EDGE)
add("MultiMarginLoss", floats([2, 1, 1, 3], [0, 0, 0, 0]), indices(0, 1), p=2, margin=0.0, reduction="none", **EDGE)
add("MultiLabelMarginLoss", floats([2, 1, 1, 3], [0, 0, 0, 0]), indices([0, -1, 9 - 9, 1], [0, 1, 2, 3]), reduction="none", **EDGE)
add("TripletMarginLoss", floats([1, 1], [0, 0]), floats([1, 1], [3, 4]), floats([1, 1], [3, 4]), eps=0.0, reduction="none", **EDGE)
add("TripletMarginLoss", floats([1, 1], [0, 0]), floats([0, 1], [3, 4]), floats([1, 1], [0, 4]), swap=True, p={"torch": inf, "ours": "Infinity"}, reduction="none", **EDGE)
add("KLDivLoss", floats(0, -1, -2), torch.tensor([0.0, 0.5, 1.0], dtype=f64), reduction="none", **EDGE)
add("PoissonNLLLoss", floats(0, 1, 2, -inf), floats(2, 1, 3, 1.5), full=True, reduction="none", **EDGE)
add("PoissonNLLLoss", floats(0, 1, 2), floats(1, 1.5, 3), log_input=False, full=True, reduction="none", **EDGE)
add("GaussianNLLLoss", floats(0, 1, 2, 3), floats(0, 0, 2, 1), floats(0, 1e-9, 1e-6, 2), reduction="none", **EDGE)
add("NLLLoss", floats([0, -inf], [nan, 1], [-1, nan]), indices(1, -100, 0), reduction="none", **EDGE)

# Alignments: lengths of their own, repeated labels, none at all, too many for the frames, a blank that is not 0.
labels = indices([1, 2, 2], [3, 1, 9], [9, 9, 9], [2, 2, 2])
for reduction in REDUCTIONS:
    add("CTCLoss", (6, 4, 4), labels, indices(6, 4, 5, 6), indices(3, 2, 0, 3), reduction=reduction)
add("CTCLoss", (6, 4, 4), labels, indices(4, 4, 5, 4), indices(3, 2, 0, 3), reduction="none")
for zero in [False, True]:
    add("CTCLoss", (4, 4, 4), labels, indices(4, 4, 1, 4), indices(3, 2, 0, 3), reduction="none", zero_infinity=zero, note="impossible")
    add("CTCLoss", (4, 4, 4), labels, indices(4, 2, 3, 4), indices(3, 2, 0, 3), zero_infinity=zero, reduction="sum", note="impossible")
add("CTCLoss", (6, 3, 4), indices(1, 2, 2, 0, 1), indices(6, 4, 5), indices(3, 2, 0), blank=3)
add("CTCLoss", (5, 4), indices(1, 2), indices(5).reshape(()), indices(2).reshape(()), reduction="none")
add("CTCLoss", (5, 4), indices(1, 1), indices(5).reshape(()), indices(2).reshape(()))
add("CTCLoss", (3, 2, 2), torch.zeros(2, 0, dtype=torch.int64), indices(3, 2), indices(0, 0), reduction="none")
add("CTCLoss", floats([[-1, nan]], [[0, -1]]).detach().index_select(0, torch.tensor([1, 0])), indices([1, 1]), indices(1), indices(1), reduction="none", **EDGE)

write("losses.json", cases)
