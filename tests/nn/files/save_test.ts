import { Tensor, tensor, zeros } from "@tapegrad/core";
import {
  FileError,
  FileFormatError,
  fromTorch,
  Linear,
  load,
  openSafetensors,
  save,
  Sequential,
  type StateDict,
  toSafetensors,
} from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { permitted } from "../../permitted.ts";
import reference from "../reference/torch_files.json" with { type: "json" };
import { inFolder } from "./folder.ts";
import { bytesOfBase64 } from "./mutated.ts";
import { assertAnswers } from "./torch_models.ts";

const test = permitted("read", "write");

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Tensors of one value, of 40 bytes each. */
function filled(value: number, count = 4): StateDict {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`layers.${i}.weight`, zeros([2, 5]).add(value)]),
  );
}

async function valuesIn(state: StateDict): Promise<number[]> {
  const all = await Promise.all(Object.values(state).map((x) => x.data()));
  return [...new Set(all.flatMap((data) => [...data]))];
}

test("a module is saved and loaded, for PyTorch, for NumPy and in several files", () =>
  inFolder(async (folder) => {
    const build = () => new Sequential(new Linear(3, 4), new Linear(4, 2)), trained = build();
    for (const name of ["a.safetensors", "a.npz", "b.SAFETENSORS", "c.safetensors"]) {
      const model = build(),
        path = name === "a.npz" ? new URL(`file://${folder}/${name}`) : `${folder}/${name}`;
      await save(path, trained, name.startsWith("c") ? { maxShardBytes: 50 } : {});
      model.loadStateDict(await load(path));
      const x = tensor([1, 2, 3]);
      assertEquals(await model.forward(x).array(), await trained.forward(x).array());
    }
    assertEquals(namesIn(folder), [
      "a.npz",
      "a.safetensors",
      "b.SAFETENSORS",
      "c-00001-of-00003.safetensors",
      "c-00002-of-00003.safetensors",
      "c-00003-of-00003.safetensors",
      "c.safetensors.index.json",
    ]);
    const index = JSON.parse(await Deno.readTextFile(`${folder}/c.safetensors.index.json`));
    assertEquals(index.metadata, { total_size: 4 * (12 + 4 + 8 + 2) });
    assertEquals(index.weight_map["0.bias"], "c-00002-of-00003.safetensors");
    assertEquals(
      Object.keys(await load(`${folder}/c.safetensors.index.json`)),
      Object.keys(trained.stateDict()),
    );
  }));

test("what is saved is what was there at the call", () =>
  inFolder(async (folder) => {
    for (const name of ["a.safetensors", "a.npz"]) {
      const w = tensor([1, 2]), saving = save(`${folder}/${name}`, { w });
      w.assign(tensor([3, 4]));
      await saving;
      assertEquals(await (await load(`${folder}/${name}`)).w.array(), [1, 2]);
    }
  }));

test("one state takes the place of another, in one file or several, and nothing is left of it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/model.safetensors`, stranger = "model-of-another.safetensors";
    await Deno.writeTextFile(`${folder}/${stranger}`, "");
    const sizes = [80, 40, 40, Infinity, 80, Infinity];
    for (const [i, maxShardBytes] of sizes.entries()) {
      await save(path, filled(i), { maxShardBytes, metadata: { round: `${i}` } });
      assertEquals(await valuesIn(await load(path)), [i]);
      const count = Math.ceil(160 / maxShardBytes) || 1;
      assertEquals(namesIn(folder).length, (count > 1 ? count + 1 : 1) + 1);
      const file = await openSafetensors(count > 1 ? `${path}.index.json` : path);
      assertEquals(file.metadata, { round: `${i}` });
      await file.close();
    }
    assertEquals(namesIn(folder), [stranger, "model.safetensors"]);
  }));

test("where one of several files cannot be written none is left, and the old state stays", () =>
  inFolder(async (folder) => {
    const path = `${folder}/model.safetensors`;
    await save(path, filled(1));
    await Deno.mkdir(`${path}.index.json/in`, { recursive: true });
    await assertRejects(
      () => save(path, filled(2), { maxShardBytes: 80 }),
      FileError,
      "model.safetensors.index.json",
    );
    assertEquals(namesIn(folder), ["model.safetensors", "model.safetensors.index.json"]);
    assertEquals(await valuesIn(await load(path)), [1]);
  }));

