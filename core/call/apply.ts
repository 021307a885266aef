/** The funnel: every op of every caller passes through {@link apply}, and layers wrap it. */
import { isFloating } from "../base/dtype.ts";
import { contiguousLayout, type Layout } from "../base/layout.ts";
import { sizeOf } from "../base/shape.ts";
import type { Buffer, View } from "../device/backend.ts";
import { context } from "../device/context.ts";
import { type Arrival, waiting } from "../device/awaited.ts";
import { observed } from "../device/observe.ts";
import { Storage } from "../device/storage.ts";
import { isComing, whenHere } from "../tensor/arrival.ts";
import { filling, Tensor, viewing } from "../tensor/tensor.ts";
import { commonBackend, hasKernel, launch } from "./launch.ts";
import { type ActiveLayer, beneath, type Call, under } from "./layers.ts";
import {
  type Composite,
  isComposite,
  isUpdate,
  labelOf,
  type Op,
  type Primitive,
  type Rules,
  type TensorType,
  writesOf,
} from "./op.ts";
import { isRecording, record, withRecording } from "./record.ts";
import { markChanged, nodeOf, storageOf } from "../tensor/internals.ts";

/**
 * Runs an op of one output: layers first, then check, infer, run the kernel, record. Inputs on different
 * backends, or a backend without the kernel, are a {@link BackendError}; what else is refused is up to the op.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { apply, e, map, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const halve = { name: "halve", exprs: [e.mul(0.5, e.input(0))] };
 * const x = variable([2, 6]);
 * apply(map, [x], halve).sum().backward();
 * assertEquals(await x.grad!.array(), [0.5, 0.5]);
 * ```
 */
export function apply<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  const outputs = context.layers === null
    ? execute(op, inputs, attributes)
    : descend(context.layers, { op: op as Op, inputs, attributes });
  if (outputs.length !== 1) throw notOne(op, outputs, attributes);
  return outputs[0];
}

function notOne<A>(op: Op<A>, outputs: readonly Tensor[], attributes: A): TypeError {
  return new TypeError(
    `Cannot apply ${
      labelOf(op, attributes)
    } as an op of one output: it has ${outputs.length}, call applyAll()`,
  );
}

/**
 * {@link apply} for ops of any number of outputs.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { applyAll, e, map, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = e.input(0), both = { name: "sineAndCosine", exprs: [e.sin(x), e.cos(x)] };
 * const [sine, cosine] = applyAll(map, [tensor(0)], both); // in one kernel
 * assertEquals([await sine.item(), await cosine.item()], [0, 1]);
 * ```
 */
export function applyAll<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  return context.layers === null
    ? execute(op, inputs, attributes)
    : descend(context.layers, { op: op as Op, inputs, attributes });
}

function descend(layers: ActiveLayer | null, call: Call): readonly Tensor[] {
  const { op, inputs, attributes } = call;
  if (layers === null) return execute(op, inputs, attributes);
  const { layer, outer } = layers;
  if (isComposite(op) && !layer.keeps?.(op, inputs)) {
    return under(layers, () => decompose(op, inputs, attributes));
  }
  const handle = () => listOf(layer.handle(call, (inner) => descend(outer, inner)));
  if (!layer.rewraps) return under(outer, handle);
  const outputs = beneath(layers, handle);
  recordIfWanted(op, inputs.map((x) => layer.enters?.(x) ?? x), attributes, outputs);
  return outputs;
}

// Layers written in JavaScript may give the one output as it is.
function listOf(outputs: readonly Tensor[] | Tensor): readonly Tensor[] {
  return outputs instanceof Tensor ? [outputs] : outputs;
}

function execute<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  if (isComposite(op) && !runsWhole(op, inputs)) return decompose(op, inputs, attributes);
  const outputs = run(op, inputs, attributes);
  recordIfWanted(op, inputs, attributes, outputs);
  return outputs;
}

/** Whether a composite is one op here, by a kernel or on the tape, and not those that it is made of. */
export function passesWhole<A>(op: Op<A>, inputs: readonly Tensor[]): boolean {
  return runsWhole(op, inputs) || isRecordedWhole(op, inputs);
}

function runsWhole<A>(op: Op<A>, inputs: readonly Tensor[]): boolean {
  if (inputs.length === 0) return false;
  const { backend } = inputs[0];
  return hasKernel(backend, op.name) && !backend.prefersParts?.(op.name, inputs);
}

// Whether a composite is recorded with a gradient of its own.
function isRecordedWhole<A>(op: Op<A>, inputs: readonly Tensor[]): boolean {
  return op.vjp !== undefined && isRecording() && carryGradients(inputs);
}

// Whether a layer is there or not, what has a gradient of its own is recorded as one op.
function decompose<A>(op: Composite<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  if (!isRecordedWhole(op, inputs)) return op.decompose(inputs, attributes);
  const outputs = withRecording(false, () => op.decompose(inputs, attributes))
    .map((t) => inputs.includes(t) ? t.detach() : t);
  recordIfWanted(op, inputs, attributes, outputs);
  return outputs;
}

