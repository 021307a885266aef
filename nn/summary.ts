/** What a model is made of and what it costs, layer by layer. */
import {
  bytesPerElement,
  checkShape,
  described,
  htmlTable,
  type Layer,
  memoryOf,
  noGrad,
  scope,
  type Shape,
  showAsText,
  showBytes,
  showShape,
  showTable,
  Tensor,
  undone,
  visible,
  withLayer,
  zeros,
} from "@tapegrad/core";
import type { AnyModule, Module } from "./module.ts";
import { describe, isState, ownTensors, presentTensors } from "./parts.ts";
import { branches } from "./walk.ts";

/**
 * What one module is and does itself, without the modules in it: the rows of a {@link Summary} add up.
 *
 * @category Modules
 */
export interface SummaryRow {
  /** The path of the module, empty for the model. */
  readonly name: string;
  /** Its class and arguments. */
  readonly layer: string;
  /** How many times it was called. */
  readonly calls: number;
  /** The shapes of the tensors that its last call gave. */
  readonly outputs: readonly Shape[];
  /** Elements of its parameters. */
  readonly parameters: number;
  /** Multiplications, each with its addition, in the products of matrices that it took; convolutions are such. */
  readonly multiplyAdds: number;
  /** Bytes of its parameters and buffers. */
  readonly stateBytes: number;
  /** Bytes of its outputs, none for views of what there was before. */
  readonly outputBytes: number;
}

/**
 * A table of modules; `String(summary)` and the console show it to people.
 *
 * @category Modules
 */
export class Summary {
  /** A row for each module, the model first. */
  readonly rows: readonly SummaryRow[];
  /** The shapes of the inputs. */
  readonly inputs: readonly Shape[];

  /** A table of rows, for inputs of these shapes. */
  constructor(rows: readonly SummaryRow[], inputs: readonly Shape[]) {
    this.rows = rows;
    this.inputs = inputs;
    showAsText(this, () => ({ "text/html": htmlTable(this.#lines(), this.#total()) }));
  }

  /** Elements of all parameters. */
  get parameters(): number {
    return sum(this.rows, (row) => row.parameters);
  }

  /** Multiplications with their additions, all together. */
  get multiplyAdds(): number {
    return sum(this.rows, (row) => row.multiplyAdds);
  }

  /** Bytes of parameters and buffers. */
  get stateBytes(): number {
    return sum(this.rows, (row) => row.stateBytes);
  }

  /** Bytes of all outputs. */
  get outputBytes(): number {
    return sum(this.rows, (row) => row.outputBytes);
  }

  /** The table as text. */
  toString(): string {
    return `${showTable(this.#lines())}\n${this.#total()}`;
  }

  #total(): string {
    return `for ${showShapes(this.inputs)}; parameters and buffers take ${showBytes(this.stateBytes)}`;
  }

  #lines(): string[][] {
    const total = [
      "all",
      "",
      showCount(this.parameters),
      showCount(this.multiplyAdds),
      showBytes(this.outputBytes),
    ];
    return [
      HEAD,
      ...branches(this.rows.map(({ name }) => name)).map(({ depth, key }, i) =>
        cells(this.rows[i], `${"  ".repeat(depth)}${key}`)
      ),
      total,
    ];
  }
}

const HEAD = ["layer", "output", "parameters", "multiply-adds", "memory"];

function cells(row: SummaryRow, branch: string): string[] {
  const often = row.calls > 1 ? ` ×${row.calls}` : "";
  return [
    visible(`${branch}${row.layer}${often}`),
    // A list of modules computes nothing, and need not be called.
    row.calls === 0 && row.stateBytes > 0 ? "not called" : showShapes(row.outputs),
    showCount(row.parameters),
    showCount(row.multiplyAdds),
    row.outputBytes === 0 ? "–" : showBytes(row.outputBytes),
  ];
}

function showShapes(shapes: readonly Shape[]): string {
  return shapes.map(showShape).join(", ") || "–";
}

function showCount(count: number): string {
  return count === 0 ? "–" : count.toLocaleString("en-US");
}

function sum<T>(list: readonly T[], value: (item: T) => number): number {
  return list.reduce((total, item) => total + value(item), 0);
}

/**
 * Inputs of a model: a shape, several, or what its `forward` takes.
 *
 * @category Modules
 */
export type SummaryInputs = Shape | Tensor | readonly unknown[];

/**
 * Calls a model once, out of training, and tells of each module in it its output, its parameters, the multiply-adds
 * that it took and the memory of what it gave. `inputs` are the shape of its input or a list of what `forward` takes,
 * in which a list of numbers is a shape; for a shape there are zeros. Afterwards the model is as before: whether it
 * trains, its running statistics, gradients, and the sequence of random numbers.
 *
 * @category Modules
 * @example
 * ```ts
 * import { Linear, ReLU, Sequential, summary } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const table = summary(new Sequential(new Linear(3, 8), new ReLU(), new Linear(8, 1)), [5, 3]);
 * assertEquals(
 *   String(table),
 *   `
 * layer              output  parameters  multiply-adds  memory
 * Sequential         [5, 1]           –              –       –
 *   0: Linear(3, 8)  [5, 8]          32            120   160 B
 *   1: ReLU          [5, 8]           –              –   160 B
 *   2: Linear(8, 1)  [5, 1]           9             40    20 B
 * all                                41            160   340 B
 * for [5, 3]; parameters and buffers take 164 B
 * `.trim(),
 * );
 * ```
 */
export function summary(model: AnyModule, inputs: SummaryInputs): Summary {
  const survey = new Survey(model), given = inputsFor(model, inputs);
  scope(() => undone(() => noGrad(() => survey.run(given))));
  return new Summary(survey.rows(), tensorsIn(given).map(({ shape }) => shape));
}

function inputsFor(model: AnyModule, inputs: SummaryInputs): unknown[] {
  if (inputs instanceof Tensor) return [inputs];
  const list: readonly unknown[] = inputs;
  if (!Array.isArray(inputs)) {
    throw new TypeError(
      `Cannot sum up a model for ${described(inputs)}: pass the shape of its input, or a list`,
    );
  }
  const [like] = presentTensors(model, isState);
  const made = (shape: Shape) =>
    zeros(checkShape("sum up a model for", shape), like && { dtype: like.dtype, backend: like.backend });
  if (isShape(inputs)) return [made(inputs)];
  return list.map((input) => isShape(input) ? made(input) : input);
}

function isShape(value: unknown): value is Shape {
  return Array.isArray(value) && value.every((extent) => typeof extent === "number");
}

function tensorsIn(tree: unknown): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (typeof tree !== "object" || tree === null) return [];
  return Object.values(tree).flatMap(tensorsIn);
}

/** What is counted of a module. */
class Entry {
  calls = 0;
  multiplyAdds = 0;
  outputBytes = 0;
  outputs: readonly Shape[] = [];
}

/** A call of a model, under hooks that tell which module is at work and a layer that counts. */
class Survey {
  readonly #model: AnyModule;
  readonly #entries: ReadonlyMap<AnyModule, Entry>;
  readonly #within: AnyModule[] = [];
  readonly #seen = new Set<unknown>();

