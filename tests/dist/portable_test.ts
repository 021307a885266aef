import { assertEquals, assertStringIncludes } from "@std/assert";
import { portable } from "./portable.ts";

const map = {
  version: 3,
  sources: ["file:///tmp/a.ts"],
  sourcesContent: ["// é"],
  names: [],
  mappings: "AAAA",
};
const inline = new TextEncoder().encode(JSON.stringify(map));
const script = `let a;\n//# sourceMappingURL=data:application/json;base64,${
  btoa(String.fromCharCode(...inline))
}`;

Deno.test("a map is a file beside its script, and has the source", () => {
  const files = portable(new Map([["core/a.js", script]]));
  assertEquals(files.get("core/a.js"), "let a;\n//# sourceMappingURL=a.js.map\n");
  const { file, sources, sourcesContent, mappings } = JSON.parse(files.get("core/a.js.map")!);
  assertEquals([file, sources, sourcesContent, mappings], ["a.js", ["a.ts"], ["// é"], "AAAA"]);
});

Deno.test("a script with types says so in a line that its map knows of", () => {
  const files = portable(new Map([["core/a.js", script], ["core/a.d.ts", "export {};"]]));
  assertStringIncludes(files.get("core/a.js")!, '// @ts-self-types="./a.d.ts"\nlet a;\n');
  assertEquals(JSON.parse(files.get("core/a.js.map")!).mappings, ";AAAA");
  assertEquals(files.get("core/a.d.ts"), "export {};");
});

Deno.test("types that dispose name the library that they need", () => {
  const files = portable(new Map([["a.d.ts", "export interface A extends Disposable {}"]]));
  assertStringIncludes(files.get("a.d.ts")!, '/// <reference lib="esnext.disposable" />\n');
});

Deno.test("what is private has no type", () => {
  const files = portable(new Map([["a.d.ts", "class A {\n  private readonly x: any;\n  y: B;\n}"]]));
  assertEquals(files.get("a.d.ts"), "class A {\n  private readonly x;\n  y: B;\n}");
});

Deno.test("a file of types alone is an empty module without a map", () => {
  const empty = btoa(JSON.stringify({ version: 3, sources: [], names: [], mappings: "" }));
  const text = `\n//# sourceMappingURL=data:application/json;base64,${empty}`;
  assertEquals([...portable(new Map([["a.js", text]]))], [["a.js", "export {};\n"]]);
});
