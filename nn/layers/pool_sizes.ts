/** What layers that pool are told, checked and shown. */
import { described } from "@tapegrad/core";

/** The least that each number of a size may be. */
const least: Readonly<Record<string, number>> = {
  kernelSize: 1,
  stride: 1,
  padding: 0,
  dilation: 1,
  outputSize: 0,
};

/** What is asked of a class that is made. */
export function making({ constructor: { name } }: object): string {
  return `make ${/^(A|LP)/.test(name) ? "an" : "a"} ${name}`;
}

/** Refuses what is no integer, or list of them, where the name is that of a size. */
export function checkSize(asked: string, name: string, given: unknown, isNeeded: boolean): void {
  if (!Object.hasOwn(least, name) || given === undefined && !isNeeded) return;
  const from = least[name], isSame = (n: unknown) => n === null && name === "outputSize";
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length > 0 && list.every((n) => isSame(n) || Number.isSafeInteger(n) && n as number >= from)) {
    return;
  }
  throw new RangeError(
    `Cannot ${asked} with ${/^[aeiou]/.test(name) ? "an" : "a"} ${name} of ${shown(given)}: ` +
      `an integer from ${from} is needed, or a list of one for each axis`,
  );
}

function shown(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(described).join(", ")}]` : described(value);
}

/** `MaxPool2d([3, 2], stride 2)`: without tensors and keys. */
export function showTold(
  name: string,
  sizes: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): string {
  const told = Object.entries(options).filter(([, value]) => Array.isArray(value) || isPrimitive(value));
  return `${name}(${
    [...sizes.map(shown), ...told.map(([name, value]) => `${name} ${shown(value)}`)].join(", ")
  })`;
}

function isPrimitive(value: unknown): boolean {
  return value !== undefined && (typeof value !== "object" || value === null);
}
