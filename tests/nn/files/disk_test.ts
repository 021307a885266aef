import { FileError, fromNpy } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { listFiles, openFile, readFileWhole, removeFile, writeFileWhole } from "../../../nn/files/disk.ts";
import { permitted } from "../../permitted.ts";
import { inFolder } from "./folder.ts";

const test = permitted("read", "write");

async function refusal(work: () => Promise<unknown>, message: string): Promise<FileError> {
  return await assertRejects(work, FileError, message);
}

async function* late(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await Promise.resolve();
    yield part;
  }
}

test("bytes come back, written at once or in parts, by path or URL", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a b ü#%.bin`,
      url = new URL(`file://${folder}/${encodeURIComponent("a b ü#%.bin")}`);
    const bytes = Uint8Array.of(1, 2, 3, 4, 5), halves = [bytes.subarray(0, 2), bytes.subarray(2)];
    for (const parts of [bytes, halves, late(...halves), late(), []]) {
      await writeFileWhole(url, parts);
      const wanted = parts === bytes || parts === halves || (await readFileWhole(path)).length > 0;
      assertEquals(await readFileWhole(path), wanted ? bytes : new Uint8Array());
    }
    assertEquals(await listFiles(folder), ["a b ü#%.bin"]);
  }));

test("a file is read where it is asked for", () =>
  inFolder(async (folder) => {
    const path = `${folder}/ten`;
    await writeFileWhole(path, Uint8Array.from({ length: 10 }, (_, i) => i));
    const file = await openFile(path);
    assertEquals([file.size, await file.read(3, 4), await file.read(10, 0)], [
      10,
      Uint8Array.of(3, 4, 5, 6),
      new Uint8Array(),
    ]);
    await refusal(() => file.read(8, 4), "it ends at byte 10; it became shorter");
    await file.close();
  }));

test("where writing fails the old file stays and nothing is left of the attempt", () =>
  inFolder(async (folder) => {
    const path = `${folder}/weights`, old = Uint8Array.of(1), stop = new RangeError("stop");
    await writeFileWhole(path, old);
    const failing = function* (): Generator<Uint8Array> {
      yield new Uint8Array(1000);
      throw stop;
    };
    assertEquals(await assertRejects(() => writeFileWhole(path, failing()), RangeError), stop);
    assertEquals([await listFiles(folder), await readFileWhole(path)], [["weights"], old]);
  }));

test("of many writers at once one is whole", () =>
  inFolder(async (folder) => {
    const path = `${folder}/weights`;
    const writers = Array.from({ length: 20 }, (_, i) => writeFileWhole(path, late(...parts(i))));
    await Promise.all(writers);
    const bytes = await readFileWhole(path);
    assertEquals([bytes.length, new Set(bytes).size, await listFiles(folder)], [300, 1, ["weights"]]);
  }));

function parts(value: number): Uint8Array[] {
  return Array.from({ length: 3 }, () => new Uint8Array(100).fill(value));
}

// Links take leave to write anywhere, which tests have not.
async function linkTo(path: string, link: string): Promise<void> {
  const program = `Deno.symlinkSync(${JSON.stringify(path)}, ${JSON.stringify(link)})`;
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["eval", program] }).output();
  assert(success);
}

test("a link stays one, and who may read stays as it was", () =>
  inFolder(async (folder) => {
    const path = `${folder}/real`, link = `${folder}/link`;
    await writeFileWhole(path, Uint8Array.of(1));
    await Deno.chmod(path, 0o600);
    await linkTo(path, link);
    await writeFileWhole(link, Uint8Array.of(2));
    assertEquals([(await Deno.lstat(link)).isSymlink, (await Deno.stat(path)).mode! & 0o777], [true, 0o600]);
    assertEquals(await readFileWhole(path), Uint8Array.of(2));
  }));

test("what cannot be reached is told, with the path", () =>
  inFolder(async (folder) => {
    const none = `${folder}/none/weights`;
    const error = await refusal(() => readFileWhole(none), "there is no such file or folder");
    assertEquals([error.path, error.message.startsWith(`Cannot read "${none}": `)], [none, true]);
    await refusal(
      () => writeFileWhole(none, []),
      `Cannot write "${none}": there is no such folder; make it first`,
    );
    await refusal(() => listFiles(none), "Cannot list");
    await refusal(() => writeFileWhole(folder, []), "it is a folder; name a file in it");
    await refusal(() => readFileWhole(folder), "no plain file");
    await refusal(() => readFileWhole(`${folder}/\0`), "null bytes");
    await refusal(() => readFileWhole(new URL("https://a.example/w.npy")), "fetch it and pass its bytes");
    await assertRejects(() => readFileWhole(3 as never), TypeError, "Cannot read 3: a path is needed");
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

test("a file is removed, and one that is not there is no error", () =>
  inFolder(async (folder) => {
    await writeFileWhole(`${folder}/a`, []);
    await removeFile(`${folder}/a`);
    await removeFile(`${folder}/a`);
    assertEquals(await listFiles(folder), []);
  }));

Deno.test({
  name: "without permission there is an error of ours",
  permissions: { read: false, write: false },
  fn: async () => {
    await refusal(() => readFileWhole("w.npy"), "run it with --allow-read");
    await refusal(() => writeFileWhole("w.npy", []), "run it with --allow-read and --allow-write");
  },
});

Deno.test("without a file system there is an error of ours", async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "process")!;
  Object.defineProperty(globalThis, "process", { value: undefined, configurable: true });
  try {
    await refusal(() => readFileWhole("w.npy"), "there is no file system here; pass bytes");
  } finally {
    Object.defineProperty(globalThis, "process", own);
  }
});

Deno.test("a Buffer of Node's, whose slices share its memory, is read as bytes are", async () => {
  const { Buffer } = await import("node:buffer"), text = "{'descr':'<f4','fortran_order':False,'shape':(1,)}";
  const pool = Buffer.concat([
    Buffer.from("..\x93NUMPY\x01\x00", "latin1"),
    Buffer.of(text.length, 0),
    Buffer.from(text),
  ]);
  const file = Buffer.concat([pool, Buffer.of(0, 0, 0x80, 0x3f), Buffer.of(9, 9)]).subarray(2, -2);
  assertEquals(await (await fromNpy(file)).array(), [1]);
});
