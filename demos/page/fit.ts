/** Fits a specification to the reader: to the theme, to the width there is, to a pointer or a finger. */
import type { TopLevelSpec } from "vega-lite";
import { dark, light } from "../charts/theme.ts";

export type Config = typeof light;
export type Spec = TopLevelSpec & { width?: number; height?: number; vconcat?: Spec[]; params?: unknown };

/** What decides how a chart is drawn, beside its specification. */
export interface Room {
  /** In pixels. */
  readonly width: number;
  readonly isDark: boolean;
  /** Whether a finger points, which then scrolls the page rather than the chart. */
  readonly touches: boolean;
}

const NARROW = 560;

/** The theme as a chart in this room takes it: legends lie below where it is narrow. */
export function theme({ isDark, width }: Room): Config {
  const config = isDark ? dark : light;
  if (width >= NARROW) return config;
  const legend = { ...config.legend, orient: "bottom", labelOverlap: "greedy", gradientLength: 240 };
  const title = { ...config.title, frame: "bounds", fontSize: 14, subtitleFontSize: 11.5 };
  return { ...config, legend, title } as Config;
}

export function plotWidth(spec: Spec): number {
  return spec.width ?? spec.vconcat![0].width!;
}

/** The specification without its own theme, its plot `part` times as wide; a square plot stays a square. */
export function fitted(spec: Spec, part: number, room: Room): TopLevelSpec {
  const { config: _, ...rest } = adapted(spec, room);
  const scaled = (value: number) => Math.max(120, Math.floor(value * part));
  for (const view of [rest, ...rest.vconcat ?? []]) {
    const { width, height } = view;
    if (width) view.width = scaled(width);
    if (width && height && height > 0.7 * width) view.height = scaled(height);
  }
  return rest as TopLevelSpec;
}

/** A copy without what a finger cannot do, in which legends have half the columns where it is narrow. */
function adapted(spec: Spec, { touches, width }: Room): Spec {
  return JSON.parse(JSON.stringify(spec, (key, value) => {
    if (touches && key === "params") {
      return value.filter(({ bind }: { bind?: string }) => bind !== "scales");
    }
    return width < NARROW && key === "columns" ? value / 2 : value;
  }));
}
