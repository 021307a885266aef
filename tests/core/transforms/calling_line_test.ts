import { assertEquals } from "@std/assert";
import { callerIn } from "../../../core/transforms/calling_line.ts";

const cases: readonly [name: string, stack: string, caller: string][] = [
  [
    "of modules",
    `Error
    at callingLine (file:///lib/core/transforms/calling_line.ts:9:1)
    at apply (file:///lib/core/call/apply.ts:9:1)
    at file:///app/main.ts:3:4`,
    "at file:///app/main.ts:3:4",
  ],
  [
    "of Firefox and Safari",
    "callingLine@https://a.org/core/transforms/calling_line.js:9:1\nadd@https://a.org/core/ops/add.js:1:1\ntrain@https://a.org/main.js:3:4",
    "train@https://a.org/main.js:3:4",
  ],
  [
    "of a page beside the library in one file",
    "Error\n at x (http://localhost/npm/tapegrad.js:1:9)\n at y (http://localhost/npm/tapegrad.js:1:99)\n at http://localhost/main.js:3:4",
    "at http://localhost/main.js:3:4",
  ],
  [
    "of a bundle with all in it, as CommonJS",
    "Error\n at x (/app/out.cjs:1:9)\n at Object.<anonymous> (/app/out.cjs:9:9)",
    "an unknown line",
  ],
  ["where there is none", "", "an unknown line"],
];

for (const [name, stack, caller] of cases) {
  Deno.test(`the line that called is found in a stack ${name}`, () => assertEquals(callerIn(stack), caller));
}
