/** Makes what `deno pack` writes fit for every runtime, bundler and debugger. */
import { basename } from "node:path";
import type { Entry } from "./tar.ts";

interface SourceMap {
  /** None where there are types alone. */
  readonly sourcesContent?: readonly string[];
  readonly mappings: string;
}

const inlineMap = /\n\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/;

function decoded(base64: string): SourceMap {
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))));
}

/** A script that tells Deno where its types are, and its map beside it, with the source inside. */
function script(path: string, text: string, hasTypes: boolean): Entry[] {
  const [whole, map] = inlineMap.exec(text) ?? [], file = basename(path);
  const code = whole === undefined ? text.trimEnd() : text.slice(0, -whole.length);
  const first = hasTypes ? `// @ts-self-types="./${file.replace(/js$/, "d.ts")}"\n` : "";
  if (map === undefined) return [[path, `${first}${code}\n`]];
  const { sourcesContent, mappings } = decoded(map), sources = [file.replace(/js$/, "ts")];
  if (!sourcesContent) return [[path, `${first}export {};\n`]];
  // An empty group of mappings for the line that was put before.
  const moved = JSON.stringify({
    version: 3,
    file,
    sources,
    sourcesContent,
    names: [],
    mappings: first ? `;${mappings}` : mappings,
  });
  return [[path, `${first}${code}\n//# sourceMappingURL=${file}.map\n`], [`${path}.map`, moved]];
}

/** TypeScript loads by itself no library that has `Disposable`, and shows no types of what is private. */
function declarations(text: string): string {
  const shown = text.replace(/^( *private [\w ]+): any;$/gm, "$1;");
  const disposes = /\bDisposable\b|\[Symbol\.dispose\]/.test(shown);
  return disposes ? `/// <reference lib="esnext.disposable" />\n${shown}` : shown;
}

/** Maps are files of their own, Deno is told where types are, and TypeScript which libraries those need. */
export function portable(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...files].flatMap(([path, text]): Entry[] => {
    if (path.endsWith(".js")) return script(path, text, files.has(path.replace(/js$/, "d.ts")));
    return [[path, path.endsWith(".d.ts") ? declarations(text) : text]];
  }));
}
