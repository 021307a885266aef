/**
 * Runs the tests on a backend by its name: `deno task test:webgpu` and `deno task test:wasm`, with what `deno test`
 * takes; without files all but the long ones, with `--long` those; with `--blas` matrices are multiplied by one, with
 * `--threads N` wasm computes on so many. Where the backend cannot be had it says so in a line, which in CI is a failure.
 */
import "@tapegrad/backends";
import { openBackend } from "@tapegrad/core";
import { readThreads, runCommand } from "../demos/command_line.ts";
import { root } from "./house/packages.ts";
import { asksHelp, helpOf } from "./task.ts";

/** Those that choose their backends themselves, or none: `deno task test:unit` runs them. */
const apart = [
  "backends/blas",
  "backends/cpu",
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
  "nn/onnx/damaged_test.ts",
  "notebook",
  "std",
];

/** What looks at core, or at the whole of a demo, again and for minutes. */
const long = ["demos/charts_test.ts", "demos/digits_test.ts", "proof/gradients/batches_test.ts"];

/** What is about JavaScript rather than kernels, and takes a backend that compiles them slowly a minute. */
const longAlone: Readonly<Record<string, readonly string[]>> = {
  webgpu: ["core/transforms/compile_numbers_test.ts"],
};

/** The same of any backend and of one by itself, which are short unless TAPEGRAD_LONG is "true". */
const longer = ["core/transforms/planned_test.ts"];
const longOn: Readonly<Record<string, readonly string[]>> = {
  wasm: ["backends/wasm/threads/bits_test.ts", "backends/wasm/threads/soak_test.ts"],
};

const inTests = (path: string): string => `tests/${path}`;

function chosen(name: string, args: readonly string[]): string[] {
  const left = [...long, ...longAlone[name] ?? []];
  if (args.includes("--long")) {
    const files = [...left, ...longer, ...longOn[name] ?? []], rest = args.filter((arg) => arg !== "--long");
    return ["--allow-env=TAPEGRAD_LONG", ...rest, ...files.map(inTests)];
  }
  const all = args.every((arg) => arg.startsWith("-"));
  return [`--ignore=${[...apart, ...all ? left : []].map(inTests).join()}`, ...args];
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

/** What is asked of the backend, as its environment says it, and what is left for `deno test`. */
interface Asked {
  readonly env: Readonly<Record<string, string>>;
  readonly rest: readonly string[];
}

function readAsked(args: readonly string[]): Asked {
  const env: Record<string, string> = {}, rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [flag, value] = args[i].split(/=(.*)/s);
    if (flag === "--blas") env.TAPEGRAD_BLAS = value ?? "true";
    else if (flag === "--threads") env.TAPEGRAD_THREADS = `${readThreads(value ?? args[++i] ?? "")}`;
    else rest.push(args[i]);
  }
  return { env, rest };
}

async function run(name: string, { env, rest }: Asked): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "test:unit", ...chosen(name, rest)],
    cwd: root,
    env: { TAPEGRAD_BACKEND: name, ...env, ...rest.includes("--long") ? { TAPEGRAD_LONG: "true" } : {} },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return code;
}

async function tried(name: string, asked: Asked): Promise<number> {
  const reason = await reasonAgainst(name);
  if (reason === undefined) return await run(name, asked);
  const required = Deno.env.get("CI") === "true";
  console.log(`The tests on ${name} ${required ? "failed" : "were skipped"}: ${reason}`);
  return required ? 1 : 0;
}

if (import.meta.main) {
  const [name, ...args] = Deno.args;
  const usage = " [--long] [--blas[=PATH]] [--threads N] [what deno test takes: files, flags]";
  const code = await runCommand(args, {
    help: helpOf(`test:${name}`, usage),
    read: () => asksHelp(args) ? "help" : readAsked(args),
    run: async (asked: Asked) => Deno.exit(await tried(name, asked)),
  });
  Deno.exit(code);
}
