/**
 * The rule of `operators/`: a row says PyTorch's operator in one call of ours. It renames and reorders arguments, and
 * computes nothing. This reads the rows' syntax and tells which break it.
 */
import { ops } from "@tapegrad/core";

/** A node of a syntax tree, as far as it is read here. */
interface Node {
  readonly type: string;
  readonly range: readonly [number, number];
  readonly parent?: Node;
  readonly [part: string]: unknown;
}

/** What a part of a file, a function or a row, does. */
interface Facts {
  /** Calls of ours, each with the choices that it stands in. */
  readonly calls: (readonly Choice[])[];
  /** Calls of functions that were handed in, which are ours; those written where they are handed in are counted there. */
  handed: number;
  /** Whether it hands a function in that is written there. */
  hands: boolean;
  /** Whether it has arithmetic of numbers. */
  arithmetic: boolean;
  /** The names that it mentions. */
  readonly mentions: Set<string>;
}

/** A side of a conditional expression. */
interface Choice {
  readonly at: number;
  readonly side: string;
}

/** A file of operators: its parts by name, rows among them, and where the names that it imports come from. */
interface Source {
  readonly parts: Map<string, Facts>;
  readonly rows: Set<string>;
  readonly imports: Map<string, string>;
}

const methods: ReadonlySet<string> = new Set([...ops().map(({ name }) => name), "forward", "to"]);
/** Methods that lists have too. */
const ofLists = new Set(["slice", "at", "concat", "sort", "all", "any", "fill", "map", "flip", "max", "min"]);
const builtin = new Set("Number String Boolean Array Object Math Map Set TypeError NotCovered".split(" "));
const ourModules = new Set(["t", "nn", "linalg", "complex", "fft", "special"]);
const computing = new Set(["+", "-", "*", "/", "%", "**"]);

function nameOf(node: unknown): string {
  const { type, name, value } = (node ?? {}) as { type?: string; name?: string; value?: unknown };
  return type === "Identifier" ? name! : type === "Literal" ? String(value) : "";
}

function* ancestors(node: Node): Generator<Node> {
  for (let at: Node | undefined = node; at; at = at.parent) yield at;
}

function isTop({ parent }: Node): boolean {
  return parent?.type === "Program" || (parent?.type.startsWith("Export") ?? false) && isTop(parent!);
}

/** The row or the top-level declaration that a node is in: rows are the properties of objects at the top. */
function ownerOf(node: Node): { readonly name: string; readonly isRow: boolean } | null {
  for (const at of ancestors(node)) {
    const isInObject = at.parent?.type === "ObjectExpression" &&
      at.parent.parent?.type === "VariableDeclarator";
    if (isInObject && at.parent!.parent!.parent && isTop(at.parent!.parent!.parent)) {
      const name = at.type === "Property" ? nameOf(at.key) : `…${nameOf(at.argument)}`;
      return { name, isRow: true };
    }
    if (at.type === "FunctionDeclaration" && isTop(at)) return { name: nameOf(at.id), isRow: false };
    if (at.type === "VariableDeclarator" && at.parent && isTop(at.parent)) {
      return { name: nameOf(at.id), isRow: false };
    }
  }
  return null;
}

function choicesOf(node: Node): Choice[] {
  return [...ancestors(node)].flatMap((at) => {
    const above = at.parent;
    if (above?.type !== "ConditionalExpression" || above.test === at) return [];
    const side = above.consequent === at || sameRange(above.consequent as Node, at) ? "then" : "else";
    return sameRange(above.test as Node, at) ? [] : [{ at: above.range[0], side }];
  });
}

function sameRange(a: Node, b: Node): boolean {
  return a.range[0] === b.range[0] && a.range[1] === b.range[1];
}

/** Whether a call is of a function of ours, `handed` in, or of neither. What reads the arguments `c` alone is none. */
function kindOf(node: Node, local: (name: string) => boolean): "ours" | "handed" | null {
  const { type, object, property } = node.callee as Node & { object?: Node; property?: Node };
  const given = node.arguments as readonly Node[];
  if (type === "Identifier") {
    const name = nameOf(node.callee);
    if (local(name) || builtin.has(name)) return null;
    return given.length === 1 && nameOf(given[0]) === "c" ? null : "handed";
  }
  if (type !== "MemberExpression") return null;
  const receiver = nameOf(object), method = nameOf(property);
  if (ourModules.has(receiver)) return "ours";
  if (receiver === "c" || builtin.has(receiver) || !methods.has(method)) return null;
  return ofLists.has(method) ? null : "ours";
}

