/** The frequencies of what transforms give. */
import { checkInteger, checkOptions, checkSetting } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CreationOptions } from "../creation.ts";
import { creating, placed } from "../host_elements.ts";
import { counted } from "./counted.ts";
import { defaultDtype } from "../../device/context.ts";

/**
 * What {@link fftfreq} may be told.
 *
 * @category Fourier transforms
 */
export interface FrequencyOptions extends CreationOptions {
  /** How far samples are apart: 1 unless said. */
  readonly d?: number;
}

/**
 * Makes the frequencies of so many samples.
 *
 * @category Fourier transforms
 */
export type FrequenciesOp = (n: number, options?: FrequencyOptions) => Tensor;

const makes = { arity: 0 };

function frequencies(
  op: string,
  n: number,
  options: FrequencyOptions,
  count: number,
  at: (k: number) => number,
): Tensor {
  checkOptions(op, options, { ...creating, d: 1 });
  const { d = 1, ...rest } = options, { dtype = defaultDtype() } = rest;
  checkInteger(op, "a count", n, 1);
  checkSetting(op, "distance", d);
  const step = 1 / (n * d), data = counted(count, (k) => at(k) * step);
  return placed(data, [count], { ...rest, dtype });
}

/**
 * The frequencies of what {@link fft} gives of `n` samples, those below 0 behind those from 0 on, in cycles per unit of
 * what `d` is told in: `torch.fft.fftfreq`.
 *
 * @category Fourier transforms
 * @example
 * ```ts
 * import { fft } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await fft.fftfreq(4).array(), [0, 0.25, -0.5, -0.25]);
 * assertEquals(await fft.rfftfreq(4, { d: 0.5 }).array(), [0, 0.5, 1]);
 * assertEquals(await fft.fftshift(fft.fftfreq(4)).array(), [-0.5, -0.25, 0, 0.25]);
 * ```
 */
export const fftfreq: FrequenciesOp = /* @__PURE__ */ defineOp(
  "fft.fftfreq",
  (n, options = {}) => frequencies("fft.fftfreq", n, options, n, (k) => 2 * k < n ? k : k - n),
  makes,
);

/**
 * The frequencies of what {@link rfft} gives of `n` samples: `torch.fft.rfftfreq`.
 *
 * @category Fourier transforms
 */
export const rfftfreq: FrequenciesOp = /* @__PURE__ */ defineOp(
  "fft.rfftfreq",
  (n, options = {}) => frequencies("fft.rfftfreq", n, options, Math.floor(n / 2) + 1, (k) => k),
  makes,
);
