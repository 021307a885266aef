import * as tg from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { cumulate, type CumulateAttributes } from "../../../core/primitives/ordered.ts";
import { type Choices, type Elements, strided } from "./chains.ts";
import { check, nonEmpty, withAxes } from "./fuzz.ts";
import * as naive from "./naive.ts";

const few: Elements = { next: (c) => c.below(15) === 0 ? NaN : c.between(-2, 2) };

function running(lane: readonly number[], fn: (a: number, b: number) => number): number[] {
  const out: number[] = [];
  for (const v of lane) out.push(out.length === 0 ? v : fn(out.at(-1)!, v));
  return out;
}

/** Where the extremum so far is: the latest of equals, and of NaNs once there is one. */
function extremesSoFar(lane: readonly number[], sign: number): number[] {
  return lane.map((_, k) => {
    const seen = lane.slice(0, k + 1);
    if (seen.some(Number.isNaN)) return seen.findLastIndex(Number.isNaN);
    return seen.findLastIndex((v) => seen.every((w) => v * sign >= w * sign));
  });
}

const runs: Record<Exclude<CumulateAttributes["kind"], "linear">, (lane: number[]) => number[]> = {
  sum: (lane) => running(lane, (a, b) => a + b),
  prod: (lane) => running(lane, (a, b) => a * b),
  argmax: (lane) => extremesSoFar(lane, 1),
  argmin: (lane) => extremesSoFar(lane, -1),
};

for (const kind of ["sum", "prod", "argmax", "argmin"] as const) {
  for (const reverse of [false, true]) {
    check(`the ${reverse ? "reversed " : ""}running ${kind}`, (shape, c) => {
      const x = strided(shape, c, kind === "argmax" || kind === "argmin" ? few : {}),
        axis = c.below(shape.length);
      const n = shape[axis], position = kind === "argmax" || kind === "argmin";
      const back = (lane: number[]) => {
        const out = runs[kind](lane.toReversed()).reverse();
        return position ? out.map((k) => n - 1 - k) : out;
      };
      return [
        tg.apply(cumulate, [x.value], { kind, axis, reverse }),
        naive.lanes(x.model, axis, reverse ? back : runs[kind]),
        `${x.story} along ${axis}`,
      ];
    }, withAxes);
  }
}

for (const op of ["cumsum", "cumprod"] as const) {
  check(op, (shape, c) => {
    const x = strided(shape, c), axis = c.below(shape.length);
    const model = naive.lanes(x.model, axis, runs[op === "cumsum" ? "sum" : "prod"]);
    return [tg[op](x.value, axis - shape.length), model, `${op}(${x.story}, ${axis})`];
  }, withAxes);
}

for (const op of ["cummax", "cummin"] as const) {
  check(op, (shape, c) => {
    const x = strided(shape, c, few), axis = c.below(shape.length);
    const places = naive.lanes(x.model, axis, (lane) => extremesSoFar(lane, op === "cummax" ? 1 : -1));
    const extremes = naive.gather(x.model, axis, places);
    const { values, indices } = tg[op](x.value, axis);
    return [
      tg.stack([values, indices.to(values.dtype)]),
      { shape: [2, ...shape], data: [...extremes.data, ...places.data] },
      `${op}(${x.story}, ${axis})`,
    ];
  }, withAxes);
}

check("linearRecurrence", (shape, c) => {
  const [a, b] = [few, {}].map((of) => strided(shape, c, of)), axis = c.below(shape.length);
  const model = naive.build(shape, (index) => {
    let y = naive.at(b.model, index.with(axis, 0));
    for (let k = 1; k <= index[axis]; k++) {
      y = naive.at(a.model, index.with(axis, k)) * y + naive.at(b.model, index.with(axis, k));
    }
    return y;
  });
  return [tg.linearRecurrence(a.value, b.value, axis), model, `${a.story}, ${b.story} along ${axis}`];
}, withAxes);

