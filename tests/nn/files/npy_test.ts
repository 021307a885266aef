import { arange, dtypes, read, type Tensor, tensor, zeros } from "@tapegrad/core";
import { FileFormatError, fromNpy, fromNpz, Linear, Sequential, toNpy, toNpz } from "@tapegrad/nn";
import { assert, assertEquals, assertRejects } from "@std/assert";
import reference from "../reference/npy.json" with { type: "json" };
import { backend, testWith } from "../../backend_traits.ts";
import { bytesOfBase64, readDamaged } from "./mutated.ts";

interface Row {
  readonly file: string;
  readonly descr: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string | boolean)[];
  readonly fortran?: boolean;
  readonly version?: number;
}

const rows: readonly Row[] = reference.arrays;
const ours: Readonly<Record<string, string>> = { b1: "bool", u4: "u32", f2: "f32", f4: "f32", f8: "f64" };
const options = backend.dtypes.has("f64") ? {} : { double: "f32" } as const;

function dtypeOf({ descr }: Row): string {
  const dtype = ours[descr.slice(1)] ?? "i32";
  return dtype === "f64" ? options.double ?? dtype : dtype;
}

async function check(x: Tensor, row: Row): Promise<void> {
  assertEquals([x.dtype, x.shape], [dtypeOf(row), row.shape], row.descr);
  const round = x.dtype === "f32" ? Math.fround : (n: number) => n;
  assertEquals(
    [...await x.data()],
    row.data.map((n) =>
      round(Number(String(n).replace("inf", "Infinity").replace("true", "1").replace("false", "0")))
    ),
  );
}

async function refusal(file: Uint8Array, message: string): Promise<FileFormatError> {
  return await assertRejects(() => fromNpy(file), FileFormatError, message);
}

function fileOf(header: string, ...elements: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(
    ...new TextEncoder().encode("\x01NUMPY\x01\x00"),
    header.length,
    0,
    ...new TextEncoder().encode(header),
    ...elements,
  )
    .with(0, 0x93);
}

Deno.test("arrays that NumPy wrote are read: every dtype, order of bytes and of axes, version and rank", async () => {
  for (const row of rows) await check(await fromNpy(bytesOfBase64(row.file), options), row);
});

Deno.test("what NumPy wrote in rows is written byte by byte as NumPy does", async () => {
  const same = ["<i4", "<u4", "<f4", "<f8", "|b1"].filter((descr) =>
    descr !== "<f8" || backend.dtypes.has("f64")
  );
  const plain = rows.filter(({ descr, fortran, version }) =>
    same.includes(descr) && !fortran && version === undefined
  );
  assert(plain.length > 8);
  for (const { file } of plain) {
    const bytes = bytesOfBase64(file);
    assertEquals(await toNpy(await fromNpy(bytes)), bytes);
  }
});

Deno.test("views are written by what they show, and every dtype comes back", async () => {
  const view = arange(6).reshape([2, 3]).transpose(0, 1);
  assertEquals(await (await fromNpy(await toNpy(view))).array(), await view.array());
  for (const dtype of dtypes.filter((each) => backend.dtypes.has(each))) {
    const x = tensor([[0, 1, 1], [1, 0, 1]], { dtype }),
      back = await fromNpy(await toNpy(x), { half: "f16" });
    assertEquals([back.dtype, await back.array()], [dtype, await x.array()]);
  }
});

testWith({ f16: true }, "halves stay halves if asked", async () => {
  for (const row of rows.filter(({ descr }) => descr.endsWith("f2"))) {
    const [kept, wide] = [
      await fromNpy(bytesOfBase64(row.file), { half: "f16" }),
      await fromNpy(bytesOfBase64(row.file)),
    ];
    assertEquals([kept.dtype, await kept.to("f32").array()], ["f16", await wide.array()]);
  }
});

