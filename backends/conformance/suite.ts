/** The suite as tests of a test runner. */
import { casesOf, rowsFor, runCases } from "./rows.ts";
import { type Row, Session } from "./session.ts";
import type { BackendMaker, ConformanceResult, SuiteOptions } from "./types.ts";

type Register = (name: string, fn: () => Promise<void>) => void;

interface Runner {
  readonly Deno?: {
    test?(test: {
      name: string;
      fn: () => Promise<void>;
      sanitizeOps: boolean;
      sanitizeResources: boolean;
    }): void;
  };
  readonly it?: Register;
}

// A device is opened in one test and closed in another.
function registerOf({ Deno: deno, it }: Runner): Register {
  if (deno?.test) {
    return (name, fn) => deno.test!({ name, fn, sanitizeOps: false, sanitizeResources: false });
  }
  if (it) return it;
  throw new Error("Cannot register tests: there is neither Deno.test nor it() here, pass options.test");
}

/**
 * Registers tests for a backend, a test for each op: its primitives, dtypes, layouts, special values, composites
 * with and without kernels of its own, random bits, memory and reads, against the backend in plain TypeScript
 * computing in f64, within {@link budgets}. The first test makes the backend, the last disposes of it. What
 * is skipped is printed with its reason.
 *
 * @category Conformance
 * @example
 * ```ts
 * import { conformance } from "@tapegrad/backends/conformance";
 * import { createCpuBackend } from "@tapegrad/backends/cpu";
 * import { assert } from "@std/assert";
 *
 * const names: string[] = [];
 * conformance("mine", () => createCpuBackend({ name: "mine" }), {
 *   skip: { "cumulate.linear": "not written yet" },
 *   budget: { exp: 2 },
 *   test: (name) => names.push(name), // Deno.test or it() if this is left out
 * });
 * assert(names.includes("mine: matmul"));
 * ```
 */
export function conformance(name: string, create: BackendMaker, options: SuiteOptions = {}): void {
  const register = options.test ?? registerOf(globalThis as Runner);
  const open = lazily(async () => new Session(await create(), options));
  // deno-lint-ignore no-console
  const log = options.log ?? ((line: string) => console.log(line));
  for (const row of rowsFor(options)) {
    register(`${name}: ${row.op}`, async () => reported(await tried(row, await open()), log));
  }
  register(`${name}: can be disposed of`, async () => (await open()).backend[Symbol.dispose]());
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

async function tried(row: Row, session: Session): Promise<ConformanceResult[]> {
  const results: ConformanceResult[] = [];
  for await (const result of runCases(casesOf([row], session))) results.push(result);
  return results;
}

// Prints what was skipped, each reason once, and throws what failed.
function reported(results: readonly ConformanceResult[], log: (line: string) => void): void {
  const skipped = new Map<string, string[]>(), failed: string[] = [];
  for (const { dtype, detail, outcome } of results) {
    const what = [dtype, detail].filter(Boolean).join(", ");
    if (outcome.status === "failed") failed.push(`${what}: ${outcome.message}`);
    if (outcome.status !== "skipped") continue;
    skipped.set(outcome.reason, [...skipped.get(outcome.reason) ?? [], what]);
  }
  for (const [reason, whats] of skipped) {
    log(`skipped ${whats.length} of ${results.length}, such as ${whats[0]}: ${reason}`);
  }
  if (failed.length > 0) {
    throw new Error(`${failed.length} of ${results.length} failed\n${failed.join("\n")}`);
  }
}
