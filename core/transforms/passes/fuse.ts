/** Maps into the maps and reductions that read them. */
import { isContiguous } from "../../base/layout.ts";
import type { ProgramStep } from "../program/parts.ts";
import { costOf } from "./cost.ts";
import { type Draft, parted } from "./draft.ts";
import { type Joined, joined, pruned } from "./join.ts";
import type { Limits } from "./limits.ts";
import { type Nest, nestOf, stepOf } from "./nest.ts";
import { samePlace } from "./through.ts";
import { CHEAP, MOST_KEPT } from "./thumbs.ts";

/**
 * Has each map and reduction compute what maps gave it. What others read too is written by the same kernel where that
 * visits each element once, or computed again where it is cheap.
 */
export function fuse(draft: Draft, limits: Limits): void {
  const fusion = new Fusion(draft, limits);
  for (let k = 0; k < draft.steps.length; k++) {
    let step: ProgramStep | null = draft.steps[k];
    // What moves behind a step is met later.
    while ((step = fusion.absorb(step)) !== null) k = draft.steps.indexOf(step);
  }
}

/** A way to have a reader compute what a maker gives: in one step, or with the maker staying for others. */
interface Way {
  readonly nest: Nest;
  readonly stays: boolean;
}

class Fusion {
  readonly #draft: Draft;
  readonly #limits: Limits;

  constructor(draft: Draft, limits: Limits) {
    this.#draft = draft;
    this.#limits = limits;
  }

  /** What stands for a step once it computes one of its inputs; `null` if it computes none. */
  absorb(step: ProgramStep): ProgramStep | null {
    const reader = nestOf(step);
    if (!reader) return null;
    for (const value of new Set(step.inputs.map(({ value }) => value))) {
      const maker = this.#draft.makerOf(value), nest = maker && nestOf(maker);
      if (!nest || nest.fold) continue;
      const fused = this.#fused(maker, nest, step, reader);
      if (typeof fused !== "string") return fused;
      this.#draft.refused(maker, step, fused);
    }
    return null;
  }

  #fused(maker: ProgramStep, from: Nest, step: ProgramStep, reader: Nest): ProgramStep | string {
    const found = joined(from, reader, (view) => this.#draft.dtypeOf(view));
    if (!found) return "what it reads lies across the loops";
    const ways = this.#ways(found, from, maker, step);
    if (typeof ways === "string") return ways;
    let reason = "";
    for (const way of ways) {
      const tried = this.#tried(maker, step, way);
      if (typeof tried !== "string") return tried;
      reason = tried;
    }
    return reason;
  }

  #ways(
    { nest, outputs, repeats }: Joined,
    from: Nest,
    maker: ProgramStep,
    step: ProgramStep,
  ): Way[] | string {
    const others = from.outputs.map(({ value }) => this.#isFound(value, step)), cost = costOf(from.exprs);
    if (!others.includes(true)) {
      if (this.#keeps(from, maker, step) > MOST_KEPT) {
        return "what it reads would be kept meanwhile, which is more";
      }
      if (repeats > 1 && cost > CHEAP) return `it would be computed ${Math.round(repeats)} times`;
      return [{ nest: pruned(nest), stays: false }];
    }
    const ways: Way[] = [], kept = outputs?.filter((_, k) => others[k]) ?? [];
    if (kept.length > 0 && !nest.fold && kept.every(({ view }) => isContiguous(view))) {
      const views = [...kept.map(({ view }) => view), ...nest.outputs];
      const exprs = [...kept.map(({ expr }) => expr), ...nest.exprs];
      ways.push({ nest: pruned({ ...nest, outputs: views, exprs }), stays: false });
    }
    const reads = from.inputs.filter(({ value }) => !this.#draft.isNumber(value)).length;
    if (cost * Math.max(1, repeats) <= CHEAP && reads <= 1) ways.push({ nest: pruned(nest), stays: true });
    return ways.length > 0 ? ways : "others read it too, and it would be computed again";
  }

  // How many more bytes stay until a step runs, if what is made of them is made there.
  #keeps({ inputs, outputs }: Nest, maker: ProgramStep, step: ProgramStep): number {
    const { steps } = this.#draft,
      bytes = (values: Iterable<number>): number =>
        [...values].reduce((sum, value) => sum + this.#draft.bytesOf(value), 0);
    if (steps.indexOf(step) - steps.indexOf(maker) === 1) return 0;
    const alone = new Set(inputs.map(({ value }) => value).filter((value) => !this.#isFound(value, maker)));
    return bytes(alone) - bytes(outputs.map(({ value }) => value));
  }

  // Whether others read a value, or it outlives the run.
  #isFound(value: number, reader: ProgramStep): boolean {
    return !this.#draft.isInner(value) || [...this.#draft.readersOf(value)].some((step) => step !== reader);
  }

  #tried(maker: ProgramStep, step: ProgramStep, { nest, stays }: Way): ProgramStep | string {
    const reason = this.#limits.exceeds(nest, this.#draft) ?? hazardOf(nest);
    if (reason !== null) return reason;
    const { steps } = this.#draft, first = steps.indexOf(maker), last = steps.indexOf(step);
    const fused = stepOf(nest, step);
    if (stays) {
      if (isChanged(maker, steps.slice(first + 1, last))) return "what it reads is changed meanwhile";
      this.#draft.splice(last, 1, fused);
    } else {
      const between = parted(steps, first, last);
      if (!between) return "what runs between them needs the one and is needed by the other";
      this.#draft.splice(first, last - first + 1, ...between.before, fused, ...between.behind);
    }
    this.#draft.done(maker, step, nest.fold !== undefined);
    return fused;
  }
}

function isChanged({ inputs }: ProgramStep, meanwhile: readonly ProgramStep[]): boolean {
  const read = new Set(inputs.map(({ value }) => value));
  return meanwhile.some(({ outputs }) => outputs.some(({ value }) => read.has(value)));
}

// What is read where it is written has to be read by whoever writes it.
function hazardOf({ inputs, outputs, fold }: Nest): string | null {
  if (fold && inputs.length === 0) return "nothing would be left to reduce";
  const values = new Set(outputs.map(({ value }) => value));
  if (values.size < outputs.length) return "they write the same";
  const apart = inputs.some((read) =>
    outputs.some((written) => read.value === written.value && (fold || !samePlace(read, written)))
  );
  return apart ? "it changes what it would read elsewhere" : null;
}
