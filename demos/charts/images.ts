/** Small images side by side. */
import type { TopLevelSpec } from "vega-lite";
import { type Layer, type Position, rounded, SCHEMA } from "./chart.ts";
import { light } from "./theme.ts";

type Image = readonly (readonly number[])[];

/** Images of one size, each with what stands beneath it. */
export interface ImagesChart {
  readonly title: string;
  readonly subtitle: string;
  readonly description: string;
  readonly images: readonly Image[];
  readonly captions: readonly string[];
  /** How many stand in a row. */
  readonly columns: number;
  /** How wide each is drawn. */
  readonly side: number;
  /** Whether pixels are shades, from 0 to 1, or may be negative too: then 0 has the middle colour. */
  readonly shades: "ink" | "signed";
}

/** Of what an image is wide, what lies between it and the next, beside and beneath. */
const GAP = 0.2, CAPTION = 0.34;

/** A specification of squares, one a pixel. */
export function imagesSpec(chart: ImagesChart): TopLevelSpec {
  const { title, subtitle, description, images, captions, columns, side } = chart;
  const rows = Math.max(1, Math.ceil(images.length / columns));
  const place = (i: number) => ({
    x: (i % columns) * (1 + GAP),
    y: Math.floor(i / columns) * (1 + CAPTION),
  });
  const across = columns * (1 + GAP) - GAP, down = rows * (1 + CAPTION);
  return {
    $schema: SCHEMA,
    title: { text: title, subtitle },
    description,
    config: light,
    width: Math.round(side * across),
    height: Math.round(side * down),
    datasets: {
      pixels: images.flatMap((image, i) => pixelsOf(image, place(i))),
      captions: captions.map((caption, i) => ({ caption, x: place(i).x + 0.5, y: place(i).y + 1.17 })),
    },
    view: { stroke: null },
    layer: layersOf(chart, { x: axis("x", across, false), y: axis("y", down, true) }),
  };
}

function axis(field: string, extent: number, isDown: boolean): Position {
  const scale = { domain: [0, extent], nice: false, zero: false, reverse: isDown };
  return { field, type: "quantitative", scale, axis: null };
}

function layersOf(
  { images, shades }: ImagesChart,
  { x, y }: { readonly x: Position; readonly y: Position },
): Layer[] {
  const style = shades === "ink" ? "pixel" : "guide", shaded = shades === "ink" ? inked : signed(images);
  return [
    {
      data: { name: "pixels" },
      mark: { type: "rect", style, strokeWidth: 0 },
      encoding: { x, x2: { field: "x2" }, y, y2: { field: "y2" }, ...shaded },
    },
    { data: { name: "captions" }, mark: { type: "text" }, encoding: { x, y, text: { field: "caption" } } },
  ];
}

type Shades =
  | Required<Pick<NonNullable<Layer["encoding"]>, "fillOpacity">>
  | Required<Pick<NonNullable<Layer["encoding"]>, "color">>;

const value = { field: "value", type: "quantitative", legend: null } as const;
const inked: Shades = { fillOpacity: { ...value, scale: { domain: [0, 1], range: [0, 1] } } };

function signed(images: readonly Image[]): Shades {
  const most = rounded(Math.max(...images.flat(2).map(Math.abs)));
  return { color: { ...value, scale: { domain: [-most, most], range: "ramp" } } };
}

interface Pixel {
  readonly x: number;
  readonly x2: number;
  readonly y: number;
  readonly y2: number;
  readonly value: number;
}

function pixelsOf(image: Image, corner: { readonly x: number; readonly y: number }): Pixel[] {
  const high = image.length, wide = image[0].length;
  return image.flatMap((row, i) =>
    row.map((value, j) => ({
      x: rounded(corner.x + j / wide),
      x2: rounded(corner.x + (j + 1) / wide),
      y: rounded(corner.y + i / high),
      y2: rounded(corner.y + (i + 1) / high),
      value: rounded(value),
    }))
  );
}