/** What is in the text of a file; works under `deno test` alone. */
export function readSource(text: string): Source {
  const source: Source = { parts: new Map(), rows: new Set(), imports: new Map() };
  const factsOf = (node: Node): Facts | null => {
    const owner = ownerOf(node);
    if (!owner) return null;
    if (owner.isRow) source.rows.add(owner.name);
    const facts = source.parts.get(owner.name) ??
      { calls: [], handed: 0, hands: false, arithmetic: false, mentions: new Set() };
    source.parts.set(owner.name, facts);
    return facts;
  };
  const calls: Node[] = [];
  const create = (): Record<string, (node: Node) => void> => ({
    ImportSpecifier: (node) => {
      source.imports.set(nameOf(node.local), nameOf((node.parent as Node).source));
    },
    Property: (node) => void factsOf(node),
    Identifier: (node) => void factsOf(node)?.mentions.add(nameOf(node)),
    CallExpression: (node) => void calls.push(node),
    BinaryExpression: (node) => {
      const facts = computing.has(String(node.operator)) ? factsOf(node) : null;
      if (facts) facts.arithmetic = true;
    },
  });
  Deno.lint.runPlugin(
    { name: "house", rules: { rule: { create: create as () => Deno.lint.LintVisitor } } },
    "rows.ts",
    text,
  );
  const isLocal = (name: string) =>
    source.parts.has(name) || source.imports.get(name)?.startsWith(".") === true;
  for (const node of calls) {
    const facts = factsOf(node), kind = kindOf(node, isLocal);
    if (!facts) continue;
    if (kind === "ours") facts.calls.push(choicesOf(node));
    if (kind === "handed") facts.handed++;
    const written = (node.arguments as readonly Node[]).some(({ type }) =>
      type === "ArrowFunctionExpression"
    );
    if (written && isLocal(nameOf(node.callee))) facts.hands = true;
  }
  return source;
}

/** How many calls run at most: of the sides of a choice, one. */
function mostCalls(calls: readonly (readonly Choice[])[]): number {
  const free = calls.filter((choices) => choices.length === 0).length;
  const byChoice = Map.groupBy(
    calls.filter((choices) => choices.length > 0),
    (choices) => choices.at(-1)!.at,
  );
  const chosen = [...byChoice.values()].map((group) => {
    const sides = Map.groupBy(group, (choices) => choices.at(-1)!.side);
    return Math.max(
      ...[...sides.values()].map((side) => mostCalls(side.map((choices) => choices.slice(0, -1)))),
    );
  });
  return chosen.reduce((a, b) => a + b, free);
}

function callsOf(parts: readonly Facts[]): number {
  const handed = parts.reduce((n, facts) => n + facts.handed, 0);
  const written = parts.some(({ calls, hands }) => hands && calls.length > 0) ? 1 : 0;
  return mostCalls(parts.flatMap(({ calls }) => calls)) + Math.max(handed - written, 0);
}

/** The parts that a row is made of: itself, and what it mentions, in other files too. */
function partsOf(file: string, row: string, sources: ReadonlyMap<string, Source>): Facts[] {
  const seen = new Map<string, Facts>(), queue: [string, string][] = [[file, row]];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [from, name] = next, source = sources.get(from), facts = source?.parts.get(name);
    if (!source || !facts || seen.has(`${from} ${name}`)) continue;
    seen.set(`${from} ${name}`, facts);
    for (const other of facts.mentions) {
      const imported = source.imports.get(other);
      if (imported) queue.push([imported.replace("./", ""), other]);
      else if (!source.rows.has(other)) queue.push([from, other]);
    }
  }
  return [...seen.values()];
}

/** The rows that break the rule, by file. */
export function breaches(sources: ReadonlyMap<string, Source>): Record<string, string[]> {
  const found = [...sources].map(([file, { rows }]): [string, string[]] => {
    const broken = [...rows].filter((row) => {
      const parts = partsOf(file, row, sources);
      return parts.some(({ arithmetic }) => arithmetic) || callsOf(parts) > 1;
    });
    return [file, broken.sort()];
  });
  return Object.fromEntries(found.filter(([, rows]) => rows.length > 0));
}
