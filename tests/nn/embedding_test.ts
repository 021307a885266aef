/** Tables of rows against PyTorch's. */
import { againstPyTorch, type Case } from "./against_pytorch.ts";
import reference from "./reference/embedding.json" with { type: "json" };

/** Whether the gradient is the derivative: not of rows that get none or less, nor of a table that a call changes. */
function isDerivative({ options: { paddingIdx, maxNorm, scaleGradByFreq } }: Case): boolean {
  return paddingIdx === undefined && maxNorm === undefined && !scaleGradByFreq;
}

againstPyTorch(reference, { smooth: isDerivative, mapped: () => false });
