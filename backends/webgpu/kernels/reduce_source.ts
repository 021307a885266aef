/** The source of kernels that reduce lanes. */
import { type Accumulator, type Combination, fieldName } from "./accumulator.ts";
import { type KernelStrategy, lanesAtOnce, workgroupSize } from "./reduce_strategy.ts";
import { word } from "../walk/strided.ts";

/** The parameters of these kernels, after which those of the lanes begin. */
export const fixed = {
  lanes: word(0),
  length: word(1),
  parts: word(2),
  partLength: word(3),
  tiles: word(4),
  /** Where parts of other pieces are kept too: how many there are, and the first of this one. */
  allParts: word(5),
  firstPart: word(6),
  /** The place of the first element, where lanes are cut into pieces. */
  place: word(7),
  count: 8,
} as const;

/**
 * Reduces with `element(j)` of a lane after `locate(lane)`, and hands the result to `keep(lane, part, acc)`.
 */
export function reduceSource(strategy: KernelStrategy, accumulator: Accumulator): string {
  return `
${foldSource(strategy, accumulator)}
${exchangeSource(strategy, accumulator)}
${laneMain(strategy)} {
  let tile = group.y * groups.x + group.x;
  let part = tile / ${fixed.tiles};
  ${ownLane(strategy, `tile % ${fixed.tiles}`)}
  let isPart = lane < ${fixed.lanes} && part < ${fixed.parts};
  var acc = nothing();
  if (isPart) {
    locate(lane);
    let start = part * ${fixed.partLength};
    acc = fold(start + first, min(start + ${fixed.partLength}, ${fixed.length}));
  }
  ${exchange(strategy)}
  if (isPart && first == 0u) { keep(lane, part, acc); }
}`;
}

/** The head of what a workgroup runs. */
export function laneMain({ threads, subgroups }: KernelStrategy): string {
  return `@compute @workgroup_size(${workgroupSize(threads)})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        ${subgroups ? SUBGROUP_INPUTS : ""}
        @builtin(local_invocation_index) thread: u32)`;
}

/** Declares the `lane` of a thread, and its `first` element, where a workgroup takes the lanes of a `tile`. */
export function ownLane(strategy: KernelStrategy, tile: string): string {
  const { threads, across } = strategy, width = lanesAtOnce(strategy);
  return `let lane = (${tile}) * ${width}u + thread ${across ? "%" : "/"} ${across ? width : threads}u;
  let first = thread ${across ? "/" : "%"} ${across ? width : threads}u;`;
}

const SUBGROUP_INPUTS = `@builtin(subgroup_size) width: u32,
        @builtin(subgroup_invocation_id) member: u32,`;

/**
 * The source of `fold(start, end)`, of every so many-th `element(j)` of a part. Four at a time keep memory busy, and
 * blocks of them rounding small.
 */
export function foldSource({ threads: step, short }: KernelStrategy, { rounds }: Combination): string {
  const single = `for (; j < end; j += ${step}u) { acc = combined(acc, element(j)); }`;
  if (short) {
    return `
fn fold(start: u32, end: u32) -> Acc {
  var acc = nothing();
  var j = start;
  ${single}
  return acc;
}`;
  }
  const four = `combined(combined(element(j), element(j + ${step}u)), ` +
    `combined(element(j + ${2 * step}u), element(j + ${3 * step}u)))`;
  return `
fn fold(start: u32, end: u32) -> Acc {
  var acc = nothing();
  var j = start;
  ${
    rounds
      ? `
  var block = nothing();
  for (var k = 1u; j + ${3 * step}u < end; j += ${4 * step}u) {
    block = combined(block, ${four});
    if ((k & 15u) == 0u) {
      acc = combined(acc, block);
      block = nothing();
    }
    k++;
  }
  acc = combined(acc, block);`
      : `for (; j + ${3 * step}u < end; j += ${4 * step}u) { acc = combined(acc, ${four}); }`
  }
  ${single}
  return acc;
}`;
}

/** The source of what {@link exchange} needs. */
export function exchangeSource({ threads, subgroups }: KernelStrategy, { fields }: Combination): string {
  if (threads === 1) return "";
  const slots = "var<workgroup> slots: array<Acc, 256>;";
  if (!subgroups) return slots;
  const shuffled = fields.map((_, k) => `subgroupShuffleXor(acc.${fieldName(k)}, distance)`);
  return `${slots}
fn together(own: Acc, width: u32) -> Acc {
  var acc = own;
  for (var distance = width / 2u; distance > 0u; distance /= 2u) {
    acc = combined(acc, Acc(${shuffled.join(", ")}));
  }
  return acc;
}`;
}

/** Makes `acc` of a lane's first thread what all of them have; in a subgroup, that of each. */
export function exchange(strategy: KernelStrategy): string {
  if (strategy.threads === 1) return "";
  return strategy.subgroups ? bySubgroups : byMemory(strategy);
}

// Halves the threads of each lane until one has everything.
function byMemory(strategy: KernelStrategy): string {
  const { threads, across } = strategy, apart = across ? lanesAtOnce(strategy) : 1;
  return `
  slots[thread] = acc;
  workgroupBarrier();
  for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
    if (first < half) { slots[thread] = combined(slots[thread], slots[thread + half * ${apart}u]); }
    workgroupBarrier();
  }
  acc = slots[thread];`;
}

// Every subgroup adds up what all of them found, since no branch may part them.
const bySubgroups = `
  acc = together(acc, width);
  if (member == 0u) { slots[thread / width] = acc; }
  workgroupBarrier();
  acc = nothing();
  for (var k = member; k < 256u / width; k += width) { acc = combined(acc, slots[k]); }
  acc = together(acc, width);`;
