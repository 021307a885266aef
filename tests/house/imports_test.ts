import { assertEquals } from "@std/assert";
import { root } from "./packages.ts";
import { faults, mayImport } from "./rules.ts";
import { sources, survey } from "./survey.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read");

for (const part of Object.keys(mayImport)) {
  test(`${part} keeps the import rule`, async () => {
    const found: string[] = [];
    for (const file of await sources(part)) {
      found.push(...faults(file, survey(await Deno.readTextFile(new URL(file, root)))));
    }
    assertEquals(found, []);
  });
}

const registering = /^@tapegrad\/(backends(\/(cpu|wasm))?|tapegrad)$|\/backends\/((cpu|wasm)\/)?mod\.ts$/;
const computing = /^@tapegrad\/(core|nn|optim|distributed)$/;

/** Of expressions, text and settings: nothing there is computed on a device. */
const apart = /^tests\/(core\/(expr|base)|backends\/webgpu\/wgsl)\//;

/** All that a file of tests loads, itself and by others of tests or demos. */
async function loadedBy(file: string, seen: Map<string, readonly string[]>): Promise<Set<string>> {
  const all = new Set<string>(), open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!seen.has(next)) seen.set(next, survey(await Deno.readTextFile(new URL(next, root))).loads);
    for (const specifier of seen.get(next)!) {
      const path = specifier.startsWith(".") ? new URL(specifier, new URL(next, root)).pathname : specifier;
      if (all.has(path)) continue;
      all.add(path);
      if (/\/(tests|demos)\/.*\.ts$/.test(path)) open.push(path.slice(root.pathname.length));
    }
  }
  return all;
}

test("a test that computes registers a backend, so that it can be run by itself", async () => {
  const files = (await sources("tests")).filter((file) => file.endsWith("_test.ts") && !apart.test(file));
  const seen = new Map<string, readonly string[]>(), bare: string[] = [];
  for (const file of files) {
    const loads = [...await loadedBy(file, seen)];
    if (loads.some((one) => computing.test(one)) && !loads.some((one) => registering.test(one))) {
      bare.push(file);
    }
  }
  assertEquals(bare, [], 'Import "@tapegrad/backends"');
});

const faulty: [file: string, text: string, fault: string][] = [
  ["core/a.ts", 'import { f } from "@tapegrad/nn";', "core may import nothing of the repo"],
  ["core/a.ts", 'import type { F } from "../backends/cpu/mod.ts";', "core may import nothing of the repo"],
  ["core/a.ts", 'export * from "@tapegrad/core";', "inside a package the path is relative"],
  ["backends/cpu/a.ts", 'export * from "../../core/mod.ts";', "another package is imported by its name"],
  ["nn/a.ts", 'export { f } from "@tapegrad/optim";', "nn may import core"],
  ["nn/a.ts", 'type T = import("npm:x").T;', "nn has no dependency outside the repo"],
  ["optim/a.ts", 'import { inspect } from "node:util";', "optim has no dependency outside the repo"],
  ["optim/a.ts", "const m = await import(name);", "optim has no dependency outside the repo"],
  ["mod.ts", 'export * from "./demos/main.ts";', "mod.ts may import core, backends, nn, optim"],
  [
    "demos/a.ts",
    'import { f } from "../tests/a.ts";',
    "demos may import core, backends, nn, optim, distributed, mod.ts",
  ],
];

Deno.test("the import rule finds each kind of fault", () => {
  for (const [file, text, fault] of faulty) {
    const { imports } = survey(text);
    assertEquals(faults(file, survey(text)), [`${file} imports ${imports[0]}: ${fault}`]);
  }
  assertEquals(faults("stray/a.ts", survey("")), [
    "stray/a.ts is in no part of the repo: add its folder to mayImport",
  ]);
});

Deno.test("any is a fault as a type and none as a name", () => {
  assertEquals(survey('export const any = f("any"); x.any(any);').anys, 0);
  assertEquals(survey("let x: any; const y = x as any[]; f<any>(y);").anys, 3);
  assertEquals(faults("core/a.ts", survey("let x: any;")), [
    "core/a.ts has the type any 1 times: name the type, or use unknown",
  ]);
});

Deno.test("using is a fault as a declaration, and none as a name", () => {
  assertEquals(survey("using x = f(); const using = 1; g(using);").usings, 1);
  assertEquals(faults("nn/a.ts", survey("async () => { await using x = f(); };")), [
    "nn/a.ts says using 1 times: Node 22 does not know it, call dispose()",
  ]);
  assertEquals(faults("tests/a.ts", survey("using x = f();")), []);
});

Deno.test("a default export is a fault, in either form", () => {
  for (const text of ["export default 1;", "export { x as default };"]) {
    assertEquals(faults("nn/a.ts", survey(text)), ["nn/a.ts has a default export: export it by name"]);
  }
});
