/** The source of kernels that run along lanes in order. */
import type { Accumulator } from "./accumulator.ts";
import { eachInvocation } from "./kernel.ts";
import { word } from "../walk/strided.ts";

/** The parameters of these kernels, after which those of the lanes begin. */
export const fixed = {
  lanes: word(0),
  length: word(1),
  blocks: word(2),
  /** Place 0 of the order along the axis, and how far the next one is. */
  origin: word(3),
  direction: word(4),
  count: 5,
} as const;

/** How many threads a workgroup has, and how many elements each of them takes. */
export interface BlockSize {
  readonly threads: number;
  readonly items: number;
}

/**
 * One thread a lane: `element(j)` after `locate(lane)`, `keep(j, acc)` with all up to there. Where rounding
 * piles up, blocks of 32 are summed by themselves.
 */
export function lanewise({ rounds }: Accumulator): string {
  const body = rounds
    ? `
    block = combined(block, element(j));
    keep(j, combined(acc, block));
    if ((j & 31u) == 31u) {
      acc = combined(acc, block);
      block = nothing();
    }`
    : `
    acc = combined(acc, element(j));
    keep(j, acc);`;
  return eachInvocation(
    fixed.lanes,
    `locate(i);
  var acc = nothing();
  ${rounds ? "var block = nothing();" : ""}
  for (var j = 0u; j < ${fixed.length}; j++) {${body}
  }`,
  );
}

/** A workgroup a block, whose total goes to `keepTotal(lane, block, acc)`. */
export function totals(size: BlockSize): string {
  return blockwise(
    size,
    `if (isLane && thread == ${size.threads - 1}u) { keepTotal(lane, block, slots[thread]); }`,
  );
}

/** A workgroup a block, which goes on from `before(lane, block)` where lanes have several. */
export function blocks(size: BlockSize, several: boolean): string {
  return blockwise(
    size,
    `if (isLane) {
    ${several ? "var acc = before(lane, block);" : "var acc = nothing();"}
    if (thread > 0u) { acc = combined(acc, slots[thread - 1u]); }
    var own = nothing();
    for (var j = start; j < end; j++) {
      own = combined(own, element(j));
      keep(j, combined(acc, own));
    }
  }`,
  );
}

// Each thread combines its elements, then the threads combine these, twice as far apart each time.
function blockwise({ threads, items }: BlockSize, then: string): string {
  return `
var<workgroup> slots: array<Acc, ${threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32) {
  let tile = group.y * groups.x + group.x;
  let lane = tile / ${fixed.blocks};
  let block = tile % ${fixed.blocks};
  let isLane = lane < ${fixed.lanes};
  let start = (block * ${threads}u + thread) * ${items}u;
  let end = min(start + ${items}u, ${fixed.length});
  var total = nothing();
  if (isLane) {
    locate(lane);
    for (var j = start; j < end; j++) { total = combined(total, element(j)); }
  }
  slots[thread] = total;
  workgroupBarrier();
  for (var apart = 1u; apart < ${threads}u; apart *= 2u) {
    if (thread >= apart) { total = combined(slots[thread - apart], total); }
    workgroupBarrier();
    slots[thread] = total;
    workgroupBarrier();
  }
  ${then}
}`;
}
