/** Adding and setting at computed positions. */
import { type DType, e, sizeOf, type View } from "@tapegrad/core";
import { describeIndex, faultSource } from "./faults.ts";
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
import { librarySource, loaded, stored } from "./wgsl/expression.ts";

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
  if (sizeOf(index.shape) === 0) return;
  const { dtype } = output, extent = output.shape[axis];
  const reports = gpu.watch(describeIndex("scatter", index, axis, extent));
  const use = { gpu, axis, index, source, output, reports };
  if (index.shape[axis] === 1) visit(use, `${kind} once`, output, "write", once(kind, dtype));
  else if (kind === "set") set(use);
  else if (gpu.abilities.deterministic && extent > 0) segmentAdd(use);
  else visit(use, "add", output, "atomic", (names) => add(dtype, names));
}

// Nothing is repeated along an axis of one index.
function once(kind: "add" | "set", dtype: DType): (names: Names) => string {
  return ({ target, at, value }) => {
    if (kind === "set") return `${target}[${at}] = ${value};`;
    const both = [`${target}[${at}]`, value].map((x) => loaded(x, dtype));
    return `${target}[${at}] = ${stored(both.join(dtype === "bool" ? " || " : " + "), dtype)};`;
  };
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
  const { gpu, output } = use, { offset } = gpu.fit("scatter", output);
  const turns = gpu.temporary("u32", [offset + sizeOf(output.shape)]);
  map(gpu, e.constant(0), [], turns);
  const places = { ...turns, shape: output.shape, strides: output.strides, offset };
  visit(
    use,
    "find last",
    places,
    "atomic",
    ({ target, at, turn }) => `atomicMax(&${target}[${at}], ${turn});`,
  );
  const stays = ({ target, at, value, turn, turns }: Names) =>
    `if (${turns}[${at}] == ${turn}) { ${target}[${at}] = ${value}; }`;
  visit(use, "set", output, "write", stays, turns);
  gpu.release(turns);
}

// Runs `body` for each index that is in range.
function visit(
  { gpu, axis, index, source, output, reports }: Use,
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
      ...turns ? [{ view: turns, access: "read" as const }] : [],
    ],
    reports,
    words: [
      output.shape[axis],
      to.strides[axis],
      reports.slot,
      ...walkWords(walk, [to.offset, positions.offset, from.offset, 1]),
    ],
    source: (names) => visitSource(walk, names, body),
    workgroups: invocations(walk.size),
  });
}

function visitSource(walk: Walk, names: readonly string[], body: (names: Names) => string): string {
  const [target, positions, from, turns] = names, fault = names.at(-1)!;
  return librarySource(["roundedToHalf"]) + faultSource(fault) + eachInvocation(
    word(OWN),
    `
  ${coordinates(walk, "i")}
  let index = bitcast<u32>(${positions}[${position(walk, 1, "i")}]);
  // As a word, a negative index is large.
  if (index >= ${word(0)}) { report(${word(2)}, index); return; }
  let at = ${position(walk, 0, "i")} + index * ${word(1)};
  let turn = ${position(walk, 3, "i")};
  let value = ${from}[${position(walk, 2, "i")}];
  ${body({ target, at: "at", value: "value", turn: "turn", turns })}`,
  );
}

// Atomic operations are on words: floats are exchanged by comparing their bits.
function add(dtype: DType, { target, at, value }: Names): string {
  if (dtype === "bool") return `atomicOr(&${target}[${at}], ${value});`;
  if (dtype === "f32") return exchange(target, at, `bitcast<u32>(bitcast<f32>(old) + ${value})`);
  if (dtype !== "f16") return `atomicAdd(&${target}[${at}], bitcast<u32>(${value}));`;
  // A word holds two halves, of which the other one stays as it is.
  const shift = `(${at} % 2u * 16u)`,
    sum = `roundedToHalf(unpack2x16float(old >> ${shift}).x + f32(${value}))`;
  return exchange(
    target,
    `${at} / 2u`,
    `(old & ~(0xffffu << ${shift})) | ((pack2x16float(vec2(${sum}, 0.0)) & 0xffffu) << ${shift})`,
  );
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
