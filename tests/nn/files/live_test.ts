/** Weights to and from the PyTorch of this machine, where there is one. */
import { load, save } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assertEquals } from "@std/assert";
import { permitted } from "../../permitted.ts";
import { asked } from "../python.ts";
import { inFolder } from "./folder.ts";
import { assertAnswers, models } from "./torch_models.ts";

const script = new URL("../reference/torch_files.py", import.meta.url).pathname;

permitted("read", "write")(
  "weights come from the PyTorch here, and what is saved of them is read there",
  () =>
    inFolder(async (folder) => {
      if (await asked(script, folder) === undefined) return console.log("skipped: no PyTorch here");
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
      assertEquals(await asked(script, folder, "check"), "agrees");
    }),
);
