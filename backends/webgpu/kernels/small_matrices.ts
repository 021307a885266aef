/** Factors of many small matrices and what is solved with them: a workgroup a matrix, which is in its memory. */
import { noRow, notDefinite, singular, type View } from "@tapegrad/core/backend";
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
import * as source from "./small_matrices_source.ts";

/** A kernel of a batch. */
interface Batch {
  readonly op: string;
  /** What tells its source from that of others of the op. */
  readonly key?: string;
  /** Rows, columns, and those of what is solved for: m, n and columns in the source. */
  readonly extents: readonly [m: number, n: number, columns: number];
  /** What is written, then what is read, each with so many axes of its own behind those of the batch. */
  readonly views: readonly (readonly [view: View, rank: 0 | 1 | 2])[];
  readonly body: (names: readonly string[]) => string;
  readonly written: number;
  /** The error of a word that it reports, if it does. */
  readonly fault?: (word: number) => Error;
}

/** Parameters of each view: its strides, and of all: where faults go, a NaN, and extents. */
const PER_VIEW = 2, BESIDE = 5;

function run(gpu: Gpu, { op, key = "", extents, views, body, written, fault }: Batch): void {
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
      ...steps,
      ...walkWords(walk),
    ],
    source: (names) => text(names, walk, { body, own, count: views.length, isTold: fault !== undefined }),
    workgroups: spread(walk.size),
  });
}

interface Text extends Pick<Batch, "body"> {
  readonly own: number;
  readonly count: number;
  readonly isTold: boolean;
}

function text(
  names: readonly string[],
  walk: ShaderWalk,
  { body, own, count, isTold }: Text,
): string {
  const starts = names.slice(0, count).map((_, k) => `let at${k} = ${position(walk, k, "one")};`);
  return `${isTold ? faultSource(names[count]) : "fn report(slot: u32, index: u32) {}"}
${source.room}
@compute @workgroup_size(${source.THREADS})
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
function element(names: readonly string[], k: number): (i: string, j?: string) => string {
  const down = word(BESIDE + PER_VIEW * k), across = word(BESIDE + PER_VIEW * k + 1);
  return (i, j) => `${names[k]}[at${k} + (${i}) * ${down}${j === undefined ? "" : ` + (${j}) * ${across}`}]`;
}

/** A number of a matrix and a place in it as a word of which the largest is the first of all. */
const first = "~(one * 64u + bad)";

function told(describe: (i: number, place: number) => Error): (word: number) => Error {
  return (word) => describe((~word >>> 0) >>> 6, ~word & 63);
}

type Kernel<A> = (gpu: Gpu, inputs: readonly View[], outputs: readonly View[], attributes: A) => void;

const cholesky: Kernel<{ readonly check: boolean }> = (gpu, [x], [factor, info], { check }) => {
  const n = x.shape.at(-1)!;
  run(gpu, {
    op: "cholesky",
    extents: [n, n, 0],
    views: [[factor, 2], [info, 0], [x, 2]],
    written: 2,
    body(names): string {
      const [to, told, from] = [0, 1, 2].map((k) => element(names, k));
      return source.cholesky({ from, to, info: told("0u"), report: `report(${word(0)}, ${first});` });
    },
    ...check && { fault: told((i, order) => notDefinite(x.shape, i, order)) },
  });
};

const lu: Kernel<{ readonly refuses: string }> = (gpu, [x], [factors, pivots, info], { refuses }) => {
  const [m, n] = x.shape.slice(-2);
  run(gpu, {
    op: "lu",
    extents: [m, n, 0],
    views: [[factors, 2], [pivots, 1], [info, 0], [x, 2]],
    written: 3,
    body(names): string {
      const [to, place, told, from] = [0, 1, 2, 3].map((k) => element(names, k));
      const last = `${told("0u")} = i32(bad); if (bad > 0u) { report(${word(0)}, ${first}); }`;
      return source.elimination(from, (k) => `${place(k)} = i32(best) + 1;`) +
        source.stored(to, last);
    },
    ...refuses !== "" && { fault: told((i, pivot) => singular(refuses, x.shape, i, pivot)) },
  });
};

interface Triangular {
  readonly upper: boolean;
  readonly unit: boolean;
  readonly left: boolean;
}

const triangularSolve: Kernel<Triangular> = (gpu, [t, b], [x], { upper, unit, left }) => {
  const n = t.shape.at(-1)!, columns = b.shape.at(left ? -1 : -2)!;
  if (b.shape.includes(0)) return;
  run(gpu, {
    op: "triangularSolve",
    key: `${upper}${unit}${left}`,
    extents: [n, n, columns],
    views: [[x, 2], [t, 2], [b, 2]],
    written: 1,
    body(names): string {
      const [to, matrix, from] = [0, 1, 2].map((k) => element(names, k));
      const turned = (of: typeof to): typeof to => left ? of : (i, j) => of(j!, i);
      const triangle = { isTurned: !left, isUpper: upper === left, unit };
      return source.loaded(matrix) +
        source.eachColumn([turned(from), turned(to)], source.substitution(triangle));
    },
  });
};

const luSolve: Kernel<{ readonly adjoint: boolean }> = (gpu, [, factors, pivots, b], [x], { adjoint }) => {
  const n = factors.shape.at(-1)!, columns = b.shape.at(-1)!;
  if (b.shape.includes(0)) return;
  run(gpu, {
    op: "luSolve",
    key: String(adjoint),
    extents: [n, n, columns],
    views: [[x, 2], [factors, 2], [pivots, 1], [b, 2]],
    written: 1,
    body(names): string {
      const [to, matrix, place, from] = [0, 1, 2, 3].map((k) => element(names, k));
      const lower = { isTurned: adjoint, isUpper: adjoint, unit: true };
      const upper = { isTurned: adjoint, isUpper: !adjoint, unit: false };
      const exchanged = source.exchanged((i) => `u32(${place(i)} - 1)`, adjoint);
      const steps = adjoint
        ? [source.substitution(upper), source.substitution(lower), exchanged]
        : [exchanged, source.substitution(lower), source.substitution(upper)];
      return source.loaded(matrix) + source.eachColumn([from, to], steps.join("\n"));
    },
  });
};

const luPermutation: Kernel<{ readonly rows: number }> = (gpu, [pivots], [order, places], { rows }) => {
  const count = pivots.shape.at(-1)!;
  run(gpu, {
    op: "luPermutation",
    extents: [count, rows, 0],
    views: [[order, 1], [places, 1], [pivots, 1]],
    written: 2,
    body(names): string {
      const [to, back, place] = [0, 1, 2].map((k) => element(names, k));
      return source.permutation(place, {
        to,
        back,
        report: `report(${word(0)}, bitcast<u32>(k + 1));`,
      });
    },
    fault: (word) => noRow(word | 0, rows),
  });
};

/** The kernels by the names of ops; they are asked for small matrices alone. */
export const smallMatrices: Readonly<Record<string, Kernel<never>>> = {
  cholesky,
  lu,
  triangularSolve,
  luSolve,
  luPermutation,
};
