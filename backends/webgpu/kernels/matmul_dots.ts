/** Products with few or short sums: threads share out the outputs, and each sum among some of them. */
import { sizeOf } from "@tapegrad/core/backend";
import { type Gpu, spread } from "./kernel.ts";
import {
  besideOf,
  type CutParameters,
  entry,
  finished,
  finishing,
  type Parameters,
  parametersOf,
  places,
  type Product,
  productKey,
  productWords,
} from "./matmul_product.ts";
import { walkSize } from "../walk/strided.ts";
import { loaded, registerType, stored } from "../wgsl/expression.ts";
import type { RegisterType } from "../wgsl/types.ts";

/** The threads of a workgroup. */
export interface Team {
  /** Outputs that they compute. */
  readonly outputs: number;
  /** How many sum one of them, a power of two. */
  readonly lanes: number;
  /** Whether neighbours work on one output, not on neighbouring ones. */
  readonly along: boolean;
}

/** Queues the kernel. */
export function runDots(gpu: Gpu, product: Product, team: Team): void {
  const { a, b, out, slices } = product, { outputs, lanes, along } = team;
  const parts = Math.ceil(sizeOf(out.shape) / slices / outputs);
  gpu.run({
    key: `dots${outputs}x${lanes}${along ? "along" : ""}:${productKey(product)}`,
    label: "matmul",
    operands: [
      { view: out, access: "write" },
      { view: a, access: "read" },
      { view: b, access: "read" },
      ...besideOf(product),
    ],
    words: productWords(product, { parts }),
    source: (names) => dotSource(product, team, names),
    workgroups: spread(parts * slices),
  });
}

function dotSource(product: Product, team: Team, [out, a, b, ...beside]: readonly string[]): string {
  const { dtype } = product.a, p = parametersOf(product);
  return dotsSource(team, {
    type: registerType(dtype),
    p,
    count: walkSize,
    declare: finishing(product, beside),
    places: places(product, p),
    find: `let x = aAt + row * ${p.aRow};
    let y = bAt + column * ${p.bColumn};`,
    term: (k) =>
      `${loaded(`${a}[x + ${k} * ${p.aColumn}]`, dtype)} * ${loaded(`${b}[y + ${k} * ${p.bRow}]`, dtype)}`,
    store: `${out}[outAt + row * ${p.outRow} + column * ${p.outColumn}] = ${
      stored(finished(product, "sum", "row", "column"), product.out.dtype)
    };`,
  });
}

/** Sums to compute, as text. */
export interface Dots {
  /** What is computed with. */
  readonly type: RegisterType;
  readonly p: CutParameters & Pick<Parameters, "m" | "n">;
  /** How many products there are. */
  readonly count: string;
  /** Functions. */
  readonly declare: string;
  /** Statements that find product number `one`. */
  readonly places: string;
  /** Statements that find `row` and `column`. */
  readonly find: string;
  /** A term of the sum. */
  readonly term: (k: string) => string;
  /** Stores `sum`. */
  readonly store: string;
}

/** The source of their kernel. */
export function dotsSource(team: Team, dots: Dots): string {
  const { outputs, lanes, along } = team, threads = outputs * lanes;
  const { type, p, count, declare, places, find, store } = dots;
  return `
${lanes > 1 ? `var<workgroup> sums: array<${type}, ${threads}>;` : ""}
${declare}
${entry(threads, p)}
  let lane = ${along ? `thread % ${lanes}u` : `thread / ${outputs}u`};
  let place = ${along ? `thread / ${lanes}u` : `thread % ${outputs}u`};
  let output = part * ${outputs}u + place;
  let column = output % ${p.n};
  let row = output / ${p.n} % ${p.m};
  let one = output / ${p.n} / ${p.m};
  let inside = one < ${count};
  ${places}
  var sum = ${type}();
  if (inside) {
    ${find}
    ${sumStatements(dots, lanes)}
  }
  ${lanes > 1 ? together(team) : ""}
  if (inside && lane == 0u) {
    ${store}
  }
}`;
}

// Four sums at a time: none waits for another, and each adds up fewer rounding errors.
function sumStatements({ type, term }: Dots, lanes: number): string {
  return `var sums4 = vec4<${type}>();
    var k = start + lane;
    while (k + ${3 * lanes}u < end) {
      sums4 += vec4<${type}>(${[0, 1, 2, 3].map((i) => term(`(k + ${i * lanes}u)`)).join(", ")});
      k += ${4 * lanes}u;
    }
    while (k < end) {
      sum += ${term("k")};
      k += ${lanes}u;
    }
    sum += (sums4.x + sums4.y) + (sums4.z + sums4.w);`;
}

// The lanes of one output add up in pairs.
function together({ outputs, lanes }: Team): string {
  const steps: string[] = [];
  for (let half = lanes / 2; half >= 1; half /= 2) {
    steps.push(`workgroupBarrier();
  if (lane < ${half}u) { sums[at] += sums[at + ${half * outputs}u]; }`);
  }
  return `let at = lane * ${outputs}u + place;
  sums[at] = sum;
  ${steps.join("\n  ")}
  sum = sums[at];`;
}
