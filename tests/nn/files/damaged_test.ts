/** Damaged files of several parts, and of PyTorch: an error of ours or a right answer, in bounded time and memory. */
import { tensor } from "@tapegrad/core";
import { FileFormatError, fromTorch, openSafetensors, toSafetensors } from "@tapegrad/nn";
import { assert, assertEquals } from "@std/assert";
import { memberBytes, zipMembers } from "../../../nn/files/zip.ts";
import { zipBytes } from "../../../nn/files/zip_writing.ts";
import { opened } from "../../../nn/files/source.ts";
import reference from "../reference/torch_files.json" with { type: "json" };
import { testWith } from "../../backend_traits.ts";
import { bytesOfBase64, readDamaged, SEED } from "./mutated.ts";
import { plain } from "./torch_plain.ts";

const map = { "layers.0.weight": "1.safetensors", "layers.0.bias": "1.safetensors", head: "2.safetensors" };

testWith(
  { f64: true },
  `10,000 damaged indices and files of them, by seed ${SEED}, are refused or read`,
  async () => {
    const parts = {
      index: new TextEncoder().encode(
        JSON.stringify({ metadata: { total_size: 36 }, weight_map: map }, null, 2),
      ),
      "1.safetensors": await toSafetensors({
        "layers.0.weight": tensor([[1, 2], [3, 4]]),
        "layers.0.bias": tensor([5, 6]),
      }),
      "2.safetensors": await toSafetensors({ head: tensor([7, 8, 9], { dtype: "i32" }) }),
    };
    const names = Object.keys(parts) as (keyof typeof parts)[];
    const { refused, read } = await readDamaged(10000, Object.values(parts), async (bytes, which) => {
      const files: Record<string, Uint8Array> = { ...parts, [names[which]]: bytes };
      const shard = (name: string) => {
        if (name !== "index" && Object.hasOwn(files, name)) return files[name];
        throw new FileFormatError("the folder", 0, `it has no ${name}`);
      };
      await using file = await openSafetensors(new Blob([files.index.slice()]), { shard });
      for (const [name, { shape }] of file.tensors) {
        const x = await file.tensor(name);
        assertEquals([x.shape, (await x.data()).length], [shape, x.size]);
        if (which === 0) {
          assertEquals(
            await x.array(),
            name.endsWith("bias") ? [5, 6] : name === "head" ? [7, 8, 9] : [[1, 2], [3, 4]],
          );
        }
      }
    });
    assert(refused > 5000 && read > 300, `${refused} refused, ${read} read`);
  },
);

const files = [
  reference.tensors.zip,
  reference.checkpoints[0],
  reference.tensors.legacy,
  reference.checkpoints[4],
].map(bytesOfBase64);

testWith(
  { f64: true },
  `10,000 damaged files of PyTorch's, by seed ${SEED}, are refused or read`,
  async () => {
    const whole = await Promise.all(files.map(async (file) => await plain(await fromTorch(file))));
    const { refused, read } = await readDamaged(10000, files, async (bytes, which) => {
      const found = await plain(await fromTorch(bytes));
      // Archives have check sums of all that is in them.
      if (which < 2) assertEquals(found, whole[which]);
    });
    assert(refused > 5000 && read > 300, `${refused} refused, ${read} read`);
  },
);

testWith(
  { f64: true },
  `10,000 damaged pickles in whole archives, by seed ${SEED}, are refused or read`,
  async () => {
    const archives = await Promise.all(files.slice(0, 2).map(membersOf));
    const pickles = archives.map((members) => members[0].bytes);
    const { refused, read } = await readDamaged(10000, pickles, async (bytes, which) => {
      const [pickle, ...others] = archives[which], changed = { name: pickle.name, bytes: bytes.slice() };
      await plain(await fromTorch(await zipBytes("it", [changed, ...others], false)));
    });
    assert(refused > 5000 && read > 300, `${refused} refused, ${read} read`);
  },
);

async function membersOf(bytes: Uint8Array): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]> {
  const file = await opened("it", bytes), members = await zipMembers("it", file);
  return await Promise.all(members.map(async (member) => ({
    name: member.name,
    bytes: await memberBytes("it", file, member),
  })));
}
