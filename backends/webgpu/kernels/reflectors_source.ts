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

/** Makes the first of Q's columns, as many as there are reflectors, in their place (LAPACK's org2r). */
export const formed: string = `for (var step = 0u; step < min(m, n); step++) {
    let k = (min(m, n) - 1u) - step;
    for (var j = k + 1u + thread; j < min(m, n); j += ${THREADS}u) {
      var total = 0f;
      for (var i = k + 1u; i < m; i++) { total += a[i * n + k] * a[i * n + j]; }
      let part = taus[k] * total;
      a[k * n + j] = -part;
      for (var i = k + 1u; i < m; i++) { a[i * n + j] -= part * a[i * n + k]; }
    }
    workgroupBarrier();
    for (var i = thread; i < m; i += ${THREADS}u) {
      a[i * n + k] = select(-taus[k] * a[i * n + k], select(0f, 1f - taus[k], i == k), i <= k);
    }
    workgroupBarrier();
  }
  `;

// All m columns of Q, a thread each.
function square(q: Element): string {
  return `for (var c = thread; c < columns; c += ${THREADS}u) {
    var x: array<f32, ${SIDE}>;
    for (var i = 0u; i < m; i++) { x[i] = select(0f, 1f, i == c); }
    for (var step = 0u; step < n; step++) {
      let k = (n - 1u) - step;
      var total = x[k];
      for (var i = k + 1u; i < m; i++) { total += a[i * n + k] * x[i]; }
      let part = taus[k] * total;
      x[k] -= part;
      for (var i = k + 1u; i < m; i++) { x[i] -= part * a[i * n + k]; }
    }
    for (var i = 0u; i < m; i++) { ${q("i", "c")} = x[i]; }
  }`;
}

function eachOf(rows: string, columns: string, body: string): string {
  return `for (var e = thread; e < ${rows} * ${columns}; e += ${THREADS}u) {
    let i = e / ${columns};
    let j = e % ${columns};
    ${body}
  }
  `;
}

/** R, of `columns` rows, and Q, of as many columns, which may be more than those of the matrix. */
export function qr(
  { from, q, r, isSquare }: {
    readonly from: Element;
    readonly q: Element;
    readonly r: Element;
    readonly isSquare: boolean;
  },
): string {
  return `${loaded(from)}${triangular()}
  ${eachOf("columns", "n", `${r("i", "j")} = select(a[e], 0f, i > j);`)}
  workgroupBarrier();
  ${isSquare ? square(q) : formed + eachOf("m", "columns", `${q("i", "j")} = a[i * n + j];`)}`;
}

/** What is left of the matrix, and the factors. */
export function packed(
  { from, to, tau }: { readonly from: Element; readonly to: Element; readonly tau: Element },
): string {
  return `${loaded(from)}${triangular()}
  ${eachOf("m", "n", `${to("i", "j")} = a[e];`)}
  for (var k = thread; k < min(m, n); k += ${THREADS}u) { ${tau("k")} = taus[k]; }`;
}
