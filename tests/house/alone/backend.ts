import { backends, type DType, e, legalize, openBackend, registerBackend } from "@tapegrad/core/backend";
import { assertEquals } from "@std/assert";
import { createToyBackend } from "../../backends/toy_backend.ts";

registerBackend({ name: "toy", create: () => createToyBackend(() => {}) });
assertEquals(backends(), ["toy"]);
const backend = await openBackend("toy"), dtype: DType = "f32", shape = [2], strides = [1], offset = 0;
const [x, y] = [1, 2].map(() => ({ buffer: backend.allocate(dtype, 2), dtype, shape, strides, offset }));
backend.write(x.buffer, Float32Array.of(1, 2));
const knows = { backend: "toy", has: ({ name }: { name: string }) => name === "div" };
const exprs = [legalize(e.reciprocal(e.input(0)), [dtype], knows)];
backend.kernels.get("map")!([x], [y], { name: "reciprocal", exprs } as never);
assertEquals(await backend.read([y]), [Float32Array.of(1, 0.5)]);
