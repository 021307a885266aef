import type { SurfaceResult } from "../experiments/results.ts";
import { type Chart, dotEvery, runName, shown } from "./chart.ts";
import { contourSpec } from "./contour_chart.ts";

/** Closer together near 0, where the surface is flat. */
const BOUNDS = [
  -1.6,
  -1.4,
  -1.2,
  -1,
  -0.8,
  -0.6,
  -0.4,
  -0.2,
  -0.1,
  -0.05,
  0,
  0.05,
  0.1,
  0.2,
  0.4,
  0.6,
  0.8,
  1,
];

/** Four ways down the surface, over its level lines. */
export function surfaceCharts(result: SurfaceResult): Chart[] {
  return [{
    name: "surface",
    caption:
      "Each path starts at its large dot, and each step sets out at right angles to the level line it stands on. " +
      "Two paths end in the hollow at the origin, one in the deeper one below; the fourth starts on the far side " +
      "of the ridge and drifts out over the plain, where the slope dies away.",
    spec: contourSpec({
      title: "Four descents on a surface",
      subtitle: `${result.steps} steps with rate ${result.runs[0].rate}; a dot for each step`,
      description:
        "Filled contours of f over the square from −3 to 3, with four paths of gradient descent on top, " +
        "marked by arrows: " + result.runs.map(ending).join("; ") + ".",
      field: result.grid,
      bounds: BOUNDS,
      names: { x: "x", y: "y", value: "f(x, y)" },
      pathTitle: "start",
      paths: result.runs.map((run) => ({
        run: runName(run, result.runs),
        points: run.trace.map(({ x, y, f }) => ({ x, y, value: f })),
      })),
      dotEvery: dotEvery(result.steps),
    }),
  }];
}

function pair([x, y]: readonly [number, number]): string {
  return `(${shown(x)}, ${shown(y)})`;
}

function ending({ start, trace }: SurfaceResult["runs"][number]): string {
  const { x, y } = trace[trace.length - 1];
  return `from ${pair(start)} to ${pair([Number(x.toFixed(2)), Number(y.toFixed(2))])}`;
}
