import { assertEquals } from "@std/assert";
import { structured } from "./reference.ts";
import { stale, testCase } from "./structured.ts";
import { exceptions } from "./structured_exceptions.ts";
import { losses, table } from "./structured_table.ts";

const cases = structured.filter((record) => !(record.op in losses));

for (const record of cases) testCase(record, table[record.op], exceptions);

Deno.test("the structured table holds nothing that the reference does not", () => {
  assertEquals(Object.keys(table).filter((op) => !cases.some((record) => record.op === op)), []);
});

Deno.test("an answer that PyTorch shares, or none has, is no structured exception", () => {
  assertEquals(stale(exceptions), []);
});
