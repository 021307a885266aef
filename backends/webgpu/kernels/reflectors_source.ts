/**
 * The source of Householder reflectors `I - τ v vᵀ` with `v[0] = 1`, as LAPACK has them, of a matrix of `m` rows and `n`
 * columns in a workgroup's `a`: below its diagonal lie their vectors, in `taus` their factors.
 */
import { type Element, loaded, room as oneMatrix, SIDE, THREADS } from "./small_matrices_source.ts";

/**
 * Powers of two that bring a number, given its bits without the sign, to between 1 and 2, or 2ⁱ times that, and back: in
 * one factor each, since compilers take factors in any order, of which some would overflow.
 */
export const powers: string = `
fn up(size: u32, i: u32) -> f32 { return bitcast<f32>((254u + i - clamp(size >> 23u, 2u + i, 252u)) << 23u); }
fn down(size: u32, i: u32) -> f32 { return bitcast<f32>((clamp(size >> 23u, 2u + i, 252u) - i) << 23u); }
fn sizeOf(x: f32) -> u32 { return bitcast<u32>(x) & 0x7fffffffu; }`;

/** Memory of a matrix and of its reflectors. */
export const room: string = `${oneMatrix}
var<workgroup> taus: array<f32, ${SIDE}>;
${powers}
struct Reflector { up: f32, divisor: f32, sent: f32, tau: f32 }
// The one of column k, from its diagonal down; a NaN's or an infinity's size is the largest.
fn reflector(k: u32, m: u32, n: u32) -> Reflector {
  let first = a[k * (n + 1u)];
  var most = 0u;
  for (var i = k + 1u; i < m; i++) { most = max(most, sizeOf(a[i * n + k])); }
  if (most == 0u) { return Reflector(1f, 1f, first, 0f); }
  most = max(most, sizeOf(first));
  let power = up(most, 0u);
  let head = first * power;
  var total = head * head;
  for (var i = k + 1u; i < m; i++) {
    let part = a[i * n + k] * power;
    total += part * part;
  }
  let sent = select(sqrt(total), -sqrt(total), head > 0f);
  let divisor = head - sent;
  return Reflector(power, divisor, sent * down(most, 0u), -divisor / sent);
}`;

/** Applies the reflector of column k, which it makes, to the columns beside it. */
const reflected = `let h = reflector(k, m, n);
    workgroupBarrier();
    for (var i = k + 1u + thread; i < m; i += ${THREADS}u) { a[i * n + k] = a[i * n + k] * h.up / h.divisor; }
    if (thread == 0u) {
      a[k * (n + 1u)] = h.sent;
      taus[k] = h.tau;
    }
    workgroupBarrier();
    for (var j = k + 1u + thread; j < n; j += ${THREADS}u) {
      var total = a[k * n + j];
      for (var i = k + 1u; i < m; i++) { total += a[i * n + k] * a[i * n + j]; }
      let part = h.tau * total;
      a[k * n + j] -= part;
      for (var i = k + 1u; i < m; i++) { a[i * n + j] -= part * a[i * n + k]; }
    }
    workgroupBarrier();`;

/** Makes the matrix triangular, after something is done before each column `k`. */
export function triangular(before = ""): string {
  return `for (var k = 0u; k < min(m, n); k++) {
    ${before}
    ${reflected}
  }
  `;
}

/** Applies the product of the first `count` reflectors to `x`, of m elements. */
export function applied(count: string): string {
  return `for (var step = 0u; step < ${count}; step++) {
      let k = (${count} - 1u) - step;
      var total = x[k];
      for (var i = k + 1u; i < m; i++) { total += a[i * n + k] * x[i]; }
      let part = taus[k] * total;
      x[k] -= part;
      for (var i = k + 1u; i < m; i++) { x[i] -= part * a[i * n + k]; }
    }`;
}

/** Q, of `columns` columns, and R, of as many rows. */
export function qr(
  { from, q, r }: { readonly from: Element; readonly q: Element; readonly r: Element },
): string {
  return `${loaded(from)}${triangular()}
  for (var c = thread; c < columns; c += ${THREADS}u) {
    var x: array<f32, ${SIDE}>;
    for (var i = 0u; i < m; i++) { x[i] = select(0f, 1f, i == c); }
    ${applied("min(m, n)")}
    for (var i = 0u; i < m; i++) { ${q("i", "c")} = x[i]; }
  }
  for (var e = thread; e < columns * n; e += ${THREADS}u) {
    let i = e / n;
    let j = e % n;
    ${r("i", "j")} = select(a[e], 0f, i > j);
  }`;
}

/** What is left of the matrix, and the factors. */
export function packed(
  { from, to, tau }: { readonly from: Element; readonly to: Element; readonly tau: Element },
): string {
  return `${loaded(from)}${triangular()}
  for (var e = thread; e < m * n; e += ${THREADS}u) {
    let i = e / n;
    let j = e % n;
    ${to("i", "j")} = a[e];
  }
  for (var k = thread; k < min(m, n); k += ${THREADS}u) { ${tau("k")} = taus[k]; }`;
}
