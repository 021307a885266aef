/** Maps of matrix products into the products. */
import { contiguousStrides, isContiguous, reshapeLayout } from "../../base/layout.ts";
import { isFloating } from "../../base/dtype.ts";
import { sizeOf } from "../../base/shape.ts";
import { hasKernel } from "../../call/launch.ts";
import type { Backend } from "../../device/backend.ts";
import { input } from "../../expr/expr.ts";
import { substitute } from "../../expr/rewrite.ts";
import { mappedProduct } from "../../primitives/fused.ts";
import { matrixProduct } from "../../primitives/matmul.ts";
import type { ProgramStep, ProgramView } from "../program/parts.ts";
import { type Draft, parted } from "./draft.ts";
import type { Limits } from "./limits.ts";
import { type Nest, nestOf } from "./nest.ts";

/** Has products store what a map makes of them, where the backend has a kernel that does. */
export function fuseProducts(draft: Draft, limits: Limits, backend: Backend): void {
  if (!hasKernel(backend, mappedProduct.name)) return;
  for (const step of [...draft.steps]) {
    if (step.op !== matrixProduct as unknown) continue;
    const [reader, ...others] = draft.readersOf(step.outputs[0].value);
    if (!reader || others.length > 0 || draft.makerOf(step.outputs[0].value) !== step) continue;
    const reason = fused(draft, limits, step, reader);
    if (reason !== null) draft.refused(step, reader, reason);
  }
}

// Fuses, or says why not.
function fused(draft: Draft, limits: Limits, product: ProgramStep, reader: ProgramStep): string | null {
  const nest = nestOf(reader), [made] = product.outputs;
  const reason = nest ? apart(draft, nest, made) : "it is no map";
  if (!nest || reason !== null) return reason;
  const beside = nest.inputs.filter(({ value }) => value !== made.value);
  const places = [...beside, ...nest.outputs].flatMap((view) => inSpaceOf(view, made) ?? []);
  if (places.length <= beside.length) return "it reads across its rows";
  const by = nest.inputs.map((view) => input(view.value === made.value ? 0 : 1 + beside.indexOf(view)));
  const expr = substitute(nest.exprs[0], by), outputs = places.slice(-1);
  const inputs = [...product.inputs, ...places.slice(0, -1)];
  const attributes = { name: nest.name, expr };
  return limits.exceeds({ ...nest, inputs, outputs, exprs: [expr] }, draft) ??
    put(draft, product, reader, {
      ...reader,
      op: mappedProduct as ProgramStep["op"],
      attributes,
      inputs,
      outputs,
    });
}

// Why a map cannot be part of the product that it reads, whatever it reads beside it.
function apart(draft: Draft, { inputs, outputs, fold }: Nest, made: ProgramView): string | null {
  const [written] = outputs, dtype = draft.dtypeOf(made);
  if (fold) return "it is no map";
  if (!draft.isInner(made.value)) return "it is found afterwards";
  if (outputs.length > 1) return "it gives several results";
  if (!isFloating(dtype) || dtype === "f16" || draft.dtypeOf(written) !== dtype) {
    return "it is of another dtype";
  }
  if (inputs.some(({ value }) => value === written.value)) return "it changes what it reads";
  const inOrder = inputs.every((view) => view.value !== made.value || isWhole(view, made));
  return inOrder && isContiguous(made) && isContiguous(written)
    ? null
    : "it has its elements in another order";
}

function put(draft: Draft, product: ProgramStep, reader: ProgramStep, step: ProgramStep): string | null {
  const [first, last] = [product, reader].map((one) => draft.steps.indexOf(one));
  const between = parted(draft.steps, first, last);
  if (!between) return "what runs between them needs the one and is needed by the other";
  draft.splice(first, last - first + 1, ...between.before, step, ...between.behind);
  draft.done(product, reader);
  return null;
}

function isWhole(view: ProgramView, made: ProgramView): boolean {
  return view.offset === made.offset && isContiguous(view) && sizeOf(view.shape) === sizeOf(made.shape);
}

// A view over another shape of the same elements in the same order.
function inSpaceOf(view: ProgramView, { shape }: ProgramView): ProgramView | null {
  if (isContiguous(view)) return { ...view, shape, strides: contiguousStrides(shape) };
  const layout = reshapeLayout(view, shape);
  return layout && { ...view, ...layout };
}
