/** The source of exponentials by scaling and squaring. */
import { powers } from "./reflectors_source.ts";
import { measured, shared } from "./rotations_source.ts";
import { type Element, SIDE, THREADS } from "./small_matrices_source.ts";

/** Terms of the series, whose rest is below ε of f32 up to a norm of one half. */
const TERMS = 9;

/** Memory of a matrix, of what is made of it, and of how often it is halved. */
export const room: string = `var<workgroup> a: array<f32, ${SIDE * SIDE}>;
var<workgroup> r: array<f32, ${SIDE * SIDE}>;
var<workgroup> halved: u32;
${shared}
${powers}`;

const each = (body: string) => `for (var e = thread; e < n * n; e += ${THREADS}u) { ${body} }`;

// Each element of r from the sum of products of a row of `left` and a column of r.
function multiplied(left: "a" | "r", finished: (sum: string) => string): string {
  return `var held: array<f32, ${SIDE * SIDE / THREADS}>;
    ${
    each(`let row = e - e % n;
      var sum = 0f;
      for (var k = 0u; k < n; k++) { sum += ${left}[row + k] * r[k * n + e % n]; }
      held[e / ${THREADS}u] = ${finished("sum")};`)
  }
    workgroupBarrier();
    ${each(`r[e] = held[e / ${THREADS}u];`)}
    workgroupBarrier();`;
}

const sumsOfColumns = (body: string) =>
  `for (var j = thread; j < n; j += ${THREADS}u) {
    var total = 0f;
    for (var i = 0u; i < n; i++) { total += abs(a[i * n + j]); }
    ${body}
  }`;

/** The exponential, NaN where there is no finite matrix. */
export function exponential(from: Element, to: Element): string {
  return `${each(`a[e] = ${from("e / n", "e % n")};`)}
  workgroupBarrier();
  ${measured(sumsOfColumns, "total")}
  if (thread == 0u) { halved = select(clamp(most >> 23u, 125u, 225u) - 125u, 0u, isLost); }
  let halvings = workgroupUniformLoad(&halved);
  let scale = bitcast<f32>((127u - halvings) << 23u);
  ${
    each(`a[e] = select(a[e] * scale, 0f, isLost);
    r[e] = a[e] / ${TERMS}f;`)
  }
  workgroupBarrier();
  for (var term = ${TERMS - 1}u; term > 0u; term--) {
    ${multiplied("a", (sum) => `(a[e] + ${sum}) / f32(term)`)}
  }
  ${each("if (e % (n + 1u) == 0u) { r[e] += 1f; }")}
  workgroupBarrier();
  for (var i = 0u; i < halvings; i++) {
    ${multiplied("r", (sum) => sum)}
  }
  ${
    each(`let i = e / n;
    let j = e % n;
    ${to("i", "j")} = select(r[e], nothing, isLost);`)
  }`;
}
