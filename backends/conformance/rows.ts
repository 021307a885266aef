/** All that is asked of a backend. */
import { type Backend, MissingKernelError } from "@tapegrad/core";
import { compositeRows } from "./composite_rows.ts";
import { foldRow, gatherRow, scatterRows } from "./indexing_rows.ts";
import { copyRow, fillRow, largeRow, mapRow } from "./map_rows.ts";
import { matmulRow } from "./matmul_rows.ts";
import { memoryRow } from "./memory_row.ts";
import { argsortRow, cumulateRows, iotaRow } from "./ordered_rows.ts";
import { randomRows } from "./random_row.ts";
import { reduceRows } from "./reduce_rows.ts";
import { castRow, scalarRows } from "./scalar_rows.ts";
import { type Draft, type Row, Session } from "./session.ts";
import { slopeRows } from "./slope_rows.ts";
import { orderRow, readRow, writeRow } from "./transfer_rows.ts";
import type {
  CompositeSample,
  ConformanceCase,
  ConformanceOptions,
  ConformanceResult,
  Outcome,
} from "./types.ts";

/** A row for each op that is asked for, in the order in which they are tried. */
export function rowsFor({ ops, composites = [] }: ConformanceOptions): readonly Row[] {
  return allRows(composites).filter(({ op }) => !ops || ops.includes(op));
}

function allRows(composites: readonly CompositeSample[]): readonly Row[] {
  const kernels = [
    copyRow,
    fillRow,
    mapRow,
    ...reduceRows(),
    matmulRow,
    gatherRow,
    ...scatterRows,
    foldRow,
    ...cumulateRows(),
    argsortRow,
    iotaRow,
  ];
  return [
    writeRow,
    readRow,
    orderRow,
    memoryRow(kernels),
    ...kernels,
    largeRow,
    castRow,
    ...scalarRows(),
    ...slopeRows(),
    ...randomRows,
    ...compositeRows(composites),
  ];
}

/** The cases of rows in a session. */
export function casesOf(rows: readonly Row[], session: Session): readonly ConformanceCase[] {
  return rows.flatMap((row) => row.cases(session)).map((draft) => bound(draft, session));
}

function bound(draft: Draft, session: Session): ConformanceCase {
  const { op, dtype, detail, alone = false } = draft;
  return { op, dtype, detail, alone, run: () => outcomeOf(draft, session) };
}

async function outcomeOf(draft: Draft, session: Session): Promise<Outcome> {
  const reason = session.reasonToSkip(draft);
  if (reason !== undefined) return { status: "skipped", reason };
  try {
    return await draft.run(session);
  } catch (error) {
    if (error instanceof MissingKernelError) return { status: "skipped", reason: error.message };
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { status: "failed", message: message.replace(/^Error: /, "") };
  }
}

/**
 * Everything that is asked of a backend, as cases that need no test runner; {@link runConformance} runs them
 * in an order and in batches that suit a device whose reads take long.
 *
 * @category Conformance
 * @example
 * ```ts
 * import { conformanceCases } from "@tapegrad/backends/conformance";
 * import { createCpuBackend } from "@tapegrad/backends/cpu";
 * import { assertEquals } from "@std/assert";
 *
 * const cases = conformanceCases(createCpuBackend());
 * const tanh = cases.find(({ op, dtype }) => op === "tanh" && dtype === "f32");
 * assertEquals((await tanh?.run())?.status, "ok");
 * ```
 */
export function conformanceCases(
  backend: Backend,
  options: ConformanceOptions = {},
): readonly ConformanceCase[] {
  return casesOf(rowsFor(options), new Session(backend, options));
}

/** How many cases share a read. */
const BATCH = 64;

/** Runs cases, those that may together; their results come in order. */
export async function* runCases(cases: readonly ConformanceCase[]): AsyncGenerator<ConformanceResult> {
  for (let from = 0, to; from < cases.length; from = to) {
    for (to = from + 1; mayJoin(cases, from, to);) to++;
    const batch = cases.slice(from, to), outcomes = await Promise.all(batch.map((one) => one.run()));
    for (const [i, { op, dtype, detail }] of batch.entries()) {
      yield { op, dtype, detail, outcome: outcomes[i] };
    }
  }
}

function mayJoin(cases: readonly ConformanceCase[], from: number, to: number): boolean {
  return to < cases.length && to - from < BATCH && !cases[from].alone && !cases[to].alone;
}

/**
 * Tries all of {@link conformanceCases} and gives the results as they come. The backend stays the caller's to
 * dispose of.
 *
 * @category Conformance
 * @example
 * ```ts
 * import { runConformance } from "@tapegrad/backends/conformance";
 * import { createCpuBackend } from "@tapegrad/backends/cpu";
 * import { assertEquals } from "@std/assert";
 *
 * const found = new Set<string>();
 * for await (const { op, outcome } of runConformance(createCpuBackend(), { ops: ["gather", "tanh"] })) {
 *   found.add(`${op} ${outcome.status}`);
 * }
 * assertEquals(found, new Set(["gather ok", "tanh ok"]));
 * ```
 */
export function runConformance(
  backend: Backend,
  options: ConformanceOptions = {},
): AsyncGenerator<ConformanceResult> {
  return runCases(conformanceCases(backend, options));
}
