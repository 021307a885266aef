/** Layers that pool, and those that put elements back, against PyTorch's. */
import * as nn from "@tapegrad/nn";
import { againstPyTorch, type AnyLayer, type Case, written } from "./against_pytorch.ts";
import reference from "./reference/pooling.json" with { type: "json" };

/** A fractional pooling takes the numbers that PyTorch's has as a buffer in place of those that it would draw. */
function made({ layer, arguments: given, options, state }: Case): AnyLayer {
  const Layer = (nn as unknown as Record<string, new (...args: unknown[]) => AnyLayer>)[layer];
  const samples = Object.values(state).map((_randomSamples) => ({ _randomSamples: written(_randomSamples) }));
  return new Layer(...given, Object.assign({}, options, ...samples));
}

// What has a note is at ties, kinks or what is not finite.
againstPyTorch(reference, { make: made, smooth: ({ note }) => note === undefined });
