/** The constants of a file: parameters, buffers and numbers that are known. */
import { isFloating, type Tensor } from "@tapegrad/core";
import {
  decodedNumbers,
  dtypeFor,
  type FileDType,
  type FileReadOptions,
  tensorOf as storedTensor,
} from "../../files/elements.ts";
import { what } from "../reading.ts";
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from "../proto.ts";
import { Known } from "./known.ts";

/** Up to so many numbers of a file are known on the host too. */
const FEW = 2 ** 16;

/** Inputs that say how and not what: floats there are no parameters. */
const telling: Readonly<Record<string, readonly number[]>> = {
  Clip: [1, 2],
  ConstantOfShape: [0],
  Dropout: [1, 2],
  OneHot: [1, 2],
  DequantizeLinear: [1, 2],
  Pad: [1, 2, 3],
  QLinearConv: [1, 2, 4, 5, 6, 7],
  QLinearMatMul: [1, 2, 4, 5, 6, 7],
  QuantizeLinear: [1, 2],
  Range: [0, 1, 2],
  Resize: [1, 2, 3],
  Upsample: [1],
};

/** Inputs that training by gradients leaves alone. */
const running: Readonly<Record<string, readonly number[]>> = { BatchNormalization: [3, 4] };

function isFloat(kind: FileDType): boolean {
  return kind.includes("f");
}

/** The numbers of a tensor of a file. */
export function knownOf({ kind, dims, bytes }: TensorProto): Known {
  return new Known(kind, dims, decodedNumbers(kind, bytes));
}

/** How the constants of a graph are used: by which operators, at which inputs. */
export class Uses {
  readonly #uses = new Map<string, [type: string, input: number][]>();

  constructor(graph: GraphProto) {
    this.#add(graph);
  }

  #add({ nodes }: GraphProto): void {
    for (const { type, inputs, attributes } of nodes) {
      inputs.forEach((name, i) => {
        const uses = this.#uses.get(name) ?? [];
        uses.push([type, i]);
        this.#uses.set(name, uses);
      });
      for (const { graph } of attributes) if (graph) this.#add(graph);
    }
  }

  /** Whether all uses of a name are among these. */
  areAll(name: string, among: Readonly<Record<string, readonly number[]>>): boolean {
    const uses = this.#uses.get(name) ?? [];
    return uses.length > 0 &&
      uses.every(([type, i]) => Object.hasOwn(among, type) && among[type].includes(i));
  }
}

/** What an initializer becomes. */
export type Constant =
  | { readonly known: Known }
  | { readonly tensor: Tensor; readonly known: Known | null; readonly isParameter: boolean };

/** The constant of an initializer. */
export function constantOf(proto: TensorProto, uses: Uses, options: FileReadOptions): Constant {
  const { kind, name, dims, bytes, at } = proto, isSmall = bytes.length <= 8 * FEW;
  if (isSmall && (!isFloat(kind) || uses.areAll(name, telling))) return { known: knownOf(proto) };
  const known = isSmall ? knownOf(proto) : null;
  const stored = { kind, shape: dims, start: at, end: at + bytes.length };
  const tensor = storedTensor(what, bytes, stored, options);
  const isParameter = isFloating(dtypeFor(kind, options)) && !uses.areAll(name, running);
  tensor.requiresGrad = isParameter;
  return { tensor, known, isParameter };
}

/** What a node `Constant` gives. */
export function constantNode({ attributes, name }: NodeProto): Known {
  for (const attribute of attributes) {
    const found = numbersIn(attribute);
    if (found) return found;
  }
  throw new TypeError(`constant ${JSON.stringify(name)} has no value that is covered: numbers are`);
}

function numbersIn({ name, tensor, float, floats, int, ints }: AttributeProto): Known | null {
  if (name === "value" && tensor) return knownOf(tensor);
  if (name === "value_float" && float !== undefined) return new Known("f32", [], [float]);
  if (name === "value_int" && int !== undefined) return new Known("i64", [], [int]);
  if (name === "value_floats" && floats) return new Known("f32", [floats.length], floats);
  if (name === "value_ints" && ints) return new Known("i64", [ints.length], ints);
  return null;
}
