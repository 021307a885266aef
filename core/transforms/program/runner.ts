/** Runs of a program: planned where that is possible, else step by step. */
import type { Backend } from "../../device/backend.ts";
import { currentBackend } from "../../device/choice.ts";
import { observed } from "../../device/observe.ts";
import { scope } from "../../tape/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Bindings } from "./bindings.ts";
import { literalsOf, noSlots, type Slots } from "./numbers.ts";
import type { ProgramParts } from "./parts.ts";
import { Planned } from "./planned.ts";
import { Replay } from "./replay.ts";
import type { Argument } from "./structure.ts";

/** How a {@link Runner} is made. */
export interface RunnerOptions {
  /** The literals that follow numbers among the arguments. */
  readonly slots?: Slots;
  /** Whether the first run is planned already: a program that runs once needs no plan. */
  readonly plansAtOnce?: boolean;
}

/** Runs a program, bound to tensors and cells, again and again. */
export class Runner {
  readonly #parts: ProgramParts;
  readonly #bindings: Bindings;
  readonly #slots: Slots;
  readonly #first: Tensor | undefined;
  #isReady: boolean;
  #planned: Planned | null = null;

  /** Of a program of parts. */
  constructor(
    parts: ProgramParts,
    bindings: Bindings,
    { slots = noSlots, plansAtOnce = false }: RunnerOptions = {},
  ) {
    this.#parts = parts;
    this.#bindings = bindings;
    this.#slots = slots;
    this.#isReady = plansAtOnce;
    this.#first = Object.values(bindings.captured)[0];
  }

  /** How it was planned, if it was. */
  get planned(): Planned | null {
    return this.#planned;
  }

  /** A run on arguments, as many as there are inputs, with the numbers that literals follow. */
  run(given: readonly Argument[], numbers: readonly number[]): Tensor[] {
    return this.runUnless(() => false, given, numbers)!;
  }

  /** The same, or `null` where `refuses` says so of arguments that are not as they were, and nothing has happened. */
  runUnless(refuses: () => boolean, given: readonly Argument[], numbers: readonly number[]): Tensor[] | null {
    const planned = observed ? null : this.#plannedOn(given), found = planned?.run(given, numbers);
    if (found) return found;
    return refuses() ? null : this.#byStep(given, numbers);
  }

  #plannedOn(given: readonly Argument[]): Planned | null {
    const backend = this.#first?.backend ?? backendOf(given);
    if (this.#planned?.backend === backend) return this.#planned;
    if (!this.#isReady) {
      this.#isReady = true;
      return null;
    }
    this.#planned?.dispose();
    return this.#planned = Planned.of(this.#parts, this.#bindings, this.#slots, backend);
  }

  #byStep(given: readonly Argument[], numbers: readonly number[]): Tensor[] {
    const literals = literalsOf(this.#slots, numbers);
    return scope(() => new Replay(this.#parts, this.#bindings, given, literals).run());
  }
}

function backendOf(given: readonly Argument[]): Backend {
  for (let k = 0; k < given.length; k++) {
    const one = given[k];
    if (one instanceof Tensor) return one.backend;
  }
  return currentBackend();
}
