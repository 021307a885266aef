/** The source of kernels that attend tile by tile. */
import type { DType } from "@tapegrad/core/backend";
import { librarySource, stored } from "../wgsl/expression.ts";
import {
  type Arrays,
  type AttentionTask,
  dropFunction,
  eachOfSums,
  eachWeight,
  elementOf,
  entry,
  LANES,
  locations,
  p,
  parts,
  PITCH,
  productText,
  ROWS,
  scoreFunction,
  sumsText,
  THREADS,
  tileFunctions,
  weighedText,
} from "./attention_tiles.ts";

/** The source, given the names of arrays; each position has so many values. */
export function attentionSource(task: AttentionTask, values: number, arrays: Arrays): string {
  const { names, isCausal } = task, chunks = Math.ceil(values / ROWS);
  const found = names.filter((name) => arrays[name] !== undefined);
  return `${declarations(task, arrays, found)}
${entry(task, found, "row")}
  let last = ${isCausal ? `min(${p.columns}, row0 + ${ROWS}u)` : p.columns};
  let nothing = fromBits(0xff800000u);
  var most = nothing;
  var total = 0f;
  ${sumsText("a", chunks)}
  for (var column0 = 0u; column0 < last; column0 += ${ROWS}u) {
    ${scoresText}
    ${weightsText}${task.isDropped ? droppedText : ""}
    ${weighedText("a", chunks, "v", "column0", "shrink")}
    most = next;
  }
  ${storeAll(task, arrays, chunks)}
}`;
}

function declarations(task: AttentionTask, arrays: Arrays, found: readonly string[]): string {
  return `${librarySource(["exp_f32", "log_f32", "maximum_f32"])}
${locations(found)}
${tileFunctions(task, arrays, ["q", "k", "v"])}
var<workgroup> slots: array<f32, ${THREADS}>;
${scoreFunction(task, arrays)}
fn scoresOf(s: vec4<f32>, row: u32, column: u32) -> vec4<f32> {
  return vec4<f32>(${parts((c, j) => `scoreOf(s.${c}, row, column + ${j}u)`)});
}
${dropFunction(task, arrays)}`;
}

// A thread has the columns of two fours of its row.
const scoresText = `${
  productText("s", { left: "q", leftFrom: "row0", right: "k", rightFrom: "column0", extent: p.features })
}
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
    let at = own * ${PITCH}u + lane * 4u;
    ${eachWeight((c, half) => `exp_f32(s${half}.${c} - level)`)}
    workgroupBarrier();
    var added = 0f;
    for (var i = 0u; i < ${ROWS}u; i++) { added += weights[own * ${PITCH}u + i]; }
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

function storeAll(task: AttentionTask, arrays: Arrays, chunks: number): string {
  return `if (row >= ${p.rows}) { return; }
  let over = select(total, 1f, total == 0f);
  ${eachOfSums("a", chunks, (column, value) => storeText(task, arrays, column, value, task.dtypes[0]))}
  if (lane == 0u) {
    let level = select(most, 0f, most == nothing);
    ${arrays.log}[${
    elementOf(task, "log", "row", "0u")
  }] = select(level + log_f32(total), fromBits(0x7f800000u), total == 0f);
  }`;
}

function storeText(task: AttentionTask, arrays: Arrays, column: string, value: string, dtype: DType): string {
  const place = elementOf(task, "out", "row", column);
  return `if (${column} < ${p.values}) { ${arrays.out}[${place}] = ${stored(`${value} / over`, dtype)}; }`;
}
