/** How the charts of the perceptron tell its runs apart. */
import type { PerceptronResult } from "../experiments/results.ts";
import { runName } from "./chart.ts";

const runField = {
  field: "run",
  type: "nominal",
  title: "start of w",
  legend: { orient: "top", columns: 4, symbolSize: 500, titleOrient: "left" },
} as const;

/** A dash pattern a run. */
export const DASHES = [[1, 0], [9, 4], [3, 2.5], [9, 3, 2, 3]];

type RunChannel = typeof runField & { sort: string[] };

/** The colour of a run, and its row in the legend. */
export function runChannel(result: PerceptronResult): RunChannel {
  return { ...runField, sort: result.runs.map((run) => runName(run, result.runs)) };
}
