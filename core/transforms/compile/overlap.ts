/** Arguments whose memory a function changes by another name. */
import type { Storage } from "../../device/storage.ts";
import { storageOf } from "../../tensor/internals.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Bindings } from "../program/bindings.ts";
import { type ProgramParts, valuesOf } from "../program/parts.ts";
import type { Argument } from "../program/structure.ts";

/**
 * Memory that a program changes and that several of its arguments are, or an argument and a tensor from outside: each
 * of them is a value of its own to the program, which would not see what happens to the other.
 */
export function overlapOf(
  { values, effects }: ProgramParts,
  { captured }: Bindings,
  given: readonly Argument[],
): readonly Storage[] {
  const arguments_ = given.map((one) => one instanceof Tensor ? storageOf(one) : null);
  const others = Object.values(captured).map(storageOf), inputs = valuesOf(values, "input").map(([i]) => i);
  const tensorOf = (i: number): Tensor | null => {
    const { kind, name, of } = values[i];
    if (kind === "captured") return captured[name];
    return kind === "gradient" ? tensorOf(of!)?.grad ?? null : given[inputs.indexOf(i)] as Tensor;
  };
  return effects.flatMap(({ value, gradient }) => {
    const tensor = gradient === undefined ? tensorOf(value) : null, storage = tensor && storageOf(tensor);
    const count = arguments_.filter((one) => one === storage).length;
    const isArgument = values[value].kind === "input";
    const meets = isArgument ? count > 1 || others.includes(storage!) : count > 0;
    return storage && meets ? [storage] : [];
  });
}
