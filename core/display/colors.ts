/** Colours of numbers: from dark to bright, or from blue over white to red where zero lies between. */

type Color = readonly [number, number, number];

/** Evenly apart in brightness, and told apart by colour-blind readers too: some of matplotlib's viridis. */
const SEQUENTIAL: readonly Color[] = [
  [68, 1, 84],
  [65, 68, 135],
  [42, 120, 142],
  [34, 168, 132],
  [122, 209, 81],
  [253, 231, 37],
];

const DIVERGING: readonly Color[] = [
  [33, 102, 172],
  [146, 197, 222],
  [247, 247, 247],
  [244, 165, 130],
  [178, 24, 43],
];

/** What is no number. */
export const NOTHING = "#bbb";

/** A number between 0 and 1 as a colour of a ramp, and its stops. */
export interface Ramp {
  readonly stops: readonly string[];
  /** The colour of a number. */
  color(value: number): string;
}

/** The colours of the numbers of a range; around zero, which is then in its middle, if they are of both signs. */
export function rampOf(low: number, high: number): Ramp {
  const isSigned = low < 0 && high > 0, colors = isSigned ? DIVERGING : SEQUENTIAL;
  const half = Math.max(-low, high);
  const [from, to] = isSigned ? [-half, half] : [low, high];
  const place = (value: number) => to > from ? Math.min(1, Math.max(0, (value - from) / (to - from))) : 0.5;
  const at = (t: number) => colorAt(colors, t), [start, end] = [place(low), place(high)];
  return {
    stops: Array.from({ length: 9 }, (_, i) => at(start + (end - start) * i / 8)),
    color: (value) => Number.isNaN(value) ? NOTHING : at(place(value)),
  };
}

function colorAt(colors: readonly Color[], t: number): string {
  const position = t * (colors.length - 1), i = Math.min(Math.floor(position), colors.length - 2);
  const channels = colors[i].map((from, c) => Math.round(from + (colors[i + 1][c] - from) * (position - i)));
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
