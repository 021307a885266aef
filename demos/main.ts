import { visible } from "@tapegrad/tapegrad";
import type { Chart } from "./charts/chart.ts";
import { digitsCharts } from "./charts/digits.ts";
import { gradientCharts } from "./charts/gradient.ts";
import { perceptronCharts } from "./charts/perceptron.ts";
import { quadraticCharts } from "./charts/quadratic.ts";
import { surfaceCharts } from "./charts/surface.ts";
import {
  type Drop,
  drop,
  leaveOnSignals,
  parseFlags,
  runCommand,
  UsageError,
  useAsked,
  type Where,
  whereFlags,
  whereHelp,
} from "./command_line.ts";
import type { Outcome, Settings } from "./experiments/experiment.ts";
import { runDigits, type Together } from "./experiments/digits.ts";
import type { Reference } from "./experiments/results.ts";
import { runGradient } from "./experiments/gradient.ts";
import { runPerceptron } from "./experiments/perceptron.ts";
import { runQuadratic } from "./experiments/quadratic.ts";
import { runSurface } from "./experiments/surface.ts";
import { bundle } from "./bundle.ts";
import type { Experiment } from "./gallery.ts";
import { probeDirectory } from "./output.ts";
import { texts } from "./page/sections.ts";
import { joined } from "./together.ts";
import { Progress } from "./progress.ts";
import { pytorchReference } from "./pytorch.ts";

type Name = keyof typeof texts;

interface Options extends Where {
  readonly names: readonly Name[];
  readonly out: string;
  readonly dtype: "f32" | "f64";
  readonly seed?: number;
  readonly quiet: boolean;
}

const NAMES = Object.keys(texts) as Name[];

const HELP = `Runs the experiments and leaves a gallery that opens in a browser.

Usage: deno task demo [NAME …] [--backend NAME] [--blas[=PATH]] [--threads N] [--out DIR]
                     [--dtype f32|f64] [--seed N] [--quiet]

  NAME            ${NAMES.join(", ")}; all of them when none is named
${whereHelp}
  --out DIR       where to write; demos/out if not given
  --dtype DTYPE   the precision, f32 (the default) or f64
  --seed N        draws other points for the perceptron, and is the first of the digits' seeds
  --quiet         prints nothing unless something is wrong
  --help          prints this`;

/** Runs the command line and gives its exit code. */
export function main(args: readonly string[], drop: Drop = () => {}): Promise<number> {
  return runCommand(args, { help: HELP, read: readOptions, run: (options) => run(options, drop) });
}

function readOptions(args: readonly string[]): Options | "help" {
  const flags = parseFlags("demo", args, {
    text: [...whereFlags, "out", "dtype", "seed"],
    switches: ["quiet", "help"],
  });
  if (flags.help) return "help";
  return {
    names: readNames(flags.words),
    backend: flags.backend,
    blas: flags.blas,
    threads: flags.threads,
    out: flags.out ?? "demos/out",
    dtype: readDtype(flags.dtype),
    seed: readSeed(flags.seed),
    quiet: flags.quiet,
  };
}

function readNames(words: readonly string[]): Name[] {
  for (const word of words) {
    if (!Object.hasOwn(texts, word)) {
      throw new UsageError(`Unknown experiment "${word}": there are ${NAMES.join(", ")}`);
    }
  }
  return NAMES.filter((name) => words.length === 0 || words.includes(name));
}

function readDtype(text = "f32"): "f32" | "f64" {
  if (text === "f32" || text === "f64") return text;
  throw new UsageError(`Unknown dtype "${text}": the experiments run in f32 or f64`);
}

function readSeed(text?: string): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < 2 ** 32) return seed;
  throw new UsageError(`Cannot take "${text}" as a seed: it is a whole number from 0 to 4294967295`);
}

/** What other programs make: Deno the page's script, Python the numbers of PyTorch. */
interface Made {
  readonly script: string;
  readonly reference?: Reference;
}

async function make(names: readonly Name[]): Promise<Made> {
  const script = await bundle(`${import.meta.dirname}/page/main.ts`);
  return names.includes("gradient") ? { script, reference: await pytorchReference() } : { script };
}

async function run({ names, out, quiet, ...options }: Options, drop: Drop): Promise<void> {
  const backend = await useAsked(options);
  if (!backend.dtypes.has(options.dtype)) {
    const those = [...backend.dtypes].join(", ");
    throw new UsageError(`Cannot run in ${options.dtype} on ${backend.name}: its dtypes are ${those}`);
  }
  const { isFirst, together, words } = await joined();
  if (!isFirst) {
    return await learnAlong(names, settingsOf(options, backend.name), { seed: options.seed, together });
  }
  probeDirectory(out);
  const progress = new Progress({ quiet });
  await progress.show("preparing", 0);
  const { script, reference } = await make(names);
  drop("run", "ffi");
  const sections: Experiment[] = [];
  for (const name of names) {
    const settings = settingsOf(options, backend.name, (part) => progress.show(name, part));
    await progress.show(name, 0);
    const { lines, charts } = await experiments[name](settings, { seed: options.seed, reference, together });
    progress.clear();
    if (!quiet) console.log(`${lines.join("\n")}\n`);
    sections.push({ ...texts[name], name, lines, charts });
  }
  await progress.show("writing the gallery", 1);
  const origin =
    `on its ${backend.name} backend in ${options.dtype}${words}, under Deno ${Deno.version.deno},`;
  // Not before permissions are dropped: what it imports is others' code.
  const { writeGallery } = await import("./gallery.ts");
  const path = await writeGallery(out, sections, { origin, script });
  progress.clear();
  if (!quiet) console.log(`The gallery is ${visible(path)}`);
}

function settingsOf(
  { dtype }: Pick<Options, "dtype">,
  backend: string,
  progress?: Settings["progress"],
): Settings {
  return { backend, dtype, progress };
}

// The first process tells and writes, and makes alone what is not learned together.
async function learnAlong(names: readonly Name[], settings: Settings, given: Given): Promise<void> {
  if (names.includes("digits")) await runDigits(settings, given);
}

interface Shown {
  readonly lines: readonly string[];
  readonly charts: readonly Chart[];
}

interface Given {
  readonly seed?: number;
  readonly together?: Together;
  readonly reference?: Reference;
}

const experiments: Record<Name, (settings: Settings, given: Given) => Promise<Shown>> = {
  gradient: async (settings, { reference }) =>
    show(await runGradient(settings, { reference }), gradientCharts),
  quadratic: async (settings) => show(await runQuadratic(settings), quadraticCharts),
  surface: async (settings) => show(await runSurface(settings), surfaceCharts),
  perceptron: async (settings, { seed }) => show(await runPerceptron(settings, { seed }), perceptronCharts),
  digits: async (settings, { seed, together }) =>
    show(await runDigits(settings, { seed, together }), digitsCharts),
};

function show<Result>({ result, lines }: Outcome<Result>, charts: (result: Result) => Chart[]): Shown {
  return { lines, charts: charts(result) };
}

if (import.meta.main) {
  leaveOnSignals();
  Deno.exit(await main(Deno.args, drop));
}
