/** Tensors in notebooks: tables of their elements; of large ones their edges, and what all elements are like. */
import type { TypedArray } from "../base/dtype.ts";
import { escapeHtml, htmlTable, type MimeBundle } from "../base/html.ts";
import { nest } from "../tensor/fetch.ts";
import { type Cells, factsOf, format, formatCells, numbersAsText, THRESHOLD } from "../tensor/print.ts";
import { read } from "../tensor/read.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { across, isWhole, joined, piecesOf, type Sheet, sheetsOf } from "./corner.ts";
import { measured, showRange } from "./range.ts";
import { storageOf } from "../tensor/internals.ts";

const GAP = "…";

/** What a notebook shows of a tensor. What is no longer there, or stands for a batch, is told of in words. */
export async function tensorBundle(x: Tensor): Promise<MimeBundle> {
  const { isBatch, released, missing } = storageOf(x);
  if (isBatch || released || missing) return { "text/plain": format(x) };
  const sheets = x.size === 0 ? [] : sheetsOf(x);
  const pieces = sheets.map((sheet) => sheet && piecesOf(x, sheet));
  const arrays = await read(pieces.flatMap((views) => views ?? []));
  const range = isWhole(sheets) ? "" : `, ${showRange(await measured(x))}`;
  const facts = `${factsOf(x)}, on ${x.backend.name}${range}`;
  const tables = sheets.map((sheet, i) =>
    sheet ? sheetTable(x, sheet, arrays.splice(0, pieces[i]!.length)) : `<p>${GAP}</p>`
  );
  return {
    "text/html": `<div><p>${escapeHtml(facts)}</p>${tables.join("")}</div>`,
    "text/plain": await textOf(x, facts),
  };
}

/** Edges along so many axes are too many elements for a text. */
const DEEP = 5;

async function textOf(x: Tensor, facts: string): Promise<string> {
  const isLarge = x.size > THRESHOLD;
  if (isLarge && (x.rank >= DEEP || !x.backend.synchronous)) return `tensor(<${facts}>)`;
  if (x.backend.synchronous) return format(x);
  const numbers = Float64Array.from(await x.data());
  return formatCells(x, nest(numbers, x.shape) as Cells);
}

function sheetTable(x: Tensor, sheet: Sheet, pieces: readonly TypedArray[]): string {
  const { indices, rows, columns } = sheet;
  const cells = numbersAsText(joined(sheet, pieces), x) as string[][];
  const head = ["", ...across(columns, String, GAP)];
  const gap = head.map(() => GAP);
  const body = across(
    rows,
    (row, at) => [x.rank < 2 ? "" : String(row), ...across(columns, (_, i) => cells[at][i].trim(), GAP)],
    gap,
  );
  // A scalar has no positions.
  const lines = x.rank === 0 ? [[], body[0].slice(1)] : [head, ...body];
  return htmlTable(lines, indices.length > 0 ? `[${[...indices, ":", ":"].join(", ")}]` : "");
}
