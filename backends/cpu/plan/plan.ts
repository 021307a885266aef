/** Programs as generated functions: small steps are loops in them, others are kernels that they call. */
import type { Buffer, Plan, PlanMemory, PlanRequest, PlanStep, PlanView, View } from "@tapegrad/core/backend";
import type { Helpers } from "../expr/codegen.ts";
import { compileFunction } from "../kernels/map.ts";
import { type Arrays, arraysFor, asBuffer, heldDtypes, Names } from "./memories.ts";
import { isWritten, sourceOf } from "./steps.ts";

/** So many steps are one function: the engine does not optimize long ones. */
const MOST_STEPS = 24;

/** A part of a program. */
type Run = (given: readonly Buffer[], numbers: ArrayLike<number>) => void;

/** Tells of an op whether its kernel is this backend's own, which generated code does the same as. */
export type IsOwn = (op: string) => boolean;

/** A view whose buffer each run may name anew. */
type Bound = { -readonly [K in keyof View]: View[K] };

/** Plans a program as generated code. */
export function planOf(request: PlanRequest, isOwn: IsOwn): Plan {
  const { steps, memories } = request, { arrays, bytes } = arraysFor(memories);
  const written = steps.map((step) => isOwn(step.op) && isWritten(step));
  const isLocal = localsOf(request, written), sources: string[] = [], runs: Run[] = [];
  for (let from = 0; from < steps.length; from += MOST_STEPS) {
    const part = new Part(memories, arrays, isLocal);
    for (let k = from; k < Math.min(steps.length, from + MOST_STEPS); k++) part.add(steps[k], written[k], k);
    sources.push(part.source);
    runs.push(part.compiled());
  }
  return {
    launches: steps.length,
    bytes,
    run: runs.length === 1 ? runs[0] : (given, numbers) => {
      for (const run of runs) run(given, numbers);
    },
    describe: () => sources.join("\n\n"),
    [Symbol.dispose](): void {},
  };
}

// What one part alone touches, by its own code, is a variable of it.
function localsOf(
  { memories, steps }: PlanRequest,
  written: readonly boolean[],
): (memory: number) => boolean {
  const local = memories.map(({ kind, length, dtype, first, last }) =>
    kind === "inner" && length === 1 && heldDtypes.has(dtype) &&
    Math.floor(first / MOST_STEPS) === Math.floor(last / MOST_STEPS)
  );
  steps.forEach(({ inputs, outputs }, k) => {
    if (!written[k]) { for (const { memory } of [...inputs, ...outputs]) local[memory] = false; }
  });
  return (memory) => local[memory];
}

/** Steps that are one function. */
class Part {
  readonly #memories: readonly PlanMemory[];
  readonly #arrays: Arrays["arrays"];
  readonly #scope = new Map<string, unknown>();
  readonly #names: Names;
  readonly #body: string[] = [];

  constructor(
    memories: readonly PlanMemory[],
    arrays: Arrays["arrays"],
    isLocal: (memory: number) => boolean,
  ) {
    this.#memories = memories;
    this.#arrays = arrays;
    this.#names = new Names(memories, arrays, this.#scope, isLocal);
  }

  add(step: PlanStep, isWritten: boolean, k: number): void {
    const source = isWritten ? sourceOf(step, this.#names, this.#scope as Helpers) : this.#call(step, k);
    this.#body.push(`{ // ${k + 1}: ${step.op}\n${source}\n}`);
  }

  #call(step: PlanStep, k: number): string {
    const binds: string[] = [];
    const [inputs, outputs] = [step.inputs, step.outputs].map((views, side) =>
      views.map((view, i) => this.#bound(view, `w${k}_${side}_${i}`, binds))
    );
    this.#scope.set(`k${k}`, () => step.run(inputs, outputs));
    return `${binds.join(" ")} k${k}();`;
  }

  #bound({ memory, dtype, shape, strides, offset }: PlanView, name: string, binds: string[]): View {
    const array = this.#names.array(memory);
    const view: Bound = { buffer: asBuffer(this.#arrays[memory]), dtype, shape, strides, offset };
    if (this.#memories[memory].kind === "given") {
      this.#scope.set(name, view);
      binds.push(`${name}.buffer = ${array};`);
    }
    return view;
  }

  get source(): string {
    return [...this.#names.head, ...this.#body].join("\n");
  }

  compiled(): Run {
    return compileFunction(["given", "numbers"], this.source, this.#scope as Helpers);
  }
}
