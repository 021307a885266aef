/** Rows of activations. */
import { anything, close, closer, exact, ofOne, positive, rounded, type Rows, same, slopes } from "./row.ts";

const exponential = closer("expm1(x), where PyTorch 1.13 has exp(x) - 1");

/** Rows of activations. */
export const activations: Rows = {
  // e^-|x| (3), 1 + it (0.5), a quotient (2.5), and the numerator's 3 again, which 8 leave little room for.
  sigmoid: {
    torch: "sigmoid",
    kinks: true,
    budget: 8,
    ...slopes(ofOne(4)),
    special: closer("PyTorch's value underflows from -88 (f32) and -710 (f64) on"),
  },
  logSigmoid: {
    torch: "nn.functional.logsigmoid",
    kinks: true,
    budget: 6,
    curvature: ofOne(4),
    special: close,
  },
  // log1p (2) of e^-|x| (3), and a sum (0.5).
  softplus: {
    torch: "nn.functional.softplus",
    kinks: true,
    budget: 6,
    curvature: ofOne(4),
    special: close,
  },
  relu: { torch: "nn.functional.relu", kinks: true, budget: exact, special: same },
  relu6: { torch: "nn.functional.relu6", kinks: true, budget: exact, special: same },
  // A product with a slope that is rounded itself.
  leakyRelu: {
    torch: "nn.functional.leaky_relu",
    parameters: [{ torch: "negative_slope", sample: 0.2 }],
    budget: 1.5,
    special: same,
  },
  elu: {
    torch: "nn.functional.elu",
    parameters: [{ torch: "alpha", sample: 1.5 }],
    special: exponential,
  },
  celu: {
    torch: "nn.functional.celu",
    parameters: [{ torch: "alpha", sample: 1.5 }],
    special: exponential,
  },
  selu: { torch: "nn.functional.selu", kinks: true, special: exponential },
  gelu: {
    torch: "nn.functional.gelu",
    kinks: true,
    budget: 8,
    ...slopes(ofOne(16)),
    special: { f64: 4, f32: 2, why: "PyTorch's 1 + erf(x) cancels below 0" },
  },
  geluTanh: {
    torch: "nn.functional.gelu",
    kinks: true,
    budget: 8,
    slope: ofOne(32),
    curvature: ofOne(256),
    special: {
      f64: 64,
      f32: 2,
      why: "PyTorch's 1 + tanh(u) cancels below 0; e^2u multiplies rounding by 2u",
    },
  },
  silu: {
    torch: "nn.functional.silu",
    kinks: true,
    budget: 8,
    ...slopes(ofOne(16)),
    special: closer("as sigmoid"),
  },
  mish: {
    torch: "nn.functional.mish",
    kinks: true,
    budget: 8,
    ...slopes(ofOne(16)),
    special: closer("PyTorch's (1 + eˣ)² loses eˣ below -16 in f32"),
  },
  hardtanh: {
    torch: "nn.functional.hardtanh",
    parameters: [{ torch: "min_val", sample: -2.5 }, { torch: "max_val", sample: 4 }],
    budget: exact,
    special: same,
  },
  // A sum (0.5) and a quotient (2.5).
  hardsigmoid: {
    torch: "nn.functional.hardsigmoid",
    kinks: true,
    budget: 3,
    special: closer("PyTorch's gradient is 1/6 rounded to f32, in f64 too"),
    parity: { relative: 1e-7, why: "PyTorch's sixth is one of single precision" },
  },
  // As hardsigmoid, and a product.
  hardswish: { torch: "nn.functional.hardswish", kinks: true, budget: 3.5, special: close },
  softsign: {
    torch: "nn.functional.softsign",
    kinks: true,
    budget: 3.5,
    special: closer("1/(1 + |x|)², where PyTorch subtracts two nearly equal quotients"),
  },
  tanhshrink: {
    torch: "nn.functional.tanhshrink",
    kinks: true,
    budget: 8,
    curvature: ofOne(4),
    special: {
      ...close,
      size: { y: Math.abs },
      why: "x - tanh(x) and 1 - (1 - t²) cancel near 0 in PyTorch",
    },
  },
  hardshrink: {
    torch: "nn.functional.hardshrink",
    parameters: [{ torch: "lambd", sample: 0.6 }],
    budget: exact,
    special: same,
  },
  softshrink: {
    torch: "nn.functional.softshrink",
    parameters: [{ torch: "lambd", sample: 0.6 }],
    budget: rounded,
    special: same,
  },
  threshold: { torch: "nn.functional.threshold", domain: [positive, [-2, 0], anything], budget: exact },
};
