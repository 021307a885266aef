/** What kernels of convolutions have in common. */
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import { withContiguous } from "./frames.ts";

/** A kernel of operands in a dtype that is multiplied as it is, whose output is contiguous and not empty. */
export type Compute<A> = (inputs: readonly Operand[], output: Operand, attributes: A, heap: Heap) => void;

/** Runs `use` with an operand's elements next to each other, if there is one. */
export function withOptional(
  heap: Heap,
  x: Operand | undefined,
  use: (x: Operand | undefined) => void,
): void {
  if (x) withContiguous(heap, x, use);
  else use(x);
}
