/** What a notebook is given of an object. */
import type { MimeBundle } from "@tapegrad/core";

type Displayed = Readonly<Record<symbol, () => MimeBundle | Promise<MimeBundle>>>;

/** What the display of an object gives, by MIME type. */
export async function bundleOf(object: object): Promise<Readonly<Record<string, string>>> {
  return await (object as Displayed)[Symbol.for("Jupyter.display")]() as Readonly<Record<string, string>>;
}

/** The texts of the cells in the tables of some HTML, row by row, heads among them. */
export function cellsOf(html: string): string[][] {
  return [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, text]) => text)
  );
}
