/** From what a recorder has seen to a program. */
import { showShape } from "../../base/errors.ts";
import { visible } from "../../base/text.ts";
import type { Changing } from "../../device/journal.ts";
import type { Storage } from "../../device/storage.ts";
import type { KeyWords } from "../../ops/keys.ts";
import type { Scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bindings } from "./bindings.ts";
import type { ProgramEffect, ProgramParts, ProgramStep, ProgramValue } from "./parts.ts";
import { uploading } from "./parts.ts";
import type { Met, ProgramRecorder } from "./recorder.ts";
import { structureOf } from "./structure.ts";
import { storageOf } from "../../tensor/internals.ts";

/** What becomes of a function that was recorded: `takes` is what its arguments look like. */
export function finish(
  recorder: ProgramRecorder,
  result: unknown,
  takes: string,
): { readonly parts: ProgramParts; readonly bindings: Bindings } {
  const { met } = recorder;
  const outputs: Tensor[] = [], structure = structureOf(result, (tensor) => outputs.push(tensor) - 1);
  const returned = outputs.map((tensor) => recorder.view(tensor));
  const gradients = gradientEffects(recorder);
  adoptLeaves(recorder);
  const steps = withoutKeepsakes(recorder, new Set(outputs.map(storageOf)));
  const gradientOf = findGradients(recorder), names = new Names(recorder, gradientOf);
  const values = met.map((one, i) => valueOf(one, i, names, gradientOf));
  const writes = [...recorder.written].filter((i) => lasts(met[i])).map((value): ProgramEffect => ({
    value,
  }));
  return {
    parts: {
      values,
      steps,
      outputs: returned,
      result: structure,
      effects: [...writes, ...gradients],
      cotangents: [...recorder.cotangents].map(([value, cotangent]) => ({ value, cotangent })),
      takes,
    },
    bindings: names.bindings,
  };
}

function lasts({ kind }: Met): boolean {
  return kind === "input" || kind === "captured" || kind === "gradient";
}

function gradientEffects(recorder: ProgramRecorder): ProgramEffect[] {
  return [...recorder.graded].flatMap(([tensor, before]): ProgramEffect[] => {
    const { grad } = tensor, { value } = recorder.view(tensor, true);
    if ((grad && storageOf(grad)) === before || recorder.met[value].kind === "made") return [];
    return [{ value, gradient: grad && recorder.view(grad) }];
  });
}

function adoptLeaves({ met, leaves }: ProgramRecorder): void {
  for (const one of met) {
    const leaf = leaves.get(storageOf(one.tensor));
    if (leaf && one.kind === "captured") one.tensor = leaf;
  }
}

// What is made of numbers alone and kept is made once, at the first call, as the state of an optimizer is: the program
// finds it there.
function withoutKeepsakes(recorder: ProgramRecorder, outputs: ReadonlySet<Storage>): readonly ProgramStep[] {
  const made = new Set<ProgramStep>();
  for (const storage of recorder.keepsakes) {
    const value = recorder.met.findIndex(({ tensor }) => storageOf(tensor) === storage);
    if (value < 0 || recorder.met[value].kind !== "made" || storage.released || outputs.has(storage)) {
      continue;
    }
    const step = recorder.steps.find(({ outputs }) => outputs.some((view) => view.value === value));
    if (!step || !isConstant(step, recorder.met)) throw refuseKept(recorder, recorder.met[value].tensor);
    recorder.met[value].kind = "captured";
    made.add(step);
  }
  return recorder.steps.filter((step) => !made.has(step)).map((step) =>
    renumbered(step, recorder.steps, made)
  );
}

function isConstant({ op, inputs, outputs }: ProgramStep, met: readonly Met[]): boolean {
  return outputs.length === 1 &&
    (op === uploading || inputs.every(({ value }) => met[value].kind === "literal"));
}

function refuseKept(recorder: ProgramRecorder, { shape }: Tensor): never {
  return recorder.refuse(
    `Cannot record a function that keeps a tensor of shape ${
      showShape(shape)
    } which it computed: a run would not ` +
      "replace it, return it or assign it to one that is there",
  );
}

function renumbered(
  step: ProgramStep,
  steps: readonly ProgramStep[],
  gone: ReadonlySet<ProgramStep>,
): ProgramStep {
  const { gradientOf } = step;
  if (gone.size === 0 || !gradientOf || gradientOf.step === null) return step;
  const before = steps.slice(0, gradientOf.step).filter((one) => gone.has(one)).length;
  return { ...step, gradientOf: { ...gradientOf, step: gradientOf.step - before } };
}

