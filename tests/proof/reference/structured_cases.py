"""The cases of special_values.py that are more than a number in and a number out: reductions, cumulative ops,
softmax, order, losses. `structured()` returns the records."""
from encode import encode, tensor, torch

F = torch.nn.functional
INF, NAN = float("inf"), float("nan")



OPS = {
    "sum": torch.sum, "mean": torch.mean, "prod": torch.prod, "max": torch.max, "min": torch.min,
    "amax": torch.amax, "amin": torch.amin, "argmax": torch.argmax, "argmin": torch.argmin, "var": torch.var, "std": torch.std,
    "logSumExp": torch.logsumexp, "norm": torch.linalg.vector_norm, "cumsum": torch.cumsum, "cumprod": torch.cumprod,
    "cummax": torch.cummax, "cummin": torch.cummin, "softmax": torch.softmax, "logSoftmax": torch.log_softmax,
    "sort": torch.sort, "argsort": lambda x, **k: torch.sort(x, **k).indices, "topk": torch.topk, "any": torch.any,
    "all": torch.all, "mse": F.mse_loss, "l1": F.l1_loss, "bce": F.binary_cross_entropy,
    "bceWithLogits": F.binary_cross_entropy_with_logits, "crossEntropy": F.cross_entropy, "huber": F.huber_loss,
    "smoothL1": F.smooth_l1_loss, "clamp": torch.clamp,
}

REDUCTIONS = ("none", "mean", "sum")


def empty(*shape):
    return torch.empty(shape, dtype=torch.float64)


def as_input(value, dtype):
    if isinstance(value, torch.Tensor):
        return value.to({"f64": torch.float64, "f32": torch.float32}[dtype]) if value.is_floating_point() else value
    return tensor(value, dtype)


def record(dtype, op, values, ramp=False, targets=False, **kwargs):
    """One case. The cotangent is ones, or 1, 2, 3 … where ones would hide the gradient (`ramp`)."""
    inputs = [as_input(v, dtype) for v in values]
    for i, x in enumerate(inputs):
        if x.is_floating_point() and (i == 0 or targets): x.requires_grad_()
    result = {"op": op, "input": [encode(x) for x in inputs], "kwargs": {k: encode(v) for k, v in kwargs.items()}}
    try: value = OPS[op](*inputs, **kwargs)
    except (RuntimeError, IndexError): return {**result, "error": True}
    outputs = list(value) if isinstance(value, tuple) else [value]
    result["output"] = [encode(o) for o in outputs]
    first = outputs[0]
    if not first.requires_grad: return {**result, "cotangent": None, "grad": None}
    cotangent = torch.ones_like(first)
    if ramp: cotangent = torch.arange(1, first.numel() + 1, dtype=first.dtype).reshape(first.shape)
    leaves = [x for x in inputs if x.requires_grad]
    result["cotangent"] = encode(cotangent)
    try: grads = iter(torch.autograd.grad(first, leaves, cotangent, allow_unused=True))
    except RuntimeError: return {**result, "grad": None, "gradError": True}
    return {**result, "grad": [encode(next(grads) if x.requires_grad else None) for x in inputs]}


def reductions():
    grid = [[0, 2], [3, 4]]
    for op in ("sum", "mean", "prod"):
        for x in ([2, 3, 4], [5], 5, [], [INF, -INF], [1, NAN], [1, INF], [0, INF]): yield op, [x], {}
        for dim in (0, 1, -1): yield op, [grid], {"dim": dim}
        yield op, [grid], {"dim": 1, "keepdim": True}
        yield op, [empty(0, 3)], {"dim": 0}
        yield op, [empty(0, 3)], {"dim": 1}
    yield "sum", [grid], {"dim": [0, 1]}
    for x in ([0, 2, 3], [0, 0, 3], [0, 0, 0], [-0.0, 2], [0, NAN], [1e200, 1e200, 0]): yield "prod", [x], {}
    yield "prod", [[[0, 2, 3], [0, 0, 4], [1, 2, 3]]], {"dim": 1}


