/** A workgroup for each matrix of a batch. */
import type { View } from "@tapegrad/core/backend";
import { plain, reshaped } from "../../common/views.ts";
import { faultSource } from "../device/faults.ts";
import type { Gpu } from "./kernel.ts";
import { spread } from "./kernel.ts";
import {
  coordinates,
  position,
  type ShaderWalk,
  shaderWalkOf,
  walkKey,
  walkWords,
  word,
} from "../walk/strided.ts";
import { room as oneMatrix, THREADS } from "./small_matrices_source.ts";

/** A kernel of a batch. */
export interface Batch {
  readonly op: string;
  /** What tells its source from that of others of the op. */
  readonly key?: string;
  /** Rows, columns, and those of what is solved for: m, n and columns in the source. */
  readonly extents: readonly [m: number, n: number, columns: number];
  /** What is written, then what is read, each with so many axes of its own behind those of the batch. */
  readonly views: readonly (readonly [view: View, rank: 0 | 1 | 2])[];
  /** What is declared beside `main`, in place of the memory of one matrix. */
  readonly room?: string;
  readonly body: (names: readonly string[]) => string;
  readonly written: number;
  /** The error of a word that it reports, if it does. */
  readonly fault?: (word: number) => Error;
}

/** Parameters of each view: its strides, and of all: where faults go, a NaN, extents, and 0. */
const PER_VIEW = 2, BESIDE = 6;

/** A parameter that is 0, which compilers do not know. */
export const zero: string = word(5);

/** Runs it. */
export function run(
  gpu: Gpu,
  { op, key = "", extents, views, room = oneMatrix, body, written, fault }: Batch,
): void {
  const lead = views[0][0].shape.slice(0, views[0][0].shape.length - views[0][1]),
    own = BESIDE + PER_VIEW * views.length;
  const fitted = views.map(([view]) => gpu.fit(op, plain(view)));
  const walk = shaderWalkOf(
    fitted.map((view) => reshaped(view, lead, view.strides.slice(0, lead.length))),
    lead,
    own,
  );
  const reports = fault && gpu.watch(fault);
  const steps = fitted.flatMap(({ strides }, k) => {
    const behind = strides.slice(lead.length);
    return views[k][1] === 2 ? behind : [behind[0] ?? 0, 0];
  });
  gpu.run({
    key: `${op} ${key} ${fault ? "told" : ""}${walkKey(walk)}`,
    label: op,
    operands: fitted.map((view, k) => ({ view, access: k < written ? "write" : "read" })),
    reports,
    words: [
      reports?.slot ?? 0,
      0x7fc00000,
      ...extents,
      0,
      ...steps,
      ...walkWords(walk),
    ],
    source: (names) =>
      text(names, walk, { body, room, own, count: views.length, isTold: fault !== undefined }),
    workgroups: spread(walk.size),
  });
}

interface Text extends Required<Pick<Batch, "body" | "room">> {
  readonly own: number;
  readonly count: number;
  readonly isTold: boolean;
}

function text(
  names: readonly string[],
  walk: ShaderWalk,
  { body, room, own, count, isTold }: Text,
): string {
  const starts = names.slice(0, count).map((_, k) => `let at${k} = ${position(walk, k, "one")};`);
  return `${isTold ? faultSource(names[count]) : "fn report(slot: u32, index: u32) {}"}
${room}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32) {
  let one = group.y * groups.x + group.x;
  if (one >= ${word(own)}) { return; }
  let nothing = bitcast<f32>(${word(1)});
  let m = ${word(2)};
  let n = ${word(3)};
  let columns = ${word(4)};
  ${coordinates(walk, "one")}
  ${starts.join("\n  ")}
  ${body(names)}
}`;
}

/** An element of a view, by its place among them. */
export function element(names: readonly string[], k: number): (i: string, j?: string) => string {
  const down = word(BESIDE + PER_VIEW * k), across = word(BESIDE + PER_VIEW * k + 1);
  return (i, j) => `${names[k]}[at${k} + (${i}) * ${down}${j === undefined ? "" : ` + (${j}) * ${across}`}]`;
}

/** A number of a matrix and a place in it as a word of which the largest is the first of all. */
export const first = "~(one * 64u + bad)";

/** What {@link first} says. */
export function told(describe: (i: number, place: number) => Error): (word: number) => Error {
  return (word) => describe((~word >>> 0) >>> 6, ~word & 63);
}

/** A kernel by its operands. */
export type Kernel<A> = (gpu: Gpu, inputs: readonly View[], outputs: readonly View[], attributes: A) => void;
