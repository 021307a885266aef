/** What kernels of attention and of its gradients have in common: tiles of scores, loaded and multiplied. */
import type { DType } from "@tapegrad/core/backend";
import { coordinates, position, type ShaderWalk, word } from "../walk/strided.ts";
import { loaded } from "../wgsl/expression.ts";

/** How many rows, and how many columns, of the scores a workgroup has at a time, and of features. */
export const ROWS = 32;
/** How many threads share a row. */
export const LANES = 4;
/** How many threads a workgroup has. */
export const THREADS = ROWS * LANES;
/** From one row to the next of a tile in memory that threads share: threads of one column meet in different banks. */
export const PITCH = ROWS + 1;
/** So many features or values of each position at most, of which a thread keeps a quarter. */
export const LARGEST = 256;

/** What the source depends on. */
export interface AttentionTask {
  /** The names of the arrays, those that are not there too. */
  readonly names: readonly string[];
  /** Over the batch, of all of these. */
  readonly walk: ShaderWalk;
  readonly dtypes: readonly DType[];
  readonly isCausal: boolean;
  readonly isMasked: boolean;
  readonly isDropped: boolean;
}

/** The arrays as the source calls them, by name. */
export type Arrays = Readonly<Record<string, string>>;

/** The kernel's own parameters. */
export const p = {
  rows: word(0),
  columns: word(1),
  features: word(2),
  values: word(3),
  tiles: word(4),
  groups: word(5),
  scale: `bitcast<f32>(${word(6)})`,
  dropped: `bitcast<f32>(${word(7)})`,
  growth: `bitcast<f32>(${word(8)})`,
};

/** As many as these, after which come the last strides of each array. */
const OWN = 9;

/** How many parameters come before those of the walk. */
export function ownParameters(names: readonly string[]): number {
  return OWN + 2 * names.length;
}

/** Where an element of an array is, of a row and a column. */
export function elementOf({ names }: AttentionTask, name: string, row: string, column: string): string {
  const at = OWN + 2 * names.indexOf(name);
  return `${name}At + ${row} * ${word(at)} + ${column} * ${word(at + 1)}`;
}

/** An element of an array, as a value. */
export function load(task: AttentionTask, arrays: Arrays, name: string, row: string, column: string): string {
  const { names, dtypes } = task;
  return loaded(`${arrays[name]}[${elementOf(task, name, row, column)}]`, dtypes[names.indexOf(name)]);
}

/** A text for each of so many. */
export function range(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join("\n    ");
}

/** Texts for the four parts of a vector. */
export function parts(text: (part: string, j: number) => string): string {
  return [..."xyzw"].map(text).join(", ");
}

const extents: Readonly<Record<string, readonly [rows: string, columns: string, factor?: string]>> = {
  q: [p.rows, p.features, p.scale],
  k: [p.columns, p.features],
  v: [p.columns, p.values],
  slope: [p.rows, p.values],
};

/** What threads of a workgroup share, and how matrices get there: as a left factor, turned, and as they are. */
export function tileFunctions(task: AttentionTask, arrays: Arrays, names: readonly string[]): string {
  return `var<workgroup> left: array<f32, ${ROWS * PITCH}>;
var<workgroup> right: array<vec4<f32>, ${ROWS * ROWS / 4}>;
var<workgroup> weights: array<f32, ${ROWS * PITCH}>;
${names.map((name) => matrixFunctions(task, arrays, name)).join("\n")}`;
}

