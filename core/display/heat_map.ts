/** Matrices as pictures: a colour for each element. */
import { ShapeError, showShape } from "../base/errors.ts";
import { showInNotebook } from "../base/html.ts";
import { showAsText } from "../base/inspect.ts";
import { checkOptions } from "../base/settings.ts";
import { listed } from "../base/text.ts";
import { to } from "../ops/convert.ts";
import { adaptiveAvgPool2d } from "../ops/nn/adaptive_pool.ts";
import { unsqueeze } from "../ops/shape.ts";
import { scope } from "../tape/scope.ts";
import { factsOf } from "../tensor/print.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { drawn } from "./heat_map_drawing.ts";

/**
 * What a heat map may be told.
 *
 * @category Notebooks
 */
export interface HeatMapOptions {
  /** What stands above it. */
  readonly title?: string;
  /** The numbers that have the first and the last colour; the least and the greatest that are shown unless said. */
  readonly range?: readonly [number, number];
}

/** As many rows and columns as are drawn; of more, each stands for the mean of several. */
const MOST = 64;
/**
 * A matrix that notebooks show as a picture; {@link heatMap} makes one.
 *
 * @category Notebooks
 */
export class HeatMap {
  readonly #matrix: Tensor;
  readonly #options: HeatMapOptions;

  /** Of a matrix. */
  constructor(matrix: Tensor, options: HeatMapOptions) {
    this.#matrix = matrix;
    this.#options = options;
    showAsText(this);
    showInNotebook(this, async () => ({ "image/svg+xml": await this.toSVG(), "text/plain": String(this) }));
  }

  /** What it is of. */
  toString(): string {
    return `heat map of ${factsOf(this.#matrix)}`;
  }

  /** The picture; the elements, or means of them, are read. */
  async toSVG(): Promise<string> {
    const { shape, size } = this.#matrix, [rows, columns] = shape.map((extent) => Math.min(extent, MOST));
    const numbers = size === 0 ? [] : await scope(() => meansOf(this.#matrix.detach(), [rows, columns]));
    return drawn({ numbers, rows, columns, shape }, this.#options);
  }
}

/**
 * A matrix as what notebooks show as a picture: rows from the top, columns from the left, a colour for each element,
 * grey for NaN. Numbers of both signs are blue and red, zero being white. Of more than 64 rows or columns means are
 * drawn. What has not two axes is a {@link ShapeError}.
 *
 * @category Notebooks
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { heatMap } from "@tapegrad/core/display";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const svg = await heatMap(tensor([[1, 2], [3, NaN]]), { title: "Four" }).toSVG();
 * assertEquals(/<g class="cells".*?<\/g>/.exec(svg)![0].match(/#\w+/g), [
 *   "#440154",
 *   "#269089",
 *   "#fde725",
 *   "#bbb",
 * ]);
 * ```
 */
export function heatMap(x: Tensor, options: HeatMapOptions = {}): HeatMap {
  checkTensor("draw a heat map of", x);
  checkOptions("draw a heat map", options, { title: "", range: [0, 1] });
  const { range } = options;
  if (range !== undefined && !isRange(range)) {
    throw new RangeError(
      `Cannot draw a heat map from ${listed(range)}: two finite numbers are needed, the less first`,
    );
  }
  if (x.rank === 2) return new HeatMap(x, options);
  throw new ShapeError(
    `Cannot draw a heat map of ${showShape(x.shape)}: a matrix is needed, choose one by slice()`,
    { op: "heatMap", shapes: [x.shape] },
  );
}

function isRange(range: unknown): boolean {
  return Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] < range[1];
}

function meansOf(x: Tensor, [rows, columns]: readonly [number, number]): Promise<ArrayLike<number>> {
  const numbers = x.dtype === "f64" ? x : to(x, "f32");
  if (rows === x.shape[0] && columns === x.shape[1]) return numbers.data() as Promise<ArrayLike<number>>;
  return adaptiveAvgPool2d(unsqueeze(numbers, 0), [rows, columns]).data() as Promise<ArrayLike<number>>;
}
