#!/usr/bin/env python3
"""Loops, scans and quantised operators, and what ONNX's own reference computes with them: writes onnx_graphs.json.

    python3 -m venv /tmp/onnx && /tmp/onnx/bin/pip install onnx
    /tmp/onnx/bin/python tests/nn/reference/onnx_graphs.py
"""
import base64
import json
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(5)
F, I, B = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
node, info = helper.make_node, helper.make_tensor_value_info


def f(*shape):
    return random.normal(size=shape).astype(np.float32)


def whole(kind, *shape):
    """Integers as they are quantized to, given as i32: so tensors here have them."""
    limits = np.iinfo(kind)
    return random.integers(limits.min, limits.max + 1, shape).astype(kind)


def body(nodes, inputs, outputs, constants=()):
    ends = [info(name, code, None) for name, code in outputs]
    return helper.make_graph(nodes, "body", [info(*one, None) for one in inputs], ends,
                             [numpy_helper.from_array(np.asarray(value), name) for name, value in constants])


def one(type, inputs, constants=(), opset=21, outputs=1, **attributes):
    """A graph of one operator on inputs that are given and constants that are known; "" is left out."""
    names = [name for name, _ in inputs]
    ends = [f"out{k}" for k in range(outputs)]
    return [node(type, names, ends, **attributes)], [pair for pair in inputs if pair[0] not in dict(constants) and pair[0]], \
        constants, ends, opset


def constant(**values):
    return [(name, np.asarray(value)) for name, value in values.items()]


X, ROWS = f(3, 4), f(5, 3)
U, S, W = whole(np.uint8, 2, 3, 4), whole(np.int8, 3, 5), whole(np.int8, 4, 2, 3, 3)
IMAGE = whole(np.uint8, 1, 2, 6, 5)
ZERO = constant(zero=np.uint8(117), low=np.int8(-3))

# Of what a loop collects, the reference stacks vectors alone as ONNX says, and without a condition it makes no turn.
turn = [node("Add", ["v", "x"], ["sum"]), node("Mul", ["sum", "half"], ["next"]), node("Identity", ["c"], ["on"]),
        node("Neg", ["next"], ["less"])]
until = [*turn[:2], turn[3], node("Less", ["i", "three"], ["on"])]
states = ([("i", I), ("c", B), ("v", F)], [("on", B), ("next", F), ("less", F)])
half = [("half", np.float32(0.5))]
step = [node("Add", ["s", "r"], ["t"]), node("Mul", ["t", "t"], ["square"])]
scanned = ([("s", F), ("r", F)], [("t", F), ("square", F)])

CASES = {
    "a loop of five turns": ([node("Loop", ["m", "go", "v0"], ["v1", "all"], body=body(turn, *states, half))],
                             [("v0", X[0]), ("x", X[1])], constant(m=np.int64(5), go=np.bool_(True)), ["v1", "all"], 17),
    "a loop that a condition ends": ([node("Loop", ["", "go", "v0"], ["v1", "all"],
                                           body=body(until, *states, [*half, ("three", np.int64(3))]))],
                                     [("v0", X[0]), ("x", X[1])], constant(go=np.bool_(True)), ["v1", "all"], 17),
    "a scan": ([node("Scan", ["s0", "rows"], ["s1", "squares"], num_scan_inputs=1, body=body(step, *scanned))],
               [("s0", f(3)), ("rows", ROWS)], [], ["s1", "squares"], 17),
    "QuantizeLinear to uint8": one("QuantizeLinear", [("x", 3 * X), ("s", None), ("zero", None)],
                                   ZERO + constant(s=np.float32(0.02))),
    "QuantizeLinear to int8 by columns": one("QuantizeLinear", [("x", X), ("s", None), ("z", None)],
                                             constant(s=np.abs(f(4)) / 50 + np.float32(0.01), z=np.array([0, 5, -9, 1], np.int8)),
                                             axis=-1),
    "QuantizeLinear without a zero point": one("QuantizeLinear", [("x", X), ("s", None)], constant(s=np.float32(0.03))),
    "DequantizeLinear of uint8": one("DequantizeLinear", [("u", U), ("s", None), ("zero", None)],
                                     ZERO + constant(s=np.float32(0.02))),
    "DequantizeLinear of int8 by rows": one("DequantizeLinear", [("w", None), ("s", None)],
                                            constant(w=W, s=np.abs(f(4))), axis=0),
    "DynamicQuantizeLinear": one("DynamicQuantizeLinear", [("x", X)], outputs=3, opset=11),
    "MatMulInteger": one("MatMulInteger", [("u", U), ("b", None), ("zero", None), ("low", None)],
                         ZERO + constant(b=whole(np.int8, 2, 4, 5)), opset=10),
    "MatMulInteger by columns": one("MatMulInteger", [("u", U[0]), ("b", None), ("zero", None), ("z", None)],
                                    ZERO + constant(b=whole(np.int8, 4, 2), z=np.array([3, -5], np.int8)), opset=10),
    "ConvInteger": one("ConvInteger", [("x", IMAGE), ("w", None), ("zero", None)], ZERO + constant(w=W),
                       opset=10, pads=[1, 0, 1, 2], strides=[2, 1]),
    "QLinearMatMul": one("QLinearMatMul", [("u", U[0]), ("sa", None), ("zero", None), ("b", None), ("sb", None), ("low", None),
                                           ("sy", None), ("zero", None)],
                         ZERO + constant(b=whole(np.int8, 4, 5), sa=np.float32(0.013), sb=np.float32(0.07),
                                         sy=np.float32(0.31)), opset=10),
    "QLinearConv": one("QLinearConv", [("x", IMAGE), ("sx", None), ("zero", None), ("w", None), ("sw", None), ("zw", None),
                                       ("sy", None), ("low", None), ("bias", None)],
                       ZERO + constant(w=W, sx=np.float32(0.011), sw=np.abs(f(4)) / 100 + np.float32(0.01),
                                       zw=np.zeros(4, np.int8), sy=np.float32(0.53),
                                       bias=np.array([100, -2000, 30, 4], np.int32)), opset=10, pads=[1, 1, 1, 1]),
}

CODES = {"float32": F, "int64": I, "int32": TensorProto.INT32, "uint8": TensorProto.UINT8, "int8": TensorProto.INT8}


def made(name, nodes, inputs, constants, outputs, opset):
    given = dict(inputs)
    infos = [info(name, CODES[x.dtype.name], x.shape) for name, x in given.items()]
    known = [numpy_helper.from_array(value, name) for name, value in constants]
    graph = helper.make_graph(nodes, "one", infos, [info(name, 0, None) for name in outputs], known)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    results = ReferenceEvaluator(model).run(None, given)
    return {
        "name": name,
        "onnx": base64.b64encode(model.SerializeToString()).decode(),
        "inputs": [plain(x) for x in given.values()],
        "outputs": [plain(np.asarray(x)) for x in results],
    }


def plain(x):
    return {"dtype": "f32" if x.dtype.name == "float32" else "i32", "shape": list(x.shape),
            "data": [float(v) for v in x.reshape(-1)]}


rows = [made(name, *case) for name, case in CASES.items()]
(HERE / "onnx_graphs.json").write_text(json.dumps(rows, allow_nan=False) + "\n")
print(len(rows), "graphs")