def extremes():
    vectors = ([2, 2, 1], [2, 1, 2, 0], [0.0, -0.0], [-0.0, 0.0], [1, NAN, 2], [NAN, NAN], [INF, INF, 1], [-INF, -INF], [7], 7, [])
    for op in ("max", "min", "argmax", "argmin"):
        for x in vectors: yield op, [x], {}
        yield op, [[[1, 1, 0], [NAN, 2, 2]]], {"dim": 1}
        yield op, [[[1, 1, 0], [1, 2, 2]]], {"dim": 0}
        yield op, [[[1, 1, 0], [1, 2, 2]]], {"dim": 0, "keepdim": True}
    for op in ("amax", "amin"):
        for x in ([2, 2, 1], [1, NAN, 2], 7): yield op, [x], {}
        yield op, [[[1, 1, 0], [NAN, 2, 2]]], {"dim": 1}
        yield op, [[[1, 1, 0], [1, 2, 2]]], {"dim": 0}
        yield op, [[[1, 1], [1, 0]]], {"dim": [0, 1]}
    for op in ("argmax", "amax"):
        yield op, [empty(0, 3)], {"dim": 0}
        yield op, [empty(0, 3)], {"dim": 1}
    for op in ("any", "all"):
        for x in ([], [0.0, -0.0], [0, NAN], [1, NAN], [1, 0], 0, 1): yield op, [x], {}
        yield op, [[[0, 1], [1, 1]]], {"dim": 1}
        yield op, [empty(0, 3)], {"dim": 0}
        yield op, [empty(0, 3)], {"dim": 1}


def moments():
    for op in ("var", "std"):
        for unbiased in (True, False):
            for x in ([1, 2, 4], [5], 5, [], [2, 2, 2], [1e8, 1e8 + 1, 1e8 + 2], [1, INF], [1, NAN], [0, 0]):
                yield op, [x], {"unbiased": unbiased}
        yield op, [[[1, 2, 4], [3, 3, 3]]], {"dim": 1, "unbiased": True}
        yield op, [[[1, 2, 4], [3, 3, 3]]], {"dim": 1, "unbiased": False, "keepdim": True}
        yield op, [[[1], [2]]], {"dim": 1, "unbiased": True}
    for x in ([1, 2, 3], [-INF, -INF], [INF, 1], [INF, INF], [INF, -INF], [-INF, 0], [1000, 1000], [-1000, -1000.5], [1, NAN], [5], []):
        yield "logSumExp", [x], {"dim": 0}
    yield "logSumExp", [[[1, 2], [1000, -1000]]], {"dim": 1}
    yield "logSumExp", [[[1, 2], [1000, -1000]]], {"dim": [0, 1], "keepdim": True}
    for ord in (2, 1, INF, -INF, 0, 3, 0.5):
        for x in ([3, -4], [0, 0], [0, 2], [2, -2, 1]): yield "norm", [x], {"ord": ord}
    for ord in (2, 1, INF):
        for x in ([], [1, NAN], [1, -INF], [1e200, 1e200], [1e-200, 1e-200], 3, -0.0): yield "norm", [x], {"ord": ord}
        yield "norm", [[[3, 4], [0, 0]]], {"ord": ord, "dim": 1}


def cumulative():
    for op in ("cumsum", "cumprod"):
        for x in ([1, 2, 3], [0, 2, 3], [2, 0, 3, 0, 4], [0, 0], [5], 5, [], [1, NAN, 2], [1, INF, -INF]): yield op, [x], {"dim": 0}
        yield op, [[[1, 2], [0, 4], [5, 6]]], {"dim": 0}
        yield op, [[[1, 0, 2], [0, 4, 0]]], {"dim": 1}
    for op in ("cummax", "cummin"):
        for x in ([1, 3, 2], [2, 2, 1, 2], [1, NAN, 2], [INF, -INF, INF], [0.0, -0.0], 5): yield op, [x], {"dim": 0, "ramp": True}
        yield op, [[[1, 2, 2], [1, 1, 3]]], {"dim": 0, "ramp": True}
    for op in ("softmax", "logSoftmax"):
        for x in ([1, 2, 3], [-INF, 0, 1], [-INF, -INF], [1000, 1001, -1000], [INF, 0], [0, NAN], [5], 5, []):
            yield op, [x], {"dim": 0, "ramp": True}
        yield op, [[[1, 2], [100, -100]]], {"dim": 0, "ramp": True}
        yield op, [[[1, 2], [100, -100]]], {"dim": 1, "ramp": True}


