/**
 * Products of two arrays summed over some of their axes, where each element is read from a place that is affine in the
 * loops, if it lies within bounds: what convolutions are, without their windows laid out as columns.
 */
import { contiguousStrides, input } from "@tapegrad/core/backend";
import {
  type Affine,
  type Contraction,
  type Factor,
  type Range,
  ranges,
  sizesOf,
} from "./contraction_loops.ts";
import { runContractionDots, runContractionTiles } from "./contraction_source.ts";
import type { Gpu } from "./kernel.ts";
import { planOf } from "./matmul_plan.ts";
import { reduce } from "./reduce.ts";

/** Computes it; `along` says whether neighbours in memory are added up, rather than being of neighbouring results. */
export function contract(gpu: Gpu, given: Contraction, along: boolean): void {
  const task = simplified(given), sizes = sizesOf(task), { m, n, k, batch } = sizes;
  if (m * n * batch === 0) return;
  const plan = planOf({ m, n, k, batch, along });
  const queue = (c: Contraction) =>
    "tile" in plan ? runContractionTiles(gpu, c, plan.tile) : runContractionDots(gpu, c, plan.team);
  if (plan.slice >= k || task.out.bounds.length > 0) return queue(task);
  const slices = Math.ceil(k / plan.slice), { loops, out } = task;
  const shape = [...loops.batch, ...loops.m, ...loops.n], { dtype } = out.view;
  const parts = gpu.temporary(dtype === "f16" ? "f32" : dtype, [slices, ...shape]);
  queue({ ...task, out: { view: parts, place: rowMajor(loops), bounds: [] }, slices, slice: plan.slice });
  const { place } = out, strides = [...place.batch, ...place.m, ...place.n];
  reduce(gpu, "sum", input(0), [parts], [0], { ...out.view, shape, strides, offset: place.from });
  gpu.release(parts);
}

function rowMajor({ batch, m, n, k }: Contraction["loops"]): Affine {
  const steps = contiguousStrides([...batch, ...m, ...n]), rows = batch.length + m.length;
  return {
    from: 0,
    batch: steps.slice(0, batch.length),
    m: steps.slice(batch.length, rows),
    n: steps.slice(rows),
    k: k.map(() => 0),
  };
}

// Fewer loops, whose numbers are found by fewer divisions, and only the bounds that something may lie beyond.
function simplified(task: Contraction): Contraction {
  return ranges.reduce(
    withFewer,
    mapFactors(task, (factor) => ({
      ...factor,
      bounds: factor.bounds.filter(({ place, extent }) => !isWithin(place, extent, task.loops)),
    })),
  );
}

function isWithin(place: Affine, extent: number, loops: Contraction["loops"]): boolean {
  let [low, high] = [place.from, place.from];
  for (const range of ranges) {
    loops[range].forEach((count, i) => {
      const span = place[range][i] * (count - 1);
      if (span < 0) low += span;
      else high += span;
    });
  }
  return low >= 0 && high < extent;
}

function mapFactors(task: Contraction, change: (factor: Factor) => Factor): Contraction {
  const { a, b, out, bias } = task;
  return { ...task, a: change(a), b: change(b), out: change(out), bias: bias && change(bias) };
}

function affinesOf({ a, b, out, bias }: Contraction): Affine[] {
  return [a, b, out, ...bias ? [bias] : []].flatMap(({ place, bounds }) => [
    place,
    ...bounds.map((bound) => bound.place),
  ]);
}

// Loops of one turn are left out, and a loop is one with the next where all go on from one turn to the next.
function withFewer(task: Contraction, range: Range): Contraction {
  const counts = task.loops[range], affines = affinesOf(task), kept: number[] = [], extents: number[] = [];
  counts.forEach((count, i) => {
    const last = kept.length - 1;
    if (count === 1) return;
    if (last >= 0 && affines.every(({ [range]: steps }) => steps[kept[last]] === steps[i] * count)) {
      kept[last] = i;
      extents[last] *= count;
    } else {
      kept.push(i);
      extents.push(count);
    }
  });
  const fewer = (place: Affine): Affine => ({ ...place, [range]: kept.map((i) => place[range][i]) });
  const changed = mapFactors(task, (factor) => ({
    ...factor,
    place: fewer(factor.place),
    bounds: factor.bounds.map(({ place, extent }) => ({ place: fewer(place), extent })),
  }));
  return { ...changed, loops: { ...task.loops, [range]: extents } };
}
