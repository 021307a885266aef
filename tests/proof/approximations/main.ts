/** Prints how far scalar functions in WebAssembly are from their values, at all numbers that f32 has. */
import { createWasmBackend, type Simd } from "@tapegrad/backends/wasm";
import {
  approximationOf,
  type Builder,
  e,
  implementationOf,
  input,
  type ScalarFunction,
  scalarFunctions,
  type View,
} from "@tapegrad/core/backend";
import { parseFlags, runCommand, UsageError } from "../../../demos/command_line.ts";
import { Furthest } from "./furthest.ts";

interface Options {
  readonly names: readonly string[];
  readonly every: number;
}

const HELP =
  `Measures how far scalar functions of f32 in WebAssembly are from their values, in units of the last place.

Usage: deno task approximations [FUNCTION …] [--every N] [--help]

  FUNCTION   only these, of one operand; otherwise all that have an approximation
  --every N  only each N-th number of f32; otherwise all 2^32, which takes minutes a function
  --help     prints this

Values are those of the functions in double precision. "fused" is with relaxed SIMD, "plain" without.`;

/** Numbers at a time. */
const COUNT = 2 ** 20;

const builders = e as unknown as Readonly<Record<string, Builder | undefined>>;

/** Runs the command line and gives its exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, read: readOptions, run });
}

function readOptions(args: readonly string[]): Options | "help" {
  const { help, words, every = "1" } = parseFlags("approximations", args, {
    text: ["every"],
    switches: ["help"],
  });
  if (!/^[1-9]\d{0,8}$/.test(every)) {
    throw new UsageError(`Cannot take every "${every}": a whole number is needed`);
  }
  return help ? "help" : { names: words, every: Number(every) };
}

function functionsNamed(names: readonly string[]): readonly ScalarFunction[] {
  const all = scalarFunctions().filter((fn) =>
    fn.arity === 1 && builders[fn.name] && approximationOf(fn, "f32")
  );
  const unknown = names.find((name) => !all.some((fn) => fn.name === name));
  if (unknown !== undefined) {
    throw new UsageError(
      `Unknown function "${unknown}": choose from ${all.map(({ name }) => name).join(", ")}`,
    );
  }
  return names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all;
}

async function run({ names, every }: Options): Promise<void> {
  const functions = functionsNamed(names);
  console.log(`${"function".padEnd(14)} fused  plain  seconds  furthest at`);
  for (const fn of functions) {
    const start = performance.now();
    const found = [await furthest(fn, "relaxed", every), await furthest(fn, "simd", every)];
    const units = found.map(({ units }) => units.toFixed(2).padStart(5)).join("  ");
    const seconds = ((performance.now() - start) / 1000).toFixed(0).padStart(7);
    console.log(`${fn.name.padEnd(14)} ${units}  ${seconds}  ${found.map(({ at }) => at).join(" and ")}`);
  }
}

/** The number at which a function is furthest from its value. */
async function furthest(fn: ScalarFunction, simd: Simd, every: number): Promise<Furthest> {
  const backend = createWasmBackend({ simd, small: 0 }), map = backend.kernels.get("map")!;
  const bits = new Int32Array(COUNT), numbers = new Float32Array(bits.buffer);
  const view = (): View => {
    return { buffer: backend.allocate("f32", COUNT), dtype: "f32", shape: [COUNT], strides: [1], offset: 0 };
  };
  const [x, y] = [view(), view()], most = new Furthest(implementationOf(fn, "f64"));
  const attributes = { name: fn.name, exprs: [builders[fn.name]!(input(0))] };
  for (let first = 0; first < 2 ** 32; first += COUNT * every) {
    for (let i = 0; i < COUNT; i++) bits[i] = Math.min(first + i * every, 2 ** 32 - 1);
    backend.write(x.buffer, numbers);
    map([x], [y], attributes as never);
    const [values] = await backend.read([y]);
    most.see(numbers, values as Float32Array);
    progress(`${fn.name} ${simd} ${(100 * first / 2 ** 32).toFixed(0)} %`);
  }
  progress("");
  return most;
}

// On a terminal, in a line that the next overwrites.
function progress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r${text.padEnd(40)}\r`));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
