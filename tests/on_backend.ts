/**
 * Runs the tests on a backend by its name: `deno task test:webgpu` and `deno task test:wasm`, with what `deno test`
 * takes; without files all but the long ones, with `--long` those; with `--blas` matrices are multiplied by one. Where the backend cannot be had it says so in a
 * line, which in CI is a failure.
 */
import "@tapegrad/backends";
import { openBackend } from "@tapegrad/core";
import { root } from "./house/packages.ts";
import { asksHelp, helpOf } from "./task.ts";

/** Those that choose their backends themselves, or none: `deno task test:unit` runs them. */
const apart = [
  "backends/wasm",
  "backends/webgpu",
  "bench",
  "conformance",
  "core/expr/expr_test.ts",
  "core/expr/many_test.ts",
  ...["command", "contours", "drop", "live", "output", "page"].map((name) => `demos/${name}_test.ts`),
  "dist",
  "e2e",
  "examples",
  "house",
  "install",
  "nn/data/csv_test.ts",
  "notebook",
  "std",
];

/** What looks at core, or at the whole of a demo, again and for minutes. */
const long = ["demos/charts_test.ts", "demos/digits_test.ts", "proof/gradients/batches_test.ts"];

const inTests = (path: string): string => `tests/${path}`;

function chosen(args: readonly string[]): string[] {
  if (args.includes("--long")) return [...args.filter((arg) => arg !== "--long"), ...long.map(inTests)];
  const all = args.every((arg) => arg.startsWith("-"));
  return [`--ignore=${[...apart, ...all ? long : []].map(inTests).join()}`, ...args];
}

async function reasonAgainst(name: string): Promise<string | undefined> {
  try {
    using backend = await openBackend(name);
    console.log(`The tests on ${name}: ${backend.description}`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

// What the environment says is to name a library by its path, or "true".
const asked = /^--blas(?:=(.+))?$/;

function blasOf(args: readonly string[]): Record<string, string> {
  const found = args.map((arg) => asked.exec(arg)).find((match) => match !== null);
  return found ? { TAPEGRAD_BLAS: found[1] ?? "true" } : {};
}

async function run(name: string, args: readonly string[]): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "test:unit", ...chosen(args.filter((arg) => !asked.test(arg)))],
    cwd: root,
    env: { TAPEGRAD_BACKEND: name, ...blasOf(args) },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return code;
}

if (import.meta.main) {
  const [name, ...args] = Deno.args;
  if (asksHelp(args)) {
    console.log(helpOf(`test:${name}`, " [--long] [--blas[=PATH]] [what deno test takes: files, flags]"));
    Deno.exit(0);
  }
  const reason = await reasonAgainst(name);
  if (reason === undefined) Deno.exit(await run(name, args));
  const required = Deno.env.get("CI") === "true";
  console.log(`The tests on ${name} ${required ? "failed" : "were skipped"}: ${reason}`);
  Deno.exit(required ? 1 : 0);
}
