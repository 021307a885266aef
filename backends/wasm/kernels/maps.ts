/** Several maps by one function, which runs through one after the other. */
import { isContiguous, mapParts, type MapsAttributes, sizeOf } from "@tapegrad/core/backend";
import type { Local } from "../assembler/body.ts";
import { legalized } from "../../common/legal.ts";
import { Code } from "../expr/lanes.ts";
import { helpersOf } from "../expr/helpers.ts";
import { wasmKnows } from "../expr/knows.ts";
import { fuses } from "../features.ts";
import type { Heap } from "../memory/heap.ts";
import { KernelModule, perHeap, type Run } from "../modules.ts";
import type { Operand, WasmKernel } from "./kernel.ts";
import { flatKey, map, MOST_NODES, MOVED } from "./map.ts";
import { defineRow, type MapForm } from "./map_code.ts";

/** A map with what it reads and writes. */
interface Part {
  readonly exprs: MapForm["legal"]["roots"];
  readonly name: string;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
}

const functionsOf = perHeap(() => new WeakMap<MapsAttributes, Map<string, Run | null>>());

/** `maps`: those whose elements lie in one piece by one function, but for such that threads share. */
export const maps: WasmKernel<MapsAttributes> = (inputs, outputs, attributes, heap) => {
  const all = mapParts(attributes, inputs, outputs).map(({ part, ...own }): Part => ({ ...part, ...own }));
  const keys = all.map((part) => isPlain(part, heap) ? flatKey(part.inputs, part.outputs) : 0);
  const flat = all.filter((_, k) => keys[k] !== 0);
  const run = flat.length > 1 ? functionFor(heap, attributes, keys.join(";"), flat) : null;
  if (run !== null) heap.calls(run)(...flat.flatMap(placesOf));
  return (run === null ? all : all.filter((_, k) => keys[k] === 0)).every((
    { name, exprs, inputs, outputs },
  ) => map(inputs, outputs, { name, exprs }, heap));
};

// Threads share a map of many elements.
function isPlain({ inputs, outputs }: Part, heap: Heap): boolean {
  const n = sizeOf(outputs[0].shape);
  return n > 0 && !heap.isShared(n * (inputs.length + outputs.length) * MOVED);
}

function placesOf({ inputs, outputs }: Part): readonly number[] {
  return [sizeOf(outputs[0].shape), ...[...outputs, ...inputs].map(({ pointer }) => pointer)];
}

function functionFor(
  heap: Heap,
  attributes: MapsAttributes,
  key: string,
  parts: readonly Part[],
): Run | null {
  const byAttributes = functionsOf(heap);
  let byKey = byAttributes.get(attributes);
  if (!byKey) byAttributes.set(attributes, byKey = new Map());
  let run = byKey.get(key);
  if (run === undefined) byKey.set(key, run = compiled(heap, parts));
  return run;
}

function compiled({ simd, memory }: Heap, parts: readonly Part[]): Run | null {
  const kernel = new KernelModule();
  const forms = parts.map(({ exprs, inputs, outputs }): MapForm => {
    const operands = [...outputs, ...inputs], dtypes = operands.map(({ dtype }) => dtype);
    const legal = legalized(exprs, dtypes.slice(outputs.length), wasmKnows);
    const classes = operands.map((operand) => isContiguous(operand) ? "1" : "0");
    return {
      legal,
      dtypes,
      classes,
      outputs: outputs.length,
      helpers: kernel.import(helpersOf(legal, fuses(simd))),
    };
  });
  if (forms.reduce((sum, { legal }) => sum + legal.order.length, 0) > MOST_NODES) return null;
  const takes = forms.flatMap(({ dtypes }) => ["i32" as const, ...dtypes.map(() => "i32" as const)]);
  const all = kernel.module.define(takes, null, (body, parameters) => {
    const code = new Code(body, simd);
    let next = 0;
    for (const form of forms) {
      const [n, ...starts] = parameters.slice(next, next += 1 + form.dtypes.length) as readonly Local<
        "i32"
      >[];
      defineRow(code, form, starts, n);
    }
  });
  return kernel.only(all, memory);
}
