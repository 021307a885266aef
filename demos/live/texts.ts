/** What the page says about an experiment. The formulas and titles are the gallery's. */
import { texts } from "../page/sections.ts";
import type { Name } from "./catalog.ts";

export interface LiveText {
  readonly title: string;
  /** HTML. */
  readonly formula: string;
  readonly paragraph: string;
  /** What stands beneath each chart. */
  readonly captions: readonly string[];
}

export const liveTexts: Readonly<Record<Name, LiveText>> = {
  gradient: {
    ...shared("gradient"),
    paragraph:
      "The program is run once forwards and once backwards, which gives its exact derivative at x. " +
      "The central difference knows only values of f.",
    captions: [
      "Each panel is the derivative of the one above it, of the program and not by differences. The dashed " +
      "tangent has the slope that the second panel shows at x.",
      "The steps that the library recorded, forwards and, below, back: ∂ is the derivative of f by what a box " +
      "computes, carried from the result, where it is 1, to x.",
    ],
  },
  quadratic: {
    ...shared("quadratic"),
    paragraph:
      "Each step goes against the gradient, by the learning rate. On a parabola the rate alone decides the " +
      "way: a small one creeps, one above 0.5 overshoots, and from 1 on there is no arriving.",
    captions: [
      "Every marker is a step; the first few are numbered.",
      "The distance to the minimum, |x − x*|, on a logarithmic axis: each step multiplies it by 1 − 2·rate, until " +
      "the steps are smaller than the rounding of the numbers. A triangle on the floor is a distance of 0.",
    ],
  },
  surface: {
    ...shared("surface"),
    paragraph:
      "The same step in two dimensions. Which hollow it finds depends on the start, and far out, where the " +
      "surface is flat, it finds none.",
    captions: [
      "Each path starts at its large dot, and each step sets out at right angles to the level line it stands on.",
    ],
  },
  perceptron: {
    ...shared("perceptron"),
    paragraph:
      "The smallest neural network: two weights and a bias, trained on a hundred points with labels −1 and 1. " +
      "Each step takes the gradient of the mean squared error over all points. The bias starts at 0.",
    captions: [
      "The loss over the two weights, the bias held at the mean of the paths’ biases. The bias moves too, so " +
      "this is the shadow of a walk in three dimensions.",
      "On its boundary a perceptron answers 0; the line turns while it learns.",
      "The loss before each step and after the last, on a logarithmic axis.",
    ],
  },
  digits: {
    ...shared("digits"),
    paragraph:
      "Two convolutions and a layer that decides between ten digits learn from 1,438 images of 8 by 8 pixels, and " +
      "are asked about 359 that they have not seen. The seed draws which those are, and the first weights. The images are " +
      "those of E. Alpaydin and C. Kaynak, UCI Machine Learning Repository (1998), under CC BY 4.0.",
    captions: [
      "The loss of the images learned from, on a logarithmic axis, and the part of the others that is misread.",
      "Digits as they are meant, a row each, and as they are read, a column each. The shades are those of the " +
      "logarithm.",
      "Beneath each digit stands what was meant, what was read, and how sure the network is.",
      "The filters of the first convolution, blue where a weight is negative and orange where it is positive.",
    ],
  },
};

function shared(name: Name): Pick<LiveText, "title" | "formula"> {
  return { title: texts[name].title, formula: texts[name].formula };
}
