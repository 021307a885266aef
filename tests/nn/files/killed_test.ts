import { load } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assertEquals } from "@std/assert";
import { permitted } from "../../permitted.ts";
import { inFolder } from "./folder.ts";

const saving = new URL("./saving.ts", import.meta.url).pathname;

/** Runs the program that saves until a moment after its first states, and kills it. */
async function killed(path: string, moment: number): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--quiet", "--no-prompt", "--allow-all", saving, path],
    env: { TAPEGRAD_BACKEND: "cpu" },
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, moment));
  child.kill("SIGKILL");
  await reader.cancel();
  await child.status;
}

permitted("read", "write", "run")(
  "a program that saves is killed at any moment, and a whole state is there",
  () =>
    inFolder(async (folder) => {
      const path = `${folder}/model.safetensors`;
      for (let round = 0; round < 8; round++) {
        await killed(path, 60 * Math.random());
        const tensors = Object.values(await load(path));
        const data = await Promise.all(tensors.map((x) => x.data()));
        assertEquals([tensors.length, new Set(data.flatMap((x) => [...x])).size], [4, 1]);
      }
    }),
);