  constructor(model: AnyModule) {
    this.#model = model;
    this.#entries = new Map(model.modules().map((module) => [module, new Entry()]));
  }

  run(inputs: readonly unknown[]): void {
    for (const input of tensorsIn(inputs)) this.#seen.add(memoryOf(input));
    const handles = [...this.#entries].flatMap(([module, entry]) => this.#hook(module, entry));
    try {
      this.#model.eval();
      withLayer(
        this.#counter(),
        () => (this.#model as unknown as Module<readonly unknown[], unknown>).forward(...inputs),
      );
    } finally {
      for (const handle of handles) handle.remove();
    }
  }

  #hook(module: AnyModule, entry: Entry): { remove(): void }[] {
    return [
      module.registerForwardPreHook(() => void this.#within.push(module), { prepend: true }),
      module.registerForwardHook((_module, _inputs, output) => {
        this.#within.pop();
        this.#take(entry, tensorsIn(output));
      }),
    ];
  }

  #take(entry: Entry, outputs: readonly Tensor[]): void {
    entry.calls++;
    entry.outputs = outputs.map(({ shape }) => shape);
    for (const output of outputs) {
      const memory = memoryOf(output), { dtype, size } = output;
      if (!this.#seen.has(memory)) entry.outputBytes += size * bytesPerElement(dtype);
      this.#seen.add(memory);
    }
  }

  #counter(): Layer {
    return {
      handle: (call, next) => {
        const outputs = next(call);
        const entry = this.#entries.get(this.#within.at(-1)!);
        if (entry && call.op.name === "matmul") {
          entry.multiplyAdds += outputs[0].size * call.inputs[0].shape.at(-1)!;
        }
        return outputs;
      },
    };
  }

  rows(): SummaryRow[] {
    const counted = new Set<Tensor>();
    return [...this.#model.namedModules()].map(([name, module]) => {
      const own = [...ownTensors(module).values()].filter((t) => !counted.has(t));
      for (const tensor of own) counted.add(tensor);
      const { calls, outputs, multiplyAdds, outputBytes } = this.#entries.get(module)!;
      const parameters = sum(own.filter((t) => t.requiresGrad), (t) => t.size);
      const stateBytes = sum(own, (t) => t.size * bytesPerElement(t.dtype));
      return {
        name,
        layer: describe(module),
        calls,
        outputs,
        parameters,
        multiplyAdds,
        stateBytes,
        outputBytes,
      };
    });
  }
}
