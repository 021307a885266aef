import { assertEquals } from "@std/assert";
import { readPackages, root } from "./packages.ts";

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
  readonly def?: { readonly elements?: readonly Exported[] };
}

/** A name that a module exports, and its declarations: several for an overloaded function. */
interface Exported {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

async function exportsOf(file: string): Promise<Exported[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", file],
    cwd: root,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { nodes }: { nodes: Record<string, { symbols: Exported[] }> } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

function hasExample({ jsDoc }: Declaration): boolean {
  return jsDoc?.tags?.some(({ kind }) => kind === "example") ?? false;
}

/** The functions and constants without an example, those of a namespace after its name and a point. */
function withoutExample(symbols: readonly Exported[], prefix = ""): string[] {
  return symbols.flatMap(({ name, declarations }) => {
    const inner = declarations.flatMap(({ def, kind }) => kind === "namespace" ? def?.elements ?? [] : []);
    const callable = declarations.filter(({ kind }) => kind === "function" || kind === "variable");
    const bare = callable.length > 0 && !callable.some(hasExample);
    return [...bare ? [prefix + name] : [], ...withoutExample(inner, `${prefix}${name}.`)];
  });
}

for (const { folder, entries } of await readPackages()) {
  if (folder === ".") continue; // it exports the others' names again
  for (const [specifier, file] of entries) {
    Deno.test(`each function and constant of ${specifier} has an example`, async () => {
      const exported = await exportsOf(file);
      assertEquals(exported.length > 0, true, `deno doc found nothing in ${file}`);
      assertEquals(withoutExample(exported), [], "Add an @example to the documentation of each");
    });
  }
}

Deno.test("the search for examples looks at overloads and into namespaces", () => {
  const shown: Declaration = { kind: "function", jsDoc: { tags: [{ kind: "example" }] } };
  const bare: Declaration = { kind: "function", jsDoc: { tags: [{ kind: "param" }] } };
  const symbols: Exported[] = [
    { name: "documented", declarations: [bare, shown] },
    { name: "forgotten", declarations: [bare] },
    { name: "constant", declarations: [{ kind: "variable" }] },
    { name: "Shape", declarations: [{ kind: "typeAlias" }] },
    {
      name: "init",
      declarations: [{ kind: "namespace", def: { elements: [{ name: "fill", declarations: [bare] }] } }],
    },
  ];
  assertEquals(withoutExample(symbols), ["forgotten", "constant", "init.fill"]);
});
