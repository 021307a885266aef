import type { CumulateKind, DType, Shape } from "@tapegrad/core/backend";
import { cumulate } from "../../../../backends/wasm/kernels/cumulate.ts";
import { argsort } from "../../../../backends/wasm/kernels/sort.ts";
import { samples } from "../../layouts.ts";
import { anyView, assertAgrees, Draws, filled, type HostView } from "./agree.ts";

const dtypes: readonly DType[] = ["f32", "f64", "i32", "u32", "bool", "f16"];
const plain = dtypes.filter((dtype) => dtype !== "f16");
const shapes: readonly Shape[] = [[50], [5, 4], [4, 5, 6], [3, 33], [33, 9], [2, 1, 9, 12], [0, 3], [3, 0], [
  700,
  9,
], [1]];

// Special values and many ties.
function special(draws: Draws, view: HostView): HostView {
  const values = samples(view.dtype, 64);
  return filled(view, () => draws.of(values));
}

function resultOf(kind: CumulateKind, dtype: DType): DType {
  return kind === "argmax" || kind === "argmin" || dtype === "bool" ? "i32" : dtype;
}

for (const kind of ["sum", "prod", "argmax", "argmin", "linear"] as const) {
  Deno.test(`cumulate ${kind} leaves what the cpu's does, whatever the layouts`, () => {
    const known = kind === "linear" ? plain.slice(0, 2) : plain;
    for (let seed = 0; seed < 400; seed++) {
      const draws = new Draws(seed), shape = draws.of(shapes), dtype = known[seed % known.length];
      const fill = (view: HostView) =>
        draws.below(3) > 0 && dtype.startsWith("f")
          ? filled(view, () => draws.next() - 0.5)
          : special(draws, view);
      const count = kind === "linear" ? 2 : 1, axis = draws.below(shape.length), reverse = draws.below(2) > 0;
      const inputs = Array.from(
        { length: count },
        () => fill(anyView(draws, dtype, shape, { repeats: true })),
      );
      const output = fill(anyView(draws, resultOf(kind, dtype), shape));
      assertAgrees(cumulate, {
        name: "cumulate",
        inputs,
        outputs: [output],
        attributes: { kind, axis, reverse },
      });
    }
  });
}

Deno.test("argsort has the order of the cpu's, also of ties, zeros and NaN", () => {
  for (let seed = 0; seed < 600; seed++) {
    const draws = new Draws(seed), shape = draws.of(shapes), dtype = dtypes[seed % dtypes.length];
    const axis = draws.below(shape.length), descending = draws.below(2) > 0;
    const input = special(draws, anyView(draws, dtype, shape, { repeats: true }));
    const output = anyView(draws, "i32", shape);
    assertAgrees(argsort, {
      name: "argsort",
      inputs: [input],
      outputs: [output],
      attributes: { axis, descending },
    });
  }
});

Deno.test("argsort orders many numbers of every size", () => {
  for (const dtype of dtypes) {
    const draws = new Draws(7),
      most = { f16: 60000, f32: 1e6, f64: 1e12, i32: 2 ** 31, u32: 2 ** 32, bool: 2 }[dtype];
    const isSigned = dtype !== "u32" && dtype !== "bool";
    const input = filled(anyView(draws, dtype, [3000]), () => (draws.next() - (isSigned ? 0.5 : 0)) * most);
    const outputs = [anyView(draws, "i32", [3000])];
    assertAgrees(argsort, {
      name: "argsort",
      inputs: [input],
      outputs,
      attributes: { axis: 0, descending: false },
    });
  }
});
