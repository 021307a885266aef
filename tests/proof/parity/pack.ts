/** Packs a few small samples of every operator that is compared into a file; see README.md. */
import { compareOperator } from "./compare.ts";
import { operators } from "./operators.ts";
import { packed as files, readFile, writePacked } from "./packed.ts";
import type { Dump, Encoded, Sample } from "./sample.ts";
import "@tapegrad/backends";

/** How many characters of JSON the samples of an operator may take together, and one that is alone. */
const BUDGET = 4500, ALONE = 70_000;
const MOST = 3;

interface Candidate {
  readonly sample: Sample;
  readonly size: number;
  /** The shapes and options it was called with. */
  readonly kind: string;
}

function candidate(sample: Sample): Candidate {
  return { sample, size: JSON.stringify(sample).length, kind: kindOf([sample.args, { ...sample.kwargs }]) };
}

function kindOf(value: Encoded | readonly unknown[] | Record<string, unknown>): string {
  return JSON.stringify(value, (key, part) => key === "data" ? undefined : part);
}

/** The largest samples within the budget, each of another kind; or the smallest there is. */
function choose(samples: readonly Sample[]): Sample[] {
  const candidates = samples.map(candidate).sort((a, b) => b.size - a.size);
  const chosen = candidates.filter((c) => c.size <= 0.6 * BUDGET).slice(0, 1);
  if (chosen.length === 0) chosen.push(...candidates.slice(-1).filter((c) => c.size <= ALONE));
  while (chosen.length > 0 && chosen.length < MOST) {
    const used = chosen.reduce((total, c) => total + c.size, 0);
    const isNew = (c: Candidate) => used + c.size <= BUDGET && chosen.every(({ kind }) => kind !== c.kind);
    const next = candidates.find(isNew);
    if (!next) break;
    chosen.push(next);
  }
  return chosen.map(({ sample }) => sample);
}

/** Samples that our side of the operator does not leave out. */
async function comparable(dump: Dump): Promise<Sample[]> {
  const kept: Sample[] = [];
  for (const sample of dump.samples) {
    const only = { ...dump, samples: [sample] };
    if ((await compareOperator(only, operators.get(dump.op)!, "f64")).compared > 0) kept.push(sample);
  }
  return kept;
}

function readDumps(directory: string): Dump[] {
  const names = Array.from(Deno.readDirSync(directory), ({ name }) => name).filter((n) =>
    n.endsWith(".json")
  );
  return names.sort().map((name) => JSON.parse(Deno.readTextFileSync(`${directory}/${name}`)));
}

/** Operators of other files, which this one is to go without. */
async function packedElsewhere(file: string): Promise<Set<string>> {
  const others = Object.keys(files).filter((name) => name !== file);
  return new Set((await Promise.all(others.map(readFile))).flat().map(({ op }) => op));
}

if (import.meta.main) {
  const [file, ...directories] = Deno.args, byOperator = new Map<string, Dump>();
  const elsewhere = await packedElsewhere(file);
  for (const dump of directories.flatMap(readDumps)) {
    const isWanted = operators.has(dump.op) && !elsewhere.has(dump.op);
    if (isWanted && !byOperator.has(dump.op)) byOperator.set(dump.op, dump);
  }
  const dumps: Dump[] = [];
  for (const dump of byOperator.values()) dumps.push({ ...dump, samples: choose(await comparable(dump)) });
  const packed = dumps.filter(({ samples }) => samples.length > 0).sort((a, b) => a.op < b.op ? -1 : 1);
  const bytes = await writePacked(file, packed),
    there = new Set(packed.map(({ op }) => op).concat(...elsewhere));
  const count = packed.reduce((total, { samples }) => total + samples.length, 0);
  const missing = [...operators.keys()].filter((op) => !there.has(op));
  console.log(`${packed.length} operators, ${count} samples, ${bytes} bytes in ${file}`);
  if (missing.length > 0) console.log(`without samples: ${missing.join(", ")}`);
}
