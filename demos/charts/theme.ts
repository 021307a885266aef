import type { Config } from "vega-lite";

/** What a theme decides. The first four colours of `series` are told apart by colour-blind readers too. */
interface Palette {
  readonly background: string;
  readonly ink: string;
  readonly faint: string;
  readonly grid: string;
  /** What separates a line from the fill below it. */
  readonly halo: string;
  readonly series: readonly string[];
  /** What is in two classes: apart from each other and from the series, which lie over them. */
  readonly classes: readonly [string, string];
  /** From the lowest band of a contour chart to the highest. */
  readonly ramp: readonly string[];
}

const FONT = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', sans-serif";

export const light: Config = config({
  background: "#ffffff",
  ink: "#24292f",
  faint: "#57606a",
  grid: "#e6e8eb",
  halo: "#ffffff",
  series: ["#0060a8", "#c8500a", "#00805f", "#a33f7f"],
  classes: ["#56b4e9", "#f0b429"],
  ramp: ["#6486ab", "#8ba5bf", "#b3c5d2", "#d9e2e2", "#f4f3e8", "#f9ead0", "#f3d3a2", "#e6b673"],
});

export const dark: Config = config({
  background: "#16191e",
  ink: "#e6e8eb",
  faint: "#a3abb5",
  grid: "#2b3037",
  halo: "#0d0f12",
  series: ["#5cb8f5", "#ff9a52", "#3fd0a4", "#ea94cb"],
  classes: ["#1d6aa5", "#a87400"],
  ramp: ["#0c1a2c", "#152a42", "#223b54", "#33495a", "#4a5658", "#625f50", "#7a6746", "#93703b"],
});

function config(palette: Palette): Config {
  const { ink, faint, grid, halo } = palette;
  return {
    background: palette.background,
    font: FONT,
    padding: 8,
    view: { stroke: grid },
    title: titleConfig(palette),
    axis: axisConfig(palette),
    legend: legendConfig(palette),
    text: { color: ink, fontSize: 12 },
    rule: { color: faint },
    style: {
      halo: { color: halo },
      marker: { stroke: halo, strokeWidth: 1 },
      level: { color: ink },
      guide: { color: faint },
      outline: { stroke: ink },
      pixel: { color: ink },
    },
    range: {
      category: [...palette.series],
      ordinal: [...palette.classes],
      ramp: { scheme: [...palette.ramp] },
    },
  };
}

function titleConfig({ ink, faint }: Palette): Config["title"] {
  return {
    anchor: "start",
    frame: "group",
    color: ink,
    fontSize: 15,
    fontWeight: 600,
    offset: 12,
    subtitleColor: faint,
    subtitleFontSize: 12.5,
    subtitlePadding: 5,
  };
}

function axisConfig({ ink, faint, grid }: Palette): Config["axis"] {
  return {
    labelColor: faint,
    labelFontSize: 12,
    titleColor: ink,
    titleFontSize: 12.5,
    titleFontWeight: 500,
    titlePadding: 8,
    gridColor: grid,
    domainColor: faint,
    tickColor: faint,
  };
}

function legendConfig({ ink }: Palette): Config["legend"] {
  return {
    labelColor: ink,
    labelFontSize: 12,
    labelLimit: 0,
    labelOverlap: false,
    gradientLength: 320,
    gradientThickness: 18,
    titleColor: ink,
    titleFontSize: 12.5,
    titleFontWeight: 500,
    symbolStrokeWidth: 2.5,
    symbolSize: 120,
    symbolOpacity: 1,
  };
}
