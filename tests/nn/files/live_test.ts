/** Weights to and from the PyTorch of this machine, where there is one. */
import { load, save } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals } from "@std/assert";
import { permitted } from "../../permitted.ts";
import { inFolder } from "./folder.ts";
import { assertAnswers, models } from "./torch_models.ts";

const script = new URL("../reference/torch_files.py", import.meta.url).pathname;

/** What a run of the script prints by a Python that has PyTorch; undefined where there is none. */
async function asked(...args: readonly string[]): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    // It needs none of what this process was given.
    const command = new Deno.Command(python, { args: [script, ...args], clearEnv: true });
    const ran = await command.output().catch(() => undefined); // no such program, or no permission to run it
    if (ran === undefined) continue;
    const [out, errors] = [ran.stdout, ran.stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (ran.success) return out.trim();
    assert(errors.includes("No module named"), errors);
  }
}

permitted("read", "write")(
  "weights come from the PyTorch here, and what is saved of them is read there",
  () =>
    inFolder(async (folder) => {
      if (await asked(folder) === undefined) return console.log("skipped: no PyTorch here");
      for (const name of Object.keys(models) as (keyof typeof models)[]) {
        const path = `${folder}/${name}`, answer = JSON.parse(await Deno.readTextFile(`${path}.json`));
        for (const end of ["pt", "safetensors", "npz"]) {
          await assertAnswers(name, await load(`${path}.${end}`), answer);
        }
        const model = await assertAnswers(name, await load(`${path}.ckpt`, { entry: "model" }), answer);
        for (const end of ["safetensors", "npz"]) {
          await save(`${folder}/ours_${name}.${end}`, model);
        }
      }
      assertEquals(await asked(folder, "check"), "agrees");
    }),
);
