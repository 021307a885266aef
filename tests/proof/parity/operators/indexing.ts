/** Operators that pick and place elements. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";
import { NotCovered } from "../sample.ts";
import { checkDistinct } from "./distinct.ts";
import { getItem } from "./get_item.ts";

function scatter(c: Call): Tensor {
  const how = c.text(NAMED, "reduce", "none"), axis = c.number(1), index = c.tensor(2);
  if (how === "multiply") throw new NotCovered("scatter by multiplication");
  if (how === "none") checkDistinct(index, axis);
  return (how === "add" ? t.scatterAdd : t.scatter)(c.tensor(0), axis, index, c.operand(3, "src"));
}

function scatterReduced(reduce: "sum" | "mean"): Operator {
  return (c) =>
    t.scatterReduce(c.tensor(0), c.number(1), c.tensor(2), c.operand(3, "src"), {
      reduce,
      includeSelf: c.flag(NAMED, "include_self", true),
    });
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

function axesOf(c: Call, at: number, axis1: number, axis2: number): t.MatrixAxes {
  return { axis1: c.number(at, "dim1", axis1), axis2: c.number(at + 1, "dim2", axis2) };
}

function diagonalScatter(c: Call): Tensor {
  return t.diagonalScatter(c.tensor(0), c.tensor(1), c.number(2, "offset", 0), axesOf(c, 3, 0, 1));
}

/** PyTorch's names of operators that pick and place. */
export const indexing: Readonly<Record<string, Operator>> = {
  "__getitem__": getItem,
  "gather": (c) => t.gather(c.tensor(0), c.number(1), c.tensor(2)),
  "index_select": (c) => t.indexSelect(c.tensor(0), c.number(1), c.tensor(2)),
  "take": (c) => t.take(c.tensor(0), c.tensor(1)),
  "take_along_dim": (c) => t.takeAlongAxis(c.tensor(0), c.tensor(1), c.maybeNumber(2, "dim")),
  "scatter": scatter,
  "scatter_add": (c) => t.scatterAdd(c.tensor(0), c.number(1), c.tensor(2), c.operand(3, "src")),
  "scatter_reduce.sum": scatterReduced("sum"),
  "scatter_reduce.mean": scatterReduced("mean"),
  "index_add": indexAdd,
  "index_copy": indexCopy,
  "index_fill": (c) => t.indexFill(c.tensor(0), c.number(1), c.tensor(2), c.operand(3)),
  "index_put": indexPut,
  "put": put,
  "masked_scatter": (c) => t.maskedScatter(c.tensor(0), c.tensor(1), c.tensor(2)),
  "select_scatter": (c) =>
    t.selectScatter(c.tensor(0), c.tensor(1), c.number(2, "dim"), c.number(3, "index")),
  "diag": (c) => t.diag(c.tensor(0), c.number(1, "diagonal", 0)),
  "diagonal": (c) => t.diagonal(c.tensor(0), c.number(1, "offset", 0), axesOf(c, 2, 0, 1)),
  "diagonal_scatter": diagonalScatter,
  "diag_embed": (c) => t.diagEmbed(c.tensor(0), c.number(1, "offset", 0), axesOf(c, 2, -2, -1)),
  "diagflat": (c) => t.diagflat(c.tensor(0), c.number(1, "offset", 0)),
  "tril": (c) => t.tril(c.tensor(0), c.number(1, "diagonal", 0)),
  "triu": (c) => t.triu(c.tensor(0), c.number(1, "diagonal", 0)),
};
