import type { DType, Shape } from "@tapegrad/core/backend";
import { IndexError } from "@tapegrad/core";
import { assertThrows } from "@std/assert";
import { fold } from "../../../../backends/wasm/kernels/fold.ts";
import { gather, scatter } from "../../../../backends/wasm/kernels/indexing.ts";
import { anyView, assertAgrees, type Call, Draws, filled, heaps, type HostView, onWasm } from "./agree.ts";

const dtypes: readonly DType[] = ["f32", "f64", "i32", "u32", "bool", "f16"];
const plain = dtypes.filter((dtype) => dtype !== "f16");

const shapes: readonly Shape[] = [[7], [5, 4], [4, 5, 6], [3, 33], [2, 1, 9, 2], [0, 3], [3, 0], [1]];

function numbers(draws: Draws, view: HostView): HostView {
  const { dtype } = view, isWhole = dtype !== "f32" && dtype !== "f64" && dtype !== "f16";
  return filled(
    view,
    () => dtype === "bool" ? draws.below(2) : isWhole ? draws.below(2 ** 31) : draws.next() - 0.5,
  );
}

interface Case {
  readonly x: HostView;
  readonly index: HostView;
  readonly axis: number;
  readonly draws: Draws;
}

// An index of any layout into x along an axis; its other extents are x's.
function anyCase(seed: number, dtype: DType): Case {
  const draws = new Draws(seed), shape = draws.of(shapes), axis = draws.below(shape.length);
  const count = shape[axis] === 0 ? 0 : draws.below(40), extents = shape.with(axis, count);
  const index = anyView(draws, draws.of(["i32", "u32"]), extents, { repeats: true });
  const x = numbers(draws, anyView(draws, dtype, shape, { repeats: true }));
  return { x, index: filled(index, () => draws.below(shape[axis])), axis, draws };
}

Deno.test("gather moves the elements that the cpu's does, whatever the layouts", () => {
  for (let seed = 0; seed < 600; seed++) {
    const { x, index, axis, draws } = anyCase(seed, dtypes[seed % dtypes.length]);
    const output = numbers(draws, anyView(draws, x.dtype, index.shape));
    assertAgrees(gather, { name: "gather", inputs: [x, index], outputs: [output], attributes: { axis } });
  }
});

Deno.test("gather copies rows of one index as they are", () => {
  const draws = new Draws(1), x = numbers(draws, anyView(new Draws(3), "f32", [50, 40]));
  const index = filled(
    { ...anyView(draws, "i32", [60]), shape: [60, 40], strides: [1, 0], offset: 0 },
    (i) => i % 50,
  );
  const output = { ...anyView(draws, "f32", [60 * 40]), shape: [60, 40], strides: [40, 1], offset: 0 };
  assertAgrees(gather, { name: "gather", inputs: [x, index], outputs: [output], attributes: { axis: 0 } });
});

for (const kind of ["add", "set"] as const) {
  Deno.test(`scatter ${kind} writes in the order of the cpu's`, () => {
    const known = kind === "add" ? plain : dtypes;
    for (let seed = 0; seed < 600; seed++) {
      const { x, index, axis, draws } = anyCase(seed, known[seed % known.length]);
      const source = numbers(draws, anyView(draws, x.dtype, index.shape, { repeats: true }));
      const output = numbers(draws, anyView(draws, x.dtype, x.shape));
      const call = {
        name: "scatter",
        inputs: [x, index, source],
        outputs: [output],
        attributes: { axis, kind },
      };
      assertAgrees(scatter, call);
    }
  });
}

for (const kind of ["add", "prod", "max", "min"] as const) {
  Deno.test(`scatter ${kind} of rows of one index, which repeat, is the cpu's to the bit`, () => {
    for (let seed = 0; seed < 60; seed++) {
      const draws = new Draws(seed), dtype = draws.of(["f32", "f64", "i32", "u32"] as const);
      const width = 16 + draws.below(40), rows = 60, heap = heaps[seed % heaps.length];
      const lain = (n: number): HostView => {
        return { ...anyView(draws, dtype, [n * width]), shape: [n, width], strides: [width, 1], offset: 0 };
      };
      const small = (view: HostView) =>
        filled(view, (i) => i % 9 === 0 ? (dtype[0] === "f" ? NaN : 3) : draws.below(4));
      const numbers = { ...anyView(draws, "i32", [rows]), shape: [rows, width], strides: [1, 0], offset: 0 };
      const index = filled(numbers, (i) => (i * i) % 7), attributes = { axis: 0, kind };
      const call = {
        name: "scatter",
        inputs: [small(lain(7)), index, small(lain(rows))],
        outputs: [lain(7)],
        attributes,
      };
      assertAgrees(scatter, call, heap);
    }
  });
}

Deno.test("scatter writes in place where x is the output", () => {
  const draws = new Draws(5), shape = [6, 5];
  const output = filled(anyView(draws, "i32", shape), (i) => i), x = output;
  const index = filled(anyView(draws, "i32", shape), () => draws.below(6));
  const source = filled(anyView(draws, "i32", shape), (i) => 100 * i);
  const apart = { name: "scatter", inputs: [x, index, source], outputs: [output] };
  assertAgrees(scatter, { ...apart, attributes: { axis: 0, kind: "add" } });
});

Deno.test("an index out of range is an error that names it", () => {
  const x = filled(anyView(new Draws(1), "f32", [3, 4]), () => 1),
    output = anyView(new Draws(2), "f32", [2, 4]);
  const calls = (bad: number): Call => {
    const index = filled(anyView(new Draws(3), "i32", [2, 4]), () => 1);
    index.buffer[index.offset + index.strides[0] + 2 * index.strides[1]] = bad;
    return { name: "gather", inputs: [x, index], outputs: [output], attributes: { axis: 0 } };
  };
  for (const bad of [3, -1, 2 ** 31 - 1]) {
    const said = `Cannot gather along axis 0: index ${bad} is out of range, the extent is 3`;
    assertThrows(() => onWasm(gather, calls(bad)), IndexError, said);
  }
});

Deno.test("fold adds windows up in the order of the cpu's", () => {
  const windows: readonly Shape[] = [[4, 3], [2, 5, 3], [5, 2, 4], [3, 2, 4, 5, 3], [6, 1], [0, 3], [3, 0], [
    2,
    0,
    2,
  ]];
  for (let seed = 0; seed < 500; seed++) {
    const draws = new Draws(seed), dtype = plain[seed % plain.length], shape = draws.of(windows);
    const axis = draws.below(shape.length - 1), step = 1 + draws.below(3), size = shape.at(-1)!;
    const extent = Math.max(0, (shape[axis] - 1) * step + size) + draws.below(3);
    const output = numbers(draws, anyView(draws, dtype, shape.slice(0, -1).with(axis, extent)));
    const input = numbers(draws, anyView(draws, dtype, shape, { repeats: true }));
    const attributes = { axis, step, extent };
    assertAgrees(fold, { name: "fold", inputs: [input], outputs: [output], attributes });
  }
});
