import { root } from "./packages.ts";

/** What a source file says that the house rules are about; works under `deno test` alone. */
export interface Survey {
  /** Every specifier it imports or re-exports, types included; `?` where it is computed. */
  readonly imports: readonly string[];
  /** Those among them that load another file at run time: all but what is declared as a type. */
  readonly loads: readonly string[];
  /** How often `any` stands where a type is expected. */
  readonly anys: number;
  /** How many default exports it has. */
  readonly defaults: number;
  /** How often it declares what is disposed of at the end of a block. */
  readonly usings: number;
}

type Named = { readonly exported: { readonly name?: string; readonly value?: string } };
type Sourced = { readonly source?: object | null; readonly specifiers?: readonly object[] };

function isType(node: object): boolean {
  const { importKind, exportKind } = node as { readonly importKind?: string; readonly exportKind?: string };
  return importKind === "type" || exportKind === "type";
}

// What names nothing but types is left out by whoever strips them.
function loadsNothing(node: Sourced): boolean {
  const { specifiers = [] } = node;
  return isType(node) || (specifiers.length > 0 && specifiers.every(isType));
}

/** Parses `text` with Deno's own linter and lists what it finds. */
export function survey(text: string): Survey {
  const imports: string[] = [];
  let anys = 0;
  let defaults = 0;
  let usings = 0;
  const loads: string[] = [];
  const note = (node: Sourced) => {
    const { source } = node;
    if (!source) return;
    const specifier = "value" in source && typeof source.value === "string" ? source.value : "?";
    imports.push(specifier);
    if (!loadsNothing(node)) loads.push(specifier);
  };
  const create = ({ sourceCode }: Deno.lint.RuleContext): Deno.lint.LintVisitor => ({
    ImportDeclaration: note,
    ExportAllDeclaration: note,
    ExportNamedDeclaration: note,
    ImportExpression: note,
    TSImportEqualsDeclaration: () => note({ source: {} }),
    TSImportType: (node) => void imports.push(/["'](.*?)["']/.exec(sourceCode.getText(node))?.[1] ?? "?"),
    TSAnyKeyword: () => void anys++,
    VariableDeclaration: ({ kind }) => {
      if (kind === "using" || kind === "await using") usings++;
    },
    ExportDefaultDeclaration: () => void defaults++,
    ExportSpecifier: ({ exported }: Named) => {
      if ((exported.name ?? exported.value) === "default") defaults++;
    },
  });
  Deno.lint.runPlugin({ name: "house", rules: { survey: { create } } }, "survey.ts", text);
  return { imports, loads, anys, defaults, usings };
}

async function* walk(folder: string, wanted: RegExp): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}${name}`;
    if (!isDirectory && wanted.test(name)) yield path;
    else if (isDirectory && !name.startsWith(".") && !left.has(name)) yield* walk(`${path}/`, wanted);
  }
}

/** Folders with what others wrote, or a command. */
const left = new Set(["node_modules", "out", "npm", "coverage"]);

/** The TypeScript files of a folder, or the one file named, as paths from the top of the checkout. */
export function sources(path: string): Promise<string[]> {
  return path.endsWith(".ts") ? Promise.resolve([path]) : Array.fromAsync(walk(`${path}/`, /\.[cm]?tsx?$/));
}

/** The documents in Markdown, as paths from the top of the checkout. */
export function documents(): Promise<string[]> {
  return Array.fromAsync(walk("", /\.md$/));
}
