import * as kernels from "../../../../backends/conformance/kernels.ts";
import { type Backend, contiguousStrides, e, input, type View } from "@tapegrad/core";
import { webGpuTest } from "../open.ts";
import { type Given, SideBySide, whole } from "../side_by_side.ts";

const add = e.add(e.mul(input(0), 2), input(1));

await webGpuTest(
  "elementwise kernels on views that no kernel can see whole run in parts",
  async (device) => {
    const both = new SideBySide(device), shape = [70, 3, 50], size = 70 * 3 * 50;
    const given = (dtype: Given["dtype"]): Given => ({
      dtype,
      shape,
      fill: dtype === "bool" ? (i) => Number(whole(i) > 0) : whole,
    });
    const run = (
      told: string,
      inputs: readonly Given[],
      call: (b: Backend, i: readonly View[], o: View) => void,
    ) => both.run(told, inputs, { dtype: inputs[0].dtype, shape }, call);
    for (
      const dtype of ["f32", "i32", "bool", ...device.dtypes.has("f16") ? ["f16" as const] : []] as const
    ) {
      const expr = dtype === "bool" ? e.or(input(0), input(1)) : add;
      const two = [given(dtype), given(dtype)];
      run(`${dtype} in a row`, two, (b, [x, y], z) => kernels.map(b, expr, [x, y], z));
      run(`${dtype} turned`, two, (b, [x, y], z) => kernels.map(b, expr, [turned(x), y], z));
      run(`${dtype} into turned`, two, (b, [x, y], z) => kernels.map(b, expr, [x, turned(y)], turned(z)));
      run(`${dtype} backward`, two, (b, [x, y], z) => kernels.map(b, expr, [x, backward(y, size)], z));
      run(
        `${dtype} repeated`,
        two,
        (b, [x, y], z) => kernels.map(b, expr, [x, { ...y, strides: [0, 50, 1] }], z),
      );
    }
    run(
      "one element",
      [given("f32"), { dtype: "f32", shape: [], fill: () => 5 }],
      (b, [x, y], z) => kernels.map(b, add, [x, { ...y, shape, strides: [0, 0, 0] }], z),
    );
    run("in place", [given("f32"), given("f32")], (b, [x, y], z) => {
      kernels.map(b, input(0), [x], z);
      kernels.map(b, add, [z, y], z);
    });
    await both.compare();
  },
  { bindingBytes: 2 ** 12 },
);

/** The elements in another order: column by column. */
function turned(view: View): View {
  const [a, b, c] = view.shape, [x, y, z] = contiguousStrides([c, b, a]);
  return { ...view, strides: [z, y, x] };
}

function backward(view: View, size: number): View {
  return { ...view, strides: view.strides.map((step) => -step), offset: size - 1 };
}

await webGpuTest(
  "what is bound of a large buffer starts where its elements do",
  async (device) => {
    const both = new SideBySide(device), n = 5000;
    const given: Given = { dtype: "f32", shape: [n], fill: whole };
    for (const [offset, step] of [[1, 1], [63, 1], [64, 1], [65, 3], [4990, 1], [4999, -1]]) {
      both.run(
        `from ${offset} by ${step}`,
        [given],
        { dtype: "f32", shape: [10] },
        (backend, [x], z) =>
          kernels.map(backend, input(0), [{ ...x, shape: [10], strides: [step], offset }], z),
      );
      both.run(`into ${offset} by ${step}`, [given, given], given, (backend, [x, y], z) => {
        kernels.map(backend, input(0), [x], z);
        kernels.map(backend, e.neg(input(0)), [{ ...y, shape: [10] }], {
          ...z,
          shape: [10],
          strides: [step],
          offset,
        });
      });
    }
    await both.compare();
  },
  { bindingBytes: 2 ** 10 },
);
