/** Under which headings the documentation shows exports: what may stand behind `@category`. */
import { type Declaration, documentationOf, type Exported } from "./documentation.ts";
import { packages, root } from "./packages.ts";

/** The headings, by the package whose exports stand under them first. */
export const categories: Readonly<Record<string, readonly string[]>> = {
  core: [
    "Tensors",
    "Creation",
    "Dtypes and shapes",
    "Elementwise",
    "Special functions",
    "Activations",
    "Reductions",
    "Sorting and scans",
    "Shape",
    "Indexing",
    "Linear algebra",
    "Polynomials",
    "Complex numbers",
    "Fourier transforms",
    "Network functions",
    "Masked",
    "Random",
    "Transforms",
    "Programs",
    "Memory and profiles",
    "Notebooks",
    "Own ops",
    "Expressions",
    "Backends",
    "Errors",
  ],
  backends: ["Conformance"],
  nn: [
    "Modules",
    "Layers",
    "Activation layers",
    "Initial values",
    "Losses",
    "Metrics",
    "Data",
    "Files",
    "Training",
  ],
  optim: ["Optimizers", "Schedules"],
  distributed: ["Many processes"],
};

const known = new Set(Object.values(categories).flat());

function faultOf({ jsDoc, location }: Declaration, name: string): string | undefined {
  const found = (jsDoc?.tags ?? []).filter(({ kind }) => kind === "category").map(({ doc }) => doc?.trim());
  if (found.length === 1 && known.has(found[0] ?? "")) return undefined;
  const file = location.filename.slice(root.href.length);
  const what = found.length === 0 ? "no @category" : `@category ${found.map(String).join(" and ")}`;
  return `${file}: ${name} has ${what}`;
}

/** What is wrong with exports, those within namespaces too: each has one category that is on the list. */
export function faultsOf(symbols: readonly Exported[]): string[] {
  return symbols.flatMap(({ name, declarations }) =>
    declarations.flatMap((declaration) => {
      if (declaration.kind === "reference") return [];
      if (declaration.kind === "namespace") return faultsOf(declaration.def?.elements ?? []);
      // Of a function with several signatures, one has the comment.
      if (!declaration.jsDoc && declarations.some(({ jsDoc }) => jsDoc)) return [];
      return faultOf(declaration, name) ?? [];
    })
  );
}

/** What is wrong with the exports of the published packages, each named once. */
export async function categoryFaults(): Promise<string[]> {
  const all = await documentationOf(packages.flatMap(({ entries }) => [...entries.values()]));
  return [...new Set(all.flatMap(([, symbols]) => faultsOf(symbols)))].sort();
}
