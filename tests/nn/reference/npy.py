#!/usr/bin/python3
"""Files of arrays as NumPy writes them: writes npy.json.

    apt-get install -y python3-numpy
    /usr/bin/python3 tests/nn/reference/npy.py
"""
import base64
import io
import json
import pathlib

import numpy as np
from numpy.lib import format as npy


def written(array, version=(1, 0)):
    out = io.BytesIO()
    npy.write_array(out, array, version=version)
    return out.getvalue()


def values(array):
    def plain(x):
        return x if not isinstance(x, float) or np.isfinite(x) else str(x)
    return [plain(x) for x in np.ascontiguousarray(array).ravel().tolist()]


def row(file, array, **more):
    return {"file": base64.b64encode(file).decode(), "descr": array.dtype.str, "shape": array.shape,
            "data": values(array), **more}


integers = np.array([[0, 1, 2], [100, 126, 127]])
signed = ["i1", "i2", "i4", "i8"]
rows = []
for kind in [*signed, "u1", "u2", "u4", "u8"]:
    for order in "<>":
        array = (-integers if kind in signed else integers).astype(order + kind)
        rows += [row(written(array), array), row(written(np.asfortranarray(array)), array, fortran=True)]
floats = [[0.0, -0.0, 1 / 3, -2.5], [np.inf, -np.inf, np.nan, 65504], [6e-8, -6e-8, 3.1e-5, 6.103515625e-05]]
for kind in ["f2", "f4", "f8"]:
    for order in "<>":
        array = np.array(floats).astype(order + kind)
        rows += [row(written(array), array), row(written(np.asfortranarray(array)), array, fortran=True)]
truths = np.array([True, False, True])
rows += [row(written(truths), truths)]
for version in [(2, 0), (3, 0)]:
    array = np.arange(4, dtype="<f4").reshape(2, 2)
    rows.append(row(written(array, version), array, version=version[0]))
for shape in [(), (0,), (3, 0), (1,), (1, 2, 1, 3), (2, 3, 4)]:
    array = np.arange(np.prod(shape, dtype=int), dtype="<f4").reshape(shape)
    rows.append(row(written(array), array))
cube = np.arange(24, dtype="<i4").reshape(2, 3, 4)
rows.append(row(written(np.asfortranarray(cube)), cube, fortran=True))

refused = {
    "complex": written(np.array([1j])),
    "text": written(np.array(["a"])),
    "fields": written(np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")])),
    "long i8": written(np.array([1, 2**31])),
    "long u8": written(np.array([0, 2**63], dtype="<u8")),
}
pickled = io.BytesIO()
np.save(pickled, np.array([None]), allow_pickle=True)
refused["objects"] = pickled.getvalue()

state = {"0.weight": np.arange(6, dtype="<f4").reshape(2, 3), "0.bias": np.zeros(2, "<f4"),
         "gewicht ä/重み": np.array([1, -1])}
archives = {}
for name, save in {"stored": np.savez, "deflated": np.savez_compressed}.items():
    out = io.BytesIO()
    save(out, **state)
    archives[name] = base64.b64encode(out.getvalue()).decode()

here = pathlib.Path(__file__).parent
(here / "npy.json").write_text(json.dumps({
    "arrays": rows,
    "refused": {name: base64.b64encode(file).decode() for name, file in refused.items()},
    "archives": archives,
    "state": {name: row(b"", array) for name, array in state.items()},
}, ensure_ascii=False) + "\n")
