/** Source text of scalar functions. */

/** Text of a call, from those of its operands. */
export type Template = (args: readonly string[]) => string;

/** A binary operator between its operands. */
export function infix(operator: string): Template {
  return ([a, b]) => `${a} ${operator} ${b}`;
}
