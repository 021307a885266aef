import { dtypes, tensor, zeros } from "@tapegrad/core";
import {
  FileFormatError,
  fromSafetensors,
  Linear,
  safetensorsMetadata,
  Sequential,
  type StateDict,
  Tanh,
  toSafetensors,
} from "@tapegrad/nn";
import { assert, assertEquals, assertRejects } from "@std/assert";
import reference from "../reference/safetensors.json" with { type: "json" };
import { backend, testWith } from "../../backend_traits.ts";
import { bytesOfBase64, readDamaged } from "./mutated.ts";

interface Row {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const rows: Readonly<Record<string, Row>> = reference.rows;
const options = backend.dtypes.has("f64") ? {} : { double: "f32" } as const;
const floats: Readonly<Record<string, string>> = { F64: options.double ?? "f64", BOOL: "bool" };

function dtypeOf({ dtype }: Row): string {
  return floats[dtype] ?? (dtype.includes("F") ? "f32" : "i32");
}

async function check(state: StateDict, name: string): Promise<void> {
  const x = state[name], row = rows[name];
  assertEquals([x.dtype, x.shape, [...await x.data()]], [dtypeOf(row), row.shape, row.data], name);
}

/** A file of a header, in JSON unless it is a text, and so many bytes behind it. */
function fileOf(header: unknown, length = 0): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + length);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  return out;
}

function entry(begin: number, end: number, more: object = {}): object {
  return { dtype: "U8", shape: [end - begin], data_offsets: [begin, end], ...more };
}

async function refusal(file: Uint8Array, message: string): Promise<FileFormatError> {
  return await assertRejects(() => fromSafetensors(file), FileFormatError, message);
}

Deno.test("a model saved by PyTorch is loaded and gives what PyTorch's gives", async () => {
  const model = new Sequential(new Linear(3, 4), new Tanh(), new Linear(4, 2));
  model.loadStateDict(await fromSafetensors(bytesOfBase64(reference.model)));
  const x = tensor(reference.x.data).reshape(reference.x.shape), y = await model.forward(x).data();
  y.forEach((value, i) => assert(Math.abs(value - reference.y.data[i]) < 1e-6));
});

Deno.test("a state dict is written byte by byte as the script of the reference writes it", async () => {
  const bytes = bytesOfBase64(reference.model);
  assertEquals(await toSafetensors(await fromSafetensors(bytes)), bytes);
});

Deno.test("every dtype is read", async () => {
  const state = await fromSafetensors(bytesOfBase64(reference.every), options);
  assertEquals(Object.keys(state).sort(), Object.keys(rows).sort());
  for (const name of Object.keys(rows)) await check(state, name);
});

testWith({ f16: true }, "F16 stays if asked", async () => {
  const state = await fromSafetensors(bytesOfBase64(reference.every), { ...options, half: "f16" });
  assertEquals([state["F16 ü"].dtype, state["BF16 ü"].dtype], ["f16", "f32"]);
  assertEquals([...await state["F16 ü"].data()], rows["F16 ü"].data);
});

Deno.test("every dtype comes back, each at a multiple of its width, with the metadata", async () => {
  const held = dtypes.filter((dtype) => backend.dtypes.has(dtype));
  const state = Object.fromEntries(held.map((dtype) => [dtype, tensor([[0, 1, 1]], { dtype })]));
  const metadata = { format: "np", note: "ä\n", ["__proto__"]: "" };
  const file = await toSafetensors(state, { metadata });
  assertEquals(await safetensorsMetadata(new Blob([file]).stream()), metadata);
  const back = await fromSafetensors(file, { half: "f16" });
  for (const dtype of held) {
    assertEquals([back[dtype].dtype, await back[dtype].array()], [dtype, await state[dtype].array()]);
  }
  assertEquals(new DataView(file.buffer).getUint32(0, true) % 8, 0);
  assertEquals(await fromSafetensors(await toSafetensors({})), {});
  assertEquals(await safetensorsMetadata(fileOf({})), {});
});

Deno.test("integers of 64 bits that are no i32 are refused, with the element and its byte", async () => {
  const file = bytesOfBase64(reference.long);
  const error = await refusal(file, "element 1 is -2147483649, and i64 is read as i32");
  assertEquals(error.byte, file.length - 8);
});

Deno.test("headers that claim what is not there are refused before anything is made", async () => {
  await refusal(new Uint8Array(7), "at byte 0: it has 7 bytes");
  await refusal(fileOf({}).with(6, 255), "its header is said to have");
  await refusal(fileOf({}).with(1, 1), "its header is said to have 258 bytes and can have 2");
  const huge = { dtype: "F32", shape: [2 ** 40], "data_offsets": [0, 2 ** 42] };
  await refusal(fileOf({ w: huge }), "it was cut off, fetch it again");
  await refusal(
    fileOf({ w: { ...huge, data_offsets: [0, 4] } }, 4),
    "takes 4398046511104 bytes and there are 4",
  );
  await refusal(fileOf({ w: entry(0, 0, { shape: [2 ** 52, 4, 0] }) }), "no tensor has its shape");
});

