/** Keys in the manner of PyTorch: `x[1, :, [0, 2], None, mask]`. */
import { type KeyList, type KeyPart, Tensor } from "@tapegrad/core";
import { madeOf, type Value } from "./sample.ts";

/** The parts of a key. */
export function keyOf(key: Value): KeyPart[] {
  // Python's tuples and lists are alike in the dump: what holds nothing but integers or truth values was a list.
  const parts: readonly Value[] = isList(key) && !isFlat(key) ? key : [key];
  return parts.map(partOf);
}

function partOf(part: Value): KeyPart {
  if (part instanceof Tensor) {
    return part.dtype === "bool" ? nested(madeOf(part).map(Boolean), part.shape) : part;
  }
  if (isList(part)) return part as KeyList;
  if (typeof part !== "object" || part === null) return part as KeyPart;
  if (!("$slice" in part)) return "...";
  const [start, stop, step] = part.$slice;
  return { start, stop, step };
}

/** Truth values in lists, which no backend has to be asked for. */
function nested(values: readonly boolean[], shape: readonly number[]): boolean | KeyList {
  const [n, ...rest] = shape, size = values.length / n;
  if (shape.length === 0) return values[0];
  return Array.from({ length: n }, (_, i) => nested(values.slice(i * size, (i + 1) * size), rest));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isFlat(list: readonly Value[]): boolean {
  return list.every((part) => typeof part === "number") || list.every((part) => typeof part === "boolean");
}
