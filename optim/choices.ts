/** What a step decides by, for those who compile it. */

/**
 * What a step may decide by among settings, as text: which are 0, whole numbers beyond 1, and all that are no numbers.
 * Other numbers, alone or in pairs as betas, are cells, which its kernels follow.
 */
export function choicesIn(options: object): string {
  return Object.entries(options).map(([name, value]) => `${name} ${choiceIn(value)}`).join();
}

function choiceIn(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(choiceIn)}]`;
  const isCell = typeof value === "number" && value !== 0 && !(Number.isInteger(value) && value > 1);
  return isCell ? "a number" : String(value);
}
