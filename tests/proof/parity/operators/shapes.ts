/** Operators that change shapes, join and cut. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";
import { lifted } from "./reductions.ts";

function of(op: (x: Tensor) => Tensor): Operator {
  return (c) => op(c.tensor(0));
}

function axisOf(x: Tensor, axis: number): number {
  return axis < 0 ? axis + x.rank : axis;
}

function mirrored(x: Tensor): Tensor {
  return x.rank < 2 ? x : t.transpose(x);
}

function unflatten(c: Call): Tensor {
  const x = c.tensor(0), at = axisOf(x, c.number(1, "dim")), sizes = c.integers(2, "sizes");
  const known = sizes.filter((n) => n >= 0).reduce((a, b) => a * b, 1);
  return t.reshape(x, x.shape.toSpliced(at, 1, ...sizes.map((n) => n < 0 ? x.shape[at] / known : n)));
}

function moveDims(c: Call): Tensor {
  const x = c.tensor(0), from = c.integers(1, "source").map((a) => axisOf(x, a));
  const to = c.integers(2, "destination").map((a) => axisOf(x, a));
  const others = x.shape.flatMap((_, i) => from.includes(i) ? [] : [i]).values();
  return t.permute(x, x.shape.map((_, i) => to.includes(i) ? from[to.indexOf(i)] : others.next().value!));
}

/** Pieces of one axis that end at the given positions. */
function cut(x: Tensor, axis: number, ends: readonly number[]): Tensor[] {
  const n = x.shape.at(axis)!,
    bounds = [0, ...ends.map((e) => Math.min(Math.max(e < 0 ? e + n : e, 0), n)), n];
  return bounds.slice(1).map((end, i) =>
    t.narrow(x, axis, Math.min(bounds[i], end), Math.max(0, end - bounds[i]))
  );
}

// Sections that differ by one in size, the larger ones first.
function sections(x: Tensor, axis: number, count: number): Tensor[] {
  const n = x.shape.at(axis)!, small = Math.floor(n / count), larger = n % count;
  return t.split(x, Array.from({ length: count }, (_, i) => i < larger ? small + 1 : small), axis);
}

function tensorSplit(c: Call): Tensor[] {
  const x = c.tensor(0), parts = c.value(1), axis = c.number(2, "dim", 0);
  const scalar = typeof parts === "number" || (c.maybe(1)?.rank === 0);
  return scalar ? sections(x, axis, c.number(1)) : cut(x, axis, c.integers(1));
}

function splitAlong(axis: (x: Tensor) => number): Operator {
  return (c) => {
    const x = c.tensor(0), parts = c.value(1);
    return typeof parts === "number" ? sections(x, axis(x), parts) : cut(x, axis(x), c.integers(1));
  };
}

function split(c: Call): Tensor[] {
  const size = c.value(1);
  return t.split(c.tensor(0), typeof size === "number" ? size : c.integers(1), c.number(2, "dim", 0));
}

function rot90(c: Call): Tensor {
  const x = c.tensor(0),
    turns = ((c.number(1, "k", 1) % 4) + 4) % 4,
    [a, b] = c.maybeIntegers(2, "dims") ?? [0, 1];
  if (turns === 2) return t.flip(x, [a, b]);
  if (turns === 0) return x;
  return turns === 1 ? t.transpose(t.flip(x, b), a, b) : t.flip(t.transpose(x, a, b), b);
}

function sumToSize(c: Call): Tensor {
  const x = c.tensor(0), sizes = c.sizes(1), lead = x.rank - sizes.length;
  const gone = x.shape.flatMap((n, i) => i < lead || (sizes[i - lead] === 1 && n !== 1) ? [i] : []);
  return t.reshape(gone.length === 0 ? x : t.sum(x, gone), sizes);
}

function each(op: (x: Tensor) => Tensor): Operator {
  return (c) => c.spread().length === 1 ? op(c.tensor(0)) : c.spread().map(op);
}