function matrixFunctions(task: AttentionTask, arrays: Arrays, name: string): string {
  const [rows, columns, factor] = extents[name], element = load(task, arrays, name, "row", "column");
  const four = (row: (j: number) => string, column: (j: number) => string) =>
    `vec4<f32>(${parts((_, j) => `${name}Of(${row(j)}, ${column(j)})`)})`;
  return `fn ${name}Of(row: u32, column: u32) -> f32 {
  if (row >= ${rows} || column >= ${columns}) { return 0f; }
  return ${element}${factor ? ` * ${factor}` : ""};
}
fn ${name}ToLeft(thread: u32, row0: u32, column0: u32) {
  for (var i = thread; i < ${ROWS * ROWS}u; i += ${THREADS}u) {
    left[i / ${ROWS}u * ${PITCH}u + i % ${ROWS}u] = ${name}Of(row0 + i / ${ROWS}u, column0 + i % ${ROWS}u);
  }
}
fn ${name}Turned(thread: u32, row0: u32, column0: u32) {
  for (var i = thread; i < ${ROWS * ROWS / 4}u; i += ${THREADS}u) {
    let row = row0 + i / ${ROWS}u * 4u;
    let column = column0 + i % ${ROWS}u;
    right[i % ${ROWS}u * ${ROWS / 4}u + i / ${ROWS}u] = ${four((j) => `row + ${j}u`, () => "column")};
  }
}
fn ${name}ToRight(thread: u32, row0: u32, column0: u32) {
  for (var i = thread; i < ${ROWS * ROWS / 4}u; i += ${THREADS}u) {
    let row = row0 + i / ${ROWS / 4}u;
    let column = column0 + i % ${ROWS / 4}u * 4u;
    right[i] = ${four(() => "row", (j) => `column + ${j}u`)};
  }
}`;
}

/** What may not be attended to, as what is beyond the last position, has a score of -Infinity. */
export function scoreFunction(task: AttentionTask, arrays: Arrays): string {
  const { isCausal, isMasked, dtypes, names } = task, beyond = isCausal ? " || column > row" : "";
  const mask = () => load(task, arrays, "mask", "row", "column");
  const masked = !isMasked
    ? "s"
    : dtypes[names.indexOf("mask")] === "bool"
    ? `select(fromBits(0xff800000u), s, ${mask()})`
    : `s + ${mask()}`;
  return `fn scoreOf(s: f32, row: u32, column: u32) -> f32 {
  if (row >= ${p.rows} || column >= ${p.columns}${beyond}) { return fromBits(0xff800000u); }
  return ${masked};
}`;
}

/**
 * Which weights stay: Threefry-2x32 as core/ops/threefry.ts has it, of the key and the number of the weight, and of its
 * words a uniform number as core/ops/draws.ts makes it.
 */
export function dropFunction(task: AttentionTask, arrays: Arrays): string {
  if (!task.isDropped) return "";
  const k = [0, 1].map((i) => load(task, arrays, "key", `${i}u`, "0u"));
  return `fn isKept(row: u32, column: u32) -> bool {
  let keys = array<u32, 3>(${k[0]}, ${k[1]}, ${k[0]} ^ ${k[1]} ^ 0x1bd11bdau);
  var a = keys[0];
  var b = (one * ${p.rows} + row) * ${p.columns} + column + keys[1];
  ${
    range(5, (group) =>
      `${
        ROTATIONS[group % 2].map((n) => `a += b; b = ((b << ${n}u) | (b >> ${32 - n}u)) ^ a;`).join(" ")
      }
  a += keys[${(group + 1) % 3}]; b += keys[${(group + 2) % 3}] + ${group + 1}u;`)
  }
  return f32((a ^ b) >> 8u) * ${2 ** -24}f >= ${p.dropped};
}`;
}

const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];

// Four sums at a time, as in products of matrices: where gradients compute scores anew, these fit the log-sum-exp.
function eachSum(text: (half: number, j: number) => string): string {
  return [0, 1].flatMap((half) => [0, 1, 2, 3].map((j) => text(half, j))).join("\n        ");
}

/** Two matrices, from which rows on they are multiplied, and over how many columns. */
export interface TileProduct {
  readonly left: string;
  readonly leftFrom: string;
  readonly right: string;
  readonly rightFrom: string;
  readonly extent: string;
}

