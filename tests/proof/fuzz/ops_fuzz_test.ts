import * as tg from "@tapegrad/core";
import "@tapegrad/backends";
import { assert, assertEquals } from "@std/assert";
import { type Choices, type Elements, shapes, strided, type Twin } from "./chains.ts";
import { type Case, check, long, matrices, nonEmpty, smaller, withAxes } from "./fuzz.ts";
import * as naive from "./naive.ts";
import { storageOf } from "../../../core/tensor/internals.ts";

check("a map of two", (shape, c) => {
  const a = strided(smaller(shape, c), c), b = strided(smaller(shape, c), c);
  return [
    tg.sub(a.value.mul(3), b.value),
    naive.map((p, q) => 3 * p - q, a.model, b.model),
    `${a.story} - ${b.story}`,
  ];
});

check("a map of three", (shape, c) => {
  const [mask, a, b] = [smaller(shape, c), smaller(shape, c), smaller(shape, c)].map((s) => strided(s, c));
  return [
    tg.where(mask.value.greater(0), a.value, b.value),
    naive.map((m, p, q) => m > 0 ? p : q, mask.model, a.model, b.model),
    `where(${mask.story}, ${a.story}, ${b.story})`,
  ];
});

// Their products stay within f32.
const factors: Elements = { next: (c) => c.of([1, -1, 1, -1, 2, -0.5, 3, 1, c.below(9)]) };

const folds: Record<string, (values: number[]) => number> = {
  sum: (v) => v.reduce((a, b) => a + b, 0),
  prod: (v) => v.reduce((a, b) => a * b, 1),
  max: (v) => Math.max(...v),
  min: (v) => Math.min(...v),
  any: (v) => Number(v.some((x) => x !== 0)),
  all: (v) => Number(v.every((x) => x !== 0)),
};

function reduction(kind: "sum" | "prod" | "max" | "min" | "any" | "all"): Case {
  return (shape, c) => {
    const x = strided(shape, c, kind === "prod" ? factors : {});
    const axes = c.some(shape.length), keepDims = c.below(2) === 1;
    const asked = axes.map((axis) => c.below(2) ? axis : axis - shape.length);
    const model = naive.reduce(x.model, axes, folds[kind]);
    const kept = keepDims ? shape.map((n, i) => axes.includes(i) ? 1 : n) : model.shape;
    return [
      tg[kind](x.value, asked, { keepDims }),
      naive.reshape(model, kept),
      `${kind}(${x.story}, [${axes}])`,
    ];
  };
}

for (const kind of ["sum", "prod", "max", "min", "any", "all"] as const) {
  check(kind, reduction(kind), kind === "max" || kind === "min" ? nonEmpty : shapes);
  check(`${kind} over long axes`, reduction(kind), long);
}

check("a fused sum of products", (shape, c) => {
  const a = strided(shape, c), b = strided(shape, c), axes = c.some(shape.length);
  const square = tg.norm(tg.sub(a.value, b.value), axes, { order: 1 });
  return [
    square,
    naive.reduce(naive.map((p, q) => Math.abs(p - q), a.model, b.model), axes, folds.sum),
    `${a.story}, ${b.story}`,
  ];
}, long);

function position(kind: "argmax" | "argmin"): Case {
  return (shape, c) => {
    const x = strided(shape, c, { next: (c) => c.below(12) === 0 ? NaN : c.between(-5, 5) });
    const axis = c.below(shape.length), sign = kind === "argmax" ? 1 : -1;
    const first = (v: number[]) => {
      const nan = v.findIndex(Number.isNaN);
      return nan >= 0 ? nan : v.findIndex((p) => v.every((q) => p * sign >= q * sign));
    };
    return [
      tg[kind](x.value, axis - shape.length),
      naive.reduce(x.model, [axis], first),
      `${kind}(${x.story}, ${axis})`,
    ];
  };
}

check("argmax", position("argmax"), nonEmpty);
check("argmin", position("argmin"), nonEmpty);

check("matmul", (shape, c) => {
  const [lead, [m, k]] = [shape.slice(0, -2), shape.slice(-2)], n = c.extent();
  const a = strided([...smaller(lead, c), m, k], c), b = strided([...smaller(lead, c), k, n], c);
  return [a.value.matmul(b.value), naive.matmul(a.model, b.model), `${a.story} × ${b.story}`];
}, matrices);

check("matmul with vectors", (shape, c) => {
  const n = shape.at(-1)!,
    v = strided([n], c),
    x = strided(shape, c),
    left = c.below(2) === 1 && shape.length > 1;
  const y = left ? { ...x, value: x.value.transpose() } : x;
  const product = naive.reduce(naive.map((p, q) => p * q, x.model, v.model), [shape.length - 1], folds.sum);
  return [
    left ? v.value.matmul(y.value) : x.value.matmul(v.value),
    product,
    `${v.story}, ${y.story}, ${left}`,
  ];
}, withAxes);

check("concat", (shape, c) => {
  const axis = c.below(shape.length);
  const parts = Array.from({ length: c.between(1, 4) }, () => strided(shape.with(axis, c.extent()), c));
  return [
    tg.concat(parts.map((p) => p.value), axis - shape.length),
    naive.concat(parts.map((p) => p.model), axis),
    `concat(${parts.map((p) => p.story)}, ${axis})`,
  ];
}, withAxes);

check("stack", (shape, c) => {
  const axis = c.below(shape.length + 1);
  const parts = Array.from({ length: c.between(1, 3) }, () => strided(shape, c));
  const grown = parts.map((p) => naive.reshape(p.model, shape.toSpliced(axis, 0, 1)));
  return [
    tg.stack(parts.map((p) => p.value), axis),
    naive.concat(grown, axis),
    `stack(${parts.map((p) => p.story)})`,
  ];
});

