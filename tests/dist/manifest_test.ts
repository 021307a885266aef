import { assertEquals } from "@std/assert";
import { portablePackages as packages } from "../house/packages.ts";
import { filesOf, manifest, PAGE } from "./manifest.ts";

const [core, , nn] = packages, umbrella = packages.at(-1)!;

Deno.test("a package has the files of its folder, the umbrella those of none", () => {
  const files = new Map([["nn/a.js", "1"], ["nn/b/c.js", "2"], ["mod.js", "3"], ["core/mod.js", "4"]]);
  assertEquals([...filesOf(nn, files)], [["a.js", "1"], ["b/c.js", "2"]]);
  assertEquals([...filesOf(umbrella, files)], [["mod.js", "3"]]);
});

Deno.test("a package depends on those that its scripts and types import, not on those in its examples", () => {
  const files = new Map([
    ["a.js", '/**\n * import "@tapegrad/optim";\n */ import {\n  add,\n} from "@tapegrad/core";'],
    ["a.d.ts", 'import type { Simd } from "@tapegrad/backends/wasm";\nimport "@tapegrad/nn";'],
    ["a.js.map", '\nimport "@tapegrad/tapegrad";'],
  ]);
  const { version } = core, { dependencies } = JSON.parse(manifest(nn, files));
  assertEquals(dependencies, { "@tapegrad/core": `^${version}`, "@tapegrad/backends": `^${version}` });
});

Deno.test("every entry point has types and a script, and where nothing registers, bundlers are told", () => {
  const { exports, main, types } = JSON.parse(manifest(core, new Map()));
  assertEquals(exports["./errors"], { types: "./base/errors.d.ts", default: "./base/errors.js" });
  assertEquals([exports["."], main, types], [{ types, default: main }, "./mod.js", "./mod.d.ts"]);
  assertEquals(JSON.parse(manifest(nn, new Map())).sideEffects, false);
});

Deno.test("the one file for pages has the types of the package, and registers", () => {
  const { exports, sideEffects, dependencies } = JSON.parse(manifest(umbrella, new Map([[PAGE, "1"]])));
  assertEquals(exports[`./${PAGE}`], { types: "./mod.d.ts", default: `./${PAGE}` });
  assertEquals([sideEffects, dependencies], [["./mod.js", `./${PAGE}`], {}]);
});

Deno.test("where the sources are is said where it is known", () => {
  const url = "git+https://example.org/tapegrad.git";
  assertEquals(JSON.parse(manifest(nn, new Map(), url)).repository, { type: "git", url, directory: "nn" });
  assertEquals(JSON.parse(manifest(umbrella, new Map(), url)).repository, { type: "git", url });
  assertEquals(JSON.parse(manifest(nn, new Map())).repository, undefined);
});
