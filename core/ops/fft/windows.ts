/**
 * Windows, by which frames of a signal are multiplied before they are transformed: as `torch.signal.windows` and, with
 * `{ sym: false }`, as `torch.hann_window` and its like. They are computed in double precision.
 *
 * @module
 */
import { defaultDtype } from "../../device/context.ts";
import { checkInteger, checkOptions, checkSetting } from "../../base/settings.ts";
import { listOf } from "../../base/shape.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CreationOptions } from "../creation.ts";
import { creating, placed } from "../host_elements.ts";
import { counted } from "./counted.ts";

/**
 * What windows may be told.
 *
 * @category Fourier transforms
 */
export interface WindowOptions extends CreationOptions {
  /** Whether the window is symmetric, as filters want it, and not one of a period of `n`, as transforms do: unless said. */
  readonly sym?: boolean;
}

/**
 * A window of `n` elements.
 *
 * @category Fourier transforms
 */
export type WindowOp<Options extends WindowOptions = WindowOptions> = (
  n: number,
  options?: Options,
) => Tensor;

/** From the number of an element, and how many steps there are from the first to the last or to that of the next period. */
type Shape<Options> = (steps: number, options: Options) => (i: number) => number;

function define<Options extends WindowOptions>(
  name: string,
  shape: Shape<Options>,
  more: Readonly<Record<string, unknown>> = {},
): WindowOp<Options> {
  const op = `windows.${name}`;
  return defineOp(op, (n: number, options: Options = {} as Options): Tensor => {
    checkInteger(op, "a count", n, 0);
    checkOptions(op, options, { ...creating, sym: true, ...more });
    const { sym = true, dtype = defaultDtype(), backend, requiresGrad } = options;
    const at = shape(n > 1 && !sym ? n : n - 1, options);
    return placed(counted(n, at), [n], { dtype, backend, requiresGrad });
  }, { arity: 0 });
}

// Σ (-1)ʲ·a[j]·cos(2πij/steps); of one element that is 1.
function cosines(terms: readonly number[], steps: number): (i: number) => number {
  if (steps === 0) return () => 1;
  const turn = 2 * Math.PI / steps;
  return (i) => terms.reduce((sum, a, j) => sum + (j % 2 === 0 ? a : -a) * Math.cos(turn * i * j), 0);
}

/**
 * 1 - |x| from -1 to 1, a triangle: `torch.signal.windows.bartlett`, `torch.bartlett_window`.
 *
 * @category Fourier transforms
 */
export const bartlett: WindowOp = /* @__PURE__ */ define(
  "bartlett",
  (steps) => (i) => steps === 0 ? 1 : 1 - Math.abs(2 * i / steps - 1),
);

/**
 * A bell that is 0 at its ends, ½ - ½cos: `torch.signal.windows.hann`, `torch.hann_window`.
 *
 * @category Fourier transforms
 * @example
 * ```ts
 * import { windows } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const exact = { dtype: "f64" } as const;
 * assertEquals(await windows.bartlett(5).array(), [0, 0.5, 1, 0.5, 0]);
 * assertEquals(await windows.hann(3, exact).array(), [0, 1, 0]);
 * assertEquals(await windows.hann(2, { sym: false, ...exact }).array(), [0, 1]); // torch.hann_window(2)
 * ```
 */
export const hann: WindowOp = /* @__PURE__ */ define("hann", (steps) => cosines([0.5, 0.5], steps));

/**
 * What {@link generalHamming} may be told.
 *
 * @category Fourier transforms
 */
export interface HammingOptions extends WindowOptions {
  /** The constant part: 0.54 unless said. */
  readonly alpha?: number;
}

const hammingOf: Shape<HammingOptions> = (steps, { alpha = 0.54 }) => {
  checkSetting("windows.generalHamming", "alpha", alpha);
  return cosines([alpha, 1 - alpha], steps);
};

/**
 * 0.54 - 0.46cos: `torch.signal.windows.hamming`, `torch.hamming_window`.
 *
 * @category Fourier transforms
 */
export const hamming: WindowOp = /* @__PURE__ */ define(
  "hamming",
  (steps) => cosines([0.54, 1 - 0.54], steps),
);

/**
 * α - (1 - α)cos: `torch.signal.windows.general_hamming`.
 *
 * @category Fourier transforms
 */
export const generalHamming: WindowOp<HammingOptions> = /* @__PURE__ */ define(
  "generalHamming",
  hammingOf,
  { alpha: 0 },
);

/**
 * 0.42 - 0.5cos + 0.08cos2: `torch.signal.windows.blackman`, `torch.blackman_window`.
 *
 * @category Fourier transforms
 */
