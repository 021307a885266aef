/** Adding at repeated indices in their order: sorted first, then each result adds its run of equal indices. */
import type { View } from "@tapegrad/core";
import { faultSource } from "./faults.ts";
import { eachInvocation, type Fault, type Gpu, invocations } from "./kernel.ts";
import { argsort } from "./sort.ts";
import { coordinates, counting, position, standing, walkKey, walkOf, walkWords, word } from "./strided.ts";
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
  readonly fault: Fault;
}

/** Adds `source` to `output` at `index` along `axis`, equal indices one after another. */
export function segmentAdd({ gpu, axis, index, source, output, fault }: Use): void {
  const order = gpu.temporary("i32", index.shape);
  argsort(gpu, index, axis, false, order);
  const extent = output.shape[axis], shape = index.shape.with(axis, extent), { dtype } = output;
  const [to, positions, from, sorted] = [output, index, source, order].map((v) => gpu.fit("scatter", v));
  const lanes = [positions, sorted, from].map((view) => standing(view, axis, shape));
  const views = [{ ...to, shape }, ...lanes, counting({ ...to, shape }, axis)];
  const walk = { ...walkOf(views, shape), first: OWN };
  const steps = [positions, sorted, from].map((v) => v.strides[axis]);
  gpu.run({
    key: `segment add${walkKey(walk)}`,
    label: "scatter",
    operands: [
      { view: to, access: "write" },
      ...[positions, sorted, from].map((view) => ({ view, access: "read" as const })),
      { view: fault.view, access: "atomic" },
    ],
    words: [
      index.shape[axis],
      extent,
      fault.number,
      ...steps,
      ...walkWords(walk, [to, positions, sorted, from].map((v) => v.offset).concat(0)),
    ],
    source: ([target, indices, ranks, values, fault]) => `
${faultSource(fault)}
fn ranked(k: u32, ranksAt: u32) -> u32 { return u32(${ranks}[ranksAt + k * ${word(4)}]); }
fn indexed(k: u32, indicesAt: u32, ranksAt: u32) -> i32 {
  return i32(${indices}[indicesAt + ranked(k, ranksAt) * ${word(3)}]);
}
${
      eachInvocation(
        word(OWN),
        `
  ${coordinates(walk, "i")}
  let indicesAt = ${position(walk, 1, "i")};
  let ranksAt = ${position(walk, 2, "i")};
  let valuesAt = ${position(walk, 3, "i")};
  let wanted = i32(${position(walk, 4, "i")});
  let count = ${word(0)};
  if (wanted == 0) {
    let least = indexed(0u, indicesAt, ranksAt);
    let most = indexed(count - 1u, indicesAt, ranksAt);
    if (least < 0) { report(${word(2)}, least); }
    if (most >= i32(${word(1)})) { report(${word(2)}, most); }
  }
  var low = 0u;
  var high = count;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (indexed(middle, indicesAt, ranksAt) < wanted) { low = middle + 1u; } else { high = middle; }
  }
  let place = ${position(walk, 0, "i")};
  var total: ${registerType(dtype)} = ${loaded(`${target}[place]`, dtype)};
  while (low < count && indexed(low, indicesAt, ranksAt) == wanted) {
    total = total ${dtype === "bool" ? "||" : "+"} ${
          loaded(`${values}[valuesAt + ranked(low, ranksAt) * ${word(5)}]`, dtype)
        };
    low++;
  }
  ${target}[place] = ${stored("total", dtype)};`,
      )
    }`,
    workgroups: invocations(walk.size),
  });
  gpu.release(order);
}
