/** What meets at repeated indices in their order: sorted first, then each run of equal indices is one invocation's. */
import { type DType, sizeOf, type View } from "@tapegrad/core/backend";
import { faultSource, leaveOutOfRange } from "../device/faults.ts";
import { eachInvocation, type Gpu, invocations } from "./kernel.ts";
import { argsort } from "./sort.ts";
import {
  coordinates,
  counting,
  position,
  type ShaderWalk,
  shaderWalkOf,
  standing,
  walkKey,
  walkWords,
  word,
} from "../walk/strided.ts";
import { type Meet, type MeetKind, meetOf } from "./scatter_meet.ts";
import type { Use } from "./scatter_visit.ts";
import { librarySource, loaded, registerType, stored } from "../wgsl/expression.ts";

/** The kernel's own parameters, which come before those of its walk. */
const OWN = 7;

/** Has `source` meet `output` at `index` along `axis`, equal indices one after another. */
export function segmentMeet({ gpu, axis, index, source, output, reports }: Use, kind: MeetKind): void {
  const order = orderOf(gpu, index, axis), { shape } = index;
  const views = [output, index, order, source].map((view) => gpu.fit("scatter", view));
  const walk = {
    ...shaderWalkOf([...views.map((view) => standing(view, axis, shape)), counting(index, axis)], shape),
    first: OWN,
  };
  gpu.run({
    key: `segment ${kind}${walkKey(walk)}`,
    label: "scatter",
    operands: views.map((view, k) => ({ view, access: k === 0 ? "write" : "read" })),
    reports,
    words: [
      shape[axis],
      output.shape[axis],
      reports.slot,
      ...views.map((view) => view.strides[axis]),
      ...walkWords(walk),
    ],
    source: (names) => segmentSource(walk, output.dtype, names, meetOf(kind, output.dtype)),
    workgroups: invocations(walk.size),
  });
  gpu.release(order);
}

// Indices that repeat across other axes are sorted once.
function sortedShape(index: View, axis: number): readonly number[] {
  return index.shape.map((n, i) => i !== axis && index.strides[i] === 0 ? 1 : n);
}

/** How many indices {@link segmentMeet} sorts. */
export function toSort(index: View, axis: number): number {
  return sizeOf(sortedShape(index, axis));
}

function orderOf(gpu: Gpu, index: View, axis: number): View {
  const shape = sortedShape(index, axis), order = gpu.temporary("i32", shape);
  argsort(gpu, { ...index, shape }, axis, false, order);
  const strides = order.strides.map((step, i) => shape[i] === 1 ? 0 : step);
  return { ...order, shape: index.shape, strides };
}

function segmentSource(
  walk: ShaderWalk,
  dtype: DType,
  [target, indices, ranks, values, fault]: readonly string[],
  { text, uses }: Meet,
): string {
  const value = loaded(`${values}[valuesAt + ranked(k, ranksAt) * ${word(6)}]`, dtype);
  return `${librarySource(["roundedToHalf", ...uses])}
${faultSource(fault)}
fn ranked(k: u32, ranksAt: u32) -> u32 { return u32(${ranks}[ranksAt + k * ${word(5)}]); }
fn indexed(k: u32, indicesAt: u32, ranksAt: u32) -> u32 {
  return bitcast<u32>(${indices}[indicesAt + ranked(k, ranksAt) * ${word(4)}]);
}
${
    eachInvocation(
      word(OWN),
      `
  ${coordinates(walk, "i")}
  let indicesAt = ${position(walk, 1, "i")};
  let ranksAt = ${position(walk, 2, "i")};
  let valuesAt = ${position(walk, 3, "i")};
  var k = ${position(walk, 4, "i")};
  let index = indexed(k, indicesAt, ranksAt);
  ${leaveOutOfRange("index", word(1), word(2))}
  // The first of a run takes all of it.
  if (k > 0u && indexed(k - 1u, indicesAt, ranksAt) == index) { return; }
  let place = ${position(walk, 0, "i")} + index * ${word(3)};
  var total: ${registerType(dtype)} = ${loaded(`${target}[place]`, dtype)};
  while (k < ${word(0)} && indexed(k, indicesAt, ranksAt) == index) {
    total = ${text("total", value)};
    k++;
  }
  ${target}[place] = ${stored("total", dtype)};`,
    )
  }`;
}
