import { assertEquals } from "@std/assert";
import { blocksOf, checksSomething, exampleFault, isCode, readBlocks } from "./examples.ts";
import { packages, root } from "./packages.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read", "run");

interface Declaration {
  readonly kind: string;
  readonly location: { readonly filename: string };
  readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly { readonly kind: string }[] };
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

/** A function or constant, that of a namespace after its name and a point. */
interface Callable {
  readonly name: string;
  /** A family stands in a file. */
  readonly family: string;
  readonly declarations: readonly Declaration[];
}

function callables(symbols: readonly Exported[], prefix = ""): Callable[] {
  return symbols.flatMap(({ name, declarations }) => {
    const inner = declarations.flatMap(({ def, kind }) => kind === "namespace" ? def?.elements ?? [] : []);
    const own = declarations.filter(({ kind }) => kind === "function" || kind === "variable");
    const family = own.map(({ location }) => location.filename.slice(root.href.length))[0];
    return [
      ...own.length > 0 ? [{ name: prefix + name, family, declarations: own }] : [],
      ...callables(inner, `${prefix}${name}.`),
    ];
  });
}

/** Those that do not say what they do. */
function withoutContract(all: readonly Callable[]): string[] {
  return all.filter(({ declarations }) => !declarations.some(({ jsDoc }) => jsDoc?.doc?.trim())).map((
    { name },
  ) => name);
}

/** The families of which no member has an example. */
function withoutExample(all: readonly Callable[]): string[] {
  const shown = new Set(
    all.filter(({ declarations }) => declarations.some(hasExample)).map(({ family }) => family),
  );
  return [...new Set(all.map(({ family }) => family))].filter((family) => !shown.has(family));
}

for (const { folder, entries } of packages) {
  if (folder === ".") continue; // it exports the others' names again
  for (const [specifier, file] of entries) {
    test(`each function and constant of ${specifier} has a contract, each family an example`, async () => {
      const found = await exportsOf(file), exported = callables(found);
      assertEquals(found.length > 0, true, `deno doc found nothing in ${file}`);
      assertEquals(withoutContract(exported), [], "Say in a sentence above each what it does");
      assertEquals(withoutExample(exported), [], "Add an @example to a function of each of these files");
    });
  }
}

Deno.test("the search for examples looks at overloads and into namespaces", () => {
  const at = (file: string, jsDoc?: Declaration["jsDoc"]): Declaration => ({
    kind: "function",
    location: { filename: root.href + file },
    jsDoc,
  });
  const shown = { doc: "Adds.", tags: [{ kind: "example" }] }, told = { doc: "Adds." };
  const symbols: Exported[] = [
    { name: "documented", declarations: [at("a.ts", told), at("a.ts", shown)] },
    { name: "told", declarations: [at("a.ts", told)] },
    { name: "forgotten", declarations: [at("b.ts", { tags: [{ kind: "param" }] })] },
    { name: "constant", declarations: [{ ...at("b.ts"), kind: "variable" }] },
    { name: "Shape", declarations: [{ ...at("c.ts"), kind: "typeAlias" }] },
    {
      name: "init",
      declarations: [{
        ...at("d.ts"),
        kind: "namespace",
        def: { elements: [{ name: "fill", declarations: [at("d.ts", told)] }] },
      }],
    },
  ];
  assertEquals(withoutContract(callables(symbols)), ["forgotten", "constant"]);
  assertEquals(withoutExample(callables(symbols)), ["b.ts", "d.ts"]);
});

test("each example checks its result", async () => {
  const examples = (await readBlocks()).filter(isCode);
  assertEquals(examples.length > 300, true, `only ${examples.length} examples were found`);
  assertEquals(examples.flatMap((example) => exampleFault(example) ?? []), []);
});

test("each document with examples is run by the task that runs examples", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const run: string[] = tasks["test:doc"].command.split(" ");
  const isRun = (place: string) =>
    run.some((path) => place.startsWith(`${path}:`) || place.startsWith(`${path}/`));
  const examples = (await readBlocks()).filter(isCode);
  assertEquals(examples.map(({ place }) => place).filter((place) => !isRun(place)), []);
});

Deno.test("examples are found in documents and in documentation comments, with their lines", () => {
  const document = "# Title\n\n```ts\nf();\n```\n\n> ```ts ignore why\n> g();\n> ```\n\n```sh\nh\n```\n";
  assertEquals(blocksOf("a.md", document), [
    { place: "a.md:3", info: "ts", code: "f();\n" },
    { place: "a.md:7", info: "ts ignore why", code: "g();\n" },
    { place: "a.md:11", info: "sh", code: "h\n" },
  ]);
  const source =
    "const s = `\n```ts\nno();\n```\n`;\n  /**\n   * ```ts\n   * if (a) {\n   *   f();\n   * }\n   * ```\n   */\n";
  assertEquals(blocksOf("a.ts", source), [{ place: "a.ts:7", info: "ts", code: "if (a) {\n  f();\n}\n" }]);
});

const imports = 'import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";\n' +
  'import { f } from "@tapegrad/core";\n';

Deno.test("an assertion counts if it is sure to be reached and can fail", () => {
  const good = [
    "assertEquals(f(1), 2);",
    "const x = f(1);\nassertEquals(await x, [2]);",
    "const { message } = assertThrows(() => f(1));",
    "await assertRejects(() => f(1));",
    "{\n  assertEquals(f(1).length, 3);\n}",
    "if (f(0)) assert(f(1));\nelse assert(f(2));",
  ];
  assertEquals(good.filter((code) => !checksSomething(imports + code)), []);
  const bad = [
    "f(1);",
    "assert(true);",
    "assertEquals(1 + 1, 2);",
    "const yes = true, two = 2;\nassert(yes && Math.max(1, 2) === two);",
    "assertEquals({ f: 1 }.f, 1);",
    "assertEquals(f(1), f(1));",
    "function test() {\n  assert(f(1));\n}",
    "for (const x of f(1)) assert(x);",
    "if (f(0)) assert(f(1));",
    "f(() => assert(f(1)));",
    "const check = () => assert(f(1));",
    "// assert(f(1));",
    "f('assert(f(1))');",
  ];
  assertEquals(bad.filter((code) => checksSomething(imports + code)), []);
  assertEquals(checksSomething('import { assert, f } from "./mine.ts";\nassert(f(1));'), false);
});

Deno.test("an example is left out with a reason only", () => {
  const at = { place: "a.md:1", code: "f();" };
  assertEquals(exampleFault({ ...at, info: "ts ignore it needs two devices" }), undefined);
  assertEquals(
    exampleFault({ ...at, info: "ts ignore" }),
    "a.md:1 is ignored without a reason: write it behind the word, or let it run",
  );
  assertEquals(exampleFault({ ...at, info: "ts" }), "a.md:1 asserts nothing that could be wrong");
});
