import type { Tensor } from "@tapegrad/core";
import { FileFormatError, fromSafetensors, fromTorch, type StateDict } from "@tapegrad/nn";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { zipBytes } from "../../../nn/files/zip_writing.ts";
import reference from "../reference/torch_files.json" with { type: "json" };
import { backend } from "../../backend_traits.ts";
import { bytesOfBase64 } from "./mutated.ts";
import { assertAnswers, models, type Row } from "./torch_models.ts";
import { plain } from "./torch_plain.ts";

const options = backend.dtypes.has("f64") ? {} : { double: "f32" } as const;

/** The archive that a pickle of these bytes, behind its protocol, would be. */
function archiveOf(
  pickle: string | Uint8Array,
  storage = new Uint8Array(),
  more: Record<string, string> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = typeof pickle === "string" ? latin(pickle) : pickle.slice() as Uint8Array<ArrayBuffer>;
  const files = Object.entries(more).map(([name, text]) => ({ name: `a/${name}`, bytes: latin(text) }));
  const data = storage.slice() as Uint8Array<ArrayBuffer>;
  return zipBytes("it", [{ name: "a/data.pkl", bytes }, { name: "a/data/0", bytes: data }, ...files], false);
}

function latin(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

async function refusal(file: Uint8Array, message: string): Promise<FileFormatError> {
  return await assertRejects(() => fromTorch(file, options), FileFormatError, message);
}

for (const name of Object.keys(models) as (keyof typeof models)[]) {
  Deno.test(`${name} saved by PyTorch answers as PyTorch does, in either of its formats and as safetensors`, async () => {
    const { pt, legacy, safetensors, ...answer } = reference.models[name];
    await assertAnswers(name, await fromTorch(bytesOfBase64(pt)) as StateDict, answer);
    await assertAnswers(name, await fromTorch(bytesOfBase64(legacy)) as StateDict, answer);
    await assertAnswers(name, await fromSafetensors(bytesOfBase64(safetensors)), answer);
  });
}

Deno.test("tensors of every dtype are read, and views by what they show", async () => {
  for (const file of [reference.tensors.zip, reference.tensors.legacy]) {
    const state = await fromTorch(new Blob([bytesOfBase64(file)]), options) as StateDict;
    assertEquals(Object.keys(state), Object.keys(reference.tensors.rows));
    for (const [name, { shape, data }] of Object.entries<Row>(reference.tensors.rows)) {
      assertEquals([state[name].shape, [...await state[name].data()]], [shape, data.map(Number)], name);
      const ours = name.startsWith("torch.") ? dtypeOf(name.slice(6)) : state[name].dtype;
      assertEquals(state[name].dtype, ours, name);
    }
  }
});

function dtypeOf(name: string): string {
  if (name === "float64") return options.double ?? "f64";
  if (name === "bool") return "bool";
  return name.includes("float") ? "f32" : "i32";
}

Deno.test("a checkpoint is objects in each other, whatever the protocol", async () => {
  for (const file of reference.checkpoints) {
    const checkpoint = await fromTorch(bytesOfBase64(file)), { model } = checkpoint as { model: StateDict };
    assert(model.weight === model.head, "tied tensors are one");
    assertEquals(await plain(checkpoint), {
      model: { weight: [[1, 2]], head: [[1, 2]], bias: [0.5] },
      optimizer: {
        state: { 0: { step: 3 }, 10: { step: 4 } },
        param_groups: [{ lr: 0.01, betas: [0.9, 0.999], params: [0, 10] }],
      },
      epoch: 3,
      negative: -70000,
      huge: 2n ** 80n,
      safe: -(2 ** 40),
      rate: 1e-3,
      done: false,
      best: true,
      none: null,
      name: "größe",
      bytes: Uint8Array.of(0, 255),
      bytearray: Uint8Array.of(1, 254),
      set: new Set([1]),
      tuple: [1, [2, 3], []],
      list: [[], [1.5]],
      size: [2, 3],
      device: "cpu",
      cuda: "cuda:1",
      dtype: "torch.float16",
      keys: new Map<unknown, unknown>([[[1, 2], "pair"], ["a", 1]]),
      ["__proto__"]: 1,
    });
  }
});

Deno.test("numbers whose highest byte is first are read", async () => {
  const { x } = await fromTorch(bytesOfBase64(reference.big)) as StateDict;
  assertEquals(await x.array(), [[1, 2], [3, -4.5]]);
});

Deno.test("what a file names that is neither tensor nor container is refused, and nothing is executed", async () => {
  const { long, complex, ["os.system"]: commands, ...classes } = reference.refused;
  for (const file of commands) {
    await refusal(bytesOfBase64(file), "this reader refuses to execute posix.system");
  }
  for (const [name, [file]] of Object.entries(classes)) {
    await refusal(bytesOfBase64(file), `it names ${name}, and this reader refuses to execute ${name}`);
  }
  await refusal(bytesOfBase64(complex[0]), "torch.ComplexFloatStorage");
  await refusal(
    bytesOfBase64(long[0]),
    'Cannot read "n", in storage "0" of a PyTorch file, at byte 8: element 1 is 2147483648, and i64 is read as i32',
  );
  const error = await refusal(
    await archiveOf("\x80\x02cos\nsystem\nX\x01\0\0\0a\x85R."),
    "refuses to execute os.system",
  );
  assertEquals(
    [error.byte, error.message.startsWith('Cannot read "a/data.pkl" of a PyTorch file at byte 2')],
    [2, true],
  );
  for (const name of ["eval", "exec", "getattr", "__import__", "object", "type"]) {
    await refusal(await archiveOf(`\x80\x02cbuiltins\n${name}\n.`), `refuses to execute builtins.${name}`);
  }
  await refusal(await archiveOf("\x80\x04\x8c\x02os\x8c\x06system\x93."), "refuses to execute os.system");
  await refusal(
    await archiveOf("\x80\x04cconstructor\ntoString\n."),
    "refuses to execute constructor.toString",
  );
});

/** The pickle of a view of storage 0, of so many elements of f32. */
function viewPickle(
  length: number,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): string {
  const int = (n: number) => `J${String.fromCharCode(n & 255, n >> 8 & 255, n >> 16 & 255, n >>> 24)}`;
  const tuple = (ns: readonly number[]) => `(${ns.map(int).join("")}t`;
  const id = `(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu${int(length)}tQ`;
  return `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(${id}${int(offset)}${tuple(shape)}${
    tuple(strides)
  }\x89NtR.`;
}

Deno.test("views that are no part of their storage are refused before anything is made", async () => {
  const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const of = async (...view: Parameters<typeof viewPickle>) => await archiveOf(viewPickle(...view), four);
  const x = await fromTorch(await of(4, 1, [2, 2], [1, 1])) as Tensor;
  assertEquals(await x.array(), [[2, 3], [3, 4]]);
  assertEquals((await fromTorch(await of(4, 9, [0, 2], [2, 1])) as Tensor).shape, [0, 2]);
  await refusal(await of(4, 1, [4], [1]), "[4] with strides [1] from 1 on ends at element 4, and storage");
  await refusal(await of(4, 0, [2, 2], [3, 1]), "ends at element 4");
  await refusal(await of(9, 0, [1], [1]), 'storage "0" has 16 bytes and is said to have 36');
  await refusal(await of(4, 0, [2], []), "an offset or strides that none has");
  await refusal(await of(4, -1, [1], [1]), "an offset or strides that none has");
  await refusal(await of(4, 0, [-1], [1]), "are no counts");
  await refusal(await of(4, 0, [2 ** 30], [0]), "tensors to here take 4294967296 bytes, and the file has");
  await refusal(await of(4, 0, [2 ** 30, 2 ** 30], [0, 0]), "no tensor has its shape");
  await refusal(
    await archiveOf(viewPickle(4, 0, [4], [1]).replace("0X\x03", "1X\x03"), four),
    'it has no storage "1"',
  );
});

Deno.test("tensors of a storage of bytes have the dtype that is said", async () => {
  const pickle = viewPickle(8, 1, [3], [1]).replace("_v2", "_v3").replace(
    "torch\nFloatStorage",
    "torch.storage\nUntypedStorage",
  );
  const file = (dtype: string) =>
    archiveOf(
      pickle.replace("\x89Nt", `\x89Nctorch\n${dtype}\nt`),
      Uint8Array.of(0, 0, 1, 0, 2, 1, 255, 255),
    );
  assertEquals(await (await fromTorch(await file("uint16")) as Tensor).array(), [1, 258, 65535]);
  assertEquals(await (await fromTorch(await file("int16")) as Tensor).array(), [1, 258, -1]);
  await refusal(await file("int32"), "ends at element 3");
  await refusal(await file("complex64"), "refuses to execute torch.complex64");
});

Deno.test("what is no file of PyTorch's is refused", async () => {
  await refusal(new Uint8Array(), "at byte 0: it begins as none does; save it by torch.save");
  await refusal(latin("<!doctype html>"), "it begins as none does");
  await refusal(
    await zipBytes("it", [{ name: "data", bytes: latin("") }], false),
    "a zip archive without a data.pkl",
  );
  await refusal(await archiveOf("N.", undefined, { "constants.pkl": "" }), "a program of TorchScript");
  await refusal(await archiveOf("N.", undefined, { byteorder: "middle" }), 'its byteorder is "middle"');
  const legacy = bytesOfBase64(reference.checkpoints[4]);
  await refusal(legacy.subarray(0, -1), "bytes are needed and it ends at");
  await refusal(legacy.with(10, 0), "it begins as none does");
  const broken: [pickle: string, message: string][] = [
    ["", "1 bytes are needed and it ends at 0"],
    [".", "it takes what it has not put there"],
    ["\x80\x06N.", "its protocol is 6: up to 5 are read"],
    ["X\xff\xff\xff\xffa.", "4294967295 bytes are needed"],
    ["\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.", "bytes are needed"],
    ["\x8b\xff\xff\xff\xffa.", "bytes are needed"],
    ["X\x01\0\0\0\xff.", "a text in it is not UTF-8"],
    ["h\x05.", "it has put nothing under 5"],
    ["Na.", "it takes what it has not put there"],
    ["NNa.", "it puts items into what is no list"],
    ["N(NNu.", "it puts entries into what is no dict"],
    ["}(Nu.", "a key of a dict has no value"],
    ["NN\x90.", "it takes what it has not put there"],
    ["N(N\x90.", "it puts items into what is no set"],
    ["N)R.", "it calls what cannot be called"],
    ["NNb.", "it sets attributes of what has none"],
    ["NQ.", "an id in it is of no storage"],
    ["I1.5\n.", '"1.5" is no integer'],
    ["Inone", "a line in it does not end"],
    ["S'a'\n.", "0x53 is no operation of a pickle that is read"],
    ["ctorch\nFloatStorage\n)R.", "it makes a FloatStorage by itself"],
    ["ccollections\nOrderedDict\nN\x85R.", "an OrderedDict in it is made of no list"],
    ["ccollections\nOrderedDict\n]Na\x85R.", "an entry of an OrderedDict in it is made of no list"],
    ["ctorch._utils\n_rebuild_tensor_v2\n)R.", "a tensor in it has no storage"],
    ["ctorch._utils\n_rebuild_parameter\n)R.", "a parameter in it is made of no tensor"],
    [`${"]".repeat(2000)}${"a".repeat(1999)}.`, "it is nested deeper than 500 levels"],
  ];
  for (const [pickle, message] of broken) await refusal(await archiveOf(pickle), message);
});

Deno.test("lists that hold themselves, and one that is there twice, are read as such", async () => {
  const own = await fromTorch(await archiveOf("]q\0h\0a.")) as unknown[];
  assert(own[0] === own);
  // Each of 60 lists has the one before it twice: as a tree there would be 2^60.
  const doubled = `]${
    Array.from({ length: 60 }, (_, i) =>
      `q${String.fromCharCode(i)}0](h${String.fromCharCode(i)}h${String.fromCharCode(i)}e`).join("")
  }.`;
  let list = await fromTorch(await archiveOf(doubled)) as unknown[], depth = 0;
  for (; list.length > 0; list = list[0] as unknown[]) depth += list[0] === list[1] ? 1 : 0;
  assertEquals(depth, 60);
});
