/** The source of eigenvalues of symmetric matrices, by rotations of rows and columns (Jacobi, 1846). */
import { powers } from "./reflectors_source.ts";
import { measured, placed, room as rotations, sweeps } from "./rotations_source.ts";
import { type Element, SIDE, THREADS } from "./small_matrices_source.ts";

/** Memory of a matrix, of vectors in rows, and of a round's pairs and what turns each. */
export const room: string = `var<workgroup> a: array<f32, ${SIDE * SIDE}>;
var<workgroup> v: array<f32, ${SIDE * SIDE}>;
var<workgroup> pairs: array<vec2<u32>, ${SIDE / 2}>;
var<workgroup> turns: array<vec3<f32>, ${SIDE / 2}>;
${powers}
${rotations}`;

// Each element of a matrix of so many columns.
function each(rows: string, columns: string): (body: string) => string {
  return (body) =>
    `for (var e = thread; e < ${rows} * ${columns}; e += ${THREADS}u) {
    let i = e / ${columns};
    let j = e % ${columns};
    ${body}
  }`;
}

// What is beside the diagonal counts by what is on it: small eigenvalues of graded matrices are accurate too.
const angles = `if (thread < half) {
        let pair = pairOf(thread, round, side);
        let x = a[pair.x * (side + 1u)];
        let y = a[pair.y * (side + 1u)];
        let beside = a[pair.x * side + pair.y];
        var by = vec3<f32>(0f);
        if (abs(beside) > 0x1p-100f && abs(beside) > 0x1p-25f * sqrt(abs(x)) * sqrt(abs(y))) {
          by = turnOf(tangentOf(x, y, beside));
          moved = 1u;
        }
        pairs[thread] = pair;
        turns[thread] = by;
      }
      workgroupBarrier();`;

// Four elements where the rows of a pair meet the columns of another, and those across the diagonal.
const turnBlocks = each("half", "half")(`if (i > j) { continue; }
        let p = pairs[i];
        let q = pairs[j];
        let by = turns[i];
        if (i == j) {
          if (by.x != 0f) {
            let part = by.x * a[p.x * side + p.y];
            a[p.x * (side + 1u)] -= part;
            a[p.y * (side + 1u)] += part;
            a[p.x * side + p.y] = 0f;
            a[p.y * side + p.x] = 0f;
          }
          continue;
        }
        if (by.x == 0f && turns[j].x == 0f) { continue; }
        let one = turn(a[p.x * side + q.x], a[p.y * side + q.x], by);
        let other = turn(a[p.x * side + q.y], a[p.y * side + q.y], by);
        let top = turn(one.x, other.x, turns[j]);
        let low = turn(one.y, other.y, turns[j]);
        a[p.x * side + q.x] = top.x;
        a[p.x * side + q.y] = top.y;
        a[p.y * side + q.x] = low.x;
        a[p.y * side + q.y] = low.y;
        a[q.x * side + p.x] = top.x;
        a[q.y * side + p.x] = top.y;
        a[q.x * side + p.y] = low.x;
        a[q.y * side + p.y] = low.y;`);

const turnVectors = each("half", "n")(`if (turns[i].x == 0f) { continue; }
        let p = pairs[i];
        let pair = turn(v[p.x * side + j], v[p.y * side + j], turns[i]);
        v[p.x * side + j] = pair.x;
        v[p.y * side + j] = pair.y;`);

/** The eigenvalues, ascending, and vectors where they are wanted, of a matrix of which the lower triangle is read. */
export function eigh(
  { from, values, vectors }: {
    readonly from: Element;
    readonly values: Element;
    readonly vectors: Element | null;
  },
): string {
  const read = from("min(max(i, j), n - 1u)", "min(i, j)");
  return `let side = n + (n & 1u);
  let half = side / 2u;
  ${measured(each("n", "n"), read)}
  ${
    each("side", "side")(`let value = ${read} * up(most, 0u);
    a[e] = select(0f, value, i < n && j < n && !isLost);
    v[e] = select(0f, 1f, i == j);`)
  }
  workgroupBarrier();
  ${
    sweeps(`${angles}
      ${turnBlocks}
      ${vectors ? turnVectors : ""}
      workgroupBarrier();`)
  }
  for (var i = thread; i < n; i += ${THREADS}u) {
    ${placed((i) => `a[${i} * (side + 1u)]`, "<")}
    ${values("place")} = select(a[i * (side + 1u)] * down(most, 0u), nothing, isLost);
    ${
    vectors
      ? `for (var j = 0u; j < n; j++) { ${
        vectors("j", "place")
      } = select(v[i * side + j], nothing, isLost); }`
      : ""
  }
  }`;
}