test("tensors are read one by one, from a path, a Blob or bytes", () =>
  inFolder(async (folder) => {
    const state = { a: tensor([1, 2]), b: zeros([0, 3]), c: tensor([3], { dtype: "i32" }) };
    const path = `${folder}/x.safetensors`, bytes = await toSafetensors(state);
    await save(path, state);
    assertEquals(await Deno.readFile(path), bytes);
    let asked = 0;
    const blob = new Blob([bytes]),
      counting = {
        size: blob.size,
        arrayBuffer: () => blob.arrayBuffer(),
        slice(start: number, end: number): Blob {
          asked += end - start;
          return blob.slice(start, end);
        },
      };
    for (const place of [path, new URL(`file://${path}`), bytes, blob, blob.stream(), counting]) {
      await using file = await openSafetensors(place);
      assertEquals(file.tensors.get("b"), { dtype: "f32", shape: [0, 3] });
      assertEquals([await (await file.tensor("c")).array(), (await file.tensor("b")).shape], [[3], [0, 3]]);
      await assertRejects(
        () => file.tensor("d"),
        RangeError,
        'Cannot read "d" of a safetensors file: its tensors are',
      );
    }
    assertEquals(asked, bytes.length - 8, "all but the 8 bytes of a");
  }));

async function sharded(folder: string): Promise<string> {
  await save(`${folder}/model.safetensors`, filled(1), { maxShardBytes: 80 });
  return `${folder}/model.safetensors.index.json`;
}

test("an index and its files are held to each other", () =>
  inFolder(async (folder) => {
    const index = await sharded(folder), text = await Deno.readTextFile(index);
    const refused = async (from: string, to: string, message: string) => {
      await Deno.writeTextFile(index, text.replace(from, to));
      await assertRejects(() => load(index), FileFormatError, message);
    };
    const second = '"layers.2.weight": "model-00002-of-00002.safetensors"';
    await refused(
      second,
      second.replace("2.w", "9.w"),
      '"layers.9.weight" is said to be in "model-00002-of-00002.safe',
    );
    await refused(
      "model-00001",
      "../model-00001",
      'is in "../model-00001-of-00002.safetensors": the name of a file beside it',
    );
    await refused("model-00001-of-00002.safetensors", "..", 'is in ".."');
    await refused(second, second.replace("2.w", "3.w"), '"layers.3.weight" is there twice');
    await refused(second, '"layers.2.weight": 3', "is in 3");
    await refused("weight_map", "weights", "its weight_map is nothing");
    await refused("{", "[", 'it begins with "[');
    await Deno.writeTextFile(index, text.replace("00002-of-00002", "00009-of-00002"));
    await assertRejects(() => load(index), FileError, "model-00009-of-00002.safetensors");
    await Deno.writeTextFile(index, text);
    await Deno.truncate(`${folder}/model-00002-of-00002.safetensors`, 300);
    const error = await assertRejects(() => load(index), FileFormatError);
    assert(
      error.message.startsWith('Cannot read "model-00002-of-00002.safetensors", a safetensors file at byte'),
    );
  }));

Deno.test("of an index in bytes the files are where shard says, and without it that is asked for", async () => {
  const index = new TextEncoder().encode('{"weight_map":{"w":"b","v":"a"}}');
  const files: Record<string, Uint8Array> = {
    a: await toSafetensors({ v: tensor([1]), w: tensor([0]) }),
    b: await toSafetensors({ w: tensor([2]) }),
  };
  const file = await openSafetensors(index, { shard: (name) => Promise.resolve(files[name]) });
  assertEquals([...file.tensors.keys()], ["w", "v"]);
  assertEquals([await (await file.tensor("w")).item(), await (await file.tensor("v")).item()], [2, 1]);
  await assertRejects(
    () => openSafetensors(new TextEncoder().encode('{"weight_map":{"v":"a"}}'), { shard: () => files.a }),
    FileFormatError,
    '"w" in "a" is nowhere in the index',
  );
});

