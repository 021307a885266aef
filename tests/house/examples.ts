import { root } from "./packages.ts";
import { documents, sources } from "./survey.ts";

/** A block of TypeScript in a document or in a documentation comment. */
export interface Example {
  /** Where it starts: file and line. */
  readonly place: string;
  /** What stands behind the three ticks: `ts`, or `ts ignore` and the reason. */
  readonly info: string;
  readonly code: string;
}

const fence =
  /^(?<lead>[ \t*>]*)(?<ticks>`{3,}|~{3,})(?<info>[^\n`]*)\n(?<body>[^]*?)^\k<lead>\k<ticks>[ \t]*$/gm;

/** The blocks of code of a text that is a document or source. */
export function blocksOf(file: string, text: string): Example[] {
  const commented = file.endsWith(".md") ? text : text.replace(/\/\*\*[^]*?\*\/|[^\n]/g, keepComments);
  return [...commented.matchAll(fence)].map(({ index, groups }) => {
    const { lead, info, body } = groups!, line = text.slice(0, index).split("\n").length;
    const code = body.split("\n").map((each) => each.slice(lead.length)).join("\n");
    return { place: `${file}:${line}`, info: info.trim(), code };
  });
}

function keepComments(part: string): string {
  return part.startsWith("/**") ? part : " ";
}

/** Every block of the documents and of the documentation comments of the published packages. */
export async function readBlocks(): Promise<Example[]> {
  const files = [...await documents(), ...(await Promise.all(published.map(sources))).flat()];
  const read = async (file: string) => blocksOf(file, await Deno.readTextFile(new URL(file, root)));
  return (await Promise.all(files.map(read))).flat();
}

const published = ["core", "backends", "nn", "optim", "distributed", "mod.ts"];

/** Whether a block is of the kind that `deno test --doc` runs. */
export function isCode({ info }: Example): boolean {
  return /^(ts|tsx|js|jsx|mts|mjs|cts|cjs|typescript|javascript)\b/i.test(info);
}

/** What is wrong with an example, or undefined: it must check its result, or say why it does not run. */
export function exampleFault({ place, info, code }: Example): string | undefined {
  const ignored = /\bignore\b\s*(.*)/.exec(info);
  if (ignored?.[1]) return undefined;
  if (ignored) return `${place} is ignored without a reason: write it behind the word, or let it run`;
  return checksSomething(code) ? undefined : `${place} asserts nothing that could be wrong`;
}

type Node = Deno.lint.Node;
type Statement = Deno.lint.Statement;

/** Names that are the same whatever this library does. */
const BUILT_IN = "Math Number String Boolean Array Object JSON BigInt Symbol NaN Infinity undefined".split(
  " ",
);

/** What an example's names stand for, by the places where they are written. */
class Names {
  readonly #assertions = new Set<string>();
  readonly #settled = new Set(BUILT_IN);
  readonly #uses: { readonly name: string; readonly at: number }[] = [];

  import({ source, specifiers }: Deno.lint.ImportDeclaration): void {
    if (source.value !== "@std/assert" && source.value !== "node:assert/strict") return;
    for (const { local } of specifiers) this.#assertions.add(local.name);
  }

  use({ name, parent, range }: Deno.lint.Identifier): void {
    const isKey = parent.type === "MemberExpression"
      ? parent.property.range[0] === range[0] && !parent.computed
      : parent.type === "Property" && parent.key.range[0] === range[0] && !parent.shorthand &&
        !parent.computed;
    if (!isKey) this.#uses.push({ name, at: range[0] });
  }

  /** Notes that a constant is a plain value that is written out. */
  declare({ id, init, parent }: Deno.lint.VariableDeclarator): void {
    if (parent.kind !== "const" || id.type !== "Identifier" || !init || !plain.has(init.type)) return;
    if (!this.isLive(init)) this.#settled.add(id.name);
  }

  /** Whether anything in an expression depends on what the library does. */
  isLive({ range: [start, end] }: Node): boolean {
    return this.#uses.some(({ name, at }) => at >= start && at < end && !this.#settled.has(name));
  }

  isAssertion(name: string): boolean {
    return this.#assertions.has(name);
  }
}

const plain = new Set([
  "Literal",
  "UnaryExpression",
  "BinaryExpression",
  "LogicalExpression",
  "TemplateLiteral",
]);

/** Whether each run of some code passes by an assertion of what the library computed. */
export function checksSomething(code: string): boolean {
  let found = false;
  const create = ({ sourceCode }: Deno.lint.RuleContext): Deno.lint.LintVisitor => {
    const names = new Names();
    const judge = new Judge(names, (node) => sourceCode.getText(node));
    return {
      ImportDeclaration: (node) => names.import(node),
      Identifier: (node) => names.use(node),
      "VariableDeclarator:exit": (node) => names.declare(node),
      "Program:exit": ({ body }) => void (found = judge.anyOf(body as readonly Statement[])),
    };
  };
  Deno.lint.runPlugin({ name: "house", rules: { examples: { create } } }, "example.ts", code);
  return found;
}

/** Finds assertions where control surely comes: not in functions, nor in loops, which may do nothing. */
class Judge {
  readonly #names: Names;
  readonly #text: (node: Node) => string;

  constructor(names: Names, text: (node: Node) => string) {
    this.#names = names;
    this.#text = text;
  }

  anyOf(statements: readonly Statement[]): boolean {
    return statements.some((statement) => this.#reaches(statement));
  }

  #reaches(node: Statement): boolean {
    switch (node.type) {
      case "ExpressionStatement":
        return this.#asserts(node.expression);
      case "VariableDeclaration":
        return node.declarations.some(({ init }) => init && this.#asserts(init));
      case "BlockStatement":
        return this.anyOf(node.body);
      case "IfStatement":
        return node.alternate ? this.#reaches(node.consequent) && this.#reaches(node.alternate) : false;
      default:
        return false;
    }
  }

  #asserts(node: Node): boolean {
    if (node.type === "AwaitExpression") return this.#asserts(node.argument);
    if (node.type !== "CallExpression" || node.callee.type !== "Identifier") return false;
    if (!this.#names.isAssertion(node.callee.name)) return false;
    const [first, second] = node.arguments;
    const itself = second !== undefined && this.#text(first) === this.#text(second);
    return !itself && node.arguments.some((each) => this.#names.isLive(each));
  }
}
