/** What the documents show of figures, written from the files of them and from nothing else. */
import type { Row } from "../harness/run.ts";
import { works } from "../works/mod.ts";
import { type Figures, gflops, isPeer, PEAK, peerName, rowName, terms } from "./figures.ts";
import { digits, report } from "./table.ts";

/** What stands before and behind what is written here. */
export const markers = [
  "<!-- bench: written by deno task bench --readme -->",
  "<!-- bench: end of what is written -->",
] as const;

const WIDTH = 110;

/** A document with what is between its markers written anew. */
export function withFigures(text: string, written: string): string {
  const [begin, end] = markers.map((marker) => text.indexOf(marker));
  if (begin < 0 || end < begin) {
    throw new RangeError(`No place for figures: it is between ${markers.join(" and ")}`);
  }
  return `${text.slice(0, begin)}${markers[0]}\n\n${written}\n\n${text.slice(end)}`;
}

/** The tables of README.md. */
export function summary(all: readonly Figures[]): string {
  return all.map((figures) => {
    const products = figures.rows.filter(({ work }) => work === "sgemm");
    const others = figures.rows.filter((row) =>
      row.work !== "sgemm" && row.work !== "overhead" && peersOf([row]).length > 0
    );
    const tables = [comparison(others), ...products.length ? [productTable(products)] : []];
    return [origin(figures), ...tables, ...overhead(figures), picture(figures)].join("\n\n");
  }).join("\n\n");
}

/** The whole tables, for bench/README.md. */
export function details(all: readonly Figures[]): string {
  return all.map((figures) => `On \`${figures.backend}\`:\n\n\`\`\`\n${report(figures)}\n\`\`\``).join(
    "\n\n",
  );
}

function origin(figures: Figures): string {
  const { machine, backend, versions } = figures;
  const { date, commit, cpu, cores, clock, load, deno, v8 } = machine;
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return wrapped(
    `On \`${backend}\`: the time of each peer over ours, above 1 we are faster, all eager but for jax-js's ` +
      `jit and for us in rows that say compiled, ${
        terms(figures)
      }, in turns and in one run (\`deno task bench\`, ${date}` +
      `${commit ? `, commit ${commit}` : ""}; ${cpu}, ${cores} cores at ${
        clock.toFixed(2)
      } GHz, load ${load}; ` +
      `Deno ${deno} with V8 ${v8}; ${
        peers.join(", ")
      }). [bench/README.md](bench/README.md) has the whole table.`,
  );
}

/** The peers of rows in the order of their columns; the whole table has those on several threads too. */
function peersOf(rows: readonly Row[]): string[] {
  const onOne = (peer: Row["peers"][number]): boolean =>
    isPeer(peer) && !/threads|as installed/.test(peer.how);
  const names = rows.flatMap(({ peers }) => peers.filter(onOne).map(peerName));
  return [...new Set(names)];
}

function comparison(rows: readonly Row[]): string {
  const peers = peersOf(rows);
  return table([
    ["", ...peers],
    ...rows.map((row) => [`${titleOf(row)} (${timeOf(row)})`, ...peers.map((peer) => ratioOf(row, peer))]),
  ]);
}

function productTable(rows: readonly Row[]): string {
  const peers = peersOf(rows);
  return table([
    ["product", "GFLOP/s", "of the 128-bit peak", ...peers],
    ...rows.map((row) => {
      const speed = row.ours.time === undefined ? undefined : gflops(row, row.ours.time);
      const bound = row.peers.find(({ library }) => library === PEAK)?.ratio;
      const own = [speed, bound].map((value) => value === undefined ? "" : digits(value));
      return [row.label, ...own, ...peers.map((peer) => ratioOf(row, peer))];
    }),
  ]);
}

function titleOf(row: Row): string {
  const title = works.find(({ name }) => name === row.work)?.title ?? rowName(row);
  const details = [row.label, row.dtype === "f32" ? "" : row.dtype].filter(Boolean);
  return [title, ...details].join(", ");
}

function timeOf({ ours, unit }: Row): string {
  if (ours.time === undefined) return "none";
  return unit === "µs" && ours.time >= 1000
    ? `${digits(ours.time / 1000)} ms`
    : `${digits(ours.time)} ${unit}`;
}

/** A ratio to two digits, bold where we are slower. */
function ratioOf(row: Row, name: string): string {
  const ratio = row.peers.find((peer) => peerName(peer) === name)?.ratio;
  if (ratio === undefined) return "";
  const text = ratio < 10 ? ratio.toFixed(ratio < 0.995 ? 2 : 1) : ratio.toFixed(0);
  return ratio < 0.995 ? `**${text}**` : text;
}

function overhead({ rows }: Figures): string[] {
  const ops = rows.filter(({ work, ours }) => work === "overhead" && ours.time !== undefined);
  if (ops.length === 0) return [];
  const times = ops.map(({ label, ours }) => `${label} ${digits(ours.time!)}`);
  return [wrapped(`An op on one element, forward with a tape, takes so many µs: ${times.join(", ")}.`)];
}

function picture({ backend }: Figures): string {
  return `![Each peer's time over ours on ${backend}, on a logarithmic axis](bench/figures/${backend}.svg)`;
}

/** A table in Markdown, its columns aligned as the formatter does. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  const [head, ...rest] = rows.map(line);
  return [head, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest].join("\n");
}

/** A paragraph in lines that are no longer than the formatter's; code stays on one. */
function wrapped(text: string): string {
  const lines: string[] = [""];
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const last = lines[lines.length - 1];
    if (last && last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines.join("\n");
}
