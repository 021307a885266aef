/** A backend under test: its batched reads, its budgets and what is not asked of it. */
import {
  type Backend,
  type DType,
  dtypes,
  hasHostArray,
  type MemoryInfo,
  type TypedArray,
  type View,
} from "@tapegrad/core";
import { createCpuBackend } from "../cpu/backend.ts";
import { type Allowance, allowanceOf } from "./budgets.ts";
import type { CompositeSample, ConformanceOptions, Outcome, Special, Subject } from "./types.ts";

interface Request {
  readonly views: readonly View[];
  readonly resolve: (arrays: TypedArray[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What a case needs to be run. */
export class Session {
  /** The backend under test. */
  readonly backend: Backend;
  /** The one in plain TypeScript, which computes in f64. */
  readonly reference: Backend = createCpuBackend({ name: "conformance reference" });
  /** The special values that are asked for. */
  readonly keeps: ReadonlySet<Special>;
  /** Whether to run cases of millions of elements. */
  readonly large: boolean;
  /** Composites beside those of core. */
  readonly composites: readonly CompositeSample[];
  readonly #options: ConformanceOptions;
  #waiting: Request[] = [];

  /** A session on a backend, which stays the caller's to dispose of. */
  constructor(backend: Backend, options: ConformanceOptions) {
    this.backend = backend;
    this.keeps = new Set(options.keeps ?? keptBy(backend));
    this.large = options.large ?? true;
    this.composites = options.composites ?? [];
    this.#options = options;
  }

  /** Copies views to the host, together with all that is asked for in the same turn. */
  read(views: readonly View[]): Promise<TypedArray[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) queueMicrotask(() => this.#readWaiting());
      this.#waiting.push({ views, resolve, reject });
    });
  }

  /** How far a result of `count` terms may be off. */
  allowance(op: string, dtype: DType, count = 1): Allowance {
    return allowanceOf(this.#options.budget ?? {}, op, dtype, count);
  }

  /** The budget of an op if the caller gave one, else that of what it is an instance of. */
  allowanceOfEither(op: string, kind: string, dtype: DType): Allowance {
    const { budget = {} } = this.#options, isGiven = [op, `${op} ${dtype}`].some((name) => name in budget);
    return this.allowance(isGiven ? op : kind, dtype);
  }

  /** Why a case is not asked of the backend, if it is not. */
  reasonToSkip(subject: Subject): string | undefined {
    const { skip } = this.#options;
    if (typeof skip === "function") return skip(subject);
    return skip?.[`${subject.op} ${subject.dtype}`] ?? skip?.[subject.op];
  }

  async #readWaiting(): Promise<void> {
    const requests = this.#waiting;
    this.#waiting = [];
    try {
      const arrays = await this.backend.read(requests.flatMap(({ views }) => views));
      let next = 0;
      for (const { views, resolve } of requests) resolve(arrays.slice(next, next += views.length));
    } catch (error) {
      if (requests.length === 1) requests[0].reject(error);
      else await this.#readApart(requests, error);
    }
  }

  // Finds out which of them cannot be read; if each can, then reading them together is what fails.
  async #readApart(requests: readonly Request[], error: unknown): Promise<void> {
    const results = [];
    for (const { views } of requests) {
      results.push(await this.backend.read(views).then((arrays) => ({ arrays }), (reason) => ({ reason })));
    }
    const isTheirs = results.every((result) => "arrays" in result);
    results.forEach((result, i) => {
      if (isTheirs) requests[i].reject(error);
      else if ("arrays" in result) requests[i].resolve(result.arrays);
      else requests[i].reject(result.reason);
    });
  }
}

function keptBy({ ieee }: Backend): readonly Special[] {
  return ieee ? ["nan", "infinity", "negative zero", "subnormal"] : ["nan", "infinity"];
}

/** A case before it is bound to a session. */
export interface Draft extends Subject {
  /** Whether no other case may run beside it. */
  readonly alone?: boolean;
  /** Tries it; what it throws is a failure. */
  run(session: Session): Promise<Outcome>;
}

/** All cases of one op: a row of the matrix. */
export interface Row {
  /** The op. */
  readonly op: string;
  /** Its cases on a backend. */
  cases(session: Session): readonly Draft[];
}

/** The outcome of a case that has nothing to measure. */
export const passed: Outcome = { status: "ok", ulp: 0 };

/** Refuses what should not be, in a sentence. */
export function expect(holds: boolean, otherwise: () => string): void {
  if (!holds) throw new Error(otherwise());
}

/** Refuses a backend that holds more or less than before. */
export function expectHeld(backend: Backend, before: MemoryInfo): void {
  const { buffers, bytes } = backend.memory();
  expect(
    buffers === before.buffers && bytes === before.bytes,
    () =>
      `It holds ${buffers} buffers of ${bytes} bytes after all were freed, ` +
      `${before.buffers} of ${before.bytes} before they were made`,
  );
}

/** The dtypes of a backend, among some, of which numbers can be held here. */
export function dtypesOf({ backend }: Session, among: readonly DType[] = dtypes): readonly DType[] {
  return [...backend.dtypes].filter((dtype) => among.includes(dtype) && hasHostArray(dtype));
}

/** The dtype that is tried in every combination; the others are tried in every layout, but once in each. */
export function mainDtype(session: Session): DType {
  const [first] = dtypesOf(session);
  return session.backend.dtypes.has("f32") ? "f32" : first;
}

/** All of what there is to combine with layout `i` for the main dtype, one of it in turn for the others. */
export function inTurn<T>(all: readonly T[], i: number, isMain: boolean): readonly T[] {
  return isMain ? all : [all[i % all.length]];
}
