/**
 * The source of elimination in twice the precision of f32: numbers are sums of two (Dekker, "A floating-point technique
 * for extending the available precision", 1971). The determinant of a singular matrix is then as small as in f64.
 */
import { zero } from "./matrix_batch.ts";
import { powers } from "./reflectors_source.ts";
import { measured, shared } from "./rotations_source.ts";
import { type Element, SIDE, THREADS } from "./small_matrices_source.ts";

// What `keep` returns is no longer known to compilers, which otherwise take sums and products in any order. A size that
// is none has no small part. Halves of 12 bits have exact products.
const arithmetic = `
fn keep(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ ${zero}); }
fn isLostAt(x: f32) -> bool { return sizeOf(x) >= 0x7f800000u; }
fn sumOf(x: f32, y: f32) -> vec2<f32> {
  let s = keep(x + y);
  let t = keep(s - x);
  let r = keep(s - t);
  return vec2<f32>(s, select(keep(x - r) + keep(y - t), 0f, isLostAt(s)));
}
fn productOf(x: f32, y: f32) -> vec2<f32> {
  let p = keep(x * y);
  let a = bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
  let b = bitcast<f32>(bitcast<u32>(y) & 0xfffff000u);
  let c = keep(x - a);
  let d = keep(y - b);
  let first = keep(a * b - p);
  return vec2<f32>(p, keep(keep(first + a * d) + c * b) + c * d);
}
fn times(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
  let p = productOf(x.x, y.x);
  return sumOf(p.x, p.y + (x.x * y.y + x.y * y.x));
}
fn less(x: vec2<f32>, y: vec2<f32>, z: vec2<f32>) -> vec2<f32> {
  let p = productOf(y.x, z.x);
  let s = sumOf(x.x, -p.x);
  let t = s.y + (x.y - (p.y + (y.x * z.y + y.y * z.x)));
  return sumOf(s.x, select(t, 0f, isLostAt(s.x)));
}
fn quotient(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
  let q = x.x / y.x;
  let r = less(x, vec2<f32>(q, 0f), y).x / y.x;
  return sumOf(q, select(r, 0f, isLostAt(r)));
}`;

/** Memory of a matrix, of what is best in each row and in all, of orders, and of whether exchanges are odd. */
export const room: string = `var<workgroup> a: array<vec2<f32>, ${SIDE * SIDE}>;
var<workgroup> rows: array<u32, ${SIDE}>;
var<workgroup> order: array<u32, ${SIDE}>;
var<workgroup> found: array<u32, ${SIDE}>;
var<workgroup> best: vec2<u32>;
var<workgroup> bad: u32;
var<workgroup> odd: u32;
${shared}
${powers}
${arithmetic}`;

const each = (body: string) =>
  `for (var e = thread; e < m * n; e += ${THREADS}u) { let i = e / n; let j = e % n; ${body} }`;

// The largest element of each row first, from (k, k) on or in column k alone, then the first of the largest.
function chosen(isComplete: boolean, told: string): string {
  const size = (row: string) => `abs(a[${row} * n + found[${row}]].x)`;
  return `for (var i = k + thread; i < m; i += ${THREADS}u) {
      found[i] = k;
      ${
    isComplete
      ? "for (var j = k + 1u; j < n; j++) { if (abs(a[i * n + j].x) > abs(a[i * n + found[i]].x)) { found[i] = j; } }"
      : ""
  }
    }
    workgroupBarrier();
    if (thread == 0u) {
      var row = k;
      for (var i = k + 1u; i < m; i++) { if (${size("i")} > ${size("row")}) { row = i; } }
      best = vec2<u32>(row, found[row]);
      odd ^= select(0u, 1u, row != k) ^ select(0u, 1u, found[row] != k);
      ${["rows", "order"].map((list, i) => exchanged(`${list}[k]`, `${list}[best.${"xy"[i]}]`)).join("\n")}
      ${told}
    }
    workgroupBarrier();
    let row = best.x;
    let column = best.y;`;
}

function exchanged(one: string, other: string): string {
  return `{ let kept = ${one}; ${one} = ${other}; ${other} = kept; }`;
}

/**
 * Elimination of a matrix in place, which is scaled where all of it is small, with exchanges of rows, or of columns as
 * well, of which one thread may tell.
 */
export function elimination(from: Element, isComplete: boolean, told = (_: string): string => ""): string {
  return `${measured(each, from("i", "j"))}
  let isLess = most < 0x3f800000u;
  let scale = select(1f, up(most, 0u), isLess);
  ${each(`a[e] = vec2<f32>(${from("i", "j")} * scale, 0f);`)}
  for (var i = thread; i < ${SIDE}u; i += ${THREADS}u) {
    rows[i] = i;
    order[i] = i;
  }
  if (thread == 0u) {
    bad = 0u;
    odd = 0u;
  }
  workgroupBarrier();
  for (var k = 0u; k < min(m, n); k++) {
    ${chosen(isComplete, told("k"))}
    for (var j = thread; j < n; j += ${THREADS}u) { ${exchanged("a[k * n + j]", "a[row * n + j]")} }
    workgroupBarrier();
    for (var i = thread; i < m; i += ${THREADS}u) { ${exchanged("a[i * n + k]", "a[i * n + column]")} }
    workgroupBarrier();
    let pivot = a[k * (n + 1u)];
    if (thread == 0u && pivot.x == 0f && bad == 0u) { bad = k + 1u; }
    if (pivot.x != 0f) {
      for (var i = k + 1u + thread; i < m; i += ${THREADS}u) { a[i * n + k] = quotient(a[i * n + k], pivot); }
    }
    workgroupBarrier();
    ${each("if (i > k && j > k && a[i * n + k].x != 0f) { a[e] = less(a[e], a[i * n + k], a[k * n + j]); }")}
    workgroupBarrier();
  }
  let back = select(1f, down(most, 0u), isLess);
  `;
}

/** The product of the diagonal, with the sign of the exchanges; its power of two is counted apart. */
export function determinant(to: string): string {
  return `if (thread == 0u) {
    var product = vec2<f32>(select(1f, -1f, odd == 1u), 0f);
    let power = select(0, i32(clamp(most >> 23u, 2u, 252u)) - 127, isLess);
    var total = power * i32(n);
    for (var i = 0u; i < n; i++) {
      product = times(product, a[i * (n + 1u)]);
      let size = sizeOf(product.x);
      if (size >= 0x7f800000u || size == 0u) { continue; }
      product *= up(size, 0u);
      total += i32(clamp(size >> 23u, 2u, 252u)) - 127;
    }
    total = clamp(total, -250, 250);
    let half = total / 2;
    let one = bitcast<f32>(u32(half + 127) << 23u);
    let other = bitcast<f32>(u32(total - half + 127) << 23u);
    ${to} = product.x * one * other;
  }`;
}
