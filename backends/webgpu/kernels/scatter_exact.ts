/**
 * Adding floats at repeated indices as integers of 64 bits, whose sums do not depend on their order. What is added
 * to one element is scaled by the largest of it, so that all of it together just fits.
 */
import { contiguousStrides, type DType, e, sizeOf, type View } from "@tapegrad/core/backend";
import { eachInvocation, type Gpu, invocations } from "./kernel.ts";
import { map } from "./map.ts";
import {
  coordinates,
  position,
  type ShaderWalk,
  shaderWalkOf,
  walkKey,
  walkWords,
  word,
} from "../walk/strided.ts";
import { type Names, type Use, visit } from "./scatter_visit.ts";
import { librarySource, loaded, stored } from "../wgsl/expression.ts";

/** The words of each sum: the largest size, how many with what is infinite, and the low and high word of the sum. */
const WORDS = 4;
const BYTES = 4 * WORDS;

/** What {@link exactAdd} needs beside its views. */
export function exactBytes(output: View): number {
  return sizeOf(output.shape) * BYTES;
}

/** Adds `source` to `output` at `index` along `axis`, with one rounding of what is added to an element. */
export function exactAdd(use: Use): void {
  const { gpu, output } = use, { dtype } = output;
  const cells = gpu.temporary("u32", [sizeOf(output.shape) * WORDS]);
  const strides = contiguousStrides(output.shape).map((step) => step * WORDS);
  const sums = { ...cells, shape: output.shape, strides };
  map(gpu, e.constant(0), [], cells);
  visit(use, "measure", sums, "atomic", (names) => measure(names, dtype));
  visit(use, "sum", sums, "atomic", (names) => sum(names, dtype), { functions: partSource });
  finish(gpu, sums, output);
  gpu.release(cells);
}

// Two bits of the count say whether something in it is infinite, of either sign, or both as NaN is.
function measure({ target, at, value }: Names, dtype: DType): string {
  return `
  let bits = bitcast<u32>(${loaded(value, dtype)});
  let size = bits & 0x7fffffffu;
  if (size < 0x7f800000u) {
    atomicMax(&${target}[${at}], size);
    atomicAdd(&${target}[${at} + 1u], 1u);
  } else {
    let infinite = select(0x40000000u, 0x80000000u, bits >> 31u == 1u);
    atomicOr(&${target}[${at} + 1u], select(infinite, 0xc0000000u, size > 0x7f800000u));
  }`;
}

function sum({ target, at, value }: Names, dtype: DType): string {
  return `
  let bits = bitcast<u32>(${loaded(value, dtype)});
  let size = bits & 0x7fffffffu;
  if (size >= 0x7f800000u) { return; }
  let count = atomicLoad(&${target}[${at} + 1u]) & 0x3fffffffu;
  var part = partOf(size, atomicLoad(&${target}[${at}]), count);
  if (bits >> 31u == 1u) { part = negated(part); }
  let low = atomicAdd(&${target}[${at} + 2u], part.x);
  atomicAdd(&${target}[${at} + 3u], part.y + select(0u, 1u, low + part.x < low));`;
}

const sharedSource = `
fn exponentOf(size: u32) -> i32 { return max(i32(size >> 23u), 1); }
// How many bits as many as that take when they are added.
fn headroom(count: u32) -> i32 { return 32 - i32(countLeadingZeros(count - 1u)); }
fn negated(x: vec2<u32>) -> vec2<u32> { return vec2(0u - x.x, ~x.y + select(0u, 1u, x.x == 0u)); }
`;

// The bits of the largest begin at 2^62, less the headroom.
const partSource = `${sharedSource}
fn partOf(size: u32, largest: u32, count: u32) -> vec2<u32> {
  let mantissa = (size & 0x7fffffu) | select(0u, 0x800000u, size >= 0x800000u);
  let shift = 38 - headroom(count) + exponentOf(size) - exponentOf(largest);
  if (shift < -24) { return vec2(0u, 0u); }
  if (shift < 0) { return vec2((mantissa + (1u << u32(-shift - 1))) >> u32(-shift), 0u); }
  let left = u32(shift);
  if (left >= 32u) { return vec2(0u, mantissa << (left - 32u)); }
  return vec2(mantissa << left, select(mantissa >> ((32u - left) & 31u), 0u, left == 0u));
}
`;

function finish(gpu: Gpu, sums: View, output: View): void {
  const views = [output, sums].map((view) => gpu.fit("scatter", view));
  const walk = shaderWalkOf(views, output.shape);
  gpu.run({
    key: `add sums${walkKey(walk)}`,
    label: "scatter",
    operands: [{ view: views[0], access: "write" }, { view: views[1], access: "read" }],
    words: walkWords(walk),
    source: (names) => finishSource(walk, names, output.dtype),
    workgroups: invocations(walk.size),
  });
}

function finishSource(walk: ShaderWalk, [target, sums]: readonly string[], dtype: DType): string {
  return `${librarySource(["scaled", "roundedToHalf"])}${sharedSource}${totalSource}
${
    eachInvocation(
      word(0),
      `
  ${coordinates(walk, "i")}
  let cell = ${position(walk, 1, "i")};
  let tally = ${sums}[cell + 1u];
  if (tally == 0u) { return; }
  let place = ${position(walk, 0, "i")};
  var total = totalOf(vec2(${sums}[cell + 2u], ${sums}[cell + 3u]), ${sums}[cell], tally & 0x3fffffffu);
  switch tally >> 30u {
    case 1u: { total = fromBits(0x7f800000u); }
    case 2u: { total = fromBits(0xff800000u); }
    case 3u: { total = fromBits(0x7fc00000u); }
    default: {}
  }
  ${target}[place] = ${stored(`${loaded(`${target}[place]`, dtype)} + total`, dtype)};`,
    )
  }`;
}

// The leading 24 bits, rounded half to even by all that follow.
const totalSource = `
fn totalOf(sum: vec2<u32>, largest: u32, count: u32) -> f32 {
  let isNegative = sum.y >> 31u == 1u;
  var size = sum;
  if (isNegative) { size = negated(sum); }
  if ((size.x | size.y) == 0u) { return 0f; }
  let zeros = select(countLeadingZeros(size.y), 32u + countLeadingZeros(size.x), size.y == 0u);
  var lead = size.x;
  var rest = 0u;
  if (size.y != 0u) {
    lead = (size.y << zeros) | select(size.x >> ((32u - zeros) & 31u), 0u, zeros == 0u);
    rest = size.x << zeros;
  } else {
    lead = size.x << (zeros - 32u);
  }
  let kept = lead >> 8u;
  let tail = 2u * (lead & 0xffu) + select(0u, 1u, rest != 0u);
  let isUp = tail > 256u || (tail == 256u && (kept & 1u) == 1u);
  let exponent = exponentOf(largest) + headroom(count) - i32(zeros) - 148;
  let total = scaled(f32(kept + select(0u, 1u, isUp)), exponent);
  return select(total, -total, isNegative);
}
`;
