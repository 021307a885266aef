// deno-lint-ignore-file camelcase -- names of the format
/** Notebooks as files: https://nbformat.readthedocs.io */

/** What something looks like, by MIME type. */
export type Data = Readonly<Record<string, unknown>>;

/** What a cell gave. */
export type Output =
  | { readonly output_type: "stream"; readonly name: string; readonly text: string }
  | { readonly output_type: "display_data"; readonly data: Data; readonly metadata: object }
  | {
    readonly output_type: "execute_result";
    readonly data: Data;
    readonly execution_count: number;
    readonly metadata: object;
  }
  | {
    readonly output_type: "error";
    readonly ename: string;
    readonly evalue: string;
    readonly traceback: readonly string[];
  };

/** A cell of prose. */
interface Prose {
  readonly cell_type: "markdown" | "raw";
  readonly source: string | readonly string[];
}

/** A cell of code. */
export interface Code {
  readonly cell_type: "code";
  readonly source: string | readonly string[];
  readonly execution_count: number | null;
  readonly outputs: readonly object[];
}

/** A notebook. */
export interface Notebook {
  readonly cells: readonly (Prose | Code)[];
}

/** The text of a cell. */
export function sourceOf({ source }: Prose | Code): string {
  return typeof source === "string" ? source : source.join("");
}

/** The outputs of a cell as a file has them: texts line by line, and other data as it is. */
export function filed(output: Output): object {
  if (output.output_type === "stream") return { ...output, text: linesOf(output.text) };
  if (output.output_type === "error") return output;
  const data = Object.entries(output.data).map((
    [type, value],
  ) => [type, typeof value === "string" ? linesOf(value) : value]);
  return { ...output, data: Object.fromEntries(data) };
}

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== "");
}

/** The text of the file of a notebook, as Jupyter writes it. */
export function written(notebook: Notebook): string {
  return `${JSON.stringify(notebook, null, 1)}\n`;
}
