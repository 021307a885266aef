/** Adding and setting at computed positions. */
import { type DType, e, type View } from "@tapegrad/core";
import { faultSource, outOfRange } from "./faults.ts";
import { eachInvocation, type Gpu, invocations, type Operand } from "./kernel.ts";
import { map } from "./map.ts";
import { segmentAdd, type Use } from "./segment.ts";
import {
  coordinates,
  counting,
  position,
  standing,
  type Walk,
  walkKey,
  walkOf,
  walkWords,
  word,
} from "./strided.ts";

/** The kernels' own parameters, which come before those of their walk. */
const OWN = 3;

/** Adds `source` to `output`, which is contiguous, at `index` along `axis`, or sets it, the last one staying. */
export function scatter(
  gpu: Gpu,
  kind: "add" | "set",
  axis: number,
  index: View,
  source: View,
  output: View,
): void {
  const fault = gpu.watch((at) => outOfRange("scatter", at, output.shape[axis], axis));
  const use = { gpu, axis, index, source, output, fault };
  if (kind === "set") return set(use);
  if (gpu.abilities.deterministic) segmentAdd(use);
  else {visit(use, `add ${output.dtype}`, output, "atomic", ({ target, at, value }) =>
      add(output.dtype, target, at, value));}
}

/** The names of what a kernel works on for one index. */
interface Names {
  /** The array that is changed. */
  readonly target: string;
  /** Where. */
  readonly at: string;
  /** The element of the source, as it is in memory. */
  readonly value: string;
  /** One more than the place along the axis. */
  readonly turn: string;
  /** The array of the turns that stay, where there is one. */
  readonly turns: string;
}

// The last one along the axis wins, whichever runs first: a first kernel finds out which it is.
function set(use: Use): void {
  const { gpu, output } = use, turns = gpu.temporary("u32", output.shape);
  map(gpu, e.constant(0), [], turns);
  visit(
    use,
    "find last",
    turns,
    "atomic",
    ({ target, at, turn }) => `atomicMax(&${target}[${at}], ${turn});`,
  );
  visit(
    use,
    "set",
    output,
    "write",
    ({ target, at, value, turn, turns }) =>
      `if (${turns}[${at}] == ${turn}) { ${target}[${at}] = ${value}; }`,
    turns,
  );
  gpu.release(turns);
}

// Runs `body` for each index that is in range.
function visit(
  { gpu, axis, index, source, output, fault }: Use,
  name: string,
  target: View,
  access: Operand["access"],
  body: (names: Names) => string,
  turns?: View,
): void {
  const { shape } = index, [to, positions, from] = [target, index, source].map((v) => gpu.fit("scatter", v));
  const views = [standing(to, axis, shape), positions, from, counting(index, axis)];
  const walk = { ...walkOf(views, shape), first: OWN };
  gpu.run({
    key: `scatter ${name}${walkKey(walk)}`,
    label: "scatter",
    operands: [
      { view: to, access },
      { view: positions, access: "read" },
      { view: from, access: "read" },
      { view: fault.view, access: "atomic" },
      ...turns ? [{ view: turns, access: "read" as const }] : [],
    ],
    words: [
      output.shape[axis],
      to.strides[axis],
      fault.number,
      ...walkWords(walk, [to.offset, positions.offset, from.offset, 1]),
    ],
    source: (names) => visitSource(walk, names, body),
    workgroups: invocations(walk.size),
  });
}

function visitSource(walk: Walk, names: readonly string[], body: (names: Names) => string): string {
  const [target, positions, from, fault, turns = ""] = names;
  return faultSource(fault) + eachInvocation(
    word(OWN),
    `
  ${coordinates(walk, "i")}
  let index = i32(${positions}[${position(walk, 1, "i")}]);
  if (index < 0 || index >= i32(${word(0)})) { report(${word(2)}, index); return; }
  let at = ${position(walk, 0, "i")} + u32(index) * ${word(1)};
  let turn = ${position(walk, 3, "i")};
  let value = ${from}[${position(walk, 2, "i")}];
  ${body({ target, at: "at", value: "value", turn: "turn", turns })}`,
  );
}

// Atomic operations are on words: floats are exchanged by comparing their bits.
function add(dtype: DType, target: string, at: string, value: string): string {
  if (dtype === "bool") return `atomicOr(&${target}[${at}], ${value});`;
  if (dtype === "f32") return exchange(target, at, `bitcast<u32>(bitcast<f32>(old) + ${value})`);
  if (dtype !== "f16") return `atomicAdd(&${target}[${at}], bitcast<u32>(${value}));`;
  const sum =
    `pack2x16float(unpack2x16float(old) + select(vec2(0.0, f32(${value})), vec2(f32(${value}), 0.0), ${at} % 2u == 0u))`;
  return exchange(target, `${at} / 2u`, sum);
}

function exchange(target: string, at: string, next: string): string {
  return `
  var old = atomicLoad(&${target}[${at}]);
  loop {
    let tried = atomicCompareExchangeWeak(&${target}[${at}], old, ${next});
    if (tried.exchanged) { break; }
    old = tried.old_value;
  }`;
}
