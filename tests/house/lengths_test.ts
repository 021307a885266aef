import { assertEquals } from "@std/assert";
import { FILE_LINES, linesOf, longFunctions } from "./lengths.ts";
import { root } from "./packages.ts";
import { sources } from "./survey.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read");

/** Why a function is longer. */
const longerFunctions: Readonly<Record<string, string>> = {
  "backends/cpu/kernels/matmul.ts addTile": "sixteen sums, each in a variable of its own, a line each",
  "backends/wasm/threads/serve.ts serve": "workers are given it as text, with no function within",
  "backends/webgpu/kernels.ts kernelsOf": "a table, a kernel an entry",
};

const documented = "a file of documentation: each function is a few lines below its contract and example";

/** Why a file is longer. */
const longerFiles: Readonly<Record<string, string>> = {
  "core/device/storage.ts": "who owns memory, in one place",
  "core/tensor/tensor.ts": documented,
};

function excused(reasons: Readonly<Record<string, string>>, part: string): string[] {
  return Object.keys(reasons).filter((name) => name.startsWith(`${part}/`)).sort();
}

for (const part of ["core", "backends", "nn", "optim", "distributed", "demos", "examples", "bench"]) {
  test(`files of ${part} and their functions are short, or say why they are not`, async () => {
    const files: string[] = [], functions: string[] = [];
    for (const file of await sources(part)) {
      const text = await Deno.readTextFile(new URL(file, root));
      if (linesOf(text) > FILE_LINES) files.push(file);
      functions.push(...longFunctions(text).map(({ name }) => `${file} ${name}`));
    }
    assertEquals(functions.sort(), excused(longerFunctions, part));
    assertEquals(files.sort(), excused(longerFiles, part));
  });
}

Deno.test("a long function is found, whatever it is declared as", () => {
  const body = "\n;".repeat(40);
  const text = [
    `function a() {${body}}`,
    `const b = () => {${body}};`,
    `class C { d() {${body}} }`,
    "function e() { return 1; }",
  ].join("\n");
  assertEquals(longFunctions(text), ["a", "b", "d"].map((name) => ({ name, lines: 41 })));
});