function atLeast2d(x: Tensor): Tensor {
  return x.rank < 2 ? x.reshape([1, x.size]) : x;
}

function atLeast3d(x: Tensor): Tensor {
  return x.rank === 2 ? x.unsqueeze(2) : x.rank < 2 ? x.reshape([1, x.size, 1]) : x;
}

function repeatInterleave(c: Call): Tensor {
  const axis = c.value(2, "dim") === undefined ? undefined : c.number(2, "dim"),
    counts = c.integers(1, "repeats");
  const x = axis === undefined ? c.tensor(0).reshape([-1]) : c.tensor(0), at = axis ?? 0;
  if (counts.length === 1) return t.repeatInterleave(x, counts[0], at);
  const index = counts.flatMap((n, i) => new Array<number>(n).fill(i));
  return t.indexSelect(x, at, t.tensor(index, { dtype: "i32" }));
}

function shifted(sign: 1 | -1): Operator {
  return (c) => {
    const x = c.tensor(0), axes = c.maybeIntegers(1, "dim") ?? x.shape.map((_, i) => i);
    const half = (n: number) => sign > 0 ? Math.floor(n / 2) : Math.ceil(n / 2);
    return t.roll(x, axes.map((a) => half(x.shape.at(a)!)), axes);
  };
}

function meshgrid(c: Call): Tensor[] {
  return t.meshgrid(c.spread(), { indexing: c.text(NAMED, "indexing", "ij") === "xy" ? "xy" : "ij" });
}

function cartesianProduct(c: Call): Tensor {
  const vectors = c.spread();
  return vectors.length === 1 ? vectors[0] : t.stack(t.meshgrid(vectors).map((v) => v.reshape([-1])), -1);
}

function combinations(c: Call): Tensor {
  const x = c.tensor(0), r = c.number(1, "r", 2), again = c.flag(2, "with_replacement", false);
  let rows: number[][] = [[]];
  for (let k = 0; k < r; k++) {
    rows = rows.flatMap((row) => {
      const first = row.length === 0 ? 0 : row[row.length - 1] + (again ? 0 : 1);
      return Array.from({ length: Math.max(0, x.size - first) }, (_, i) => [...row, first + i]);
    });
  }
  return t.indexSelect(x, 0, t.tensor(rows.flat(), { dtype: "i32" })).reshape([rows.length, r]);
}

function blockDiagonal(c: Call): Tensor {
  const blocks = c.spread().map(atLeast2d);
  const width = blocks.reduce((n, b) => n + b.shape[1], 0);
  let before = 0;
  return t.concat(blocks.map((b) => {
    before += b.shape[1];
    return t.pad(b, [[before - b.shape[1], width - before]]);
  }));
}

function columns(x: Tensor): Tensor {
  return x.rank < 2 ? x.reshape([x.size, 1]) : x;
}

function horizontally(c: Call): Tensor {
  const parts = c.spread().map(lifted);
  return t.concat(parts, parts[0].rank === 1 ? 0 : 1);
}

function vertically(c: Call): Tensor {
  return t.concat(c.spread().map(atLeast2d));
}

