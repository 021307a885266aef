/** What the packages' folders have to hold before anyone installs them. */
import { packages, root } from "../house/packages.ts";
import { sources } from "../house/survey.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly sideEffects: false | readonly string[];
}

const comment = /\/\*[^]*?\*\/|\/\/.*/g;

/** What is wrong with a file of types. */
function faultOfTypes(text: string): string | undefined {
  const code = text.replace(comment, "");
  if (/\bany\b/.test(code)) return "has the type any";
  return /\bDeno\b/.test(code) ? "needs the types of Deno" : undefined;
}

async function faultOfMap(path: string, source: string): Promise<string | undefined> {
  const { sourcesContent: [content] } = JSON.parse(await Deno.readTextFile(path));
  return content === await Deno.readTextFile(new URL(source, root)) ? undefined : "has another source";
}

async function faultsOf(package_: string, folder: string): Promise<string[]> {
  const { exports, sideEffects }: Manifest = JSON.parse(await Deno.readTextFile(`${package_}/package.json`));
  const named = [
    ...Object.values(exports).flatMap((one) => Object.values(Object(one))),
    ...sideEffects || [],
  ];
  const found: (string | undefined)[] = await Promise.all(
    named.map((path) => Deno.stat(`${package_}/${path}`).then(() => undefined, () => `${path} is not there`)),
  );
  for (const source of await sources(folder)) {
    const path = `${package_}/${folder === "mod.ts" ? source : source.slice(folder.length + 1)}`;
    const types = await Deno.readTextFile(path.replace(/ts$/, "d.ts")).catch(() => "");
    found.push(faultOfTypes(types), await faultOfMap(path.replace(/ts$/, "js.map"), source));
  }
  return found.filter((fault) => fault !== undefined).map((fault) => `${package_} ${fault}`);
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
