/** What passes make of a function: its steps before and after, as a person reads them, and whether they do the same. */
import { type Backend, noGrad, Program, read, type Tensor, tensor, type TypedArray } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { optimized } from "../../../../core/transforms/passes/mod.ts";
import type { Bindings } from "../../../../core/transforms/program/bindings.ts";
import type { ProgramParts } from "../../../../core/transforms/program/parts.ts";
import { recorded } from "../../../../core/transforms/program/record.ts";
import { backend } from "../../../backend_traits.ts";

/** A function, recorded and optimized. */
export interface Passed {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly notes: string;
}

/** A function of tensors. */
export type Fn = (...args: Tensor[]) => Tensor | Tensor[];

/** The steps of a program, one a line, with one blank between words. */
export function stepsOf(parts: ProgramParts, bindings: Bindings): string[] {
  const lines = String(new Program(parts, bindings)).split("\n");
  return lines.filter((line) => / = /.test(line) && !line.includes(".grad = ")).map((line) =>
    line.trim().replaceAll(/\s+/g, " ")
  );
}

const fused = ["mappedMatmul", "maps", "rows"];

// The backend as one without kernels of what steps are fused into, so that texts are the same on all.
const plain: Backend = Object.create(backend, {
  kernels: { value: new Map([...backend.kernels].filter(([name]) => !fused.includes(name))) },
  mostOperands: { value: undefined },
});

/** Records a function, optimizes what it ran, and compares what both give on the same arguments. */
export function passed(fn: Fn, ...args: Tensor[]): Promise<Passed> {
  return passedOn(plain, fn, args);
}

/** The same with the kernels of a backend. */
export async function passedOn(on: Backend, fn: Fn, args: Tensor[]): Promise<Passed> {
  const { parts, bindings } = recorded(fn, args), { parts: after, notes } = optimized(parts, on);
  const captured = Object.values(bindings.captured), before = await read(captured);
  const run = async (parts: ProgramParts): Promise<TypedArray[]> => {
    // What the run before it wrote is as it was.
    noGrad(() =>
      captured.forEach((x, k) => x.assign(tensor(before[k], { dtype: x.dtype }).reshape(x.shape)))
    );
    const results = [new Program(parts, bindings).run(...args)].flat() as Tensor[];
    return await read([...results, ...captured]);
  };
  const [expected, found] = [await run(parts), await run(after)];
  expected.forEach((elements, k) => assertClose(found[k], elements));
  return { before: stepsOf(parts, bindings), after: stepsOf(after, bindings), notes: notes.join("\n") };
}

/** Equal but for the last digits, which the order of a sum decides. */
export function assertClose(found: TypedArray, expected: TypedArray): void {
  const near = found instanceof Float64Array ? 1e-12 : 2e-6;
  assertEquals(found.length, expected.length);
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i], expected[i]], most = near * Math.max(1, Math.abs(b));
    assert(Object.is(a, b) || Math.abs(a - b) <= most, `${a} for ${b} at element ${i}`);
  }
}
