/** Rows of views, movement and changes of place. */
import * as tg from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { aliasOf } from "../../core/primitives/functions.ts";
import { map } from "../../core/primitives/map.ts";
import { f64, type Row, row, sample } from "./row.ts";

tg.registerBackend({ name: "cpu-beside", create: () => createCpuBackend({ name: "cpu-beside" }) });

const matrix = (): tg.Tensor => sample([2, 3]);
const cube = (): tg.Tensor => sample([2, 3, 4]);

function one(op: string, name: string, inputs: () => tg.Tensor, call: tg.Checked): Row {
  return row(op, name, { inputs: () => [inputs()], call });
}

const fused = { name: "fused", exprs: [tg.e.mul(tg.e.input(0), tg.e.exp(tg.e.neg(tg.e.input(1))))] };

const views: readonly Row[] = [
  row("map", "an expression of two", {
    inputs: () => [matrix(), sample([3], { seed: 1 })],
    call: (x, y) => tg.apply(map, [x, y], fused),
  }),
  one("reshape", "view", cube, (x) => tg.reshape(x, [4, -1])),
  one("reshape", "copy of a view", matrix, (x) => tg.reshape(x.transpose(), [6])),
  one("reshape", "scalar", () => f64(2), (x) => tg.reshape(x, [1, 1])),
  one("flatten", "two axes", cube, (x) => tg.flatten(x, 1, 2)),
  one("squeeze", "one axis", () => sample([2, 1, 3]), (x) => tg.squeeze(x, 1)),
  one("squeeze", "all", () => sample([1, 2, 1]), (x) => tg.squeeze(x)),
  one("unsqueeze", "last", matrix, (x) => tg.unsqueeze(x, -1)),
  one("permute", "three axes", cube, (x) => tg.permute(x, [2, 0, 1])),
  one("transpose", "last two", cube, (x) => tg.transpose(x)),
  one("moveAxis", "first to last", cube, (x) => tg.moveAxis(x, 0, -1)),
  one("expand", "an axis of 1 and a new one", () => sample([2, 1]), (x) => tg.expand(x, [3, 2, 4])),
  one("expand", "scalar", () => f64(2), (x) => tg.expand(x, [3])),
  row("broadcastTensors", "both ways", {
    inputs: () => [sample([2, 1]), sample([3], { seed: 1 })],
    call: (x, y) => tg.broadcastTensors([x, y]),
  }),
  row("meshgrid", "ij and xy", {
    inputs: () => [sample([2]), sample([3], { seed: 1 })],
    call: (x, y) => [...tg.meshgrid([x, y]), ...tg.meshgrid([x, y], { indexing: "xy" })],
  }),
  one("narrow", "middle", cube, (x) => tg.narrow(x, 2, 1, 2)),
  one("slice", "index and range", cube, (x) => tg.slice(x, 1, [0, 2], null)),
  one("slice", "steps", cube, (x) => tg.slice(x, null, [null, null, 2], [3, 0, -2])),
  one("slice", "negative step that ends inside", () => sample([7]), (x) => tg.slice(x, [5, 0, -3])),
  one("flip", "all", matrix, (x) => tg.flip(x)),
  one("flip", "one axis of a view", cube, (x) => tg.flip(x.transpose(), 1)),
  one("unfold", "overlapping", () => sample([6]), (x) => tg.unfold(x, 0, 3)),
  one(
    "unfold",
    "step that leaves a rest",
    () => sample([2, 7]),
    (x) => tg.unfold(x, 1, 2, { step: 3 }),
  ),
];

