#!/usr/bin/env python3
"""Graphs of one operator each, and what ONNX's own reference computes with them: writes onnx_operators.json.

    python3 -m venv /tmp/onnx && /tmp/onnx/bin/pip install onnx
    /tmp/onnx/bin/python tests/nn/reference/onnx_operators.py
"""
import base64
import json
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

HERE = pathlib.Path(__file__).parent
CODES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "int32": TensorProto.INT32, "bool": TensorProto.BOOL,
         "uint32": TensorProto.UINT32}
random = np.random.default_rng(3)


def f(*shape):
    return random.normal(size=shape).astype(np.float32)


def i(*values):
    return np.array(values, np.int64)


X, Y = f(2, 3, 4), f(2, 3, 4)
IMAGE, KERNEL, BACK = f(1, 2, 7, 6), f(4, 2, 3, 2), f(2, 3, 3, 2)
WHOLE = np.array([[-7, 5, 6], [8, -9, 3]], np.int64)
LOGIC = X > 0


def branch(type):
    """A graph of one operator on a constant of its own."""
    node, value = helper.make_node(type, ["c"], ["r"]), numpy_helper.from_array(np.array([0.5, -1], np.float32), "c")
    return helper.make_graph([node], type, [], [helper.make_tensor_value_info("r", 1, [2])], [value])


