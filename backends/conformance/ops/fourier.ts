/** Samples of Fourier transforms and of complex numbers. */
import { complex as c, fft } from "@tapegrad/core";
import type { CompositeRow, Sample } from "./composites.ts";

type Rows = Readonly<Record<string, CompositeRow>>;

const transforms: Rows = {
  "fft.fft": {
    samples: {
      "of 12, of columns": { shapes: [[12, 2, 2]], call: (z) => fft.fft(z, { axis: 0 }) },
      "of 7 of 9": { shapes: [[2, 9, 2]], call: (z) => fft.fft(z, { n: 7, norm: "ortho" }) },
      "of 72": { shapes: [[72, 2]], call: (z) => fft.fft(z) },
      "of 67, a prime": { shapes: [[67, 2]], call: (z) => fft.fft(z) },
    },
  },
  "fft.ifft": {
    samples: {
      "of 9 of 5": { shapes: [[5, 2]], call: (z) => fft.ifft(z, { n: 9 }) },
      "of 67, a prime": { shapes: [[67, 2]], call: (z) => fft.ifft(z, { norm: "forward" }) },
    },
  },
  "fft.rfft": {
    samples: {
      "of 8": { shapes: [[3, 8]], call: (x) => fft.rfft(x) },
      "of 9, of columns": { shapes: [[9, 2]], call: (x) => fft.rfft(x, { axis: 0, norm: "forward" }) },
    },
  },
  "fft.irfft": {
    samples: {
      "of 8": { shapes: [[3, 5, 2]], call: (z) => fft.irfft(z) },
      "of 9": { shapes: [[5, 2]], call: (z) => fft.irfft(z, { n: 9, norm: "ortho" }) },
    },
  },
  "fft.hfft": { samples: { "of 7": { shapes: [[4, 2, 2]], call: (z) => fft.hfft(z, { n: 7, axis: 0 }) } } },
  "fft.ihfft": { samples: { "of 6": { shapes: [[2, 6]], call: (x) => fft.ihfft(x) } } },
  "fft.fft2": { samples: { "3 by 4": { shapes: [[2, 3, 4, 2]], call: (z) => fft.fft2(z) } } },
  "fft.ifft2": { samples: { "3 by 4": { shapes: [[3, 4, 2]], call: (z) => fft.ifft2(z) } } },
  "fft.rfft2": { samples: { "3 by 4": { shapes: [[3, 4]], call: (x) => fft.rfft2(x) } } },
  "fft.irfft2": { samples: { "3 by 4": { shapes: [[3, 3, 2]], call: (z) => fft.irfft2(z) } } },
  "fft.hfft2": { samples: { "3 by 4": { shapes: [[3, 3, 2]], call: (z) => fft.hfft2(z) } } },
  "fft.ihfft2": { samples: { "3 by 4": { shapes: [[3, 4]], call: (x) => fft.ihfft2(x) } } },
  "fft.fftn": {
    samples: {
      "of sizes": { shapes: [[3, 2, 4, 2]], call: (z) => fft.fftn(z, { s: [2, -1], axes: [2, 0] }) },
    },
  },
  "fft.ifftn": { samples: { "of all axes": { shapes: [[3, 2, 4, 2]], call: (z) => fft.ifftn(z) } } },
  "fft.rfftn": { samples: { "of all axes": { shapes: [[3, 2, 5]], call: (x) => fft.rfftn(x) } } },
  "fft.irfftn": {
    samples: { "of sizes": { shapes: [[3, 2, 3, 2]], call: (z) => fft.irfftn(z, { s: [3, 5] }) } },
  },
  "fft.hfftn": { samples: { "of all axes": { shapes: [[3, 2, 3, 2]], call: (z) => fft.hfftn(z) } } },
  "fft.ihfftn": { samples: { "of all axes": { shapes: [[3, 2, 4]], call: (x) => fft.ihfftn(x) } } },
};

const frames: Rows = {
  "fft.stft": {
    samples: {
      "by a window": {
        shapes: [[2, 20], [6]],
        call: (x, window) => fft.stft(x, 8, { window, winLength: 6, hopLength: 3 }),
      },
      "of whole spectra, not centred": {
        shapes: [[9]],
        call: (x) => fft.stft(x, 5, { center: false, onesided: false, normalized: true }),
      },
    },
  },
  "fft.istft": {
    samples: {
      // The squares of the window add up to no less than 1.
      "by a window": {
        shapes: [[2, 4, 5, 2], [6]],
        call: (z, window) => fft.istft(z, 6, { window: window.square().add(1), hopLength: 2, length: 9 }),
      },
      "of whole spectra": {
        shapes: [[5, 3, 2]],
        call: (z) => fft.istft(z, 5, { center: false, returnComplex: true, normalized: true }),
      },
    },
  },
};

const pairs: Sample["shapes"] = [[3, 4, 2]];

function ofOne(op: c.ComplexOp): CompositeRow {
  return { samples: { "of a matrix": { shapes: pairs, call: (z) => op(z) } } };
}

function ofTwo(op: c.ComplexBinaryOp): CompositeRow {
  return { samples: { "broadcast": { shapes: [[3, 1, 2], [4, 2]], call: (z, w) => op(z, w) } } };
}

function ofReals(op: c.ComplexBinaryOp): CompositeRow {
  return { samples: { "broadcast": { shapes: [[3, 1], [4]], call: (x, y) => op(x, y) } } };
}

const numbers: Rows = {
  "complex.fromReal": ofOne(c.fromReal),
  "complex.fromParts": ofReals(c.fromParts),
  "complex.polar": ofReals(c.polar),
  "complex.real": ofOne(c.real),
  "complex.imag": ofOne(c.imag),
  "complex.conj": ofOne(c.conj),
  "complex.viewAsComplex": ofOne((z) => c.viewAsComplex(z.mul(2))),
  "complex.viewAsReal": ofOne((z) => c.viewAsReal(z.mul(2))),
  "complex.mul": ofTwo(c.mul),
  "complex.div": ofTwo(c.div),
  "complex.reciprocal": ofOne(c.reciprocal),
  "complex.matmul": {
    samples: { "of batches": { shapes: [[2, 3, 4, 2], [4, 2, 2]], call: (z, w) => c.matmul(z, w) } },
  },
  "complex.abs": ofOne(c.abs),
  "complex.angle": ofOne(c.angle),
  "complex.sgn": ofOne(c.sgn),
  "complex.exp": ofOne(c.exp),
  "complex.log": ofOne(c.log),
  "complex.sqrt": ofOne(c.sqrt),
};

/** By the op's name. */
export const fourier: Rows = { ...transforms, ...frames, ...numbers };
