/**
 * The source of kernels of attention's gradients, which make scores and weights once more, tile by tile: one goes through
 * the columns of each row, another through the rows of each column.
 */
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
  load,
  locations,
  p,
  PITCH,
  productText,
  range,
  ROWS,
  scoreFunction,
  sumsText,
  THREADS,
  tileFunctions,
  weighedText,
} from "./attention_tiles.ts";

/** How many features, and values, each position has. */
export interface Widths {
  readonly features: number;
  readonly values: number;
}

const chunksOf = (width: number): number => Math.ceil(width / ROWS);

/**
 * What is taken from the slopes of each row, `outside`: their mean by the weights, less what comes from the log-sum-exp;
 * in a second turn the gradient of q, and each slope, where they are wanted.
 */
export function rowsSource(task: AttentionTask, { features }: Widths, arrays: Arrays): string {
  const { isCausal } = task, chunks = chunksOf(features), { dq, slopes, slope, logSlope } = arrays;
  const last = isCausal ? `min(${p.columns}, row0 + ${ROWS}u)` : p.columns;
  const scaled = (value: string) => stored(`${value} * ${p.scale}`, dtypeOf(task, "dq"));
  const place = elementOf(task, "outside", "row", "0u");
  return `${opening(task, arrays, "row")}
  let last = ${last};
  let level = logOf(row);
  var outside = ${logSlope ? "-logSlopeOf(row)" : "0f"};
  ${sumsText("a", dq ? chunks : 0)}
  for (var turn = ${slope ? "0u" : "1u"}; turn < ${dq || slopes ? "2u" : "1u"}; turn++) {
    var total = 0f;
    var gain = 0f;
    for (var column0 = 0u; column0 < last; column0 += ${ROWS}u) {
    ${tileText(task, arrays, byRow)}
    if (turn == 0u) {
    ${eachPair((w, g) => `total += ${w}; gain += ${w} * ${g};`)}
    } else {
    workgroupBarrier();
    ${eachWeight((c, half) => `w${half}.${c} * (g${half}.${c} - outside)`)}
    ${slopes ? storeSlopes(task, slopes) : ""}
    ${dq ? weighedText("a", chunks, "k", "column0") : ""}
    }
    }
    if (turn == 0u) {
      total = together(thread, own, total);
      gain = together(thread, own, gain);
      outside += select(gain / total, 0f, total == 0f);
    }
  }
  if (lane == 0u && row < ${p.rows}) { ${arrays.outside}[${place}] = outside; }
  ${dq ? storeSums(task, "dq", "a", arrays, chunks, p.features, scaled) : ""}
}`;
}

/** The gradients of k and of v, as they are wanted, of what is to be taken from the slopes of each row. */
export function columnsSource(task: AttentionTask, { features, values }: Widths, arrays: Arrays): string {
  const { isCausal } = task, { dk, dv } = arrays, [keys, means] = [chunksOf(features), chunksOf(values)];
  return `${opening(task, arrays, "column")}
  ${sumsText("a", dk ? keys : 0)}
  ${sumsText("b", dv ? means : 0)}
  for (var row0 = ${isCausal ? "column0" : "0u"}; row0 < ${p.rows}; row0 += ${ROWS}u) {
    ${tileText(task, arrays, byColumn)}
    ${
    dk
      ? `workgroupBarrier();
    ${eachWeight((c, half, j) => `w${half}.${c} * (g${half}.${c} - outsideOf(${otherText(half, j)}))`)}
    ${weighedText("a", keys, "q", "row0")}`
      : ""
  }
    ${
    dv
      ? `workgroupBarrier();
    ${eachWeight((c, half, j) => dropped(task, `w${half}.${c}`, otherText(half, j), "column"))}
    ${weighedText("b", means, "slope", "row0")}`
      : ""
  }
  }
  ${
    dk
      ? storeSums(task, "dk", "a", arrays, keys, p.features, (value) => stored(value, dtypeOf(task, "dk")))
      : ""
  }
  ${
    dv
      ? storeSums(task, "dv", "b", arrays, means, p.values, (value) => stored(value, dtypeOf(task, "dv")))
      : ""
  }
}`;
}

function dtypeOf({ names, dtypes }: AttentionTask, name: string): AttentionTask["dtypes"][number] {
  return dtypes[names.indexOf(name)];
}

// What each row has one of.
function numberFunction(task: AttentionTask, arrays: Arrays, name: string): string {
  return `fn ${name}Of(row: u32) -> f32 {
  if (row >= ${p.rows}) { return 0f; }
  return ${load(task, arrays, name, "row", "0u")};
}`;
}

// The sum of what the lanes of a row, or of a column, have.
const together = `fn together(thread: u32, own: u32, x: f32) -> f32 {
  workgroupBarrier();
  slots[thread] = x;
  workgroupBarrier();
  var sum = 0f;
  for (var i = 0u; i < ${LANES}u; i++) { sum += slots[own * ${LANES}u + i]; }
  return sum;
}`;

