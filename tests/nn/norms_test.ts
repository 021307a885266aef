/** Normalisations against PyTorch's. */
import { againstPyTorch, type Case } from "./against_pytorch.ts";
import reference from "./reference/norms.json" with { type: "json" };

// Statistics that run along are changed once for all of a batch, not for each element of one.
function follows({ training, state, options }: Case): boolean {
  return training && "running_mean" in state && options.trackRunningStats !== false;
}

againstPyTorch(reference, { mapped: (given) => !follows(given) });
