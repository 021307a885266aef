/** The source of kernels that attend tile by tile. */
import type { DType } from "@tapegrad/core/backend";
import { coordinates, position, type ShaderWalk, word } from "../walk/strided.ts";
import { librarySource, loaded, stored } from "../wgsl/expression.ts";

/** How many rows, and how many columns, of the scores a workgroup has at a time, and of features. */
export const ROWS = 32;
/** How many threads share a row. */
const LANES = 4, THREADS = ROWS * LANES;
/** So many values of each position at most, of which a thread keeps a quarter. */
export const LARGEST = 256;

/** What the source depends on. */
export interface AttentionTask {
  /** Over the batch, of what is written, q, k, v, the mask and the key; q in place of what there is not. */
  readonly walk: ShaderWalk;
  readonly dtypes: readonly DType[];
  readonly isCausal: boolean;
  readonly isMasked: boolean;
  readonly isDropped: boolean;
  /** How many values each position has. */
  readonly values: number;
}

const order = ["out", "log", "q", "k", "v", "mask", "key"] as const;
type Name = typeof order[number];
/** The names of arrays. */
export type Arrays = Readonly<Record<string, string>>;

const p = {
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

/** An element of an array, of a row and a column. */
function element(name: Name, row: string, column: string): string {
  const at = 9 + 2 * order.indexOf(name);
  return `${name}At + ${row} * ${word(at)} + ${column} * ${word(at + 1)}`;
}

function load({ dtypes }: AttentionTask, arrays: Arrays, name: Name, row: string, column: string): string {
  return loaded(`${arrays[name]}[${element(name, row, column)}]`, dtypes[order.indexOf(name)]);
}

/** The source, given the names of arrays. */
export function attentionSource(task: AttentionTask, arrays: Arrays): string {
  const { walk, isCausal, values } = task, chunks = Math.ceil(values / ROWS);
  const found = order.filter((name) => arrays[name] !== undefined);
  return `${declarations(task, arrays, found)}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32) {
  let id = group.y * groups.x + group.x;
  if (id >= ${p.groups}) { return; }
  one = id / ${p.tiles};
  ${coordinates(walk, "one")}
  ${found.map((name) => `${name}At = ${position(walk, order.indexOf(name), "one")};`).join("\n  ")}
  let row0 = id % ${p.tiles} * ${ROWS}u;
  let own = thread / ${LANES}u;
  let lane = thread % ${LANES}u;
  let row = row0 + own;
  let last = ${isCausal ? `min(${p.columns}, row0 + ${ROWS}u)` : p.columns};
  let nothing = fromBits(0xff800000u);
  var most = nothing;
  var total = 0f;
  ${range(chunks, (c) => `var a${c}_0 = vec4<f32>(); var a${c}_1 = vec4<f32>();`)}
  for (var column0 = 0u; column0 < last; column0 += ${ROWS}u) {
    ${scoresText}
    ${weightsText}${task.isDropped ? droppedText : ""}
    ${range(chunks, chunkText)}
    most = next;
  }
  ${storeAll(task, arrays)}
}`;
}

function declarations(task: AttentionTask, arrays: Arrays, found: readonly Name[]): string {
  return `${librarySource(["exp_f32", "log_f32", "maximum_f32"])}
var<private> one: u32;
${found.map((name) => `var<private> ${name}At: u32;`).join("\n")}
var<workgroup> left: array<f32, ${ROWS * (ROWS + 1)}>;
var<workgroup> right: array<vec4<f32>, ${ROWS * ROWS / 4}>;
var<workgroup> weights: array<f32, ${ROWS * (ROWS + 1)}>;
var<workgroup> slots: array<f32, ${THREADS}>;
${loadFunctions(task, arrays)}
${scoreFunction(task, arrays)}
${dropFunction(task, arrays)}`;
}

function range(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join("\n    ");
}

// Four rows of k at a feature, or four values of a position.
function loadFunctions(task: AttentionTask, arrays: Arrays): string {
  const k = (j: number) => `keyOf(column + ${j}u, feature)`,
    v = (j: number) => `valueOf(column, value + ${j}u)`;
  const four = (text: (j: number) => string) => `vec4<f32>(${[0, 1, 2, 3].map(text).join(", ")})`;
  return `fn queryOf(row: u32, feature: u32) -> f32 {
  if (row >= ${p.rows} || feature >= ${p.features}) { return 0f; }
  return ${load(task, arrays, "q", "row", "feature")} * ${p.scale};
}
fn keyOf(column: u32, feature: u32) -> f32 {
  if (column >= ${p.columns} || feature >= ${p.features}) { return 0f; }
  return ${load(task, arrays, "k", "column", "feature")};
}
fn valueOf(column: u32, value: u32) -> f32 {
  if (column >= ${p.columns} || value >= ${p.values}) { return 0f; }
  return ${load(task, arrays, "v", "column", "value")};
}
fn loadLeft(thread: u32, row0: u32, feature0: u32) {
  for (var i = thread; i < ${ROWS * ROWS}u; i += ${THREADS}u) {
    left[i / ${ROWS}u * ${ROWS + 1}u + i % ${ROWS}u] = queryOf(row0 + i / ${ROWS}u, feature0 + i % ${ROWS}u);
  }
}
fn loadKeys(thread: u32, column0: u32, feature0: u32) {
  for (var i = thread; i < ${ROWS * ROWS / 4}u; i += ${THREADS}u) {
    let column = column0 + i / ${ROWS}u * 4u;
    let feature = feature0 + i % ${ROWS}u;
    right[i % ${ROWS}u * ${ROWS / 4}u + i / ${ROWS}u] = ${four(k)};
  }
}
fn loadValues(thread: u32, column0: u32, value0: u32) {
  for (var i = thread; i < ${ROWS * ROWS / 4}u; i += ${THREADS}u) {
    let column = column0 + i / ${ROWS / 4}u;
    let value = value0 + i % ${ROWS / 4}u * 4u;
    right[i] = ${four(v)};
  }
}`;
}

// What may not be attended to, as what is beyond the last position, has a score of -Infinity.
function scoreFunction(task: AttentionTask, arrays: Arrays): string {
  const { isCausal, isMasked, dtypes } = task, beyond = isCausal ? " || column > row" : "";
  const mask = () => load(task, arrays, "mask", "row", "column");
  const masked = !isMasked
    ? "s"
    : dtypes[order.indexOf("mask")] === "bool"
    ? `select(fromBits(0xff800000u), s, ${mask()})`
    : `s + ${mask()}`;
  return `fn scoreOf(s: f32, row: u32, column: u32) -> f32 {
  if (row >= ${p.rows} || column >= ${p.columns}${beyond}) { return fromBits(0xff800000u); }
  return ${masked};
}
fn scoresOf(s: vec4<f32>, row: u32, column: u32) -> vec4<f32> {
  return vec4<f32>(${parts((c, j) => `scoreOf(s.${c}, row, column + ${j}u)`)});
}`;
}

function parts(text: (c: string, j: number) => string): string {
  return [..."xyzw"].map(text).join(", ");
}

// Which weights stay: Threefry-2x32 as core/ops/threefry.ts has it, of the key and the number of the weight, and of its
// words a uniform number as core/ops/draws.ts makes it.
function dropFunction(task: AttentionTask, arrays: Arrays): string {
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

// A thread has the columns of two fours of its row.
const scoresText = `${eachSum((half, j) => `var s${half}_${j} = vec4<f32>();`)}
    for (var feature0 = 0u; feature0 < ${p.features}; feature0 += ${ROWS}u) {
      workgroupBarrier();
      loadLeft(thread, row0, feature0);
      loadKeys(thread, column0, feature0);
      workgroupBarrier();
      for (var i = 0u; i < ${ROWS}u; i += 4u) {
        ${
  eachSum((half, j) => {
    const quad = `right[(i + ${j}u) * ${ROWS / 4}u + lane + ${half * LANES}u]`;
    return `s${half}_${j} += left[own * ${ROWS + 1}u + i + ${j}u] * ${quad};`;
  })
}
      }
    }
    var s0 = (s0_0 + s0_1) + (s0_2 + s0_3);
    var s1 = (s1_0 + s1_1) + (s1_2 + s1_3);
    let columnA = column0 + lane * 4u;
    let columnB = columnA + ${ROWS / 2}u;
    s0 = scoresOf(s0, row, columnA);
    s1 = scoresOf(s1, row, columnB);`;

// What was added up before is less by as much as the largest score grows. Weights are added one after another, as by
// what attention is made of: of up to 32 positions the log-sum-exp is the same.
const weightsText = `var largest = s0.x;
    ${
  ["s0.y", "s0.z", "s0.w", "s1.x", "s1.y", "s1.z", "s1.w"].map((s) => `largest = maximum_f32(largest, ${s});`)
    .join(" ")
}
    workgroupBarrier();
    slots[thread] = largest;
    workgroupBarrier();
    var next = most;
    for (var i = 0u; i < ${LANES}u; i++) { next = maximum_f32(next, slots[own * ${LANES}u + i]); }
    let level = select(next, 0f, next == nothing);
    let shrink = select(exp_f32(most - level), 0f, most == nothing);
    let at = own * ${ROWS + 1}u + lane * 4u;
    ${eachWeight((c, half) => `exp_f32(s${half}.${c} - level)`)}
    workgroupBarrier();
    var added = 0f;
    for (var i = 0u; i < ${ROWS}u; i++) { added += weights[own * ${ROWS + 1}u + i]; }
    total = total * shrink + added;`;

// The weights that stay, once their sum is taken of all.
const droppedText = `
    workgroupBarrier();
    ${
  eachWeight((_, half, j) => {
    const column = half === 0 ? "columnA" : "columnB", at = `weights[at + ${j + half * ROWS / 2}u]`;
    return `select(0f, ${at} * ${p.growth}, isKept(row, ${column} + ${j}u))`;
  })
}`;

function eachWeight(text: (part: string, half: number, j: number) => string): string {
  return [0, 1].map((half) =>
    [..."xyzw"].map((c, j) => `weights[at + ${j + half * ROWS / 2}u] = ${text(c, half, j)};`).join(" ")
  ).join("\n    ");
}

function chunkText(c: number): string {
  return `workgroupBarrier();
    loadValues(thread, column0, ${c * ROWS}u);
    workgroupBarrier();
    {
      var part0 = vec4<f32>();
      var part1 = vec4<f32>();
      for (var i = 0u; i < ${ROWS}u; i++) {
        let w = weights[own * ${ROWS + 1}u + i];
        part0 += w * right[i * ${ROWS / 4}u + lane];
        part1 += w * right[i * ${ROWS / 4}u + lane + ${LANES}u];
      }
      a${c}_0 = a${c}_0 * shrink + part0;
      a${c}_1 = a${c}_1 * shrink + part1;
    }`;
}

function storeAll({ dtypes, values }: AttentionTask, arrays: Arrays): string {
  return `if (row >= ${p.rows}) { return; }
  let over = select(total, 1f, total == 0f);
  ${range(Math.ceil(values / ROWS), (c) => storeText(c, arrays.out, dtypes[0]))}
  if (lane == 0u) {
    let level = select(most, 0f, most == nothing);
    ${arrays.log}[${
    element("log", "row", "0u")
  }] = select(level + log_f32(total), fromBits(0x7f800000u), total == 0f);
  }`;
}

function storeText(c: number, array: string, dtype: DType): string {
  return [0, 1].map((half) =>
    [..."xyzw"].map((part, j) => {
      const value = `${c * ROWS + half * ROWS / 2 + j}u + lane * 4u`;
      const result = stored(`a${c}_${half}.${part} / over`, dtype);
      return `if (${value} < ${p.values}) { ${array}[${element("out", "row", `(${value})`)}] = ${result}; }`;
    }).join("\n  ")
  ).join("\n  ");
}
