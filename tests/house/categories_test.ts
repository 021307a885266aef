import { assertEquals } from "@std/assert";
import { permitted } from "../permitted.ts";
import { categories, categoryFaults, faultsOf } from "./categories.ts";
import { root } from "./packages.ts";

permitted("read", "run")("every export says under which heading of the documentation it stands", async () => {
  assertEquals(
    await categoryFaults(),
    [],
    "write one line into the comment of each, before its @example: `@category Layers`, or another heading of tests/house/categories.ts",
  );
});

Deno.test("a category that is missing, double or on no list is found, in namespaces too", () => {
  const location = { filename: `${root}a.ts` };
  const exported = (name: string, ...docs: string[]) => ({
    name,
    declarations: [{
      kind: "function",
      location,
      jsDoc: { tags: docs.map((doc) => ({ kind: "category", doc })) },
    }],
  });
  const [one, other] = categories.nn;
  const space = {
    kind: "namespace",
    location,
    def: { elements: [exported("inner"), exported("fine", one)] },
  };
  const elsewhere = { kind: "reference", location };
  assertEquals(
    faultsOf([
      exported("good", one),
      exported("double", one, other),
      exported("strange", "Sundry"),
      { name: "space", declarations: [space] },
      { name: "elsewhere", declarations: [elsewhere] },
    ]),
    [
      `a.ts: double has @category ${one} and ${other}`,
      "a.ts: strange has @category Sundry",
      "a.ts: inner has no @category",
    ],
  );
});