Deno.test("every half float is widened to its value", async () => {
  const header = "{'descr':'<f2','fortran_order':False,'shape':(65536,)}";
  const bits = new DataView(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  const file = new Blob([fileOf(header), bits.buffer]).stream();
  (await (await fromNpy(file)).data()).forEach((x, i) => assert(Object.is(x, bits.getFloat16(2 * i, true))));
});

Deno.test("bytes are taken at once, as a buffer, and as they arrive", async () => {
  const file = await toNpy(tensor([1, 2, 3]));
  const pieces = ReadableStream.from([...file].map((byte) => Uint8Array.of(byte)));
  for (const source of [file, file.buffer, new Blob([file]).stream(), pieces]) {
    assertEquals(await (await fromNpy(source)).array(), [1, 2, 3]);
  }
  const shifted = new Uint8Array([7, ...file]).subarray(1);
  assertEquals(await (await fromNpy(shifted)).array(), [1, 2, 3]);
});

Deno.test("what is no file of one array is refused, with the byte", async () => {
  const { refused } = reference, entry = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)";
  const large =
    (await refusal(bytesOfBase64(refused["long i8"]), "element 1 is 2147483648, and i64 is read as i32"))
      .byte;
  assertEquals(large, 128 + 8);
  await refusal(bytesOfBase64(refused["long u8"]), "element 1 is 9223372036854775808");
  await refusal(bytesOfBase64(refused.complex), 'its elements are "<c16"');
  await refusal(bytesOfBase64(refused.text), 'its elements are "<U1"');
  await refusal(bytesOfBase64(refused.objects), 'its elements are "|O"');
  await refusal(bytesOfBase64(refused.fields), "arrays of several fields are not read");
  await refusal(new Uint8Array(), "at byte 0: it does not begin with");
  await refusal(fileOf("").subarray(0, 9), "at byte 8: its header ends at byte 10 and the file at byte 9");
  await refusal(fileOf(entry + "}").with(6, 4), "at byte 6: its version is 4.0");
  await refusal(fileOf(entry + "}").with(9, 255), "and the file at byte");
  await refusal(fileOf(entry + "}", 0, 0, 0), "f32 [1] takes 4 bytes and there are 3");
  await refusal(fileOf(entry + "}", 0, 0, 0, 0, 0), "f32 [1] takes 4 bytes and there are 5");
  await refusal(fileOf(entry), "at byte 50: found");
  await refusal(fileOf(entry + ", 'descr': '<f8'}"), '"descr" is there twice');
  await refusal(fileOf(entry + ", 'more': True}"), "descr, fortran_order and shape are needed");
  await refusal(
    fileOf("{'descr': '<f4', 'fortran_order': False}"),
    "descr, fortran_order and shape are needed",
  );
  await refusal(fileOf("{'descr': '<f4', 'fortran_order': '', 'shape': ()}"), 'fortran_order is ""');
  for (const shape of ["(1)", "(-1,)", "(1,,2)", "(,)", "(1.5,)", "(a,)"]) {
    await refusal(fileOf(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}}`), "its shape is");
  }
  for (const shape of ["9007199254740992,", "99999999, 99999999, 0", `${"1, ".repeat(300)}`]) {
    const file = fileOf(`{'descr': '<f4', 'fortran_order': False, 'shape': (${shape})}`.slice(0, 250));
    await assertRejects(() => fromNpy(file), FileFormatError);
  }
});

Deno.test("what claims more than there is allocates nothing", async () => {
  await refusal(
    fileOf("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000,)}"),
    "takes 8000000000 bytes and there are 0",
  );
});

Deno.test("wrong arguments are named", async () => {
  await assertRejects(
    () => fromNpy("w.npy" as never),
    TypeError,
    'Cannot read a .npy file from "w.npy": pass its bytes',
  );
  await assertRejects(() => fromNpy(ReadableStream.from(["a"]) as never), TypeError, 'a stream of "a"');
  await assertRejects(
    () => fromNpy(new Uint8Array(), { half: "f64" } as never),
    TypeError,
    "choose f16 or f32",
  );
  await assertRejects(
    () => fromNpz(new Uint8Array(), { dtype: "f64" } as never),
    TypeError,
    'an option "dtype"',
  );
  await assertRejects(() => toNpy([1] as never), TypeError, "make one with tensor");
  await assertRejects(() => toNpz({ w: 3 } as never), TypeError, 'Cannot write a .npz file with "w" as 3');
  await assertRejects(() => toNpz(null as never), TypeError, "tensors by name are needed");
});

Deno.test("archives that NumPy wrote are read, stored and deflated", async () => {
  for (const archive of Object.values(reference.archives)) {
    const state = await fromNpz(bytesOfBase64(archive));
    assertEquals(Object.keys(state), Object.keys(reference.state));
    for (const [name, row] of Object.entries(reference.state)) await check(state[name], row);
  }
});

Deno.test("a module takes what was read of the archive that another was written to", async () => {
  const model = () => new Sequential(new Linear(3, 4), new Linear(4, 2)), from = model();
  for (const compress of [false, true]) {
    const to = model();
    to.loadStateDict(await fromNpz(await toNpz(from.stateDict(), { compress })));
    assertEquals(await read(to.parameters()), await read(from.parameters()));
  }
});

Deno.test("archives may be empty, and their names any", async () => {
  const file = await toNpz({ a: zeros([10000]) }, { compress: true });
  assert(file.length < 1000);
  assertEquals(await fromNpz(await toNpz({})), {});
  const odd = { ["__proto__"]: tensor([1]), "a.npy": tensor([2]), "": tensor([3]) };
  assertEquals(Object.keys(await fromNpz(await toNpz(odd))), Object.keys(odd));
});

async function archiveRefusal(file: Uint8Array, message: string): Promise<void> {
  await assertRejects(() => fromNpz(file), FileFormatError, message);
}

function patched(file: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = file.slice();
  copy.set(bytes, at < 0 ? file.length + at : at);
  return copy;
}

Deno.test("what is no archive of arrays is refused", async () => {
  const file = await toNpz({ w: tensor([1, 2]) }),
    packed = await toNpz({ w: zeros([2]) }, { compress: true });
  const entry = (bytes: Uint8Array) => new DataView(bytes.buffer).getUint32(bytes.length - 6, true);
  const at = entry(file), two = await toNpz({ v: tensor([1]), w: tensor([1]) });
  await archiveRefusal(file.subarray(0, -1), "there is no directory at its end");
  await archiveRefusal(patched(file, -6, 255, 255, 255, 255), "in zip64 and the record of that is missing");
  await archiveRefusal(
    patched(file, at + 20, 255, 255, 255, 255),
    "in zip64 and a number of 64 bits is missing",
  );
  await archiveRefusal(patched(file, -18, 1), "one of several parts");
  await archiveRefusal(patched(file, -10, 1), "its directory is said to end at byte");
  await archiveRefusal(patched(file, -14, 0, 0, 0, 0), "more than the 0 files");
  await archiveRefusal(patched(file, at + 8, 1), "it is encrypted");
  await archiveRefusal(patched(file, at + 10, 12), "its method is 12");
  await archiveRefusal(patched(file, at + 24, 1), "are said to unpack to 1");
  await archiveRefusal(patched(packed, entry(packed) + 24, 255, 255, 255), "which they cannot");
  await archiveRefusal(patched(packed, entry(packed) + 24, 1, 0), "unpacks to more than the 1 bytes");
  await archiveRefusal(patched(packed, 40, 255), "cannot be unpacked");
  await archiveRefusal(patched(file, 36 + 128, 9), '"w.npy" is damaged');
  await archiveRefusal(patched(file, 30, 64), "another name here than in its directory");
  await archiveRefusal(patched(patched(file, 30, 255), at + 46, 255), "not UTF-8");
  await archiveRefusal(patched(patched(file, 34, 64), at + 50, 64), '"w.np@" is no array');
  await archiveRefusal(patched(two, entry(two) + 51 + 42, 0, 0), "another name here than in its directory");
  await archiveRefusal(patched(file, at, 0), "no entry of its directory begins here");
});

async function readsItself(bytes: Uint8Array): Promise<void> {
  const x = await fromNpy(bytes), back = await fromNpy(await toNpy(x));
  assertEquals([back.dtype, back.shape, await back.array()], [x.dtype, x.shape, await x.array()]);
}

testWith({ f64: true }, "10,000 damaged .npy files are refused or read", async () => {
  const files = rows.map(({ file }) => bytesOfBase64(file));
  const { refused, read } = await readDamaged(10000, files, readsItself);
  assert(refused > 5000 && read > 300, `${refused} refused, ${read} read`);
});

testWith(
  { f64: true },
  "10,000 damaged .npz files are refused or give the arrays that were written",
  async () => {
    const files = Object.values(reference.archives).map(bytesOfBase64);
    const written = new Map(
      Object.values<Row>(reference.state).map((row) => [`${row.shape} ${dtypeOf(row)}`, row]),
    );
    const { refused, read } = await readDamaged(10000, files, async (bytes) => {
      for (const x of Object.values(await fromNpz(bytes))) {
        await check(x, written.get(`${x.shape} ${x.dtype}`)!);
      }
    });
    assert(refused > 5000 && read > 10, `${refused} refused, ${read} read`);
  },
);
