/**
 * The source of singular values by one-sided Jacobi rotations of what a QR with pivoting leaves (Drmač and Veselić, "New
 * fast and accurate Jacobi SVD algorithm", 2008), as on the host: of matrices with at least as many rows as columns.
 */
import { formed, room as reflectors, triangular } from "./reflectors_source.ts";
import { measured, placed, room as rotations, sweeps } from "./rotations_source.ts";
import { type Element, SIDE, THREADS } from "./small_matrices_source.ts";

/** Rows whose squares sum to no more are taken for zeros: numbers that are much smaller have few digits. */
const NOUGHT = "0x1p-100f";

/** Threads of a pair of rows. */
const SHARE = 2 * THREADS / SIDE;

/**
 * Memory of a matrix and its reflectors, of which column came where; of rows, and how they were turned; of their lengths,
 * and of what threads found of a pair.
 */
export const room: string = `${reflectors}
${rotations}
var<workgroup> order: array<u32, ${SIDE}>;
var<workgroup> places: array<u32, ${SIDE}>;
var<workgroup> lengths: array<f32, ${SIDE}>;
var<workgroup> rows: array<f32, ${SIDE * SIDE}>;
var<workgroup> v: array<f32, ${SIDE * SIDE}>;
var<workgroup> parts: array<vec3<f32>, ${THREADS}>;`;

// The longest column of what is left goes first.
const longest = `for (var j = k + thread; j < n; j += ${THREADS}u) {
      var total = 0f;
      for (var i = k; i < m; i++) { total += a[i * n + j] * a[i * n + j]; }
      lengths[j] = total;
    }
    workgroupBarrier();
    if (thread == 0u) {
      best = k;
      for (var j = k + 1u; j < n; j++) { if (lengths[j] > lengths[best]) { best = j; } }
      let kept = order[k];
      order[k] = order[best];
      order[best] = kept;
    }
    workgroupBarrier();
    let column = best;
    for (var i = thread; i < m; i += ${THREADS}u) {
      let kept = a[i * n + k];
      a[i * n + k] = a[i * n + column];
      a[i * n + column] = kept;
    }
    workgroupBarrier();`;

// A pair of rows by ${SHARE} threads: lengths and the inner product, then both are turned to be orthogonal.
function round(wantsVectors: boolean): string {
  const turned = (name: string) =>
    `let pair = turn(${name}[p * n + k], ${name}[q * n + k], by);
          ${name}[p * n + k] = pair.x;
          ${name}[q * n + k] = pair.y;`;
  return `let rowsOf = pairOf(thread / ${SHARE}u, round, side);
      let p = rowsOf.x;
      let q = rowsOf.y;
      let isPair = thread / ${SHARE}u < side / 2u && q < n;
      var sums = vec3<f32>(0f);
      if (isPair) {
        for (var k = thread % ${SHARE}u; k < n; k += ${SHARE}u) {
          let x = rows[p * n + k];
          let y = rows[q * n + k];
          sums += vec3<f32>(x * x, y * y, x * y);
        }
      }
      parts[thread] = sums;
      workgroupBarrier();
      if (isPair) {
        let at = thread - thread % ${SHARE}u;
        let all = ${Array.from({ length: SHARE }, (_, i) => `parts[at + ${i}u]`).join(" + ")};
        if (min(all.x, all.y) > ${NOUGHT} && abs(all.z) > enough * sqrt(all.x) * sqrt(all.y)) {
          moved = 1u;
          let by = turnOf(tangentOf(all.x, all.y, all.z));
          for (var k = thread % ${SHARE}u; k < n; k += ${SHARE}u) {
            { ${turned("rows")} }
            ${wantsVectors ? `{ ${turned("v")} }` : ""}
          }
        }
      }
      workgroupBarrier();`;
}

const eachNumber = (name: string, body: string) =>
  `for (var ${name} = thread; ${name} < n; ${name} += ${THREADS}u) { ${body} }`;

// Takes off row i what of it lies in others.
const settled = `${
  eachNumber(
    "j",
    `var part = 0f;
        for (var k = 0u; k < n; k++) { part += rows[i * n + k] * rows[j * n + k]; }
        parts[j].x = select(part, 0f, j == i);`,
  )
}
      workgroupBarrier();
      ${eachNumber("k", "for (var j = 0u; j < n; j++) { rows[i * n + k] -= parts[j].x * rows[j * n + k]; }")}
      workgroupBarrier();`;