def order():
    for op in ("sort", "argsort"):
        for descending in (False, True):
            for x in ([3, NAN, 1, 1, 2], [0.0, -0.0, 0.0], [INF, NAN, -INF, NAN], [5], []):
                yield op, [x], {"dim": 0, "descending": descending, "stable": True, "ramp": True}
            yield op, [[[2, 2, 1], [1, 3, 2]]], {"dim": 0, "descending": descending, "stable": True, "ramp": True}
    for largest in (True, False):
        for k in (0, 1, 2, 4): yield "topk", [[3, NAN, 1, 2]], {"k": k, "largest": largest, "ramp": True}
        yield "topk", [[[3, 1, 2], [4, 6, 5]]], {"k": 2, "dim": 1, "largest": largest, "ramp": True}
    yield "topk", [[1, 2]], {"k": 3}
    for bounds in ({"min": 0}, {"max": 1}, {"min": 0, "max": 1}, {"min": 1, "max": 0}):
        yield "clamp", [[-1, -0.0, 0, 0.5, 1, 2, INF, -INF, NAN]], bounds


def losses():
    both = {"targets": True}
    kinks, zero = [0, 0.5, 1, -1, 2, -2, 3, INF, NAN], [0.0] * 9
    for reduction in REDUCTIONS:
        r = {"reduction": reduction}
        yield "mse", [[1, 2, -3, 0], [1, 0, 3, -0.0]], r | both
        yield "l1", [[1, 2, -3, 0], [1, 0, 3, -0.0]], r | both
        yield "bce", [[0, 1, 0, 1, 0.5, 0, 1e-6, 0.25], [0, 1, 1, 0, 0.5, 0.5, 1, 0.75]], r
        yield "bceWithLogits", [[0, 100, -100, 100, -100, 1000, -1000, 0.5], [0.5, 1, 0, 0, 1, 1, 1, 0.3]], r | both
        yield "huber", [kinks, zero], r | {"delta": 1.0} | both
        yield "huber", [[0, 1, 2, -2, 3], [0, 0, 0, 0, 1]], r | {"delta": 2.0} | both
        for beta in (1.0, 0.5): yield "smoothL1", [kinks[:-2], zero[:-2]], r | {"beta": beta} | both
        yield "smoothL1", [kinks[1:-2], zero[1:-2]], r | {"beta": 0.0} | both
        rows = [[1, 2, 3], [1000, -1000, 0], [0, 0, 0], [-INF, 0, 1]]
        classes = torch.tensor([2, 1, 0, 1])
        chances = [[0, 0, 1], [0.2, 0.3, 0.5], [1, 0, 0], [0, 0.5, 0.5]]
        for smoothing in (0.0, 0.1):
            s = r | {"label_smoothing": smoothing}
            yield "crossEntropy", [rows, classes], s
            yield "crossEntropy", [rows[:3], chances[:3]], s | both
        yield "crossEntropy", [rows, chances], r
        for op in ("mse", "l1", "bceWithLogits"): yield op, [[], []], r
    yield "crossEntropy", [[1, 2, 3], torch.tensor(2)], {}


def single():
    """Where f32 overflows, underflows or drifts and f64 does not."""
    for op in ("sum", "mean", "prod"): yield op, [[3e38, 3e38]], {}
    yield "sum", [[16777216, 1, 1, 1]], {}
    yield "prod", [[1e-30, 1e-30]], {}
    for x in ([1e30, 1e30], [1e-30, 1e-30]): yield "norm", [x], {"ord": 2}
    for op in ("var", "std"): yield op, [[10000, 10001, 10002]], {"unbiased": True}
    for x in ([89, 90, -90], [-200, -201], [1e30, 1]):
        yield "logSumExp", [x], {"dim": 0}
        for op in ("softmax", "logSoftmax"): yield op, [x], {"dim": 0, "ramp": True}
    yield "bceWithLogits", [[100, -100, 90, -90, 1e30], [0, 1, 1, 0, 0]], {"reduction": "none", "targets": True}
    yield "bce", [[0, 1, 1e-30, 0.5], [1, 0, 1, 1]], {"reduction": "none"}
    yield "mse", [[1e30], [-1e30]], {"reduction": "none", "targets": True}
    yield "crossEntropy", [[[100, -100], [1e30, 0]], torch.tensor([1, 0])], {"reduction": "none"}


def structured():
    cases = [*reductions(), *extremes(), *moments(), *cumulative(), *order(), *losses()]
    records = [record("f64", op, values, **kwargs) for op, values, kwargs in cases]
    return records + [record("f32", op, values, **kwargs) for op, values, kwargs in single()]
