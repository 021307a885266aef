/** How long a file and a function may be: short enough to be read at once. */

/** Lines of a file, its documentation included. */
export const FILE_LINES = 300;
/** Lines of a function. */
export const FUNCTION_LINES = 40;

/** A function, by its name or what it is given to, and its lines. */
export interface LongFunction {
  readonly name: string;
  readonly lines: number;
}

interface Spot {
  readonly range: readonly [number, number];
  readonly id?: { readonly name?: string } | null;
  readonly key?: { readonly name?: string };
  readonly parent?: Spot;
}

function nameOf({ id, parent }: Spot): string {
  return id?.name ?? parent?.id?.name ?? parent?.key?.name ?? "a function without a name";
}

/** How many lines a text has. */
export function linesOf(text: string): number {
  return text.trimEnd().split("\n").length;
}

/** The functions of a file that are too long; works under `deno test` alone. */
export function longFunctions(text: string): LongFunction[] {
  const found: LongFunction[] = [];
  const see = (node: Spot) => {
    const lines = linesOf(text.slice(...node.range));
    if (lines > FUNCTION_LINES) found.push({ name: nameOf(node), lines });
  };
  const create = (): Deno.lint.LintVisitor => ({
    FunctionDeclaration: (node) => see(node as Spot),
    FunctionExpression: (node) => see(node as Spot),
    ArrowFunctionExpression: (node) => see(node as Spot),
  });
  Deno.lint.runPlugin({ name: "house", rules: { lengths: { create } } }, "lengths.ts", text);
  return found;
}
