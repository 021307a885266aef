/** Adding, setting and their like at computed positions. */
import { type DType, e, isFloating, type ScatterKind, sizeOf, type View } from "@tapegrad/core/backend";
import { exactAdd, exactBytes } from "./scatter_exact.ts";
import { describeIndex } from "../device/faults.ts";
import type { Gpu } from "./kernel.ts";
import { map } from "./map.ts";
import { meetOf } from "./scatter_meet.ts";
import { segmentMeet, toSort } from "./scatter_sorted.ts";
import { type Names, type Use, visit } from "./scatter_visit.ts";
import { loaded, stored } from "../wgsl/expression.ts";

/** Adds `source` to `output`, which is contiguous, at `index` along `axis`, or has it meet what is there in another way. */
export function scatter(
  gpu: Gpu,
  kind: ScatterKind,
  axis: number,
  index: View,
  source: View,
  output: View,
): void {
  if (sizeOf(index.shape) === 0) return;
  const { dtype } = output, extent = output.shape[axis];
  const reports = gpu.watch(describeIndex("scatter", index, axis, extent));
  const use = { gpu, axis, index, source, output, reports };
  if (index.shape[axis] === 1 || extent === 0) metOnce(use, kind);
  else if (kind === "set") set(use);
  else if (kind !== "add") segmentMeet(use, kind);
  else if (gpu.abilities.deterministic && isFloating(dtype)) addSteadily(use);
  else visit(use, "add", output, "atomic", (names) => add(dtype, names));
}

/** So many indices are sorted by one kernel. */
const SORTED_AT_ONCE = 1024;
/** A row of so many elements for each index is more work than sorting the indices. */
const WIDE = 16;
/** What is added to may have so many elements for each that is added before its size counts. */
const SPARSE = 4;

// Sums of floats differ by the order in which invocations come, unless it is given or does not matter.
function addSteadily(use: Use): void {
  const { gpu, axis, index, output } = use, added = sizeOf(index.shape);
  const isSortedFast = index.shape[axis] <= SORTED_AT_ONCE || toSort(index, axis) * WIDE <= added;
  const isRoomy = sizeOf(output.shape) <= added * SPARSE && exactBytes(output) <= gpu.abilities.bindingBytes;
  if (isSortedFast || !isRoomy) segmentMeet(use, "add");
  else exactAdd(use);
}

// Nothing is repeated along an axis of one index.
function metOnce(use: Use, kind: ScatterKind): void {
  const { output } = use, { dtype } = output, meet = kind === "set" ? null : meetOf(kind, dtype);
  visit(use, `${kind} once`, output, "write", ({ target, at, value }) => {
    const [old, next] = [`${target}[${at}]`, value].map((x) => loaded(x, dtype));
    return `${target}[${at}] = ${meet ? stored(meet.text(old, next), dtype) : value};`;
  }, { uses: meet?.uses });
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
  visit(use, "set", output, "write", stays, { turns });
  gpu.release(turns);
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
