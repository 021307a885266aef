/** The table of numbers. */
import { runName } from "../charts/chart.ts";
import { quadraticName } from "../charts/quadratic.ts";
import type { DigitsRun, GradientResult } from "../experiments/results.ts";
import type { DescentName } from "./calls.ts";
import { element, withText } from "./dom.ts";
import type { Walk } from "./walk.ts";

/** A row: its name, the colour of its path by place, and what stands in it. */
export interface Row {
  readonly name: string;
  readonly series?: number;
  readonly cells: readonly (number | string)[];
}

export interface Numbers {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: readonly Row[];
  /** How many decimals are shown; 4 if not given. */
  readonly decimals?: number;
}

/** Where the paths are, and the loss there. */
export function numbersOf(walk: Walk): Numbers {
  const { steps, experiment } = walk.choice;
  const { heads, names, more, note = "" } = tables[experiment](walk);
  return {
    caption: `After ${walk.done} of ${steps} steps${note}`,
    heads,
    rows: names.map((name, series) => ({
      name,
      series,
      cells: [...walk.last[series], ...more?.[series] ?? []],
    })),
  };
}

interface Table {
  readonly heads: readonly string[];
  readonly names: readonly string[];
  /** What stands in each row after the state. */
  readonly more?: readonly (readonly string[])[];
  /** What the caption says beside. */
  readonly note?: string;
}

const tables: Record<DescentName, (walk: Walk) => Table> = {
  quadratic: (walk) => ({
    heads: ["path", "x", "f(x)"],
    names: walk.quadratic().runs.map(quadraticName),
  }),
  surface: (walk) => ({
    heads: ["start", "x", "y", "f(x, y)"],
    names: walk.surface().runs.map((run, _, runs) => runName(run, runs)),
  }),
  perceptron: (walk) => {
    const { runs, data } = walk.perceptron();
    return {
      heads: ["start", "w₁", "w₂", "b", "loss", "right"],
      names: runs.map((run) => runName(run, runs)),
      more: runs.map(({ correct }) => [String(correct)]),
      note: `; right: how many of the ${data.labels.length} points lie on their own side`,
    };
  },
};

/** What a network reads right that has learned from digits for some epochs. */
export function digitsNumbers({ epochs, held, misread }: DigitsRun, of: number): Numbers {
  const last = epochs.at(-1);
  return {
    caption: `After ${epochs.length} of ${of} epochs; of ${held} digits held out`,
    heads: ["", "value"],
    rows: [
      ...last ? [{ name: "loss", cells: [last.loss] }] : [],
      { name: "read right, of 1", cells: [1 - misread.length / held] },
      { name: "misread", cells: [String(misread.length)] },
    ],
  };
}

/** The gradient beside what others say of it. */
export function gradientNumbers(result: GradientResult): Numbers {
  const { at, value, gradient, second, centralDifference, reference, largestDifference } = result;
  const rows: Row[] = [
    { name: "f(x)", cells: [value] },
    { name: "df/dx", cells: [gradient] },
    { name: "by central difference", cells: [centralDifference] },
    ...reference ? [{ name: `by PyTorch ${reference.source}`, cells: [reference.gradient] }] : [],
    { name: "d²f/dx²", cells: [second] },
  ];
  const apart = digits(largestDifference, 4);
  return {
    caption: `At x = ${at}; the answers for df/dx lie within ${apart} of one another`,
    heads: ["", "value"],
    rows,
    decimals: 8,
  };
}

/** Writes the table anew; each number stands there in full beside the digits that are shown. */
export function showNumbers({ caption, heads, rows, decimals = 4 }: Numbers): void {
  const table = element("numbers", HTMLTableElement);
  const head = document.createElement("tr");
  head.append(...heads.map((text) => Object.assign(withText("th", text), { scope: "col" })));
  table.hidden = false;
  table.replaceChildren(withText("caption", caption), head, ...rows.map((row) => toRow(row, decimals)));
}

function toRow({ name, series, cells }: Row, decimals: number): HTMLTableRowElement {
  const row = document.createElement("tr");
  const head = Object.assign(withText("th", name), { scope: "row" });
  if (series !== undefined) {
    const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
    swatch.style.setProperty("--color", `var(--series-${series})`);
    head.prepend(swatch);
  }
  row.append(head, ...cells.map((value) => toCell(value, decimals)));
  return row;
}

function toCell(value: number | string, decimals: number): HTMLTableCellElement {
  const cell = document.createElement("td");
  if (typeof value === "string") cell.textContent = value;
  else cell.append(Object.assign(withText("data", digits(value, decimals)), { value: String(value) }));
  return cell;
}

/** A fixed count of decimals, or a power of ten where those would not say much. */
function digits(value: number, decimals: number): string {
  if (Number.isNaN(value)) return "not a number";
  const size = Math.abs(value);
  const small = value !== 0 && size < 10 ** (1 - decimals);
  const text = small || size >= 1e5 ? value.toExponential(2).replace("+", "") : value.toFixed(decimals);
  return text.replace("Infinity", "∞").replaceAll("-", "−");
}