/** Values that are the gradient of others, which are met then. */
function findGradients(recorder: ProgramRecorder): ReadonlyMap<number, number> {
  const { met, graded } = recorder, owners = new Map<Storage, Tensor>();
  for (const { tensor } of met) {
    const grad = graded.has(tensor) ? null : tensor.grad;
    if (grad) owners.set(storageOf(grad), tensor);
  }
  for (const [tensor, storage] of graded) if (storage) owners.set(storage, tensor);
  const found = new Map<number, number>();
  met.slice().forEach((one, i) => {
    const owner = one.kind === "captured" && owners.get(storageOf(one.tensor));
    if (!owner) return;
    one.kind = "gradient";
    found.set(i, recorder.view(owner, true).value);
  });
  return found;
}

function valueOf(
  { kind, tensor }: Met,
  i: number,
  names: Names,
  gradientOf: ReadonlyMap<number, number>,
): ProgramValue {
  const { shape, strides, offset, dtype, requiresGrad, isLeaf } = tensor,
    { length, literal } = storageOf(tensor);
  const value = { kind, name: names.of(i), dtype, length, shape, strides, offset };
  if (kind === "gradient") return { ...value, of: gradientOf.get(i)! };
  if (kind === "captured" && requiresGrad && isLeaf) return { ...value, parameter: true };
  if (kind !== "literal") return value;
  const { number, cell } = literal!;
  if (cell === null) return { ...value, number };
  const standsFor = Object.is(cell.follow(), number) ? {} : { standsFor: cell.follow() };
  return { ...value, number, cell: names.ofCell(cell), ...standsFor };
}

/** Names of values, cells and sequences, as no two are called. */
class Names {
  readonly #names: string[] = [];
  readonly #taken = new Set<string>();
  readonly #cells = new Map<Scalar, string>();
  readonly #captured: Record<string, Tensor> = {};
  readonly #keys: Record<string, Changing<KeyWords>> = {};

  constructor({ met, written, cotangents }: ProgramRecorder, gradientOf: ReadonlyMap<number, number>) {
    const named = new Map([...cotangents].map(([of, { value }]) => [value, of]));
    met.forEach((one, i) => {
      if (gradientOf.has(i)) return;
      const of = one.kind === "made" ? named.get(i) : undefined;
      this.#names[i] = of === undefined || of === i
        ? this.#nameOf(one, written.has(i))
        : this.#free(`∂${this.#names[of]}`);
    });
    for (const [i, of] of gradientOf) this.#names[i] = this.#free(`${this.#names[of]}.grad`);
  }

  #nameOf({ kind, tensor, path, sequence }: Met, isWritten: boolean): string {
    const label = visible(tensor.label), { literal } = storageOf(tensor);
    if (kind === "made") return this.#numbered("v");
    if (kind === "literal") return literal!.cell ? this.ofCell(literal!.cell) : String(literal!.number);
    if (kind === "input") return this.#free(label || `in${path}`);
    if (kind === "key") {
      const name = this.#numbered("key");
      if (sequence) this.#keys[name] = sequence;
      return name;
    }
    const name = label
      ? this.#free(label)
      : this.#numbered(tensor.requiresGrad ? "p" : isWritten ? "s" : "c");
    this.#captured[name] = tensor;
    return name;
  }

  /** The name of a value. */
  of(i: number): string {
    return this.#names[i];
  }

  /** The name of a cell. */
  ofCell(cell: Scalar): string {
    let name = this.#cells.get(cell);
    if (!name) this.#cells.set(cell, name = this.#free(visible(cell.name)));
    return name;
  }

  #free(name: string): string {
    let free = name;
    for (let n = 2; this.#taken.has(free); n++) free = `${name}_${n}`;
    this.#taken.add(free);
    return free;
  }

  #numbered(prefix: string): string {
    let n = 0;
    while (this.#taken.has(`${prefix}${n}`)) n++;
    return this.#free(`${prefix}${n}`);
  }

  /** What is bound by these names. */
  get bindings(): Bindings {
    const cells = Object.fromEntries([...this.#cells].map(([cell, name]) => [name, cell]));
    return { captured: this.#captured, cells, keys: this.#keys };
  }
}
