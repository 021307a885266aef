/** The source of kernels that sort: runs in workgroup memory, then pairs of runs into longer ones. */
import { eachInvocation } from "./kernel.ts";
import { word } from "../walk/strided.ts";

/** The parameters of these kernels, after which those of the lanes begin. */
export const fixed = {
  lanes: word(0),
  length: word(1),
  /** How long sorted runs are: a power of two. */
  run: word(2),
  /** How many of them a lane has. */
  runs: word(3),
  count: 4,
} as const;

/** How many elements a workgroup sorts at once: whole runs, as many as fit. */
export type Room = 256 | 1024;

/** How many threads do. */
export function threadsFor(room: Room): number {
  return room === 256 ? 128 : 256;
}

/**
 * Sorts runs of `keys`, lane by lane, by a bitonic network. Equals go by place, which makes it stable and
 * keeps what fills the last run behind all else. `keep(lane, j, key, place)` takes what comes `j`-th.
 */
export function runsSource(room: Room, keys: string): string {
  const threads = threadsFor(room);
  return `${slotSource(room)}${exchangeSource(room)}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32) {
  let tile = group.y * groups.x + group.x;
  for (var i = thread; i < ${room}u; i += ${threads}u) {
    let s = slot(tile, i);
    runKeys[i] = 0xffffffffu;
    places[i] = s.j;
    if (s.isElement) { runKeys[i] = ${keys}[s.lane * ${fixed.length} + s.j]; }
  }
  workgroupBarrier();
  for (var size = 2u; size <= ${fixed.run}; size *= 2u) {
    for (var apart = size / 2u; apart > 0u; apart /= 2u) {
      for (var pair = thread; pair < ${room / 2}u; pair += ${threads}u) {
        let low = pair & (apart - 1u);
        let i = (pair - low) * 2u + low;
        exchange(i, i + apart, (i & (${fixed.run} - 1u) & size) == 0u);
      }
      workgroupBarrier();
    }
  }
  for (var i = thread; i < ${room}u; i += ${threads}u) {
    let s = slot(tile, i);
    if (s.isElement) { keep(s.lane, s.j, runKeys[i], places[i]); }
  }
}`;
}

// Which element of which lane a place of a workgroup is for.
function slotSource(room: Room): string {
  return `
struct Slot { lane: u32, j: u32, isElement: bool }
fn slot(tile: u32, i: u32) -> Slot {
  let run = tile * (${room}u / ${fixed.run}) + i / ${fixed.run};
  let lane = run / ${fixed.runs};
  let j = run % ${fixed.runs} * ${fixed.run} + i % ${fixed.run};
  return Slot(lane, j, lane < ${fixed.lanes} && j < ${fixed.length});
}`;
}

function exchangeSource(room: Room): string {
  return `
var<workgroup> runKeys: array<u32, ${room}>;
var<workgroup> places: array<u32, ${room}>;
fn exchange(i: u32, partner: u32, rising: bool) {
  let key = runKeys[i];
  let place = places[i];
  let isAfter = key > runKeys[partner] || (key == runKeys[partner] && place > places[partner]);
  if (isAfter != rising) { return; }
  runKeys[i] = runKeys[partner];
  places[i] = places[partner];
  runKeys[partner] = key;
  places[partner] = place;
}`;
}

/**
 * Merges neighbouring runs of each lane: before an element come those before it in its own run, and as many
 * of the other as a binary search finds.
 */
export function mergeSource(keys: string, places: string): string {
  return eachInvocation(
    `${fixed.lanes} * ${fixed.length}`,
    `let row = i / ${fixed.length};
  let base = row * ${fixed.length};
  let run = (i - base) / ${fixed.run};
  let own = (i - base) % ${fixed.run};
  let key = ${keys}[i];
  let start = min((run ^ 1u) * ${fixed.run}, ${fixed.length});
  var low = start;
  var high = min(start + ${fixed.run}, ${fixed.length});
  while (low < high) {
    let middle = (low + high) / 2u;
    let other = ${keys}[base + middle];
    // Of equals those of the left run come first.
    if (other < key || (other == key && (run & 1u) == 1u)) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  keep(row, (run & 0xfffffffeu) * ${fixed.run} + own + low - start, key, ${places}[i]);`,
  );
}