/** All up to where a thread knows its row, or its column. */
function opening(task: AttentionTask, arrays: Arrays, own: "row" | "column"): string {
  const { names } = task, found = names.filter((name) => arrays[name] !== undefined);
  const numbers = ["log", "logSlope", "outside"].filter((name) =>
    arrays[name] && name !== (own === "row" ? "outside" : "")
  );
  return `${librarySource(["exp_f32"])}
${locations(found)}
${tileFunctions(task, arrays, ["q", "k", "v", "slope"].filter((name) => arrays[name]))}
var<workgroup> slots: array<f32, ${THREADS}>;
${scoreFunction(task, arrays)}
${dropFunction(task, arrays)}
${numbers.map((name) => numberFunction(task, arrays, name)).join("\n")}
${together}
${entry(task, found, own)}
  let at = own * ${PITCH}u + lane * 4u;`;
}

/** Which matrices are multiplied, and which row and column an element of the tile has. */
interface Side {
  readonly scores: readonly [left: string, right: string];
  readonly gains: readonly [left: string, right: string];
  readonly from: readonly [left: string, right: string];
  /** What the columns of the tile are. */
  readonly others: "row" | "column";
}

const byRow: Side = {
  scores: ["q", "k"],
  gains: ["slope", "v"],
  from: ["row0", "column0"],
  others: "column",
};
const byColumn: Side = {
  scores: ["k", "q"],
  gains: ["v", "slope"],
  from: ["column0", "row0"],
  others: "row",
};

function otherText(half: number, j: number): string {
  return `other${half} + ${j}u`;
}

// The weights, and what comes to each before the mean is taken from it.
function tileText(task: AttentionTask, arrays: Arrays, { scores, gains, from, others }: Side): string {
  const product = (name: string, [left, right]: readonly [string, string], extent: string) =>
    productText(name, { left, right, leftFrom: from[0], rightFrom: from[1], extent });
  const place = (half: number, j: number) =>
    others === "column" ? ["row", otherText(half, j)] : [otherText(half, j), "column"];
  const vector = (text: (part: string, half: number, j: number) => string) => (half: number) =>
    `vec4<f32>(${[..."xyzw"].map((part, j) => text(part, half, j)).join(", ")})`;
  const weight = vector((part, half, j) => {
    const [row, column] = place(half, j), level = others === "column" ? "level" : `logOf(${row})`;
    return `exp_f32(scoreOf(s${half}.${part}, ${row}, ${column}) - ${level})`;
  });
  const gain = vector((part, half, j) => {
    const [row, column] = place(half, j);
    return dropped(task, `d${half}.${part}`, row, column);
  });
  const halves = (text: (half: number) => string) => [0, 1].map(text).join("\n    ");
  return `let other0 = ${from[1]} + lane * 4u;
    let other1 = other0 + ${ROWS / 2}u;
    ${product("s", scores, p.features)}
    ${halves((half) => `let w${half} = ${weight(half)};`)}
    ${arrays.slope ? product("d", gains, p.values) : ""}
    ${halves((half) => `let g${half} = ${arrays.slope ? gain(half) : "vec4<f32>()"};`)}`;
}

function dropped({ isDropped }: AttentionTask, value: string, row: string, column: string): string {
  return isDropped ? `select(0f, ${value} * ${p.growth}, isKept(${row}, ${column}))` : value;
}

function eachPair(text: (w: string, g: string) => string): string {
  return [0, 1].map((half) => [..."xyzw"].map((c) => text(`w${half}.${c}`, `g${half}.${c}`)).join(" ")).join(
    "\n    ",
  );
}

// Of causal attention those that are not met are zero from the start.
function storeSlopes(task: AttentionTask, array: string): string {
  return range(2, (half) =>
    [..."xyzw"].map((_, j) => {
      const column = otherText(half, j), place = elementOf(task, "slopes", "row", `(${column})`);
      return `if (row < ${p.rows} && ${column} < ${p.columns}) { ${array}[${place}] = weights[at + ${
        j + half * ROWS / 2
      }u]; }`;
    }).join("\n    "));
}

function storeSums(
  task: AttentionTask,
  name: "dq" | "dk" | "dv",
  sums: string,
  arrays: Arrays,
  chunks: number,
  extent: string,
  result: (value: string) => string,
): string {
  const [own, most] = name === "dq" ? ["row", p.rows] : ["column", p.columns];
  return `if (${own} < ${most}) {
  ${
    eachOfSums(sums, chunks, (column, value) =>
      `if (${column} < ${extent}) { ${arrays[name]}[${elementOf(task, name, own, column)}] = ${
        result(value)
      }; }`)
  }
  }`;
}
