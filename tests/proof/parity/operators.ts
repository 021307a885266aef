/** How PyTorch's operators are said in functions of ours. */
import type { Operator } from "./call.ts";
import { algebra } from "./operators/algebra.ts";
import { attentions } from "./operators/attention.ts";
import { composed } from "./operators/composed.ts";
import { convolutions } from "./operators/convolutions.ts";
import { eliminations } from "./operators/eliminations.ts";
import { elementwise } from "./operators/elementwise.ts";
import { fourier } from "./operators/fourier.ts";
import { images } from "./operators/images.ts";
import { indexing } from "./operators/indexing.ts";
import { losses } from "./operators/losses.ts";
import { masked } from "./operators/masked.ts";
import { neural } from "./operators/neural.ts";
import { pooling } from "./operators/pooling.ts";
import { norms } from "./operators/norms.ts";
import { reductions } from "./operators/reductions.ts";
import { spectra } from "./operators/spectra.ts";
import { shapes } from "./operators/shapes.ts";

export { notCovered } from "./not_covered.ts";

/** PyTorch's names of operators to what they are in functions of ours, by family. */
export const families: Readonly<Record<string, Readonly<Record<string, Operator>>>> = {
  elementwise,
  composed,
  reductions,
  shapes,
  indexing,
  images,
  algebra,
  eliminations,
  neural,
  attentions,
  convolutions,
  pooling,
  norms,
  losses,
  masked,
  spectra,
  fourier,
};

/** All of them. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.values(families).flatMap((family) => Object.entries(family)),
);
