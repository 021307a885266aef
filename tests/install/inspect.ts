/** What the packages' folders have to hold before anyone installs them. */
import { portablePackages as packages, root } from "../house/packages.ts";
import { sources } from "../house/survey.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly sideEffects: false | readonly string[];
}

const comment = /\/\*[^]*?\*\/|\/\/.*/g;

/** What is wrong with a file of types. */
function faultOfTypes(text: string): string | undefined {
  const code = text.replace(comment, "");
  if (/[:<|&,([]\s*any\b(?!["'?]?:)/.test(code)) return "has the type any";
  return /\bDeno\b/.test(code) ? "needs the types of Deno" : undefined;
}

async function faultOfMap(script: string, source: string): Promise<string | undefined> {
  const code = await Deno.readTextFile(script).catch(() => "");
  if (/^(\/\/.*\n)*(export \{\};\n)?$/.test(code)) return undefined; // no entry point leads there, or it has types alone
  const { sourcesContent: [content] } = JSON.parse(await Deno.readTextFile(`${script}.map`));
  const text = await Deno.readTextFile(new URL(source, root));
  return content.replace(/\.js"/g, '.ts"') === text ? undefined : "has another source";
}

async function faultsOf(package_: string, folder: string): Promise<string[]> {
  const { exports, sideEffects }: Manifest = JSON.parse(await Deno.readTextFile(`${package_}/package.json`));
  const named = [
    ...Object.values(exports).flatMap((one) => typeof one === "string" ? [one] : Object.values(one)),
    ...sideEffects || [],
  ];
  const found: (string | undefined)[] = await Promise.all(
    named.map((path) => Deno.stat(`${package_}/${path}`).then(() => undefined, () => `${path} is not there`)),
  );
  for (const source of await sources(folder)) {
    const path = `${package_}/${folder === "mod.ts" ? source : source.slice(folder.length + 1)}`;
    const types = await Deno.readTextFile(path.replace(/ts$/, "d.ts")).catch(() => "");
    const faults = [faultOfTypes(types), await faultOfMap(path.replace(/ts$/, "js"), source)];
    found.push(...faults.map((fault) => fault && `${source} ${fault}`));
  }
  return found.filter((fault) => fault !== undefined);
}

/** Fails where an entry point is missing, a type is vague, or a map has not the source that was compiled. */
export async function inspect(library: string): Promise<void> {
  const faults = await Promise.all(
    packages.map(({ name, folder }) =>
      faultsOf(`${library}/${name.slice(name.indexOf("/") + 1)}`, folder === "." ? "mod.ts" : folder)
    ),
  );
  if (faults.flat().length > 0) throw new Error(faults.flat().join("\n"));
}