/** A tile of a product with a turned matrix: a thread has two fours of columns of its row, `s0` and `s1` of a name. */
export function productText(name: string, { left, leftFrom, right, rightFrom, extent }: TileProduct): string {
  return `${eachSum((half, j) => `var ${name}${half}_${j} = vec4<f32>();`)}
    for (var feature0 = 0u; feature0 < ${extent}; feature0 += ${ROWS}u) {
      workgroupBarrier();
      ${left}ToLeft(thread, ${leftFrom}, feature0);
      ${right}Turned(thread, ${rightFrom}, feature0);
      workgroupBarrier();
      for (var i = 0u; i < ${ROWS}u; i += 4u) {
        ${
    eachSum((half, j) => {
      const quad = `right[(i + ${j}u) * ${ROWS / 4}u + lane + ${half * LANES}u]`;
      return `${name}${half}_${j} += left[own * ${PITCH}u + i + ${j}u] * ${quad};`;
    })
  }
      }
    }
    ${
    [0, 1].map((half) =>
      `var ${name}${half} = (${name}${half}_0 + ${name}${half}_1) + (${name}${half}_2 + ${name}${half}_3);`
    ).join("\n    ")
  }`;
}

/** Statements that put a weight for each column of a thread where all threads of its row find it. */
export function eachWeight(text: (part: string, half: number, j: number) => string): string {
  return [0, 1].map((half) =>
    [..."xyzw"].map((c, j) => `weights[at + ${j + half * ROWS / 2}u] = ${text(c, half, j)};`).join(" ")
  ).join("\n    ");
}

/** Declares sums of so many chunks of columns. */
export function sumsText(name: string, chunks: number): string {
  return range(chunks, (c) => `var ${name}${c}_0 = vec4<f32>(); var ${name}${c}_1 = vec4<f32>();`);
}

/** Adds rows of a matrix, weighed, to sums that `shrink` before, if that is not empty. */
export function weighedText(name: string, chunks: number, right: string, from: string, shrink = ""): string {
  return range(chunks, (c) => {
    const next = (half: number) => `${name}${c}_${half}${shrink ? ` * ${shrink}` : ""} + part${half}`;
    return `workgroupBarrier();
    ${right}ToRight(thread, ${from}, ${c * ROWS}u);
    workgroupBarrier();
    {
      var part0 = vec4<f32>();
      var part1 = vec4<f32>();
      for (var i = 0u; i < ${ROWS}u; i++) {
        let w = weights[own * ${PITCH}u + i];
        part0 += w * right[i * ${ROWS / 4}u + lane];
        part1 += w * right[i * ${ROWS / 4}u + lane + ${LANES}u];
      }
      ${name}${c}_0 = ${next(0)};
      ${name}${c}_1 = ${next(1)};
    }`;
  });
}

/** Statements for each element of sums: its column among all, and its value. */
export function eachOfSums(
  name: string,
  chunks: number,
  text: (column: string, value: string) => string,
): string {
  return range(
    chunks,
    (c) =>
      [0, 1].map((half) =>
        [..."xyzw"].map((part, j) =>
          text(`(${c * ROWS + half * ROWS / 2 + j}u + lane * 4u)`, `${name}${c}_${half}.${part}`)
        ).join("\n  ")
      ).join("\n  "),
  );
}

/** Declares where arrays are, and locates those of the batch's element that a workgroup works on. */
export function locations(found: readonly string[]): string {
  return ["var<private> one: u32;", ...found.map((name) => `var<private> ${name}At: u32;`)].join("\n");
}

/** How a kernel begins: where its arrays are for its element of the batch, and which row, or column, a thread has. */
export function entry(
  { names, walk }: AttentionTask,
  found: readonly string[],
  own: "row" | "column",
): string {
  return `@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32) {
  let id = group.y * groups.x + group.x;
  if (id >= ${p.groups}) { return; }
  one = id / ${p.tiles};
  ${coordinates(walk, "one")}
  ${found.map((name) => `${name}At = ${position(walk, names.indexOf(name), "one")};`).join("\n  ")}
  let ${own}0 = id % ${p.tiles} * ${ROWS}u;
  let own = thread / ${LANES}u;
  let lane = thread % ${LANES}u;
  let ${own} = ${own}0 + own;`;
}
