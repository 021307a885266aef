/** What there is no memory for is told in bytes, with what is held, wherever it is asked for. */
import * as tg from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { testWith } from "../../backend_traits.ts";

const MUCH = 1e12, on = { backend: "cpu" };
const vast = (): tg.Tensor => tg.zeros([1], on).expand([MUCH]);

/** What asks for 10¹² elements, and of which dtype it does first. */
const asks: Readonly<Record<string, readonly [dtype: tg.DType, ask: () => unknown]>> = {
  hostArray: ["f16", () => tg.hostArray("f16", MUCH)],
  zeros: ["f32", () => tg.zeros([1e6, 1e6], on)],
  ones: ["f64", () => tg.ones([1e6, 1e6], { ...on, dtype: "f64" })],
  full: ["bool", () => tg.full([MUCH], 1, { ...on, dtype: "bool" })],
  arange: ["f32", () => tg.arange(MUCH)],
  linspace: ["f32", () => tg.linspace(0, 1, MUCH)],
  eye: ["f32", () => tg.eye(1e6)],
  oneHot: ["i32", () => tg.oneHot(tg.tensor([1], { ...on, dtype: "i32" }), MUCH)],
  uniform: ["u32", () => tg.uniform([1e6, 1e6], on)],
  normal: ["u32", () => tg.normal([1e6, 1e6], on)],
  randint: ["u32", () => tg.randint(0, 5, { ...on, shape: [1e6, 1e6] })],
  bernoulli: ["u32", () => tg.bernoulli(0.5, { ...on, shape: [1e6, 1e6] })],
  add: ["f32", () => vast().add(1)],
  matmul: ["f32", () => tg.ones([1e6, 1], on).matmul(tg.ones([1, 1e6], on))],
  contiguous: ["f32", () => vast().contiguous()],
  stack: ["f32", () => tg.stack([tg.ones([1], on).expand([MUCH / 2]), tg.ones([1], on).expand([MUCH / 2])])],
  sort: ["i32", () => vast().sort()],
  cumsum: ["f32", () => vast().cumsum(0)],
  dataSync: ["f32", () => vast().dataSync()],
  arraySync: ["f32", () => vast().arraySync()],
};

for (const [name, [dtype, ask]] of Object.entries(asks)) {
  Deno.test(`${name} says what it asks for in bytes, and what is held`, () => {
    const bytes = MUCH * tg.bytesPerElement(dtype);
    const says = `Cannot allocate ${MUCH} elements of ${dtype}: an array of ${bytes} bytes is more than`;
    const error = assertThrows(ask, RangeError, says);
    assertEquals(/beside \d+ bytes in \d+ buffers that are held/.test(error.message), true, error.message);
  });
}

testWith({ managed: true }, "what is held is what memory() counts", () => {
  tg.scope(() => {
    tg.zeros([1000]).add(1);
    const { bytes, buffers } = tg.memory();
    assertThrows(() => tg.zeros([MUCH]), RangeError, `beside ${bytes} bytes in ${buffers} buffers`);
    assertEquals(bytes >= 8000, true);
  });
});

Deno.test("a copy that there is no memory for is asked of hostArray, which says so", () => {
  const x = tg.tensor([1, 2], on), elements = Float32Array.prototype.slice;
  Float32Array.prototype.slice = () => {
    throw new RangeError("Array buffer allocation failed");
  };
  try {
    assertEquals(x.dataSync(), Float32Array.of(1, 2));
  } finally {
    Float32Array.prototype.slice = elements;
  }
});
