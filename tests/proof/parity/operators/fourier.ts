/** Fourier transforms, and what PyTorch has for complex numbers. */
import { complex, fft, type Tensor, to } from "@tapegrad/core";
import type { Call, Operator } from "../call.ts";
import { NotCovered } from "../sample.ts";

function normOf(c: Call, at: number): fft.FourierNorm | undefined {
  return c.maybeText(at, "norm") as fft.FourierNorm | undefined;
}

function oneOf(c: Call): fft.FourierOptions {
  return { n: c.maybeNumber(1, "n"), axis: c.maybeNumber(2, "dim"), norm: normOf(c, 3) };
}

function severalOf(c: Call): fft.FouriersOptions {
  return { s: c.maybeIntegers(1, "s"), axes: c.maybeIntegers(2, "dim"), norm: normOf(c, 3) };
}

function fromPairs(op: fft.FourierOp): Operator {
  return (c) => op(c.pairs(0), oneOf(c));
}

function fromReals(op: fft.FourierOp): Operator {
  return (c) => op(c.tensor(0), oneOf(c));
}

function severalFromPairs(op: fft.FouriersOp): Operator {
  return (c) => op(c.pairs(0), severalOf(c));
}

function severalFromReals(op: fft.FouriersOp): Operator {
  return (c) => op(c.tensor(0), severalOf(c));
}

// Of real numbers nothing is to be done.
function ofComplex(op: complex.ComplexOp): Operator {
  return (c) => c.isComplex(0) ? op(c.pairs(0)) : c.tensor(0);
}

const itself: Operator = (c) => c.isComplex(0) ? c.pairs(0) : c.tensor(0);

// The samples take parts of their windows of 10 where nothing is recorded: PyTorch has no gradient of those.
const WHOLE = 10;

function windowOf(c: Call): Tensor | undefined {
  if (c.isComplex(4, "window")) throw new NotCovered("a window of complex numbers");
  const window = c.maybe(4, "window");
  return window && window.shape[0] < WHOLE ? window.detach() : window;
}

function framesOf(c: Call): fft.FrameOptions {
  return {
    hopLength: c.maybeNumber(2, "hop_length"),
    winLength: c.maybeNumber(3, "win_length"),
    window: windowOf(c),
    center: c.maybeFlag(5, "center"),
  };
}

function stft(c: Call): Tensor {
  return fft.stft(c.tensor(0), c.number(1, "n_fft"), {
    ...framesOf(c),
    normalized: c.maybeFlag(7, "normalized"),
    onesided: c.maybeFlag(8, "onesided"),
  });
}

// Pairs in PyTorch too, though not by its dtype.
function istft(c: Call): Tensor {
  return fft.istft(c.isComplex(0) ? c.pairs(0) : c.tensor(0), c.number(1, "n_fft"), {
    ...framesOf(c),
    normalized: c.maybeFlag(6, "normalized"),
    onesided: c.maybeFlag(7, "onesided"),
    length: c.maybeNumber(8, "length"),
    returnComplex: c.maybeFlag(9, "return_complex"),
  });
}

/** PyTorch's names of Fourier transforms and of functions of complex numbers. */
export const fourier: Readonly<Record<string, Operator>> = {
  "fft.fft": fromPairs(fft.fft),
  "fft.ifft": fromPairs(fft.ifft),
  "fft.rfft": fromReals(fft.rfft),
  "fft.irfft": fromPairs(fft.irfft),
  "fft.hfft": fromPairs(fft.hfft),
  "fft.ihfft": fromReals(fft.ihfft),
  "fft.fft2": severalFromPairs(fft.fft2),
  "fft.ifft2": severalFromPairs(fft.ifft2),
  "fft.rfft2": severalFromReals(fft.rfft2),
  "fft.irfft2": severalFromPairs(fft.irfft2),
  "fft.hfft2": severalFromPairs(fft.hfft2),
  "fft.ihfft2": severalFromReals(fft.ihfft2),
  "fft.fftn": severalFromPairs(fft.fftn),
  "fft.ifftn": severalFromPairs(fft.ifftn),
  "fft.rfftn": severalFromReals(fft.rfftn),
  "fft.irfftn": severalFromPairs(fft.irfftn),
  "fft.hfftn": severalFromPairs(fft.hfftn),
  "fft.ihfftn": severalFromReals(fft.ihfftn),
  "stft": stft,
  "istft": istft,
  "angle": (c) => complex.angle(c.pairs(0)),
  "conj": ofComplex(complex.conj),
  "conj_physical": ofComplex(complex.conj),
  "real": ofComplex(complex.real),
  "imag": (c) => complex.imag(c.pairs(0)),
  "complex": (c) => complex.fromParts(c.tensor(0), c.tensor(1)),
  "polar": (c) => complex.polar(c.tensor(0), c.tensor(1)),
  "view_as_complex": (c) => complex.viewAsComplex(c.tensor(0)),
  "view_as_real": (c) => complex.viewAsReal(c.pairs(0)),
  "resolve_conj": itself,
  "resolve_neg": itself,
  "positive": itself,
  // Of floats that are f64 in the dump: the widest that there is.
  "double": (c) => to(c.tensor(0), c.tensor(0).dtype),
};