export const blackman: WindowOp = /* @__PURE__ */ define(
  "blackman",
  (steps) => cosines([0.42, 0.5, 0.08], steps),
);

/**
 * Nuttall's sum of four cosines, whose spectrum falls off far: `torch.signal.windows.nuttall`.
 *
 * @category Fourier transforms
 */
export const nuttall: WindowOp = /* @__PURE__ */ define(
  "nuttall",
  (steps) => cosines([0.3635819, 0.4891775, 0.1365995, 0.0106411], steps),
);

/**
 * What {@link generalCosine} is told.
 *
 * @category Fourier transforms
 */
export interface CosinesOptions extends WindowOptions {
  /** What the cosines, of one turn more each, are multiplied by, with signs by turns. */
  readonly a: readonly number[];
}

/**
 * A sum of cosines with signs by turns, a₀ - a₁cos + a₂cos2 …: `torch.signal.windows.general_cosine`.
 *
 * @category Fourier transforms
 */
export const generalCosine: (n: number, options: CosinesOptions) => Tensor = /* @__PURE__ */ define(
  "generalCosine",
  (steps, { a }: CosinesOptions) => cosines(listOf("windows.generalCosine", "with a", a), steps),
  { a: null },
);

/**
 * Half a turn of a sine: `torch.signal.windows.cosine`.
 *
 * @category Fourier transforms
 */
export const cosine: WindowOp = /* @__PURE__ */ define(
  "cosine",
  (steps) => (i) => Math.sin(Math.PI * (i + 0.5) / (steps + 1)),
);

/**
 * What {@link exponential} may be told.
 *
 * @category Fourier transforms
 */
export interface ExponentialOptions extends WindowOptions {
  /** Where it is 1: in the middle unless said. */
  readonly center?: number;
  /** In how many steps it falls to 1/e: 1 unless said. */
  readonly tau?: number;
}

/**
 * e^(-|i - center|/τ): `torch.signal.windows.exponential`. A center of a symmetric window is a RangeError, as in PyTorch.
 *
 * @category Fourier transforms
 */
export const exponential: WindowOp<ExponentialOptions> = /* @__PURE__ */ define(
  "exponential",
  (steps, { center, tau = 1, sym = true }: ExponentialOptions) => {
    checkSetting("windows.exponential", "tau", tau, Number.MIN_VALUE);
    if (sym && center !== undefined) {
      throw new RangeError("Cannot windows.exponential with a center if it is symmetric: tell sym: false");
    }
    const middle = center ?? steps / 2;
    return (i) => Math.exp(-Math.abs(i - middle) / tau);
  },
  { center: 0, tau: 1 },
);

/**
 * What {@link gaussian} may be told.
 *
 * @category Fourier transforms
 */
export interface GaussianOptions extends WindowOptions {
  /** The standard deviation in steps: 1 unless said. */
  readonly std?: number;
}

/**
 * The bell of the normal distribution: `torch.signal.windows.gaussian`.
 *
 * @category Fourier transforms
 */
export const gaussian: WindowOp<GaussianOptions> = /* @__PURE__ */ define(
  "gaussian",
  (steps, { std = 1 }: GaussianOptions) => {
    checkSetting("windows.gaussian", "std", std, Number.MIN_VALUE);
    return (i) => Math.exp(-0.5 * ((i - steps / 2) / std) ** 2);
  },
  { std: 1 },
);

/**
 * What {@link kaiser} may be told.
 *
 * @category Fourier transforms
 */
export interface KaiserOptions extends WindowOptions {
  /** How narrow it is: 12 unless said. */
  readonly beta?: number;
}

// The modified Bessel function of order 0 of 2√x, of whose series all terms are positive.
function besselI0(x: number): number {
  let sum = 1;
  for (let k = 1, term = x; term > sum * 1e-17; term *= x / ++k ** 2) sum += term;
  return sum;
}

// Beyond the Bessel function overflows.
const LARGEST_BETA = 700;

/**
 * I₀(β√(1 - x²))/I₀(β) from -1 to 1: `torch.signal.windows.kaiser`, `torch.kaiser_window`.
 *
 * @category Fourier transforms
 */
export const kaiser: WindowOp<KaiserOptions> = /* @__PURE__ */ define(
  "kaiser",
  (steps, { beta = 12 }: KaiserOptions) => {
    checkSetting("windows.kaiser", "beta", beta, 0, LARGEST_BETA);
    const squares = beta * beta, most = besselI0(squares / 4);
    return (i) => steps === 0 ? 1 : besselI0(squares * i * (steps - i) / (steps * steps)) / most;
  },
  { beta: 12 },
);
