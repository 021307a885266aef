/** Operators that change shapes, join and cut. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";

function of(op: (x: Tensor) => Tensor): Operator {
  return (c) => op(c.tensor(0));
}

function ofAll(op: (tensors: readonly Tensor[]) => Tensor): Operator {
  return (c) => op(c.spread());
}

function slice(c: Call): Tensor {
  const before = new Array<null>(c.number(1, "dim", 0)).fill(null);
  return t.slice(c.tensor(0), ...before, [
    c.maybeNumber(2, "start"),
    c.maybeNumber(3, "end"),
    c.number(4, "step", 1),
  ]);
}

function split(c: Call): Tensor[] {
  return t.split(c.tensor(0), c.counts(1), c.number(2, "dim", 0));
}

function splitAlong(op: t.SplitAlongOp): Operator {
  return (c) => op(c.tensor(0), c.counts(1));
}

// One tensor for one, a list for several.
function each(op: (x: Tensor | readonly Tensor[]) => Tensor | Tensor[]): Operator {
  return (c) => op(c.count === 1 && c.maybe(0) ? c.tensor(0) : c.spread());
}

function meshgrid(c: Call): Tensor[] {
  return t.meshgrid(c.spread(), { indexing: c.text(NAMED, "indexing", "ij") as "ij" | "xy" });
}

function combinations(c: Call): Tensor {
  return t.combinations(c.tensor(0), {
    r: c.number(1, "r", 2),
    withReplacement: c.flag(2, "with_replacement", false),
  });
}

/** PyTorch's names of operators on shapes. */
export const shapes: Readonly<Record<string, Operator>> = {
  "H": of(t.t),
  "T": of(t.t),
  "mH": of(t.transpose),
  "mT": of(t.transpose),
  "t": of(t.t),
  "transpose": (c) => t.transpose(c.tensor(0), c.number(1), c.number(2)),
  "permute": (c) => t.permute(c.tensor(0), c.integers(1)),
  "movedim": (c) => t.moveAxis(c.tensor(0), c.integers(1, "source"), c.integers(2, "destination")),
  "clone": of(t.contiguous),
  "contiguous": of(t.contiguous),
  "flatten": (c) => t.flatten(c.tensor(0), c.number(1, "start_dim", 0), c.number(2, "end_dim", -1)),
  "ravel": of((x) => t.flatten(x)),
  "reshape": (c) => t.reshape(c.tensor(0), c.integers(1)),
  "reshape_as": (c) => t.reshape(c.tensor(0), c.tensor(1).shape),
  "view": (c) => t.reshape(c.tensor(0), c.integers(1)),
  "view_as": (c) => t.reshape(c.tensor(0), c.tensor(1).shape),
  "unflatten": (c) => t.unflatten(c.tensor(0), c.number(1, "dim"), c.integers(2, "sizes")),
  "squeeze": (c) => t.squeeze(c.tensor(0), c.maybeNumber(1)),
  "unsqueeze": (c) => t.unsqueeze(c.tensor(0), c.number(1)),
  "atleast_1d": each(t.atleast1d),
  "atleast_2d": each(t.atleast2d),
  "atleast_3d": each(t.atleast3d),
  "broadcast_tensors": (c) => t.broadcastTensors(c.spread()),
  "broadcast_to": (c) => t.expand(c.tensor(0), c.integers(1)),
  "expand": (c) => t.expand(c.tensor(0), c.integers(1)),
  "expand_as": (c) => t.expand(c.tensor(0), c.tensor(1).shape),
  "sum_to_size": (c) => t.sumToSize(c.tensor(0), c.sizes(1)),
  "narrow": (c) => t.narrow(c.tensor(0), c.number(1), c.number(2), c.number(3)),
  "select": (c) => t.select(c.tensor(0), c.number(1), c.number(2)),
  "slice": slice,
  "unbind": (c) => t.unbind(c.tensor(0), c.number(1, "dim", 0)),
  "unfold": (c) => t.unfold(c.tensor(0), c.number(1), c.number(2), { step: c.number(3) }),
  "flip": (c) => t.flip(c.tensor(0), c.integers(1, "dims")),
  "fliplr": of((x) => t.flip(x, 1)),
  "flipud": of((x) => t.flip(x, 0)),
  "rot90": (c) => t.rot90(c.tensor(0), c.number(1, "k", 1), c.maybeIntegers(2, "dims")),
  "roll": (c) => t.roll(c.tensor(0), c.integers(1, "shifts"), c.axes(2, "dims")),
  "fft.fftshift": (c) => t.fftshift(c.tensor(0), c.axes(1)),
  "fft.ifftshift": (c) => t.ifftshift(c.tensor(0), c.axes(1)),
  "chunk": (c) => t.chunk(c.tensor(0), c.number(1), c.number(2, "dim", 0)),
  "split": split,
  "split.list_args": split,
  "split_with_sizes": split,
  "tensor_split": (c) => t.tensorSplit(c.tensor(0), c.counts(1), c.number(2, "dim", 0)),
  "hsplit": splitAlong(t.hsplit),
  "vsplit": splitAlong(t.vsplit),
  "dsplit": splitAlong(t.dsplit),
  "cat": (c) => t.concat(c.tensors(0), c.number(1, "dim", 0)),
  "stack": (c) => t.stack(c.tensors(0), c.number(1, "dim", 0)),
  "hstack": ofAll(t.hstack),
  "vstack": ofAll(t.vstack),
  "dstack": ofAll(t.dstack),
  "column_stack": ofAll(t.columnStack),
  "block_diag": ofAll(t.blockDiag),
  "tile": (c) => t.tile(c.tensor(0), c.integers(1)),
  "repeat": (c) => t.tile(c.tensor(0), c.integers(1)),
  "repeat_interleave": (c) =>
    t.repeatInterleave(c.tensor(0), c.counts(1, "repeats"), c.maybeNumber(2, "dim")),
  "meshgrid.list_of_tensors": meshgrid,
  "meshgrid.variadic_tensors": meshgrid,
  "cartesian_prod": ofAll(t.cartesianProd),
  "combinations": combinations,
  "fill": (c) => t.fullLike(c.tensor(0), c.number(1, "value")),
};
