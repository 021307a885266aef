"""What PyTorch's layers answer: for the scripts of this folder, each of which writes the JSON of a family.

    from layers import layer, write
    write("linear.json", [layer("Linear", 3, 2, bias=False, inputs=[(4, 3)])])

An entry has what makes the layer (arguments, and options in camel case), its state, its inputs, its outputs, cotangents of
those that are floats, and the gradients of sum(output * cotangent) to the inputs and the parameters; `after` are the
buffers that the call changed. All of it is in f64, drawn from one seed an entry.
"""
import pathlib, sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "../../proof/reference"))
import pretty
from encode import torch, flat

NAMES = {torch.float64: "f64", torch.float32: "f32", torch.int64: "i32", torch.int32: "i32", torch.bool: "bool"}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def encoded(x):
    if x is None: return None
    return {"dtype": NAMES[x.dtype], "shape": list(x.shape), "data": flat(x) if x.is_floating_point() else [int(v) for v in x.reshape(-1).tolist()]}


def leaves(tree):
    """The tensors of lists and tuples in lists and tuples."""
    if tree is None or isinstance(tree, torch.Tensor): return [tree]
    return [leaf for part in tree for leaf in leaves(part)]


def drawn(given):
    """A shape is drawn from a normal distribution, a tensor (of indices, a mask) or None is itself."""
    if given is None or isinstance(given, torch.Tensor): return given
    if isinstance(given, list): return [drawn(part) for part in given]
    return torch.randn(given, dtype=torch.float64)


def layer(name, *arguments, inputs, made=None, seed=0, training=True, prepare=None, call=None, note=None, forward=None, **options):
    """A case. `made` is a module that is not torch.nn's of that name; `prepare` changes it before it is called;
    `call(module, *inputs)` calls it otherwise than by its forward; `forward` are options of that call, in PyTorch's
    spelling. Options whose value is a dict {"torch": a, "ours": b} are spelled differently."""
    torch.manual_seed(seed)
    theirs = {k: v["torch"] if isinstance(v, dict) and "torch" in v else v for k, v in options.items()}
    ours = {camel(k): v["ours"] if isinstance(v, dict) and "ours" in v else v for k, v in options.items()}
    module = made or getattr(torch.nn, name)(*arguments, **theirs)
    module = module.double().train(training)
    if prepare: prepare(module)
    state = {k: encoded(v) for k, v in module.state_dict().items()}
    given = drawn(list(inputs))
    moving = [x for x in leaves(given) if x is not None and x.is_floating_point()]
    for x in moving: x.requires_grad_()
    out = call(module, *given) if call else module(*given, **(forward or {}))
    outputs = [y for y in leaves(out) if y is not None]
    floats = [y for y in outputs if y.is_floating_point() and y.requires_grad]
    cotangents = [torch.randn_like(y) for y in floats]
    if floats: sum((y * c).sum() for y, c in zip(floats, cotangents)).backward()
    after = {k: encoded(v) for k, v in module.state_dict().items() if encoded(v) != state[k]}
    case = {
        "layer": name,
        "arguments": list(arguments),
        "options": ours,
        "training": training,
        "state": state,
        "inputs": nested(given),
        "outputs": [encoded(y) for y in outputs],
        "cotangents": [encoded(c) for c in cotangents],
        "gradients": {
            "inputs": [encoded(x.grad) for x in moving],
            "parameters": {k: encoded(p.grad) for k, p in module.named_parameters()},
        },
    }
    if forward: case["forward"] = {camel(k): encoded(v) if isinstance(v, torch.Tensor) else v for k, v in forward.items()}
    if after: case["after"] = after
    if note: case["note"] = note
    return case


def nested(given):
    if isinstance(given, list): return [nested(part) for part in given]
    return encoded(given)


def write(name, cases):
    pretty.write(HERE, name, {"torch": torch.__version__, "cases": cases})
