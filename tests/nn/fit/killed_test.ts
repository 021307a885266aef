import "@tapegrad/backends";
import { assert, assertEquals } from "@std/assert";
import { backend } from "../../backend_traits.ts";
import { permitted } from "../../permitted.ts";

const program = new URL("killed.ts", import.meta.url).pathname;
const large = new URL("killed_writing.ts", import.meta.url).pathname;

function start(file: string, ...args: readonly string[]): Deno.ChildProcess {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-A", file, ...args],
    env: { TAPEGRAD_BACKEND: backend.name, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  });
  return command.spawn();
}

/** Runs it, and kills it a few milliseconds after so many batches; gives whether it ended by itself. */
async function runUntil(batches: number, wait: number, args: readonly string[]): Promise<boolean> {
  const child = start(program, ...args);
  let seen = 0, isKilled = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    seen += text.split("batch").length - 1;
    if (seen < batches || isKilled) continue;
    isKilled = true;
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      child.kill("SIGKILL");
    } catch {
      // it had ended
    }
  }
  return (await child.status).success;
}

const isExact = ["cpu", "wasm"].includes(backend.name);
const test = isExact
  ? permitted("read", "write", "run")
  : (name: string) => Deno.test.ignore(`${name} (not exact)`, () => {});

for (const kind of ["even", "odd"]) {
  test(`a training (${kind}) that is killed at random moments comes to the same bits`, async () => {
    const folder = await Deno.makeTempDir({ dir: "/tmp", suffix: kind });
    try {
      const [wanted, found] = ["whole", "resumed"].map((name) => `${folder}/${name}.bin`);
      assert(await runUntil(Infinity, 0, [folder, wanted, "whole"]));
      const moments: string[] = [];
      for (let left = 5;; left--) {
        const batches = left > 0 ? 1 + Math.floor(Math.random() * 22) : Infinity, wait = Math.random() * 8;
        moments.push(`${batches} batches and ${wait.toFixed(1)} ms`);
        if (await runUntil(batches, wait, [folder, found])) break;
      }
      console.log(`    killed after ${moments.slice(0, -1).join(", ")}`);
      assertEquals(await Deno.readFile(found), await Deno.readFile(wanted));
      const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
        name.startsWith("run")
      );
      assertEquals(files.length, kind === "odd" ? 2 : 1, `${files}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Kills it as soon as it writes its second checkpoint, and gives the first. */
async function killInWriting(folder: string): Promise<Uint8Array> {
  const child = start(large, folder), file = `${folder}/run.safetensors`;
  let before: Uint8Array | null = null;
  for (;;) {
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    if (before === null && names.includes("run.safetensors")) before = await Deno.readFile(file);
    else if (before !== null && names.some((name) => name.endsWith(".tmp"))) break;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  child.kill("SIGKILL");
  await child.stdout.cancel();
  await child.status;
  return before;
}

test("a kill while a checkpoint is written leaves the former one", async () => {
  const folder = await Deno.makeTempDir({ dir: "/tmp" });
  try {
    const before = await killInWriting(folder), names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const file = `${folder}/run.safetensors`, isHalf = names.some((name) => name.endsWith(".tmp"));
    if (isHalf) assertEquals(await Deno.readFile(file), before);
    const child = start(large, folder, "once");
    const { stdout, success } = await child.output();
    assert(success);
    assertEquals(new TextDecoder().decode(stdout), isHalf ? "begins in epoch 2\n" : "begins in epoch 3\n");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["run.safetensors"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