Deno.test("headers that are none are refused", async () => {
  await refusal(fileOf(""), 'its header begins with ""');
  await refusal(fileOf("[]"), 'begins with "[]"');
  await refusal(fileOf(" {}"), 'begins with " {}"');
  await refusal(fileOf("{"), "its header is no JSON");
  await refusal(fileOf("{}").with(8, 255), "its header is not UTF-8");
  await refusal(fileOf({ w: 3 }), '"w" is 3: its dtype, shape and data_offsets are needed');
  await refusal(fileOf({ w: entry(0, 1, { dtype: "F8_E4M3" }) }, 1), '"w" has dtype "F8_E4M3"');
  await refusal(fileOf({ w: entry(0, 1, { dtype: "toString" }) }, 1), '"w" has dtype "toString"');
  for (const shape of [1, [-1], [0.5], ["1"], null]) {
    await refusal(fileOf({ w: entry(0, 1, { shape }) }, 1), '"w" has shape');
  }
  for (const offsets of [1, [0], [0, 1, 2], [1, 0], [-1, 0], [0, "1"], [0, 2 ** 60]]) {
    await refusal(fileOf({ w: entry(0, 1, { data_offsets: offsets }) }, 1), '"w" has data_offsets');
  }
  await refusal(fileOf({ __metadata__: { a: 1 } }), "its metadata have 1: texts by name are needed");
  await refusal(fileOf({ __metadata__: ["a"] }), "its metadata have an array of 1");
  await refusal(fileOf({ __metadata__: null }), "its metadata have null");
});

Deno.test("names are there once, wherever, and named with their byte", async () => {
  const twice = JSON.stringify(entry(0, 0));
  const error = await refusal(fileOf(`{"ü" : ${twice}, "\\u00fc":${twice}}`), '"ü" is there twice');
  assertEquals(error.byte, 8 + `{"x_" : ${twice}, `.length);
  await refusal(fileOf(`{"w":${twice.replace("{", '{"shape":[9],')}}`), '"shape" is there twice');
  await refusal(fileOf('{"__metadata__":{"a":"{","a":"\\""}}'), '"a" is there twice');
  const state = await fromSafetensors(fileOf(`{"\\"w\\\\":${twice},"{":${twice},"__proto__":${twice}}`));
  assertEquals(Object.keys(state), ['"w\\', "{", "__proto__"]);
});

Deno.test("tensors fill the file, without a gap or an overlap", async () => {
  await refusal(fileOf({ a: entry(0, 2), b: entry(1, 3) }, 3), '"b" begins at byte');
  await refusal(fileOf({ a: entry(0, 2), b: entry(1, 3) }, 3), "overlaps with what is before it");
  await refusal(fileOf({ a: entry(0, 2), b: entry(0, 2) }, 2), "overlaps with what is before it");
  await refusal(fileOf({ a: entry(3, 4), b: entry(0, 2) }, 4), '"a" begins at byte');
  await refusal(fileOf({ a: entry(1, 2) }, 2), "leaves a gap before it");
  await refusal(fileOf({ a: entry(0, 2) }, 3), "1 bytes are behind the last tensor");
  const state = await fromSafetensors(fileOf({ z: entry(2, 2), a: entry(2, 3), b: entry(0, 2) }, 3));
  assertEquals([state.z.shape, state.a.shape, state.b.shape], [[0], [1], [2]]);
});

Deno.test("a header of 20,000 names is read in time", async () => {
  const names = Array.from({ length: 20000 }, (_, i) => [`layers.${i}.weight`, entry(i, i + 1)] as const);
  const { metadata, header } = { metadata: { note: "x".repeat(1e6) }, header: Object.fromEntries(names) };
  const file = fileOf({ __metadata__: metadata, ...header }, names.length), start = performance.now();
  assertEquals(await safetensorsMetadata(file), metadata);
  assert(performance.now() - start < 5000);
});

Deno.test("what cannot be written is refused", async () => {
  const w = zeros([1]);
  await assertRejects(() => toSafetensors({ __metadata__: w }), TypeError, "metadata stand there");
  await assertRejects(
    () => toSafetensors({ w }, { metadata: { a: 1 } } as never),
    TypeError,
    'with "a" as 1',
  );
  await assertRejects(() => toSafetensors({ w: 1 } as never), TypeError, 'a safetensors file with "w" as 1');
  await assertRejects(() => safetensorsMetadata("w" as never), TypeError, "pass its bytes");
});

testWith({ f64: true }, "10,000 damaged safetensors files are refused or read", async () => {
  const files = [reference.every, reference.model].map(bytesOfBase64);
  const { refused, read } = await readDamaged(10000, files, async (bytes) => {
    const state = await fromSafetensors(bytes), back = await fromSafetensors(await toSafetensors(state));
    for (const [name, x] of Object.entries(state)) assertEquals(await back[name].data(), await x.data());
  });
  assert(refused > 5000 && read > 300, `${refused} refused, ${read} read`);
});
