/** Adding at repeated indices in their order: sorted first, then each result adds its run of equal indices. */
import type { DType, View } from "@tapegrad/core";
import { faultSource, type IndexUse } from "./faults.ts";
import { eachInvocation, type Gpu, invocations } from "./kernel.ts";
import { argsort } from "./sort.ts";
import {
  coordinates,
  counting,
  position,
  standing,
  type Walk,
  walkKey,
  walkOf,
  walkWords,
  word,
} from "./strided.ts";
import { loaded, registerType, stored } from "./wgsl/expression.ts";

/** The kernel's own parameters, which come before those of its walk. */
const OWN = 6;

/** One use of indices: what is put where. */
export interface Use {
  readonly gpu: Gpu;
  readonly axis: number;
  readonly index: View;
  readonly source: View;
  readonly output: View;
  readonly reports: IndexUse;
}

/** Adds `source` to `output` at `index` along `axis`, equal indices one after another. */
export function segmentAdd({ gpu, axis, index, source, output, reports }: Use): void {
  const order = orderOf(gpu, index, axis),
    extent = output.shape[axis],
    shape = index.shape.with(axis, extent);
  const [to, ...reads] = [output, index, order, source].map((view) => gpu.fit("scatter", view));
  const views = [
    { ...to, shape },
    ...reads.map((view) => standing(view, axis, shape)),
    counting({ ...to, shape }, axis),
  ];
  const walk = { ...walkOf(views, shape), first: OWN };
  gpu.run({
    key: `segment add${walkKey(walk)}`,
    label: "scatter",
    operands: [
      { view: to, access: "write" },
      ...reads.map((view) => ({ view, access: "read" as const })),
    ],
    reports,
    words: [
      index.shape[axis],
      extent,
      reports.slot,
      ...reads.map((view) => view.strides[axis]),
      ...walkWords(walk, [to, ...reads].map((view) => view.offset).concat(0)),
    ],
    source: (names) => segmentSource(walk, { index: index.dtype, output: output.dtype }, names),
    workgroups: invocations(walk.size),
  });
  gpu.release(order);
}

/** The order of indices along an axis; those that repeat across other axes are sorted once. */
function orderOf(gpu: Gpu, index: View, axis: number): View {
  const shape = index.shape.map((n, i) => i !== axis && index.strides[i] === 0 ? 1 : n);
  const order = gpu.temporary("i32", shape);
  argsort(gpu, { ...index, shape }, axis, false, order);
  const strides = order.strides.map((step, i) => shape[i] === 1 ? 0 : step);
  return { ...order, shape: index.shape, strides };
}

function segmentSource(
  walk: Walk,
  dtypes: Readonly<Record<"index" | "output", DType>>,
  [target, indices, ranks, values, fault]: readonly string[],
): string {
  const type = registerType(dtypes.index), { output } = dtypes;
  const value = loaded(`${values}[valuesAt + ranked(low, ranksAt) * ${word(5)}]`, output);
  return `
${faultSource(fault)}
fn ranked(k: u32, ranksAt: u32) -> u32 { return u32(${ranks}[ranksAt + k * ${word(4)}]); }
fn indexed(k: u32, indicesAt: u32, ranksAt: u32) -> ${type} {
  return ${indices}[indicesAt + ranked(k, ranksAt) * ${word(3)}];
}
${
    eachInvocation(
      word(OWN),
      `
  ${coordinates(walk, "i")}
  let place = ${position(walk, 0, "i")};
  let indicesAt = ${position(walk, 1, "i")};
  let ranksAt = ${position(walk, 2, "i")};
  let valuesAt = ${position(walk, 3, "i")};
  let wanted = ${type}(${position(walk, 4, "i")});
  let count = ${word(0)};
  if (wanted == ${type}()) {
    // As words, negative indices are large.
    let least = bitcast<u32>(indexed(0u, indicesAt, ranksAt));
    let most = bitcast<u32>(indexed(count - 1u, indicesAt, ranksAt));
    if (least >= ${word(1)}) { report(${word(2)}, least); }
    if (most >= ${word(1)}) { report(${word(2)}, most); }
  }
  var low = 0u;
  var high = count;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (indexed(middle, indicesAt, ranksAt) < wanted) { low = middle + 1u; } else { high = middle; }
  }
  var total: ${registerType(output)} = ${loaded(`${target}[place]`, output)};
  while (low < count && indexed(low, indicesAt, ranksAt) == wanted) {
    total = total ${output === "bool" ? "||" : "+"} ${value};
    low++;
  }
  ${target}[place] = ${stored("total", output)};`,
    )
  }`;
}
