/** The text of a value, complete and with sorted keys, as the messages show it. */
export function format(value: unknown): string {
  return Deno.inspect(value, {
    depth: Infinity,
    sorted: true,
    trailingComma: true,
    compact: false,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
    getters: true,
  });
}

/** What follows the first sentence of a message: the caller's own words, or a period. */
export function suffix(msg: string | undefined): string {
  return msg ? `: ${msg}` : ".";
}

/** Line by line: what only `actual` has is marked `-`, what only `expected` has `+`. */
export function diff(actual: string, expected: string): string {
  const [a, b] = [actual.split("\n"), expected.split("\n")];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const lines = [
    ...a.slice(0, start).map((line) => `    ${line}`),
    ...a.slice(start, a.length - end).map((line) => `-   ${line}`),
    ...b.slice(start, b.length - end).map((line) => `+   ${line}`),
    ...a.slice(a.length - end).map((line) => `    ${line}`),
  ];
  return `\n\n    [Diff] Actual / Expected\n\n\n${lines.join("\n")}\n`;
}
