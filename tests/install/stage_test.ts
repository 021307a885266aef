import { assertEquals } from "@std/assert";
import { rewritten } from "./stage.ts";

const entries = new Map([
  ["@tapegrad/core", "core/mod.ts"],
  ["@tapegrad/core/expr", "core/expr/mod.ts"],
  ["@tapegrad/tapegrad", "mod.ts"],
]);

const cases: [file: string, before: string, after: string][] = [
  ["nn/a.ts", 'import { add } from "@tapegrad/core";', 'import { add } from "../core/mod.ts";'],
  ["mod.ts", 'export * from "@tapegrad/core";', 'export * from "./core/mod.ts";'],
  ["a/b/c.ts", 'import "@tapegrad/core/expr";', 'import "../../core/expr/mod.ts";'],
  ["nn/a.ts", 'import {\n  add,\n} from "@tapegrad/core";', 'import {\n  add,\n} from "../core/mod.ts";'],
  [
    "nn/a.ts",
    ' * import { e } from "@tapegrad/core/expr";',
    ' * import { e } from "@tapegrad/tapegrad/core/expr";',
  ],
  ["nn/a.ts", ' * import { e } from "@tapegrad/tapegrad";', ' * import { e } from "@tapegrad/tapegrad";'],
  ["core/a.ts", 'throw Error("import @tapegrad/core")', 'throw Error("import @tapegrad/tapegrad/core")'],
];

for (const [file, before, after] of cases) {
  Deno.test(`in one package, ${JSON.stringify(before)} is ${JSON.stringify(after)}`, () => {
    assertEquals(rewritten(before, file, { name: "@tapegrad/tapegrad", entries }), after);
  });
}
