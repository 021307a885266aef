/** Programs that were recorded and written. */
import { isFloating, noGrad, record, Tensor } from "@tapegrad/core";
import { toOnnx } from "@tapegrad/nn/onnx";
import { backend } from "../../backend_traits.ts";
import { type Case, doubles, functions, moves, networks, type Opening } from "./programs.ts";

/** A function's program as a file, with what it was given and what it gave. */
export interface Written {
  readonly file: Uint8Array;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** All of them, by what is computed. */
export const all: readonly (readonly [name: string, make: () => Case])[] = Object.entries({
  ...networks,
  ...moves,
  ...functions,
  ...backend.dtypes.has("f64") ? doubles : {},
}).filter(([name]) => name !== "halves" || backend.dtypes.has("f16"));

/** Records and writes one. */
export async function written(make: () => Case): Promise<Written> {
  const { compute, inputs } = make();
  const [given, program] = noGrad(() => record(compute, ...inputs));
  return { file: await toOnnx(program), inputs, outputs: given instanceof Tensor ? [given] : given };
}

/** Writes a function with open axes. */
export async function writtenOpen({ make, recorded }: Opening): Promise<Uint8Array> {
  const [program, dynamic] = recorded.map((n) => {
    const { compute, inputs } = make(n);
    return noGrad(() => record(compute, ...inputs))[1];
  });
  return await toOnnx(program, { dynamic });
}

/** How far an element of a dtype may be off. */
export function toleranceOf({ dtype }: Tensor): number {
  return dtype === "f16" ? 2e-3 : isFloating(dtype) ? 1e-5 : 0;
}
