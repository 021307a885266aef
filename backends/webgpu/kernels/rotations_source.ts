/**
 * The source of Jacobi's rotations: of `side` rows and columns, which is even, pairs of them are turned all at once, in
 * `side - 1` rounds each with each.
 */
import { THREADS } from "./small_matrices_source.ts";

/** More sweeps than any matrix takes. */
const SWEEPS = 24;

/** What {@link measured} needs. */
export const shared = "var<workgroup> whole: atomic<u32>;";

/** What is shared by all rotations. */
export const room: string = `${shared}
var<workgroup> turned: array<u32, ${THREADS}>;
var<workgroup> goes: u32;
// Rows of the t-th pair in a round.
fn pairOf(t: u32, round: u32, side: u32) -> vec2<u32> {
  let last = side - 1u;
  if (t == 0u) { return vec2<u32>(round, last); }
  let one = (round + t) % last;
  let other = (round + last - t) % last;
  return vec2<u32>(min(one, other), max(one, other));
}
// Of the angle that makes \`beside\` 0 between x and y on the diagonal, the smaller one.
fn tangentOf(x: f32, y: f32, beside: f32) -> f32 {
  let gap = y - x;
  if (abs(gap) > 16384f * abs(beside)) { return beside / gap; }
  let zeta = gap / (2f * beside);
  return select(1f, -1f, zeta < 0f) / (abs(zeta) + sqrt(1f + zeta * zeta));
}
// The tangent, the sine, and that of the half angle: x - s (y + h x) and y + s (x - h y) are turned.
fn turnOf(t: f32) -> vec3<f32> {
  var c = 1f / sqrt(1f + t * t);
  var s = t * c;
  let over = 0.5f * fma(s, s, fma(c, c, -1f));
  c -= c * over;
  s -= s * over;
  return vec3<f32>(t, s, s / (1f + c));
}
fn turn(x: f32, y: f32, by: vec3<f32>) -> vec2<f32> {
  return vec2<f32>(x - by.y * (y + by.z * x), y + by.y * (x - by.z * y));
}`;

/** Finds the largest size of all that is loaded, of which `size` is one, before `rest`. */
export function measured(each: (body: string) => string, size: string): string {
  return `if (thread == 0u) { atomicStore(&whole, 0u); }
  workgroupBarrier();
  ${each(`atomicMax(&whole, sizeOf(${size}));`)}
  workgroupBarrier();
  let most = atomicLoad(&whole);
  let isLost = most >= 0x7f800000u;
  `;
}

/** Sweeps of rounds until none has turned anything: a round sets `moved` where it does. */
export function sweeps(round: string): string {
  return `for (var sweep = 0u; sweep < ${SWEEPS}u; sweep++) {
    var moved = 0u;
    for (var round = 0u; round < side - 1u; round++) {
      ${round}
    }
    turned[thread] = moved;
    workgroupBarrier();
    if (thread == 0u) {
      goes = 0u;
      for (var t = 0u; t < ${THREADS}u; t++) { goes |= turned[t]; }
    }
    if (workgroupUniformLoad(&goes) == 0u) { break; }
  }
  `;
}

/** The place of the i-th number in an order, of so many: those that are equal stay in turn. */
export function placed(number: (i: string) => string, comesBefore: ">" | "<", count = "n"): string {
  return `var place = 0u;
    for (var j = 0u; j < ${count}; j++) {
      if (${number("j")} ${comesBefore} ${number("i")} || (${number("j")} == ${
    number("i")
  } && j < i)) { place++; }
    }`;
}