function carryGradients(inputs: readonly Tensor[]): boolean {
  if (observed) context.recorder?.soughtTapes(inputs);
  for (let i = 0; i < inputs.length; i++) if (nodeOf(inputs[i]) !== null) return true;
  return false;
}

function recordIfWanted<A>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
  outputs: readonly Tensor[],
): void {
  if (!isRecording() || !carryGradients(inputs) || isUpdate(op)) return;
  for (let i = 0; i < outputs.length; i++) {
    if (isFloating(outputs[i].dtype)) return record(op as Op, inputs, attributes, outputs);
  }
}

function run<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  if (isComposite(op)) return compute(op, inputs, attributes);
  if (op.view) {
    const layout = op.view(inputs[0], attributes);
    if (layout) return [viewOf(inputs[0], layout)];
  }
  if (op.host) {
    const made = runOnHost(op, inputs, attributes);
    if (made) return made;
  }
  return op.writes ? update(op, inputs, attributes) : compute(op, inputs, attributes);
}

// Apart from the rest, since a function that makes another one keeps its arguments on the heap.
function runOnHost<A>(
  op: Primitive<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] | null {
  return withRecording(false, () => op.host!(inputs, attributes));
}

function viewOf(input: Tensor, { shape, strides, offset }: Layout): Tensor {
  return viewing(storageOf(input), shape, strides, offset, input.dtype);
}

function update<A>(op: Primitive<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  const outputs = writesOf(op, attributes).map((i) => inputs[i]);
  const backend = commonBackend(op, inputs, attributes);
  if (outputs.some((t) => t.size > 0)) launch(op, backend, inputs, outputs, attributes);
  for (const output of outputs) markChanged(output);
  return outputs;
}

function compute<A>(op: Rules<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  if (inputs.length > 1) commonBackend(op, inputs, attributes);
  const types = op.infer(inputs, attributes);
  if (waiting > 0 && inputs.some(isComing)) {
    return computeLater(op, inputs, attributes, isList(types) ? types : [types]);
  }
  return isList(types)
    ? computeAll(op, inputs, attributes, types)
    : computeOne(op, inputs, attributes, types);
}

function isList(types: TensorType | readonly TensorType[]): types is readonly TensorType[] {
  return Array.isArray(types);
}

function allocated({ shape, dtype, backend }: TensorType): Tensor {
  return filling(new Storage(backend, dtype, sizeOf(shape)), shape);
}

function computeOne<A>(
  op: Rules<A>,
  inputs: readonly Tensor[],
  attributes: A,
  type: TensorType,
): readonly Tensor[] {
  const output = allocated(type), outputs = [output];
  try {
    if (output.size > 0) launch(op, type.backend, inputs, outputs, attributes);
  } catch (error) {
    output.dispose();
    throw error;
  }
  return outputs;
}

function computeAll<A>(
  op: Rules<A>,
  inputs: readonly Tensor[],
  attributes: A,
  types: readonly TensorType[],
): readonly Tensor[] {
  const outputs = types.map(allocated);
  try {
    if (outputs.some((t) => t.size > 0)) launch(op, types[0].backend, inputs, outputs, attributes);
  } catch (error) {
    for (const output of outputs) output.dispose();
    throw error;
  }
  return outputs;
}

// What an input waits for, the results wait for; what is read meanwhile may not change (see define/update.ts).
function computeLater<A>(
  op: Rules<A>,
  inputs: readonly Tensor[],
  attributes: A,
  types: readonly TensorType[],
): readonly Tensor[] {
  const from = storageOf(inputs.find(isComing)!).origin!;
  context.recorder?.refuse(
    `Cannot ${
      labelOf(op, attributes)
    } elements on their way from ${from.name} while a program is recorded: ` +
      "await ready() before",
  );
  return types.map((type, k) => {
    if (sizeOf(type.shape) === 0) return allocated(type);
    const fill = (views: readonly View[], buffer: Buffer) =>
      launchFor(k, buffer, op, views, types, attributes);
    const arrival: Arrival = {
      from,
      bring: (deliver) => whenHere(inputs, (views) => deliver((buffer) => fill(views, buffer))),
    };
    return filling(
      new Storage(type.backend, type.dtype, sizeOf(type.shape), { arrival }),
      type.shape,
    );
  });
}

// Outputs that arrive later come one by one, each with a run of the kernel whose other results are dropped.
function launchFor<A>(
  k: number,
  buffer: Buffer,
  op: Rules<A>,
  inputs: readonly View[],
  types: readonly TensorType[],
  attributes: A,
): void {
  const { backend } = types[k];
  const buffers = types.map(({ dtype, shape }, i) =>
    i === k ? buffer : backend.allocate(dtype, sizeOf(shape))
  );
  const outputs = types.map(({ dtype, shape }, i) => ({
    buffer: buffers[i],
    dtype,
    ...contiguousLayout(shape),
  }));
  launch(op, backend, inputs, outputs, attributes);
  for (const other of buffers) if (other !== buffer) backend.free(other);
}
