/**
 * The source of kernels of small matrices: of `m` rows and `n` columns, in rows of the workgroup's `a`. Extents are
 * parameters, for a kernel of each would take longer to be made than it runs.
 */

/** How many threads a matrix has. */
export const THREADS = 64;

/** Text of an element. */
export type Element = (i: string, j?: string) => string;

/** So many rows and columns at most. */
export const SIDE = 32;

/** A workgroup's memory of a matrix, of which row is the best for a pivot, and of the first one that is none. */
export const room: string = `var<workgroup> a: array<f32, ${SIDE * SIDE}>;
var<workgroup> best: u32;
var<workgroup> bad: u32;`;

// Each element `e` by one thread, its row `i` and its column `j`.
function each(body: string): string {
  return `for (var e = thread; e < m * n; e += ${THREADS}u) { let i = e / n; let j = e % n; ${body} }`;
}

/** Brings a matrix into the memory. */
export function loaded(from: Element): string {
  return `${each(`a[e] = ${from("i", "j")};`)}
  if (thread == 0u) { bad = 0u; }
  workgroupBarrier();
  `;
}

/** Writes it, after a last statement of one thread. */
export function stored(to: Element, last: string): string {
  return `${each(`${to("i", "j")} = a[e];`)}
  if (thread == 0u) { ${last} }`;
}

/** The factor of a positive definite matrix, all NaN where it is none. */
export function cholesky(
  { from, to, info, report }: { from: Element; to: Element; info: string; report: string },
): string {
  const below = each(`if (j > k && i >= j) { a[e] -= a[i * n + k] * a[j * n + k]; }`);
  return `${loaded(from)}
  for (var k = 0u; k < n; k++) {
    let pivot = a[k * (n + 1u)];
    let root = sqrt(max(pivot, 0f));
    workgroupBarrier();
    if (thread == 0u) {
      if (!(pivot > 0f) && bad == 0u) { bad = k + 1u; }
      a[k * (n + 1u)] = root;
    }
    for (var i = k + 1u + thread; i < n; i += ${THREADS}u) { a[i * n + k] /= root; }
    workgroupBarrier();
    ${below}
    workgroupBarrier();
  }
  ${each(`${to("i", "j")} = select(select(a[e], nothing, bad > 0u), 0f, j > i);`)}
  if (thread == 0u) {
    ${info} = i32(bad);
    if (bad > 0u) { ${report} }
  }`;
}

/** Elimination with row exchanges, in place; `chosen` is told of each row k that `best` comes to. */
export function elimination(from: Element, chosen: (k: string) => string): string {
  const rest = each(`if (i > k && j > k) { a[e] -= a[i * n + k] * a[k * n + j]; }`);
  return `${loaded(from)}
  for (var k = 0u; k < min(m, n); k++) {
    if (thread == 0u) {
      best = k;
      var most = abs(a[k * n + k]);
      for (var i = k + 1u; i < m; i++) {
        let size = abs(a[i * n + k]);
        if (size > most) { most = size; best = i; }
      }
      ${chosen("k")}
    }
    workgroupBarrier();
    let row = best;
    for (var j = thread; j < n; j += ${THREADS}u) {
      let kept = a[k * n + j];
      a[k * n + j] = a[row * n + j];
      a[row * n + j] = kept;
    }
    workgroupBarrier();
    let pivot = a[k * n + k];
    if (thread == 0u && pivot == 0f && bad == 0u) { bad = k + 1u; }
    let divisor = select(pivot, 1f, pivot == 0f);
    for (var i = k + 1u + thread; i < m; i += ${THREADS}u) { a[i * n + k] /= divisor; }
    workgroupBarrier();
    ${rest}
    workgroupBarrier();
  }
  `;
}

/** Has a thread change a column `x` of n elements, for each of `columns`. */
export function eachColumn([from, to]: readonly [Element, Element], change: string): string {
  const copied = (text: string) => `for (var i = 0u; i < n; i++) { ${text} }`;
  return `for (var c = thread; c < columns; c += ${THREADS}u) {
    var x: array<f32, ${SIDE}>;
    ${copied(`x[i] = ${from("i", "c")};`)}
    ${change}
    ${copied(`${to("i", "c")} = x[i];`)}
  }`;
}

/** A triangle of a matrix or, `isTurned`, of its transpose. */
export interface Triangle {
  readonly isTurned: boolean;
  /** As it is solved with. */
  readonly isUpper: boolean;
  readonly unit: boolean;
}

/** Solves with a triangle over `x`. */
export function substitution({ isTurned, isUpper, unit }: Triangle): string {
  const at = (i: string, k: string) => isTurned ? `a[${k} * n + ${i}]` : `a[${i} * n + ${k}]`;
  const [from, to] = isUpper ? ["i + 1u", "n"] : ["0u", "i"];
  return `for (var step = 0u; step < n; step++) {
      let i = ${isUpper ? `(n - 1u) - step` : "step"};
      var rest = x[i];
      for (var k = ${from}; k < ${to}; k++) { rest -= ${at("i", "k")} * x[k]; }
      x[i] = ${unit ? "rest" : `rest / ${at("i", "i")}`};
    }`;
}

/** Exchanges elements of `x` as pivots say, or back. */
export function exchanged(place: (i: string) => string, isBack: boolean): string {
  return `for (var step = 0u; step < n; step++) {
      let i = ${isBack ? `(n - 1u) - step` : "step"};
      let k = min(${place("i")}, (n - 1u));
      let kept = x[i];
      x[i] = x[k];
      x[k] = kept;
    }`;
}

/** The order of n rows after m exchanges, and where each went, by one thread. */
export function permutation(
  place: Element,
  { to, back, report }: { to: Element; back: Element; report: string },
): string {
  return `if (thread == 0u) {
    var list: array<i32, ${SIDE}>;
    for (var i = 0u; i < n; i++) { list[i] = i32(i); }
    for (var i = 0u; i < m; i++) {
      let k = ${place("i")} - 1;
      if (k < 0 || k >= i32(n)) { ${report} continue; }
      let kept = list[i];
      list[i] = list[k];
      list[k] = kept;
    }
    for (var i = 0u; i < n; i++) {
      ${to("i")} = list[i];
      ${back("u32(list[i])")} = i32(i);
    }
  }`;
}
