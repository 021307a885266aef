import type { TopLevelSpec } from "vega-lite";

/** One chart of an experiment: its specification and what the page says beneath it. */
export interface Chart {
  /** The name of its files, without an ending. */
  readonly name: string;
  readonly caption: string;
  readonly spec: TopLevelSpec;
}

export type Layer = Extract<TopLevelSpec, { layer: unknown }>["layer"][number];
export type Panel = Extract<TopLevelSpec, { vconcat: unknown }>["vconcat"][number];

type Channels = NonNullable<Extract<TopLevelSpec, { mark: unknown; encoding?: unknown }>["encoding"]>;
export type Position = NonNullable<Channels["x"]>;
export type Tooltip = NonNullable<Channels["tooltip"]>;

export const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

/** Zooming takes a pinch or Ctrl with the wheel: a bare wheel goes on scrolling the page. */
export const ZOOM_EVENT = "wheel![event.ctrlKey || event.metaKey]";

/** Panning and zooming of both axes. The page gives the same parameter to the keyboard. */
export const zoom = {
  name: "zoom",
  select: { type: "interval", zoom: ZOOM_EVENT },
  bind: "scales",
} as const;

const DIGITS = "'⁰¹²³⁴⁵⁶⁷⁸⁹'";

/** An axis label for a power of ten, as an expression of Vega's: 10⁻¹² rather than 1e-12. */
export const POWER_OF_TEN = "datum.value === 1 ? '1' : '10' + (datum.value < 1 ? '⁻' : '') + " +
  `(${exponent()} > 9 ? slice(${DIGITS}, 1, 2) : '') + ` +
  `slice(${DIGITS}, ${exponent()} % 10, ${exponent()} % 10 + 1)`;

function exponent(): string {
  return "round(abs(log(datum.value) / LN10))";
}

/** A number with six significant digits, so that a specification can be read and stays small. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** A number as a reader of mathematics expects it: with a true minus sign. */
export function shown(value: number): string {
  return String(value).replace("-", "−");
}

/** What a run over two coordinates is called: its start, and its rate where the runs differ in that. */
export function runName({ start, rate }: Run, runs: readonly Run[]): string {
  const pair = `(${start.map(shown).join(", ")})`;
  return runs.every((run) => run.rate === rate) ? pair : `${pair} with rate ${rate}`;
}

interface Run {
  readonly start: readonly number[];
  readonly rate: number;
}

/** After how many steps to draw a dot, so that a path has about a dozen: 1, 2 or 5 times a power of ten. */
export function dotEvery(steps: number): number {
  const wanted = steps / 16;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return Math.max(1, power * [1, 2, 5, 10].find((digit) => digit * power >= wanted)!);
}