test("what cannot be saved or loaded is told, and the file that was there stays", () =>
  inFolder(async (folder) => {
    const path = `${folder}/w.safetensors`, state = { w: tensor([1]) };
    await save(path, state);
    const bytes = await Deno.readFile(path);
    const refused = (options: object, message: string, what: unknown = state, at = path) =>
      assertRejects(() => save(at, what as StateDict, options), Error, message);
    await refused({}, 'with "w" as 3', { w: 3 });
    await refused({}, "tensors by name are needed", null);
    await refused({ metadata: { a: 1 } }, "metadata are texts");
    await refused({ maxShardBytes: 0 }, "Cannot save with maxShardBytes 0: a number above 0 is needed");
    await refused({ maxShardBytes: NaN }, "NaN");
    await refused({ compress: true }, 'an option "compress"');
    await refused({}, "end it in .safetensors, which PyTorch reads too", state, `${folder}/w.pt`);
    await refused({}, 'its name ends in none of ".safetensors", ".npz"', state, `${folder}/w.onnx`);
    await refused({}, "there is no such folder; make it first", state, `${folder}/none/w.safetensors`);
    assertEquals([namesIn(folder), await Deno.readFile(path)], [["w.safetensors"], bytes]);
    await assertRejects(
      () => load(`${folder}/v.safetensors`),
      FileError,
      `"${folder}/v.safetensors": there is no such`,
    );
    await assertRejects(() => load(`${folder}/v.onnx`), FileError, "its name ends in none of");
    await assertRejects(() => load("https://a.example/w.npz"), FileError, "fetch it and pass its bytes");
    await assertRejects(() => load(path, { dtype: "f32" } as never), TypeError, 'an option "dtype"');
    await assertRejects(() => load(3 as never), TypeError, "Cannot load 3: a path is needed");
  }));

test("several files that PyTorch saved are loaded by their index", () =>
  inFolder(async (folder) => {
    const index = `${folder}/pytorch_model.bin.index.json`,
      names = Object.keys(await load(await whole(folder)));
    const weights = (more: object) =>
      Deno.writeTextFile(
        index,
        JSON.stringify({
          weight_map: {
            ...Object.fromEntries(names.map((name) => [name, "pytorch_model-00001-of-00001.bin"])),
            ...more,
          },
        }),
      );
    await weights({});
    await assertAnswers("cnn", await load(index), reference.models.cnn);
    await weights({ more: "pytorch_model-00001-of-00001.bin" });
    await assertRejects(() => load(index), FileFormatError, '"more" is said to be in');
    await weights({ more: "pytorch_model-00002-of-00001.bin" });
    await assertRejects(() => load(index), FileError, "pytorch_model-00002-of-00001.bin");
  }));

async function whole(folder: string): Promise<string> {
  const path = `${folder}/pytorch_model-00001-of-00001.bin`;
  await Deno.writeFile(path, bytesOfBase64(reference.models.cnn.pt));
  return path;
}

test("what PyTorch saved is loaded, and of a checkpoint the part that is told", () =>
  inFolder(async (folder) => {
    const path = `${folder}/checkpoint.pth`;
    await Deno.writeFile(path, bytesOfBase64(reference.checkpoints[0]));
    const state = await load(path, { entry: "model" });
    assertEquals([await state.weight.array(), await state.bias.array()], [[[1, 2]], [0.5]]);
    await Deno.writeFile(`${folder}/cnn.pt`, bytesOfBase64(reference.models.cnn.pt));
    await assertAnswers("cnn", await load(`${folder}/cnn.pt`), reference.models.cnn);
    const refused = (options: object, message: string, at = path) =>
      assertRejects(() => load(at, options), FileError, message);
    await refused({}, '"model" (an Object), "optimizer" (an Object), "epoch" (3)');
    await refused(
      {},
      "and 14 more, and no tensors by name; tell which part by entry, or read all by await fromTorch",
    );
    for (const [i, found] of ["a Tensor", "an array of 1", "a Map"].entries()) {
      const bare = `${folder}/bare${i}.pt`;
      await Deno.writeFile(bare, bytesOfBase64(reference.bare[i]));
      await refused({}, `it holds ${found}, and no tensors by name; read all by await fromTorch(path)`, bare);
      assert(Object(await fromTorch(bare)) instanceof [Tensor, Array, Map][i]);
    }
    await refused({ entry: "epoch" }, '"epoch" in it is 3, and no tensors by name under "epoch"');
    await refused({ entry: "state" }, 'and no tensors by name under "state"');
    await refused({ entry: "0.weight" }, "and no tensors by name under", `${folder}/cnn.pt`);
    await refused({ entry: "model" }, 'it has no entries, so no "model"', `${folder}/a.npz`);
  }));
