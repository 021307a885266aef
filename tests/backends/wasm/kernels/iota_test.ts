/** Counting gives each number, however many there are. */
import { iota } from "../../../../backends/wasm/kernels/iota.ts";
import { anyView, assertAgrees, Draws } from "./agree.ts";

Deno.test("iota counts as the cpu's does", () => {
  for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 63, 64, 1001]) {
    for (const dtype of ["u32", "i32"] as const) {
      const output = { ...anyView(new Draws(n), dtype, [n]), strides: [1], offset: 0 };
      assertAgrees(iota, { name: "iota", inputs: [], outputs: [output], attributes: { length: n } });
    }
  }
});
