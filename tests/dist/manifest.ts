/** What the `package.json` of a published package says. */
import { type Package, portablePackages as packages } from "../house/packages.ts";
import { registering } from "./registering.ts";

/** The one file for pages, in the umbrella package. */
export const PAGE = "tapegrad.js";

const descriptions: Readonly<Record<string, string>> = {
  core: "Tensors and automatic differentiation of any order, with PyTorch's manners and numbers",
  backends: "What tensors are computed on: WebAssembly, WebGPU and plain JavaScript",
  nn: "Neural networks: modules, layers, losses, metrics, data and files",
  optim: "Optimizers and schedules of learning rates",
  ".": "Automatic differentiation and neural networks, with PyTorch's manners and numbers",
};

/** Where `import` finds a file of TypeScript, and its types. */
function target(file: string): object {
  const stem = `./${file.replace(/\.ts$/, "")}`;
  return { types: `${stem}.d.ts`, default: `${stem}.js` };
}

const loading = /^(?:(?:import|export)\b[^;"]*|\} from )"(@tapegrad\/[\w-]+)/gm;

/** The packages that scripts and types import. */
function dependencies(name: string, files: ReadonlyMap<string, string>): Record<string, string> {
  const code = [...files].filter(([path]) => /\.(js|d\.ts)$/.test(path) && path !== PAGE);
  const named = code.flatMap(([, text]) => Array.from(text.matchAll(loading), ([, specifier]) => specifier));
  return Object.fromEntries(
    packages.filter((one) => one.name !== name && named.includes(one.name))
      .map((one) => [one.name, `^${one.version}`]),
  );
}

/** The path of a file of the checkout in its package. */
function within(folder: string, file: string): string {
  return folder === "." ? file : file.slice(folder.length + 1);
}

function isOf(folder: string, file: string): boolean {
  return folder === "." ? !file.includes("/") : file.startsWith(`${folder}/`);
}

/** The files of the checkout's that are a package's, by their paths in it. */
export function filesOf({ folder }: Package, files: ReadonlyMap<string, string>): Map<string, string> {
  const own = [...files].filter(([path]) => isOf(folder, path));
  return new Map(own.map(([path, text]) => [within(folder, path), text]));
}

function located(url: string, folder: string): object {
  return { type: "git", url, ...folder !== "." && { directory: folder } };
}

/** The `package.json` of a package with these files. */
export function manifest(one: Package, files: ReadonlyMap<string, string>, repository?: string): string {
  const { name, version, license, folder, entries } = one;
  const exports = Object.fromEntries(
    [...entries].map((
      [specifier, file],
    ) => [`.${specifier.slice(name.length)}`, target(within(folder, file))]),
  );
  const effects = registering.filter((file) => isOf(folder, file))
    .map((file) => `./${within(folder, file).replace(/ts$/, "js")}`);
  const page = files.has(PAGE) ? { [`./${PAGE}`]: { types: "./mod.d.ts", default: `./${PAGE}` } } : {};
  if (files.has(PAGE)) effects.push(`./${PAGE}`);
  const main = within(folder, entries.get(name)!).replace(/\.ts$/, "");
  const text = JSON.stringify(
    {
      name,
      version,
      description: descriptions[folder],
      license,
      ...repository && { repository: located(repository, folder) },
      type: "module",
      engines: { node: ">=20" },
      sideEffects: effects.length > 0 && effects,
      main: `./${main}.js`,
      types: `./${main}.d.ts`,
      exports: { ...exports, ...page, "./package.json": "./package.json" },
      dependencies: dependencies(name, files),
    },
    null,
    2,
  );
  return `${text}\n`;
}
