import { root } from "./packages.ts";
import type { Survey } from "./survey.ts";

const published = ["core", "backends", "nn", "optim", "distributed", "mod.ts"];

/** Part of the repo → the other parts that it may import. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  backends: ["core"],
  nn: ["core"],
  optim: ["core"],
  distributed: ["core", "backends", "nn", "optim"],
  "mod.ts": ["core", "backends", "nn", "optim"],
  demos: published,
  examples: ["mod.ts"],
  bench: [...published, "demos"],
  tests: [...published, "demos", "bench"],
};

function partOf(path: string): string {
  return path.split("/")[0];
}

/** The part of the repo that a specifier leads to, or undefined where it leads out of it or to a document. */
function target(specifier: string, file: string): string | undefined {
  const [, member] = /^@tapegrad\/([^/]+)/.exec(specifier) ?? [];
  if (member) return member === "tapegrad" ? "mod.ts" : member;
  if (!/^(\.|file:)/.test(specifier) || /\.(json|md)$/.test(specifier)) return undefined;
  const { href } = new URL(specifier, new URL(file, root));
  return href.startsWith(root.href) ? partOf(href.slice(root.href.length)) : undefined;
}

function importFault(specifier: string, file: string): string | undefined {
  const [from, to] = [partOf(file), target(specifier, file)];
  const isPublished = published.includes(from);
  if (to === undefined) {
    return isPublished ? `${from} has no dependency outside the repo` : undefined;
  }
  if (to !== from && !mayImport[from].includes(to)) {
    return `${from} may import ${mayImport[from].join(", ") || "nothing of the repo"}`;
  }
  if (!isPublished) return undefined;
  if (to === from && specifier.startsWith("@")) return "inside a package the path is relative";
  return to !== from && !specifier.startsWith("@") ? `another package is imported by its name` : undefined;
}

/** What the house rules find wrong in a file, a sentence each. */
export function faults(file: string, { imports, anys, defaults, usings }: Survey): string[] {
  if (!(partOf(file) in mayImport)) return [`${file} is in no part of the repo: add its folder to mayImport`];
  const wrong = imports.flatMap((specifier) => {
    const fault = importFault(specifier, file);
    return fault ? [`${file} imports ${specifier}: ${fault}`] : [];
  });
  if (!published.includes(partOf(file))) return wrong;
  if (anys > 0) wrong.push(`${file} has the type any ${anys} times: name the type, or use unknown`);
  if (usings > 0) wrong.push(`${file} says using ${usings} times: Node 22 does not know it, call dispose()`);
  if (defaults > 0) wrong.push(`${file} has a default export: export it by name`);
  return wrong;
}
