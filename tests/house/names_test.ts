/** docs/from-pytorch.md is what the docstrings of the exports say. */
import { assert, assertEquals } from "@std/assert";
import { permitted } from "../permitted.ts";
import { counterparts, DOCUMENT, fullName, written } from "./names.ts";
import { root } from "./packages.ts";
import { pytorchNames, without } from "./pytorch_names.ts";

const test = permitted("read", "run");
const all = Object.entries(pytorchNames).flatMap(([module, names]) =>
  names.map((name) => fullName(module, name))
);

test("the tables of names in docs/from-pytorch.md are what is exported", async () => {
  const text = await Deno.readTextFile(new URL(DOCUMENT, root));
  assertEquals(text, written(text, await counterparts()), "write them anew: deno task names");
  for (const module of Object.keys(pytorchNames)) {
    assert(text.includes(`<!-- names of ${module} -->`), module);
  }
});

test("a name of PyTorch's has a counterpart or a reason why not, and one of these alone", async () => {
  const found = await counterparts();
  const wrong = all.filter((name) => found.has(name) === without.has(name));
  assertEquals(wrong, [], "name it in the docstring of its counterpart, or in tests/house/pytorch_names.ts");
  assertEquals(
    [...without.keys()].filter((name) => !all.includes(name)),
    [],
    "names of PyTorch's",
  );
});

test("a docstring names what PyTorch has: in the modules whose names are listed, or with their private ones", async () => {
  const modules = Object.keys(pytorchNames);
  const found = [...(await counterparts()).keys(), ...all];
  const strange = found.filter((name) => {
    const [module] = modules.filter((module) => name.startsWith(`${module}.`)).sort((a, b) =>
      b.length - a.length
    );
    // Of torch itself what has no further part: modules in it have lists of their own, or none.
    const isListed = module !== undefined && (module !== "torch" || /^torch\.[a-z_0-9]+$/.test(name));
    return isListed && !all.includes(name) && !found.some((other) => other.startsWith(`${name}.`)) &&
      !name.split(".").some((part) => part.startsWith("_"));
  });
  assertEquals(strange, []);
});
