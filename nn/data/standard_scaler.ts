/** Columns of mean 0 and deviation 1. */
import {
  checkOptions,
  checkTensor,
  type CreationOptions,
  described,
  full,
  isFloating,
  noGrad,
  read,
  sameShape,
  scope,
  type Shape,
  ShapeError,
  showShape,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * What {@link StandardScaler} may be told.
 *
 * @category Data
 */
export interface StandardScalerOptions extends Omit<CreationOptions, "requiresGrad"> {
  /** Whether the mean is taken away; it is unless said. */
  readonly withMean?: boolean;
  /** Whether what is left is divided by its deviation; it is unless said. */
  readonly withStd?: boolean;
  /** What errors call the columns, as those of a table; their positions unless said. */
  readonly names?: readonly string[];
}

/**
 * Takes the mean of each column away and divides by its standard deviation, as scikit-learn's `StandardScaler`: fitted
 * on the samples that train, and applied to all. A column of one value becomes 0. It is a module, whose state goes
 * with that of a model: as its first layer, or by itself. What it gives is NaN until it is fitted or loaded.
 *
 * @category Data
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Linear, Sequential, StandardScaler } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const train = tensor([[1, 100], [3, 300], [5, 500]]), held = tensor([[3, 700]]);
 * const scaler = await new StandardScaler(2).fit(train);
 * const scaled = scaler.transform(held);
 * assertEquals(await scaler.mean.array(), [3, 300]);
 * assertEquals(await scaler.inverseTransform(scaled).array(), [[3, 700]]);
 * const model = new Sequential(scaler, new Linear(2, 1));
 * assertEquals(Object.keys(model.stateDict()), ["0.mean", "0.scale", "1.weight", "1.bias"]);
 * ```
 */
export class StandardScaler extends Module {
  /** What is taken away of each column. */
  readonly mean: Tensor;
  /** What each column is then divided by. */
  readonly scale: Tensor;
  readonly #options: StandardScalerOptions;

  /** For samples of so many columns, or of a shape. */
  constructor(columns: number | Shape, options: StandardScalerOptions = {}) {
    super();
    const known = { withMean: true, withStd: true, names: [], dtype: null, backend: null };
    checkOptions("standardize", options, known);
    const { withMean = true, withStd = true, names: _, ...creation } = options;
    const shape = typeof columns === "number" ? [columns] : columns;
    this.#options = options;
    this.mean = full(shape, withMean ? NaN : 0, creation);
    this.scale = full(shape, withStd ? NaN : 1, creation);
  }

  /**
   * Takes mean and deviation of the rows of x, `[rows, …columns]`. A value that is not finite is a `RangeError` that
   * says where.
   */
  async fit(x: Tensor): Promise<this> {
    const rows = this.#checked("fit a StandardScaler to", x, true), { dtype } = this.mean;
    const found = scope(() => noGrad(() => statistics(isFloating(rows.dtype) ? rows : rows.to(dtype))));
    const [mean, variance, low, high] = await read(found);
    found.forEach((each) => each.dispose());
    const stray = mean.findIndex((m, i) => !Number.isFinite(m) || !Number.isFinite(variance[i]));
    if (stray >= 0) throw await this.#strayError(rows, stray);
    const { withMean = true, withStd = true } = this.#options;
    // Rounding may make the mean of equal values another one, by which they then differ.
    const isConstant = (i: number) => low[i] === high[i];
    if (withMean) this.#set(this.mean, (i) => isConstant(i) ? low[i] : mean[i]);
    this.#set(this.scale, (i) => withStd && !isConstant(i) ? Math.sqrt(variance[i]) : 1);
    return this;
  }

  /** The columns of x, standardised: `[…, …columns]`. */
  override forward(x: Tensor): Tensor {
    return this.#checked("standardize", x).sub(this.mean).div(this.scale);
  }

  /** {@link StandardScaler.forward} by scikit-learn's name. */
  transform(x: Tensor): Tensor {
    return this.forward(x);
  }

  /** What {@link StandardScaler.transform} made z of. */
  inverseTransform(z: Tensor): Tensor {
    return this.#checked("undo the scaling of", z).mul(this.scale).add(this.mean);
  }

  #set(buffer: Tensor, valueOf: (i: number) => number): void {
    const { shape, dtype, backend } = buffer;
    const values = Array.from({ length: buffer.size }, (_, i) => valueOf(i));
    scope(() => void noGrad(() => buffer.assign(tensor(values, { dtype, backend }).reshape(shape))));
  }

  #checked(asked: string, x: Tensor, areRows = false): Tensor {
    checkTensor(asked, x);
    const { shape } = this.mean, leading = x.rank - shape.length;
    const isShape = leading >= 0 && sameShape(x.shape.slice(leading), shape);
    if (isShape && (!areRows || (leading === 1 && x.shape[0] > 0))) return x;
    const needed = areRows ? `rows of ${showShape(shape)} are needed` : `it must end in ${showShape(shape)}`;
    throw new ShapeError(`Cannot ${asked} ${showShape(x.shape)}: ${needed}`, {
      op: "StandardScaler",
      shapes: [x.shape, shape],
    });
  }

  async #strayError(x: Tensor, column: number): Promise<RangeError> {
    const [values] = await read([scope(() => x.reshape([x.shape[0], -1]).slice(null, column))]);
    const row = values.findIndex((value: number) => !Number.isFinite(value));
    const name = this.#options.names?.[column] ?? column;
    const what = `Cannot standardize the column ${typeof name === "string" ? described(name) : name}`;
    return new RangeError(
      row < 0
        ? `${what}: its squares are beyond ${x.dtype}, divide it by a number or use f64`
        : `${what}: row ${row} has ${values[row]}, leave the row out or fill it`,
    );
  }
}

/** Means, variances, least and largest values of columns. The variance takes off what rounding left of the mean. */
function statistics(x: Tensor): Tensor[] {
  const mean = x.mean(0), centred = x.sub(mean), rest = centred.mean(0);
  return [mean, centred.square().mean(0).sub(rest.square()), x.min(0), x.max(0)];
}
