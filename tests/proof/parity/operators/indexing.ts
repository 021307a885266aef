/** Operators that pick and place elements. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";
import { checkDistinct } from "../distinct.ts";
import { keyOf } from "../key.ts";

function scatter(c: Call): Tensor {
  const how = c.text(NAMED, "reduce", "none"), axis = c.number(1), index = c.tensor(2);
  if (how === "none") checkDistinct(index, axis);
  return how === "none"
    ? t.scatter(c.tensor(0), axis, index, c.operand(3, "src"))
    : t.scatterReduce(c.tensor(0), axis, index, c.operand(3, "src"), {
      reduce: how === "add" ? "sum" : "prod",
    });
}

function reduction(c: Call): t.ScatterReduceOptions {
  return {
    reduce: c.text(4, "reduce", "sum") as t.ScatterReduceOptions["reduce"],
    includeSelf: c.flag(NAMED, "include_self", true),
  };
}

function reducedAt(c: Call): Tensor {
  return t.scatterReduce(c.tensor(0), c.number(1), c.tensor(2), c.operand(3, "src"), reduction(c));
}

function segmentReduce(c: Call): Tensor {
  return t.segmentReduce(c.tensor(0), {
    reduce: c.text(1, "reduce", "sum") as t.SegmentOptions["reduce"],
    lengths: c.maybe(NAMED, "lengths"),
    offsets: c.maybe(NAMED, "offsets"),
    axis: c.number(NAMED, "axis", 0),
    initial: c.maybeNumber(NAMED, "initial"),
  });
}

function strided(c: Call, at: number, strides: number): [number[], number[], number] {
  return [c.integers(at), c.integers(strides), c.number(NAMED, "storage_offset", 0)];
}

function asStridedScatter(c: Call): Tensor {
  const places = strided(c, 2, 3);
  return t.asStridedScatter(c.tensor(0), c.tensor(1), ...places);
}

function indexAdd(c: Call): Tensor {
  return t.indexAdd(c.tensor(0), c.number(1), c.tensor(2), c.tensor(3), {
    alpha: c.number(NAMED, "alpha", 1),
  });
}

function indexCopy(c: Call): Tensor {
  checkDistinct(c.tensor(2));
  return t.indexCopy(c.tensor(0), c.number(1), c.tensor(2), c.tensor(3));
}

function putOptions(c: Call): t.PutOptions {
  return { accumulate: c.flag(3, "accumulate", false) };
}

function indexPut(c: Call): Tensor {
  const indices = c.indices(1), options = putOptions(c);
  if (!options.accumulate) checkDistinct(indices[0]);
  return t.indexPut(c.tensor(0), indices, c.tensor(2), options);
}

function put(c: Call): Tensor {
  const options = putOptions(c);
  if (!options.accumulate) checkDistinct(c.tensor(1), null);
  return t.put(c.tensor(0), c.tensor(1), c.tensor(2), options);
}

function axesOf(c: Call, places: [number, number], axes: [number, number]): t.MatrixAxes {
  return { axis1: c.number(places[0], "dim1", axes[0]), axis2: c.number(places[1], "dim2", axes[1]) };
}

function diagonalScatter(c: Call): Tensor {
  return t.diagonalScatter(c.tensor(0), c.tensor(1), c.number(2, "offset", 0), axesOf(c, [3, 4], [0, 1]));
}

/** PyTorch's names of operators that pick and place. */
export const indexing: Readonly<Record<string, Operator>> = {
  "__getitem__": (c) => t.getItem(c.tensor(0), ...keyOf(c.value(1)!)),
  "gather": (c) => t.gather(c.tensor(0), c.number(1), c.tensor(2)),
  "index_select": (c) => t.indexSelect(c.tensor(0), c.number(1), c.tensor(2)),
  "take": (c) => t.take(c.tensor(0), c.tensor(1)),
  "take_along_dim": (c) => t.takeAlongAxis(c.tensor(0), c.tensor(1), c.maybeNumber(2, "dim")),
  "scatter": scatter,
  "scatter_add": (c) => t.scatterAdd(c.tensor(0), c.number(1), c.tensor(2), c.operand(3, "src")),
  "scatter_reduce.sum": reducedAt,
  "scatter_reduce.mean": reducedAt,
  "scatter_reduce.prod": reducedAt,
  "scatter_reduce.amax": reducedAt,
  "scatter_reduce.amin": reducedAt,
  "index_reduce": (c) => t.indexReduce(c.tensor(0), c.number(1), c.tensor(2), c.tensor(3), reduction(c)),
  "segment_reduce.lengths": segmentReduce,
  "segment_reduce.offsets": segmentReduce,
  "as_strided": (c) => t.asStrided(c.tensor(0), ...strided(c, 1, 2)),
  "as_strided_scatter": asStridedScatter,
  "masked_select": (c) => t.maskedSelect(c.tensor(0), c.tensor(1), { size: c.chosen(0, 1) }),
  "half": (c) => t.to(c.tensor(0), "f16"),
  "zero_": (c) => t.zerosLike(c.tensor(0)),
  "index_add": indexAdd,
  "index_copy": indexCopy,
  "index_fill": (c) => t.indexFill(c.tensor(0), c.number(1), c.tensor(2), c.operand(3)),
  "index_put": indexPut,
  "put": put,
  "masked_scatter": (c) => t.maskedScatter(c.tensor(0), c.tensor(1), c.tensor(2)),
  "select_scatter": (c) =>
    t.selectScatter(c.tensor(0), c.tensor(1), c.number(2, "dim"), c.number(3, "index")),
  "diag": (c) => t.diag(c.tensor(0), c.number(1, "diagonal", 0)),
  "diagonal": (c) => t.diagonal(c.tensor(0), c.number(1, "offset", 0), axesOf(c, [2, 3], [0, 1])),
  "diagonal_scatter": diagonalScatter,
  "diag_embed": (c) => t.diagEmbed(c.tensor(0), c.number(1, "offset", 0), axesOf(c, [2, 3], [-2, -1])),
  "diagflat": (c) => t.diagflat(c.tensor(0), c.number(1, "offset", 0)),
  "tril": (c) => t.tril(c.tensor(0), c.number(1, "diagonal", 0)),
  "triu": (c) => t.triu(c.tensor(0), c.number(1, "diagonal", 0)),
};
