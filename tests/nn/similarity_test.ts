/** Distances and the bilinear layer against PyTorch's. */
import { PairwiseDistance } from "@tapegrad/nn";
import { againstPyTorch, type AnyLayer, type Case, layerOf } from "./against_pytorch.ts";
import reference from "./reference/similarity.json" with { type: "json" };

// Where vectors are equal or zero is a kink; below eps PyTorch's gradient is that of the norm itself.
function isSmooth({ options, inputs }: Case): boolean {
  return options.eps !== 2.5 && !/"data":\[(0|1|1e-9),/.test(JSON.stringify(inputs));
}

// JSON has no infinity.
function made(given: Case): AnyLayer {
  const { p, ...options } = given.options;
  return p === "Infinity" ? new PairwiseDistance({ ...options, p: Infinity }) : layerOf(given);
}

againstPyTorch(reference, { smooth: isSmooth, make: made });