/** Positions in order of value, equal ones in order of place, NaN as the largest. */
function order(lane: readonly number[], descending: boolean): number[] {
  const largest = (v: number) => Number.isNaN(v) ? Infinity : v;
  const sign = descending ? -1 : 1;
  return lane.map((_, k) => k).toSorted((i, j) => sign * (largest(lane[i]) - largest(lane[j])) || i - j);
}

check("argsort", (shape, c) => {
  const x = strided(shape, c, few), axis = c.below(shape.length), descending = c.below(2) === 1;
  return [
    tg.argsort(x.value, axis - shape.length, { descending }),
    naive.lanes(x.model, axis, (lane) => order(lane, descending)),
    `argsort(${x.story}, ${axis}, ${descending})`,
  ];
}, withAxes);

check("sort", (shape, c) => {
  const x = strided(shape, c, few), axis = c.below(shape.length), descending = c.below(2) === 1;
  const sorted = naive.lanes(x.model, axis, (lane) => order(lane, descending).map((k) => lane[k]));
  return [tg.sort(x.value, axis, { descending }).values, sorted, `sort(${x.story}, ${axis}, ${descending})`];
}, withAxes);

check("topk", (shape, c) => {
  const x = strided(shape, c, few), axis = c.below(shape.length), k = c.between(0, shape[axis]);
  const largest = c.below(2) === 1;
  const all = naive.lanes(x.model, axis, (lane) => order(lane, largest).map((k) => lane[k]));
  const first = shape.map((n, i) => Array.from({ length: i === axis ? k : n }, (_, j) => j));
  return [
    tg.topk(x.value, k, { axis, largest }).values,
    naive.take(all, first),
    `topk(${x.story}, ${k}, ${axis})`,
  ];
}, nonEmpty);

/** One term of an equation, and a tensor for it in which an axis may have extent 1 and repeat. */
function term(extents: ReadonlyMap<string, number>, c: Choices): { letters: string; shape: number[] } {
  const letters = Array.from({ length: c.below(4) }, () => c.of([...extents.keys()])).join("");
  const twice = (x: string) => letters.indexOf(x) !== letters.lastIndexOf(x);
  return { letters, shape: [...letters].map((x) => !twice(x) && c.below(6) === 0 ? 1 : extents.get(x)!) };
}

check("einsum", (_shape, c) => {
  const extents = new Map([..."abcd"].map((letter) => [letter, c.between(c.below(10) === 0 ? 0 : 1, 3)]));
  const terms = Array.from({ length: c.between(1, 3) }, () => term(extents, c));
  const operands = terms.map(({ shape }) => strided(shape, c));
  const used = [...new Set(terms.map((t) => t.letters).join(""))];
  const output = c.order(used.length).filter(() => c.below(2)).map((i) => used[i]).join("");
  const equation = `${terms.map((t) => t.letters).join()}->${output}`;
  return [
    tg.einsum(equation, ...operands.map((o) => o.value)),
    naive.einsum(equation, operands.map((o) => o.model)),
    `einsum("${equation}", ${operands.map((o) => o.story).join(", ")})`,
  ];
}, nonEmpty);

check("einsum with an ellipsis", (shape, c) => {
  const [m, k] = shape.slice(-2), n = c.between(1, 3), lead = shape.slice(0, -2);
  const a = strided([...lead, m, k], c), b = strided([k, ...lead.slice(c.below(lead.length + 1)), n], c);
  const [x, y] = [
    a.model,
    naive.permute(b.model, [...b.model.shape.keys()].slice(1, -1).concat(0, b.model.shape.length - 1)),
  ];
  const value: Tensor = tg.einsum("...mk,k...n->n...m", a.value, b.value);
  const product = naive.matmul(x, y), rank = product.shape.length;
  const axes = [rank - 1, ...[...lead.keys()], rank - 2];
  return [value, naive.permute(product, axes), `${a.story}, ${b.story}`];
}, nonEmpty.filter((shape) => shape.length > 1));