/** PyTorch's names of operators on shapes. */
export const shapes: Readonly<Record<string, Operator>> = {
  "H": of(mirrored),
  "T": of((x) => t.permute(x, x.shape.map((_, i) => x.rank - 1 - i))),
  "mH": of(mirrored),
  "mT": of(mirrored),
  "t": of(mirrored),
  "transpose": (c) =>
    c.tensor(0).rank === 0 ? c.tensor(0) : t.transpose(c.tensor(0), c.number(1), c.number(2)),
  "permute": (c) => t.permute(c.tensor(0), c.integers(1)),
  "movedim": moveDims,
  "clone": of(t.contiguous),
  "contiguous": of(t.contiguous),
  "flatten": (c) => t.flatten(c.tensor(0), c.number(1, "start_dim", 0), c.number(2, "end_dim", -1)),
  "ravel": of((x) => t.flatten(x)),
  "reshape": (c) => t.reshape(c.tensor(0), c.integers(1)),
  "reshape_as": (c) => t.reshape(c.tensor(0), c.tensor(1).shape),
  "view": (c) => t.reshape(c.tensor(0), c.integers(1)),
  "view_as": (c) => t.reshape(c.tensor(0), c.tensor(1).shape),
  "unflatten": unflatten,
  "squeeze": (c) => c.count < 2 ? t.squeeze(c.tensor(0)) : t.squeeze(c.tensor(0), c.number(1)),
  "unsqueeze": (c) => t.unsqueeze(c.tensor(0), c.number(1)),
  "atleast_1d": each(lifted),
  "atleast_2d": each(atLeast2d),
  "atleast_3d": each(atLeast3d),
  "broadcast_tensors": (c) => t.broadcastTensors(c.spread()),
  "broadcast_to": (c) => t.expand(c.tensor(0), c.integers(1)),
  "expand": (c) => t.expand(c.tensor(0), c.integers(1)),
  "expand_as": (c) => t.expand(c.tensor(0), c.tensor(1).shape),
  "sum_to_size": sumToSize,
  "narrow": (c) => t.narrow(c.tensor(0), c.number(1), c.number(2), c.number(3)),
  "select": (c) =>
    t.slice(c.tensor(0), ...new Array(axisOf(c.tensor(0), c.number(1))).fill(null), c.number(2)),
  "slice": (c) =>
    t.slice(c.tensor(0), ...new Array(c.number(1, "dim", 0)).fill(null), [
      c.maybeIntegers(2, "start")?.[0],
      c.maybeIntegers(3, "end")?.[0],
      c.number(4, "step", 1),
    ]),
  "unbind": (c) => t.unbind(c.tensor(0), c.number(1, "dim", 0)),
  "unfold": (c) =>
    c.tensor(0).rank === 0
      ? c.tensor(0).reshape([1])
      : t.unfold(c.tensor(0), c.number(1), c.number(2), { step: c.number(3) }),
  "flip": (c) => t.flip(c.tensor(0), c.integers(1, "dims")),
  "fliplr": of((x) => t.flip(x, 1)),
  "flipud": of((x) => t.flip(x, 0)),
  "rot90": rot90,
  "roll": (c) =>
    t.roll(
      c.tensor(0),
      c.integers(1, "shifts").length === 1 ? c.integers(1)[0] : c.integers(1),
      c.maybeIntegers(2, "dims"),
    ),
  "fft.fftshift": shifted(1),
  "fft.ifftshift": shifted(-1),
  "chunk": (c) => t.chunk(c.tensor(0), c.number(1), c.number(2, "dim", 0)),
  "split": split,
  "split.list_args": split,
  "split_with_sizes": split,
  "tensor_split": tensorSplit,
  "hsplit": splitAlong((x) => x.rank === 1 ? 0 : 1),
  "vsplit": splitAlong(() => 0),
  "dsplit": splitAlong(() => 2),
  "cat": (c) => t.concat(c.tensors(0), c.number(1, "dim", 0)),
  "stack": (c) => t.stack(c.tensors(0), c.number(1, "dim", 0)),
  "hstack": horizontally,
  "vstack": vertically,
  "dstack": (c) => t.concat(c.spread().map(atLeast3d), 2),
  "column_stack": (c) => t.concat(c.spread().map(columns), 1),
  "block_diag": blockDiagonal,
  "tile": (c) => t.tile(c.tensor(0), c.integers(1)),
  "repeat": (c) => t.tile(c.tensor(0), c.integers(1)),
  "repeat_interleave": repeatInterleave,
  "meshgrid.list_of_tensors": meshgrid,
  "meshgrid.variadic_tensors": meshgrid,
  "cartesian_prod": cartesianProduct,
  "combinations": combinations,
  "fill": (c) => t.fullLike(c.tensor(0), c.number(1, "value")),
};
