import { assertEquals } from "@std/assert";
import { portablePackages as packages, root } from "../house/packages.ts";
import { sources } from "../house/survey.ts";
import { permitted } from "../permitted.ts";
import { registering } from "./registering.ts";

const test = permitted("read");

interface Loading {
  /** Whether something is done when the file is loaded, but that it lists its own functions. */
  acts: boolean;
  /** What it imports for what that does. */
  readonly bare: string[];
  /** What of others' it exports. */
  readonly passesOn: string[];
}

const declares = /^(Import|Export|Function|Class|Variable|TS)/;

function loading(text: string): Loading {
  const found: Loading = { acts: false, bare: [], passesOn: [] };
  const create = ({ sourceCode }: Deno.lint.RuleContext): Deno.lint.LintVisitor => ({
    Program: ({ body }) => {
      const acts = body.filter((node) => !declares.test(node.type));
      found.acts = acts.some((node) => !sourceCode.getText(node).startsWith("registerFunctions("));
    },
    ImportDeclaration: ({ specifiers, source }) => {
      if (specifiers.length === 0) found.bare.push(source.value);
    },
    ExportAllDeclaration: ({ source }) => void found.passesOn.push(source.value),
    ExportNamedDeclaration: ({ source, exportKind }) => {
      if (source && exportKind !== "type") found.passesOn.push(source.value);
    },
  });
  Deno.lint.runPlugin({ name: "house", rules: { loading: { create } } }, "loading.ts", text);
  return found;
}

const entries = new Map(packages.flatMap((one) => [...one.entries]));

function resolved(specifier: string, file: string): string {
  return entries.get(specifier) ?? new URL(specifier, new URL(file, root)).href.slice(root.href.length);
}

test("what is listed as registering is what does something when it is loaded, and what leads there", async () => {
  const parts = packages.map(({ folder }) => folder === "." ? "mod.ts" : folder);
  const all = new Map<string, Loading>();
  for (const file of (await Promise.all(parts.map(sources))).flat()) {
    all.set(file, loading(await Deno.readTextFile(new URL(file, root))));
  }
  const kept = new Set<string>();
  for (const [file, { acts, bare }] of all) {
    if (acts) kept.add(file);
    for (const specifier of bare) kept.add(resolved(specifier, file));
  }
  for (let before = -1; before !== kept.size;) {
    before = kept.size;
    for (const [file, { bare, passesOn }] of all) {
      if ([...bare, ...passesOn].some((one) => kept.has(resolved(one, file)))) kept.add(file);
    }
  }
  assertEquals([...kept].sort(), [...registering].sort());
});
