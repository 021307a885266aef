/**
 * Functions of what a mask leaves, as `torch.masked` has them: what is masked out, where the mask is false, counts as
 * nothing. A mask broadcasts to the shape of its tensor; one that would enlarge it is a {@link ShapeError}.
 *
 * @module
 */
import { registerFunctions } from "../../call/catalog.ts";

export * from "./along.ts";
export type { MaskOptions } from "./masking.ts";
export * from "./reductions.ts";

registerFunctions(Object.fromEntries(
  ("sum prod amax amin logSumExp mean var std median norm normalize cumsum cumprod softmax logSoftmax softmin " +
    "logaddexp").split(" ").map((name) => [`masked.${name}`, name === "logaddexp" ? 2 : 1]),
));
