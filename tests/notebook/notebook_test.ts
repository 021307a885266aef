/** The runner of notebooks, as a command: it is a child process, which may do what the tests may not. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { root } from "../house/packages.ts";
import { permitted } from "../permitted.ts";
import { type Code, type Notebook, written } from "./document.ts";

const test = permitted("read", "write", "run");
const ours = new URL("docs/notebook/autograd.ipynb", root);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function spawned(args: readonly string[], input?: string): Promise<Ran> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== undefined) await new Response(input).body!.pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, error };
}

function runner(...args: readonly string[]): Promise<Ran> {
  return spawned([
    "run",
    "--quiet",
    "--no-check",
    "--no-prompt",
    "--allow-all",
    "tests/notebook/main.ts",
    ...args,
  ]);
}

function notebookOf(...sources: readonly string[]): Notebook {
  const cells = sources.map((source): Code => ({
    cell_type: "code",
    execution_count: null,
    outputs: [],
    source,
  }));
  return { cells: [{ cell_type: "markdown", source: "# A title" }, ...cells] };
}

/** Runs cells in a notebook of their own, and gives what the command said and what the file has then. */
async function ran(
  ...sources: readonly string[]
): Promise<Ran & { readonly outputs: readonly (readonly object[])[] }> {
  const file = await Deno.makeTempFile({ dir: "/tmp", suffix: ".ipynb" });
  try {
    await Deno.writeTextFile(file, written(notebookOf(...sources)));
    const said = await runner(file), { cells }: Notebook = JSON.parse(await Deno.readTextFile(file));
    return { ...said, outputs: cells.flatMap((cell) => cell.cell_type === "code" ? [cell.outputs] : []) };
  } finally {
    await Deno.remove(file);
  }
}

const result = (execution_count: number, ...lines: readonly string[]) => ({
  output_type: "execute_result",
  data: { "text/plain": lines },
  execution_count,
  metadata: {},
});

test("cells share what they declare, and show what is printed, displayed and left at their end", async () => {
  const { outputs, code } = await ran(
    "const n: number = await Promise.resolve(3);",
    "n + 1",
    'console.log("a\\nb"); console.error("c"); n',
    'await Deno.jupyter.display({ "text/html": "<b>&</b>" }, { raw: true })',
    '({ async [Symbol.for("Jupyter.display")]() { await new Promise((r) => setTimeout(r, 50)); return { "text/plain": "late" }; } })',
  );
  assertEquals(code, 0);
  assertEquals(outputs, [
    [],
    [result(2, "4")],
    [
      { output_type: "stream", name: "stdout", text: ["a\n", "b\n"] },
      { output_type: "stream", name: "stderr", text: ["c\n"] },
      result(3, "3"),
    ],
    [{ output_type: "display_data", data: { "text/html": ["<b>&</b>"] }, metadata: {} }],
    [result(5, "late")],
  ]);
});

test("all that a cell prints is its own, however much it is", async () => {
  const { outputs } = await ran("for (let i = 0; i < 500; i++) console.log(i)", "1", 'console.log("x")');
  const [{ text }] = outputs[0] as readonly { readonly text: readonly string[] }[];
  assertEquals(text, Array.from({ length: 500 }, (_, i) => `${i}\n`));
  assertEquals(outputs.slice(1), [[result(2, "1")], [{
    output_type: "stream",
    name: "stdout",
    text: ["x\n"],
  }]]);
});

test("a cell that throws, one that is no program, and one whose display throws are named, and nothing is written", async () => {
  const failing = [
    ['throw new RangeError("too far")', "RangeError: too far"],
    ["const = 3", "Execution failed"],
    ['({ [Symbol.for("Jupyter.display")]() { throw new Error("no picture"); } })', "no picture"],
  ];
  for (const [source, message] of failing) {
    const { code, error, outputs } = await ran("1", source, "2");
    assertEquals(code, 1, source);
    assertMatch(error, new RegExp(`^error: Cell 3 failed: .*(${message})`), source);
    assertEquals(outputs, [[], [], []]);
  }
});

test("a notebook that shows what its cells no longer give is found out", async () => {
  const file = await Deno.makeTempFile({ dir: "/tmp", suffix: ".ipynb" });
  try {
    await Deno.writeTextFile(file, written(notebookOf("1", "2")));
    assertEquals((await runner(file)).code, 0);
    assertEquals((await runner("--check", file)).code, 0);
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(
      file,
      text.replace('"text/plain": [\n       "2"', '"text/plain": [\n       "3"'),
    );
    const { code, error } = await runner("--check", file);
    assertEquals([code, error], [
      1,
      `error: Cell 3 of ${file} gives another output: write it anew by deno task notebook\n`,
    ]);
  } finally {
    await Deno.remove(file);
  }
});

for (const notebook of [ours, new URL("examples/notebook.ipynb", root)]) {
  test(`${notebook.pathname.split("/").at(-1)} is formatted as Deno does`, async () => {
    const text = await Deno.readTextFile(notebook);
    const { out } = await spawned(["fmt", "--ext", "ipynb", "-"], text);
    assertEquals(out === text, true, "write it anew: deno fmt --ext ipynb - <NOTEBOOK");
  });
}

test("our notebook has an output of every kind that it tells of", async () => {
  const { cells }: Notebook = JSON.parse(await Deno.readTextFile(ours));
  const outputs = cells.flatMap((cell) => cell.cell_type === "code" ? cell.outputs : []);
  const types = new Set(outputs.flatMap((output) => Object.keys((output as { data?: object }).data ?? {})));
  assertEquals([...types].sort(), [
    "application/vnd.vegalite.v5+json",
    "image/svg+xml",
    "text/html",
    "text/plain",
  ]);
  assert(cells.filter(({ cell_type }) => cell_type === "markdown").length >= 12);
});
