/**
 * Writes the tables of names of `docs/from-pytorch.md`: `deno task names`. What stands beside a name of PyTorch's is
 * found in the docstrings of what is exported, which name it in full, as `torch.nn.functional.relu`.
 */
import { runPlain } from "../task.ts";
import { documentationOf, type Exported } from "./documentation.ts";
import { root } from "./packages.ts";
import { pytorchNames, without } from "./pytorch_names.ts";

/** The document. */
export const DOCUMENT = "docs/from-pytorch.md";

/** The entries whose exports are looked at, with what stands before a name there. */
const entries: Readonly<Record<string, string>> = {
  "core/mod.ts": "",
  "core/ops/special/mod.ts": "special.",
  "nn/mod.ts": "",
  "nn/init.ts": "init.",
  "nn/parametrizations.ts": "parametrizations.",
  "nn/parametrize.ts": "parametrize.",
  "optim/mod.ts": "",
};

/** Names of PyTorch's to the names of the exports whose docstrings have them. */
export async function counterparts(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>(), core: string[] = [];
  for (const [file, symbols] of await documentationOf(Object.keys(entries))) {
    const before = entries[Object.keys(entries).find((entry) => file.endsWith(`/${entry}`))!];
    addAll(found, symbols, before);
    if (file.endsWith("/core/mod.ts")) core.push(...symbols.map(({ name }) => name));
  }
  addNamesakes(found, new Set(core));
  return found;
}

/** Names of core that mean something else in PyTorch. */
const others: ReadonlySet<string> = new Set(["equal", "complex"]);

// Any other function of core that is called as PyTorch's is its counterpart.
function addNamesakes(found: Map<string, string[]>, core: ReadonlySet<string>): void {
  for (const theirs of pytorchNames.torch) {
    const full = fullName("torch", theirs);
    const ours = theirs.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
    if (!others.has(ours) && !without.has(full) && core.has(ours)) add(found, full, ours);
  }
}

// Namespaces, too, are looked into; what is exported again by them is named where it is declared.
function addAll(found: Map<string, string[]>, symbols: readonly Exported[], before: string): void {
  for (const { name, declarations } of symbols) {
    const text = declarations.map(({ jsDoc }) => jsDoc?.doc ?? "").join("\n");
    for (const [, theirs] of text.matchAll(/`(torch\.[\w.]+)`/g)) add(found, theirs, before + name);
    for (const { def } of declarations) addAll(found, def?.elements ?? [], `${before}${name}.`);
  }
}

function add(found: Map<string, string[]>, theirs: string, ours: string): void {
  const list = found.get(theirs) ?? [];
  if (!list.includes(ours)) found.set(theirs, [...list, ours]);
}

/** A name in full. */
export function fullName(module: string, name: string): string {
  return `${module}.${name}`;
}

function rowOf(theirs: string, found: ReadonlyMap<string, readonly string[]>): string[] {
  const ours = found.get(theirs)?.toSorted().map((name) => `\`${name}\``).join(", ");
  return [
    `\`${theirs}\``,
    ours ?? "–",
    ours ? "" : without.get(theirs) ?? "",
  ];
}

function tableOf(module: string, found: ReadonlyMap<string, readonly string[]>): string {
  const rows = pytorchNames[module].map((name) => rowOf(fullName(module, name), found));
  const all = [["PyTorch", "tapegrad", "why not"], ...rows];
  const widths = [0, 1, 2].map((i) => Math.max(...all.map((row) => row[i].length)));
  const lines = all.map((row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`);
  return lines.toSpliced(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`).join("\n");
}

/** The document with its tables as they are to be. */
export function written(text: string, found: ReadonlyMap<string, readonly string[]>): string {
  return text.replace(
    /(<!-- names of (\S+) -->\n)[^]*?(<!-- end of names -->)/g,
    (_, open, module, close) => `${open}\n${tableOf(module, found)}\n\n${close}`,
  );
}

async function main(): Promise<void> {
  const file = new URL(DOCUMENT, root);
  await Deno.writeTextFile(file, written(await Deno.readTextFile(file), await counterparts()));
}

if (import.meta.main) Deno.exit(await runPlain("names", Deno.args, main));