check("pad", (shape, c) => {
  const x = strided(shape, c),
    widths = shape.map(() => [c.below(3), c.below(3)] as const),
    value = c.below(5);
  const named = c.below(shape.length + 1);
  const all = widths.map((w, i) => i < named ? [0, 0] as const : w);
  return [
    tg.pad(x.value, widths.slice(named), value),
    naive.pad(x.model, all, value),
    `pad(${x.story}, ${JSON.stringify(all)})`,
  ];
});

/** An array, an axis, and indices in range whose other extents fit. */
function indexed(shape: readonly number[], c: Choices): { x: Twin; axis: number; index: Twin } {
  const axis = c.below(shape.length), dtype = c.of(["i32", "u32"] as const);
  const extents = shape.map((n, i) => i === axis ? c.between(0, 5) : c.between(0, n));
  const index = strided(extents, c, { dtype, next: (c) => c.below(shape[axis]) });
  return { x: strided(shape, c), axis, index };
}

check("gather", (shape, c) => {
  const { x, axis, index } = indexed(shape, c);
  return [
    x.value.gather(axis - shape.length, index.value),
    naive.gather(x.model, axis, index.model),
    `gather(${x.story}, ${axis}, ${index.story})`,
  ];
}, nonEmpty);

for (const op of ["scatter", "scatterAdd"] as const) {
  check(op, (shape, c) => {
    const { x, axis, index } = indexed(shape, c), source = strided(index.model.shape, c);
    const combine = (old: number, v: number) => op === "scatter" ? v : old + v;
    return [
      tg[op](x.value, axis, index.value, source.value),
      naive.scatter(x.model, axis, { index: index.model, source: source.model, combine }),
      `${op}(${x.story}, ${axis}, ${index.story}, ${source.story})`,
    ];
  }, nonEmpty);
}

check("indexSelect", (shape, c) => {
  const x = strided(shape, c), axis = c.below(shape.length);
  const index = strided([c.between(0, 5)], c, { dtype: "i32", next: (c) => c.below(shape[axis]) });
  const all = shape.map((n) => Array.from({ length: n }, (_, i) => i));
  return [
    tg.indexSelect(x.value, axis, index.value),
    naive.take(x.model, all.with(axis, [...index.model.data])),
    `indexSelect(${x.story}, ${axis}, ${index.model.data})`,
  ];
}, nonEmpty);

check("roll", (shape, c) => {
  const x = strided(shape, c), axis = c.below(shape.length), n = shape[axis], by = c.between(-7, 7);
  const all = shape.map((n) => Array.from({ length: n }, (_, i) => i));
  const turned = all[axis].map((i) => (((i - by) % n) + n) % n);
  return [
    tg.roll(x.value, by, axis),
    naive.take(x.model, all.with(axis, turned)),
    `roll(${x.story}, ${by}, ${axis})`,
  ];
}, withAxes);

check("tile", (shape, c) => {
  const x = strided(shape, c), counts = Array.from({ length: c.below(4) }, () => c.below(4));
  const rank = Math.max(shape.length, counts.length);
  const grown = naive.reshape(x.model, [...new Array(rank - shape.length).fill(1), ...shape]);
  const times = [...new Array(rank - counts.length).fill(1), ...counts];
  const taken = grown.shape.map((n, i) => Array.from({ length: n * times[i] }, (_, k) => k % n));
  return [tg.tile(x.value, counts), naive.take(grown, taken), `tile(${x.story}, [${counts}])`];
});

check("repeatInterleave", (shape, c) => {
  const x = strided(shape, c), axis = c.below(shape.length), count = c.below(4);
  const all = shape.map((n) => Array.from({ length: n }, (_, i) => i));
  const repeated = all[axis].flatMap((i) => new Array(count).fill(i));
  return [
    tg.repeatInterleave(x.value, count, axis),
    naive.take(x.model, all.with(axis, repeated)),
    `repeatInterleave(${x.story}, ${count}, ${axis})`,
  ];
}, withAxes);

for (const op of ["tril", "triu"] as const) {
  check(op, (shape, c) => {
    const x = strided(shape, c), k = c.between(-3, 3);
    const keeps = ([i, j]: readonly number[]) => op === "tril" ? j - i <= k : j - i >= k;
    const model = naive.build(shape, (index) => keeps(index.slice(-2)) ? naive.at(x.model, index) : 0);
    return [tg[op](x.value, k), model, `${op}(${x.story}, ${k})`];
  }, matrices);
}

check("diagonal", (shape, c) => {
  const x = strided(shape, c), k = c.between(-4, 4), [rows, columns] = shape.slice(-2);
  const cells = Array.from({ length: rows }, (_, i) => [i, i + k]).filter(([, j]) => j >= 0 && j < columns);
  const model = naive.build([...shape.slice(0, -2), cells.length], (index) => {
    return naive.at(x.model, [...index.slice(0, -1), ...cells[index.at(-1)!]]);
  });
  return [tg.diagonal(x.value, k), model, `diagonal(${x.story}, ${k})`];
}, matrices);

check("split", (shape, c) => {
  const x = strided(shape, c), axis = c.below(shape.length), sizes: number[] = [];
  for (let left = shape[axis]; left > 0; left -= sizes.at(-1)!) sizes.push(c.between(1, left));
  if (sizes.length === 0) sizes.push(0);
  const parts = tg.split(x.value, sizes, axis - shape.length);
  assertEquals(parts.map((p) => p.shape[axis]), sizes);
  assert(parts.every((p) => storageOf(p) === storageOf(x.value)));
  return [tg.concat(parts, axis), x.model, `split(${x.story}, [${sizes}], ${axis})`];
}, withAxes);
