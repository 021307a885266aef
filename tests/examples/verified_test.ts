/**
 * The programs of `examples/` with their steps under verify: their own files, of which the training is shortened and what
 * they assert of its result is left out.
 */
import { assert, assertEquals } from "@std/assert";
import { root } from "../house/packages.ts";
import { backend, type Needs, testWith } from "../backend_traits.ts";
import { forbidden, permitted } from "../permitted.ts";

const permissions = ["read", "write", "run"] as const;

function test(needs: Needs, name: string, fn: () => Promise<void>): void {
  if (forbidden(...permissions) === undefined) testWith(needs, name, fn);
  else permitted(...permissions)(name, fn);
}

/** What takes the place of names that a program imports, and counts what was verified at its end. */
const before = `
import { compile as compiled, currentBackend, scope as within, useBackend } from "@tapegrad/tapegrad";
await useBackend("${backend.name}");
const steps = [], ok = () => {}, strictEqual = ok, deepStrictEqual = ok;
const compile = (fn) => (steps.push(compiled(fn, { verify: true })), steps.at(-1));
const fit = (model, batches, { loss, optimizer }) => {
  model.train();
  const step = compile((x, y) => {
    optimizer.zeroGrad();
    const cost = loss(model.forward(x), y);
    cost.backward();
    optimizer.step();
    return cost;
  });
  let left = 4;
  for (const [x, y] of batches) if (left-- > 0) within(() => void step(x, y));
  return Promise.resolve({ values: () => [] });
};
`;
const after = `
for (const step of steps) await step.verified();
console.log("verified", steps.length, steps.reduce((sum, { programs }) => sum + programs.length, 0), currentBackend().name);
`;

interface Program {
  readonly file: string;
  /** What is replaced, so that it takes less time. */
  readonly shorter?: readonly (readonly [from: string, to: string])[];
  /** What it computes, where it trains nothing by steps of its own. */
  readonly more?: string;
  /** What it can do nothing without. */
  readonly needs?: Needs;
  /** How many steps are compiled. */
  readonly steps: number;
}

const programs: readonly Program[] = [
  {
    file: "curve_fitting.ts",
    more: `const both = compile((p) => [loss(p), hessian(loss)(p)]);
for (let i = 0; i < 4; i++) both(tensor([2 + i, 1, 0.5], { dtype: "f64" }));`,
    needs: { f64: true },
    steps: 1,
  },
  {
    file: "custom_op.ts",
    needs: { f64: true },
    more: `const all = compile((x) => [lambertW(x), vmap(grad(lambertW))(x)]);
for (let i = 0; i < 4; i++) all(tensor([i, 1, 2 + i]));`,
    steps: 1,
  },
  { file: "images.ts", needs: { synchronous: true }, steps: 1 },
  { file: "tabular.ts", needs: { synchronous: true }, steps: 1 },
  { file: "text.ts", shorter: [["step < 60", "step < 4"], ["SPAN = 32", "SPAN = 8"]], steps: 1 },
  {
    file: "time_series.ts",
    shorter: [["EPOCHS = 12", "EPOCHS = 1"], ["WINDOW = 30", "WINDOW = 28"]],
    steps: 1,
  },
  { file: "transfer.ts", steps: 2 },
];

function underVerify(text: string, { file, shorter = [], more = "" }: Program): string {
  const url = new URL(`examples/${file}`, root).href;
  let changed = text.replace(/^import .* from "node:assert\/strict";\n/m, "");
  for (const [from, to] of [...shorter, ["import.meta.url", JSON.stringify(url)]] as const) {
    assert(changed.includes(from) || from.startsWith("import"), `${file} has no ${from}`);
    changed = changed.replaceAll(from, to);
  }
  const [imports, rest] = changed.split(/(?<=from "@tapegrad\/tapegrad";\n)/);
  return imports.replace(/^ {2}(fit|compile),\n/gm, "") + before + rest + more + after;
}

for (const program of programs) {
  const { file, steps, needs = {} } = program;
  test(needs, `the steps of ${file} run as programs that do the same`, async () => {
    const path = `${await Deno.makeTempDir({ dir: "/tmp" })}/${file}`;
    const text = await Deno.readTextFile(new URL(`examples/${file}`, root));
    await Deno.writeTextFile(path, underVerify(text, program));
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-check",
        "--no-lock",
        "--config=deno.json",
        "--allow-read",
        path,
      ],
      cwd: root,
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    const [said, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    const [, compiled, made, name] = said.match(/^verified (\d+) (\d+) (\w+)$/m) ?? assert(false, errors) ??
      [];
    assertEquals([Number(compiled), name], [steps, backend.name]);
    assert(Number(made) >= steps, `${made} programs`);
    await Deno.remove(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  });
}