// Rows of length 0 become unit vectors orthogonal to all others: of all unit vectors that which is farthest from what
// is spanned has a part of at least √(left / n) outside.
const completed = `var next = 0u;
  loop {
    if (thread == 0u) {
      while (next < n && lengths[min(next, n - 1u)] != 0f) { next++; }
      best = next;
      next++;
    }
    let i = workgroupUniformLoad(&best);
    if (i >= n) { break; }
    ${
  eachNumber(
    "k",
    `var outside = 1f;
      for (var j = 0u; j < n; j++) { outside -= rows[j * n + k] * rows[j * n + k]; }
      parts[k].x = outside;`,
  )
}
    workgroupBarrier();
    if (thread == 0u) {
      var farthest = 0u;
      for (var k = 1u; k < n; k++) { if (parts[k].x > parts[farthest].x) { farthest = k; } }
      rows[i * n + farthest] = 1f;
    }
    workgroupBarrier();
    for (var again = 0u; again < 2u; again++) {
      ${settled}
    }
    var total = 0f;
    for (var k = 0u; k < n; k++) { total += rows[i * n + k] * rows[i * n + k]; }
    workgroupBarrier();
    ${eachNumber("k", "rows[i * n + k] /= sqrt(total);")}
    workgroupBarrier();
  }`;

/** What is written: the values, descending, and where they are wanted U and Vᵀ. */
export interface Written {
  readonly values: Element;
  readonly vectors: { readonly u: Element; readonly vh: Element } | null;
}

// The size of each row, before `rest`. Large rows go first, else small ones would lose their digits (Cox and Higham,
// "Stability of Householder QR factorization for weighted least squares problems", 1998).
function measuredRows(from: Element): (rest?: string) => string {
  return (rest = "") =>
    eachRow(`var size = 0u;
    for (var j = 0u; j < n; j++) { size = max(size, sizeOf(${from("i", "j")})); }
    rows[i] = bitcast<f32>(size);
    ${rest}`);
}

function eachRow(body: string): string {
  return `for (var i = thread; i < m; i += ${THREADS}u) { ${body} }`;
}

const placedRow = placed((i) => `rows[${i}]`, ">", "m");

// Rows of Vᵀ, and U: Q times rows of the turns, where its own were before they were in order.
function vectors(from: Element, { u, vh }: NonNullable<Written["vectors"]>): string {
  return `workgroupBarrier();
  ${
    eachOfSquare(
      `let i = e / n; let k = e % n; ${vh("places[i]", "order[k]")} = select(rows[e], nothing, isLost);`,
    )
  }
  ${formed}
  ${measuredRows(from)()}
  workgroupBarrier();
  ${
    eachRow(`${placedRow}
    for (var k = 0u; k < n; k++) {
      var total = 0f;
      for (var j = 0u; j < n; j++) { total += a[place * n + j] * v[k * n + j]; }
      ${u("i", "places[k]")} = select(total, nothing, isLost);
    }`)
  }`;
}

const eachOfSquare = (body: string) => `for (var e = thread; e < n * n; e += ${THREADS}u) { ${body} }`;

/** The thin decomposition. Sizes are about 2⁵⁶, so that squares of what is 2⁻¹⁰⁶ times that are numbers. */
export function svd(from: Element, { values, vectors: wanted }: Written): string {
  return `let side = n + (n & 1u);
  let enough = 0x1p-23f * sqrt(f32(n));
  ${measured(measuredRows(from), "rows[i]")}
  ${
    eachRow(`${placedRow}
    for (var j = 0u; j < n; j++) {
      let value = ${from("i", "j")} * up(most, 56u);
      a[place * n + j] = select(value, 0f, isLost);
    }`)
  }
  for (var j = thread; j < n; j += ${THREADS}u) { order[j] = j; }
  workgroupBarrier();
  ${triangular(longest)}
  ${
    eachOfSquare(`let i = e / n; let j = e % n;
    rows[e] = select(a[e], 0f, i > j);
    v[e] = select(0f, 1f, i == j);`)
  }
  workgroupBarrier();
  ${sweeps(round(wanted !== null))}
  for (var i = thread; i < n; i += ${THREADS}u) {
    var total = 0f;
    for (var k = 0u; k < n; k++) { total += rows[i * n + k] * rows[i * n + k]; }
    let isNothing = total <= ${NOUGHT};
    lengths[i] = select(sqrt(total), 0f, isNothing);
    for (var k = 0u; k < n; k++) { rows[i * n + k] = select(rows[i * n + k] / lengths[i], 0f, isNothing); }
  }
  workgroupBarrier();
  ${wanted ? completed : ""}
  for (var i = thread; i < n; i += ${THREADS}u) {
    ${placed((i) => `lengths[${i}]`, ">")}
    ${values("place")} = select(lengths[i] * down(most, 56u), nothing, isLost);
    places[i] = place;
  }
  ${wanted ? vectors(from, wanted) : ""}`;
}