# The operator, its inputs, what is known of them (a letter each: given, known or missing), attributes and the opset.
CASES = [
    *[(name, [X], "g", {}, 17) for name in """Abs Atan Ceil Cos Erf Exp Floor HardSigmoid HardSwish LeakyRelu Neg Reciprocal
       Relu Round Selu Sigmoid Sign Sin Softplus Softsign Tan Tanh Elu Celu ThresholdedRelu Shrink Identity IsNaN""".split()],
    *[(name, [np.abs(X) + 0.1], "g", {}, 13) for name in ("Log", "Sqrt")],
    *[(name, [X, Y[0]], "gg", {}, 14) for name in ("Add", "Sub", "Mul", "Div")],
    *[(name, [X, Y], "gg", {}, 16) for name in ("Greater", "Less", "LessOrEqual", "GreaterOrEqual", "Equal")],
    *[(name, [LOGIC, Y > 0], "gg", {}, 13) for name in ("And", "Or", "Xor")],
    *[(name, [X, Y, X - Y], "ggg", {}, 13) for name in ("Max", "Min", "Sum", "Mean")],
    ("Not", [LOGIC], "g", {}, 13),
    ("Div", [WHOLE, i(2, -2, 4)], "gg", {}, 14),
    ("Mod", [WHOLE, i(3, -2, 4)], "gg", {}, 13),
    ("Mod", [X, Y], "gg", {"fmod": 1}, 13),
    ("Pow", [np.abs(X), np.float32(1.5)], "gg", {}, 15),
    ("PRelu", [X, f(3, 1)], "gg", {}, 16),
    ("Where", [LOGIC, X, Y], "ggg", {}, 16),
    ("Clip", [X, np.float32(-0.5), np.float32(0.7)], "gkk", {}, 13),
    ("Clip", [X, np.float32(0.2)], "g-k", {}, 13),
    ("Clip", [X], "g", {"min": -0.5, "max": 0.5}, 6),
    ("Cast", [X * 3], "g", {"to": TensorProto.INT32}, 13),
    ("Gelu", [X], "g", {"approximate": "tanh"}, 20),
    ("Mish", [X], "g", {}, 18),
    ("Reshape", [X, i(0, -1)], "gk", {}, 14),
    ("Flatten", [X], "g", {"axis": 2}, 13),
    ("Squeeze", [f(1, 3, 1)], "g", {}, 13),
    ("Squeeze", [f(1, 3, 1)], "g", {"axes": [0]}, 11),
    ("Unsqueeze", [X, i(0, -1)], "gk", {}, 13),
    ("Transpose", [X], "g", {}, 13),
    ("Concat", [X, Y[:, :1]], "gg", {"axis": -2}, 13),
    ("Expand", [f(3, 1), i(2, 1, 4)], "gk", {}, 13),
    ("Tile", [X, i(1, 2, 1)], "gk", {}, 13),
    ("Slice", [X, i(1, -1), i(2**63 - 1, -2**63), i(1, 2), i(1, -2)], "gkkkk", {}, 13),
    ("Slice", [X], "g", {"starts": [0, -3], "ends": [1, 4], "axes": [0, 2]}, 9),
    ("Split", [X, i(1, 3)], "gk", {"axis": 2}, 13, 2),
    ("Split", [X], "g", {"axis": 2, "num_outputs": 3}, 18, 3),
    ("Pad", [X, i(0, 1, 0, 0, 0, 2), np.float32(1.5)], "gkk", {}, 13),
    ("Pad", [X, i(1, 1)], "gk-k", {"mode": "reflect"}, 18, 1, i(2)),
    ("Gather", [X, i(2, -1)], "gk", {"axis": 1}, 13),
    ("Gather", [X, WHOLE % 3], "gg", {"axis": 1}, 13),
    ("GatherElements", [X[:, :, 0], WHOLE % 2], "gg", {"axis": 0}, 13),
    ("GatherND", [X, np.array([[0, 1], [1, -1]])], "gg", {}, 13),
    ("GatherND", [X, np.array([[2], [0]])], "gk", {"batch_dims": 1}, 13),
    ("ScatterElements", [X, i(1, 1, 0).reshape(1, 3, 1), f(1, 3, 1)], "ggg", {"axis": 2}, 16),
    ("ScatterElements", [X, i(1, 1, 0).reshape(1, 3, 1), f(1, 3, 1)], "ggg", {"axis": 0, "reduction": "add"}, 16),
    ("ScatterND", [X, np.array([[0, 1], [1, 2]]), f(2, 4)], "ggg", {}, 16),
    ("OneHot", [i(2, -1, 0), np.int64(3), np.array([-1, 2], np.float32)], "gkk", {"axis": 0}, 11),
    ("TopK", [X, i(2)], "gk", {"axis": 1, "largest": 0}, 11, 2),
    ("CumSum", [X, np.int64(1)], "gk", {"exclusive": 1, "reverse": 1}, 14),
    ("ArgMax", [X], "g", {"axis": 1, "keepdims": 0}, 13),
    ("ArgMin", [np.round(X)], "g", {"axis": 2, "select_last_index": 1}, 13),
    ("Trilu", [X, np.int64(-1)], "gk", {"upper": 0}, 14),
    ("Range", [np.int64(10), np.int64(1), np.int64(-3)], "kkk", {}, 11),
    ("ConstantOfShape", [i(2, 3)], "k", {}, 9),
    ("Shape", [X], "g", {"start": 1}, 15),
    ("Size", [X], "g", {}, 13),
    ("DepthToSpace", [f(1, 8, 2, 3)], "g", {"blocksize": 2, "mode": "CRD"}, 13),
    ("SpaceToDepth", [f(1, 2, 4, 6)], "g", {"blocksize": 2}, 13),
    ("ReduceSum", [X, i(0, -1)], "gk", {"keepdims": 0}, 13),
    ("ReduceSum", [X], "g", {"axes": [1]}, 11),
    *[(name, [np.abs(X)], "g", {"axes": [1], "keepdims": 0}, 13) for name in """ReduceMax ReduceMin ReduceMean ReduceProd ReduceL1
       ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare""".split()],
    ("ReduceMax", [X, i(0)], "gk", {}, 18),
    *[(name, [X], "g", {"axis": 1}, 13) for name in ("Softmax", "LogSoftmax", "Hardmax")],
    ("LpNormalization", [X], "g", {"axis": 1, "p": 2}, 17),
    ("MatMul", [X, f(4, 2)], "gg", {}, 13),
    ("Gemm", [f(3, 2), f(4, 3), f(1, 4)], "ggg", {"transA": 1, "transB": 1, "alpha": 0.5, "beta": 2.0}, 13),
    ("Gemm", [f(2, 3), f(3, 4)], "gg", {}, 13),
    ("Einsum", [X, Y], "gg", {"equation": "b i j, b k j -> b i k"}, 12),
    ("Conv", [IMAGE, KERNEL, f(4)], "ggg", {"strides": [2, 1], "pads": [0, 1, 2, 0]}, 11),
    ("Conv", [IMAGE, KERNEL], "gg", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, 11),
    ("Conv", [f(1, 4, 9), f(4, 2, 3)], "gg", {"group": 2, "dilations": [2]}, 11),
    ("ConvTranspose", [IMAGE, BACK, f(3)], "ggg", {"strides": [2, 2], "pads": [1, 0, 0, 1], "output_padding": [1, 0]}, 11),
    ("MaxPool", [IMAGE], "g", {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 1, 0]}, 12),
    ("MaxPool", [IMAGE], "g", {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, 12),
    ("AveragePool", [IMAGE], "g", {"kernel_shape": [3, 2], "pads": [1, 0, 1, 0]}, 11),
    ("AveragePool", [IMAGE], "g", {"kernel_shape": [3, 2], "pads": [1, 1, 0, 0], "count_include_pad": 1}, 11),
    ("AveragePool", [IMAGE], "g", {"kernel_shape": [3, 2], "pads": [1, 1, 0, 0]}, 11),
    ("GlobalAveragePool", [IMAGE], "g", {}, 7),
    ("GlobalMaxPool", [IMAGE], "g", {}, 7),
    ("BatchNormalization", [X, f(3), f(3), f(3), np.abs(f(3))], "ggggg", {"epsilon": 1e-3}, 15),
    ("LayerNormalization", [X, f(3, 4), f(3, 4)], "ggg", {"axis": 1}, 17, 3),
    ("InstanceNormalization", [IMAGE, f(2), f(2)], "ggg", {}, 6),
    ("GroupNormalization", [f(2, 4, 3), f(4), f(4)], "ggg", {"num_groups": 2}, 21),
    ("LRN", [f(5, 5, 2, 2)], "g", {"size": 3, "alpha": 0.1}, 13),
    ("MeanVarianceNormalization", [IMAGE], "g", {}, 13),
    ("Resize", [IMAGE, f(0), np.array([1, 1, 2, 1.5], np.float32)], "g-k", {"mode": "linear"}, 13),
    ("Resize", [IMAGE, i(1, 2, 4, 9)], "g--k", {"mode": "cubic", "coordinate_transformation_mode": "align_corners"}, 13),
    ("Resize", [IMAGE, i(1, 2, 14, 3)], "g--k", {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, 13),
    ("LSTM", [f(3, 2, 4), f(1, 12, 4), f(1, 12, 3), f(1, 24)], "gggg", {"hidden_size": 3}, 14, 3),
    ("GRU", [f(3, 2, 4), f(1, 9, 4), f(1, 9, 3), f(1, 18)], "gggg", {"hidden_size": 3, "linear_before_reset": 1}, 14, 2),
    ("GRU", [f(3, 2, 4), f(1, 9, 4), f(1, 9, 3), f(1, 18)], "gggg", {"hidden_size": 3}, 14, 2),
    ("RNN", [f(3, 2, 4), f(1, 3, 4), f(1, 3, 3), f(1, 6)], "gggg", {"hidden_size": 3}, 14, 2),
    ("Dropout", [X], "g", {}, 13),
    *[("GridSample", [IMAGE, f(1, 2, 3, 2)], "gg", {"mode": mode, "padding_mode": around, "align_corners": corners}, 20)
      for mode, around, corners in [("linear", "zeros", 0), ("nearest", "border", 0), ("cubic", "zeros", 1), ("linear", "reflection", 1)]],
    *[("If", [np.array(test)], "k", {"then_branch": branch("Neg"), "else_branch": branch("Exp")}, 13) for test in (True, False)],
    ("Constant", [], "", {"value_floats": [1.5, -2.0]}, 13),
    ("Constant", [], "", {"value_int": 7}, 13),
    ("CastLike", [X, WHOLE], "gg", {}, 15),
    ("EyeLike", [f(3, 4)], "g", {"k": 1}, 9),
    ("NonZero", [WHOLE], "k", {}, 13),
    ("BitShift", [np.array([1, 6], np.uint32), np.array([3, 1], np.uint32)], "gg", {"direction": "RIGHT"}, 11),
    ("Det", [f(2, 3, 3)], "g", {}, 11),
    ("Upsample", [IMAGE, np.array([1, 1, 2, 3], np.float32)], "gk", {}, 9),
    ("Acos", [X / 4], "g", {}, 7),
    ("Asinh", [X], "g", {}, 9),
    ("RMSNormalization", [X, f(4)], "gg", {}, 23),
]


def made(type, inputs, how, attributes, opset, outputs=1, last=None):
    left, names, given, constants = list(inputs) + ([] if last is None else [last]), [], {}, []
    for k, letter in enumerate(how):
        if letter == "-":
            if type == "Resize" and k == 1 and len(left) > 1:
                left.pop(0)
            names.append("")
            continue
        value = np.asarray(left.pop(0))
        names.append(f"in{k}")
        if letter == "g":
            given[f"in{k}"] = value
        else:
            constants.append(numpy_helper.from_array(value, f"in{k}"))
    node = helper.make_node(type, names, [f"out{k}" for k in range(outputs)], **attributes)
    infos = [helper.make_tensor_value_info(name, CODES[x.dtype.name], x.shape) for name, x in given.items()]
    ends = [helper.make_tensor_value_info(name, 0, None) for name in node.output]
    graph = helper.make_graph([node], "one", infos, ends, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    try:
        results = ReferenceEvaluator(model).run(None, given)
    except Exception as error:
        raise RuntimeError(f"{type} {attributes}") from error
    return {
        "name": f"{type} {told(attributes)} of opset {opset}",
        "onnx": base64.b64encode(model.SerializeToString()).decode(),
        "inputs": [plain(x) for x in given.values()],
        "outputs": [plain(np.asarray(x)) for x in results],
    }


def told(attributes):
    return {name: value if isinstance(value, (int, float, str, list)) else value.name for name, value in attributes.items()}


def plain(x):
    return {"dtype": {"float32": "f32", "bool": "bool", "uint32": "u32"}.get(x.dtype.name, "i32"), "shape": list(x.shape),
            "data": [float(v) for v in x.reshape(-1)]}


def main():
    rows = [made(*case) for case in CASES]
    (HERE / "onnx_operators.json").write_text(json.dumps(rows, allow_nan=False) + "\n")
    print(len(rows), "graphs")


main()