const movement: readonly Row[] = [
  one("contiguous", "of a view", matrix, (x) => tg.contiguous(x.transpose())),
  row("concat", "three along the last axis", {
    inputs: () => [sample([2, 1]), sample([2, 3], { seed: 1 }), sample([2, 2], { seed: 2 })],
    call: (...parts) => tg.concat(parts, -1),
  }),
  row("concat", "one tensor twice", { inputs: () => [matrix()], call: (x) => tg.concat([x, x]) }),
  row("concat", "with an empty one", {
    inputs: () => [sample([0, 3]), matrix()],
    call: (x, y) => tg.concat([x, y]),
  }),
  row("stack", "new last axis", {
    inputs: () => [matrix(), sample([2, 3], { seed: 1 })],
    call: (x, y) => tg.stack([x, y], -1),
  }),
  one("split", "sizes", () => sample([5]), (x) => tg.split(x, [1, 3, 1])),
  one("split", "even", () => sample([2, 5]), (x) => tg.split(x, 2, 1)),
  one("split", "none of the last", () => sample([2, 5]), (x) => tg.split(x, [2, 2, 1], 1).slice(0, 2)),
  one("unbind", "rows", () => sample([3, 2]), (x) => tg.unbind(x)),
  one("unbind", "columns", () => sample([2, 3]), (x) => tg.unbind(x, -1)),
  one("chunk", "two", () => sample([2, 5]), (x) => tg.chunk(x, 2, 1)),
  one("pad", "all axes", matrix, (x) => tg.pad(x, [[1, 0], [2, 1]], 0.5)),
  one("pad", "last axis", matrix, (x) => tg.pad(x, [[0, 2]])),
  one("pad", "one axis more, one less", matrix, (x) => tg.pad(x, [[1, -1], [-2, 1]], 0.5)),
  one(
    "pad",
    "mirrored along three axes",
    cube,
    (x) => tg.pad(x, [[1, 0], [2, 1], [0, 3]], { mode: "reflect" }),
  ),
  one("pad", "mirrored, and less", () => sample([5]), (x) => tg.pad(x, [[-3, 3]], { mode: "reflect" })),
  one("pad", "edges repeated", matrix, (x) => tg.pad(x, [[3, 0], [1, 2]], { mode: "replicate" })),
  one("pad", "around a ring", cube, (x) => tg.pad(x, [[2, 1], [1, 4]], { mode: "circular" })),
  one("pad", "around a ring of less", () => sample([5]), (x) => tg.pad(x, [[-1, 2]], { mode: "circular" })),
  one("fold", "overlapping", () => sample([4, 3]), (x) => tg.fold(x, 0, { extent: 6 })),
  one(
    "fold",
    "apart, with room at the end",
    () => sample([2, 3, 2]),
    (x) => tg.fold(x, 1, { extent: 10, step: 3 }),
  ),
  one("tile", "more axes", matrix, (x) => tg.tile(x, [2, 1, 2])),
  one("repeatInterleave", "last axis", matrix, (x) => tg.repeatInterleave(x, 2, 1)),
  one("roll", "one axis", matrix, (x) => tg.roll(x, 2, 1)),
  one("roll", "flattened and back", matrix, (x) => tg.roll(x, -2)),
  one("roll", "two axes", matrix, (x) => tg.roll(x, [1, -1], [0, 1])),
  one("tril", "below", () => sample([2, 3, 3]), (x) => tg.tril(x, -1)),
  one("triu", "main", () => sample([3, 4]), (x) => tg.triu(x)),
  one("diagonal", "above", () => sample([2, 3, 4]), (x) => tg.diagonal(x, 1)),
  one("diagonal", "below", () => sample([4, 2]), (x) => tg.diagonal(x, -1)),
  one("diag", "vector", () => sample([3]), (x) => tg.diag(x, 1)),
  one("diag", "vector below", () => sample([3]), (x) => tg.diag(x, -2)),
  one("diag", "matrix", () => sample([3, 3]), (x) => tg.diag(x)),
  one("to", "the dtype it has", matrix, (x) => tg.to(x, x.dtype).mul(x)),
  one("alias", "another name for the same elements", matrix, (x) => aliasOf(x).square()),
  one("transfer", "there and back", matrix, (x) => x.to("cpu-beside").square().to(x.backend.name)),
];

/** Rows of views, movement and changes of place. */
export const shapeRows: readonly Row[] = [...views, ...movement];
