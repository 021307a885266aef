/** What `deno doc --json` tells of files: their exports, and what their comments say. */
import { root } from "./packages.ts";

/** A part of a comment behind an `@`. */
export interface Tag {
  readonly kind: string;
  readonly doc?: string;
}

/** A declaration of an export. */
export interface Declaration {
  /** `reference` where it is declared in another file that is told of by itself. */
  readonly kind: string;
  readonly location: { readonly filename: string };
  readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly Tag[] };
  /** Of a namespace, what is in it. */
  readonly def?: { readonly elements?: readonly Exported[] };
}

/** An export, by the name that it has there. */
export interface Exported {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly Exported[] }>>;
}

/** The exports of files of the repo, by the URL of the file. */
export async function documentationOf(files: Iterable<string>): Promise<[string, readonly Exported[]][]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...files],
    cwd: root,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { nodes }: Documentation = JSON.parse(new TextDecoder().decode(stdout));
  return Object.entries(nodes).map(([file, { symbols }]) => [file, symbols]);
}
