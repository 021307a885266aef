import type { TopLevelSpec } from "vega-lite";
import type { DigitsResult, DigitsRun } from "../experiments/results.ts";
import { type Chart, type Layer, type Panel, rounded, SCHEMA } from "./chart.ts";
import { imagesSpec } from "./images.ts";
import { light } from "./theme.ts";

/** How the digits were learned, which are taken for which, those misread, and what the network looks for. */
export function digitsCharts(result: DigitsResult): Chart[] {
  const [first] = result.runs, { filters } = first, wrong = wrongOf(result);
  return [
    {
      name: "digits_learning",
      caption:
        `Each of the ${result.runs.length} runs draws its own first weights and its own fifth to hold out. ` +
        "The loss is that of the images learned from, while dropout hides a part of them; the accuracy is that of " +
        "images never seen.",
      spec: learningSpec(result),
    },
    {
      name: "digits_confusion",
      caption: `All runs together: ${wrong} of ${heldOf(result)} digits are off the diagonal. ` +
        "The shades are those of the logarithm, or nothing but the diagonal would be seen.",
      spec: confusionSpec(result),
    },
    {
      name: "digits_misread",
      caption: wrong === 0
        ? "Every digit that was held out is read right."
        : "Beneath each digit stands what was meant, what was read, and how sure the network was. Some of them a person " +
          "would misread as well.",
      spec: misreadSpec(result),
    },
    {
      name: "digits_filters",
      caption:
        `The ${filters.length} filters of the first convolution: each is slid over the image, and answers where the ` +
        "image is bright under its light pixels and dark under its dark ones. Edges and strokes of several directions.",
      spec: filtersSpec(first),
    },
  ];
}

function heldOf({ runs }: DigitsResult): number {
  return runs.reduce((sum, { held }) => sum + held, 0);
}

function wrongOf({ runs }: DigitsResult): number {
  return runs.reduce((sum, { misread }) => sum + misread.length, 0);
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function learningSpec(result: DigitsResult): TopLevelSpec {
  const measured = result.runs.flatMap(({ seed, epochs }) =>
    epochs.map(({ loss, accuracy }, i) => ({
      seed: String(seed),
      epoch: i + 1,
      loss: rounded(loss),
      error: rounded(100 * (1 - accuracy)),
    }))
  );
  return {
    $schema: SCHEMA,
    title: { text: "Learning to read digits", subtitle: "thin: each run; thick: their mean" },
    description:
      `Lines over ${result.epochs} epochs, one a run: above the loss, on a logarithmic axis, below the part ` +
      `of held-out digits that is misread. At the end ${percent(result.mean)} are read right.`,
    config: light,
    datasets: { measured },
    data: { name: "measured" },
    vconcat: [
      linesPanel(result, { field: "loss", title: "loss", type: "log", format: "~g" }),
      linesPanel(result, {
        field: "error",
        title: "misread, %",
        type: "linear",
        format: "~g",
        below: "epoch",
      }),
    ],
  };
}

interface Axis {
  readonly field: string;
  readonly title: string;
  readonly type: "log" | "linear";
  readonly format: string;
  /** The title of the axis below. */
  readonly below?: string;
}

function linesPanel({ epochs }: DigitsResult, { field, title, type, format, below }: Axis): Panel {
  return {
    width: 580,
    height: 190,
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        title: below ?? null,
        scale: { domain: [1, epochs], nice: false },
        axis: { tickMinStep: 1, grid: false },
      },
    },
    layer: [
      {
        mark: { type: "line", style: "guide", strokeWidth: 1, strokeOpacity: 0.6, point: { size: 12 } },
        encoding: {
          y: {
            field,
            type: "quantitative",
            title,
            scale: { type, nice: false, padding: 8 },
            axis: { format, tickCount: 5 },
          },
          detail: { field: "seed" },
          tooltip: [
            { field: "seed", title: "seed" },
            { field: "epoch", title: "epoch", type: "quantitative" },
            { field, title, type: "quantitative" },
          ],
        },
      },
      {
        mark: { type: "line", strokeWidth: 2.5 },
        encoding: { y: { aggregate: "mean", field, type: "quantitative" } },
      },
    ],
  };
}

interface Cell {
  readonly label: number;
  readonly answer: number;
  readonly count: number;
  readonly shade: number;
}

function cellsOf({ runs }: DigitsResult): Cell[] {
  return Array.from({ length: 100 }, (_, i) => {
    const label = Math.floor(i / 10), answer = i % 10;
    const count = runs.reduce((sum, { confusion }) => sum + confusion[label][answer], 0);
    return { label, answer, count, shade: rounded(Math.log1p(count)) };
  });
}

const cellLayers: Layer[] = [
  {
    mark: { type: "rect" },
    encoding: {
      fillOpacity: { field: "shade", type: "quantitative", legend: null, scale: { range: [0.04, 0.6] } },
      tooltip: [
        { field: "label", title: "meant" },
        { field: "answer", title: "read" },
        { field: "count", title: "how many", type: "quantitative" },
      ],
    },
  },
  {
    transform: [{ filter: "datum.count > 0" }],
    mark: { type: "text" },
    encoding: { text: { field: "count" } },
  },
];

function confusionSpec(result: DigitsResult): TopLevelSpec {
  const digit = { type: "ordinal", scale: { paddingInner: 0.04 } } as const;
  const held = heldOf(result), wrong = wrongOf(result);
  return {
    $schema: SCHEMA,
    title: { text: "Which digit is read as which", subtitle: `${held} digits held out, all runs together` },
    description:
      `A table of ten rows, the digits as they are meant, and ten columns, the digits as they are read. ` +
      `${held - wrong} lie on its diagonal, ${wrong} beside it.`,
    config: light,
    width: 420,
    height: 420,
    datasets: { cells: cellsOf(result) },
    data: { name: "cells" },
    encoding: {
      x: { ...digit, field: "answer", title: "read", axis: { labelAngle: 0 } },
      y: { ...digit, field: "label", title: "meant" },
    },
    layer: cellLayers,
  };
}

/** As many as there is room for. */
const MOST_MISREAD = 16;

function misreadSpec(result: DigitsResult): TopLevelSpec {
  const misread = result.runs.flatMap((run) => run.misread), shown = misread.slice(0, MOST_MISREAD);
  return imagesSpec({
    title: "Digits that are misread",
    subtitle: `${shown.length} of ${misread.length} in all runs together, each with how sure the network is`,
    description:
      `Small images of ${shown.length} digits that are misread, of ${heldOf(result)} that were held out: ` +
      `${shown.map(({ label, answer }) => `a ${label} read as ${answer}`).join(", ") || "there are none"}.`,
    images: shown.map(({ image }) => image),
    captions: shown.map(({ label, answer, sure }) => `${label} as ${answer}, ${Math.round(100 * sure)} %`),
    columns: 4,
    side: 110,
    shades: "ink",
  });
}

function filtersSpec({ seed, filters }: DigitsRun): TopLevelSpec {
  return imagesSpec({
    title: "What the first convolution looks for",
    subtitle: `the weights of its ${filters.length} filters after training, seed ${seed}`,
    description:
      `${filters.length} squares of three by three weights, blue where a weight is negative and orange where it is positive.`,
    images: filters,
    captions: filters.map((_, i) => String(i + 1)),
    columns: 8,
    side: 56,
    shades: "signed",
  });
}
