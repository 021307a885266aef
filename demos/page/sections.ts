import {
  digitsFormula,
  gradientFormula,
  perceptronFormula,
  quadraticFormula,
  surfaceFormula,
} from "./formulas.ts";

/** What the page says about an experiment, besides what was computed. */
export interface Text {
  readonly title: string;
  /** HTML. */
  readonly formula: string;
  readonly paragraphs: readonly string[];
}

/** The experiments in their order, by the name that the command line knows them by. */
export const texts = {
  gradient: {
    title: "A gradient",
    formula: gradientFormula,
    paragraphs: [
      "The variable stands in the base and in two exponents, so deriving this by hand takes patience. " +
      "Written down as a program and run once forwards and once backwards, it takes none. The result at " +
      "x = 10 is set beside PyTorch’s and beside the central difference, which knows only values of f.",
    ],
  },
  quadratic: {
    title: "A parabola",
    formula: quadraticFormula,
    paragraphs: [
      "Gradient descent repeats one step: against the gradient, by a learning rate. On a parabola the rate alone " +
      "decides the way. The minimum is 2, at x = 0. The printed x is the one after the step, f the one before it.",
    ],
  },
  surface: {
    title: "A surface with several hollows",
    formula: surfaceFormula,
    paragraphs: [
      "In two dimensions the same step finds a hollow, but which one depends on the start. The gradient stands at " +
      "right angles to the level lines, and with small steps so does the path. Both axes have one scale, so the " +
      "chart shows true angles.",
    ],
  },
  perceptron: {
    title: "A perceptron",
    formula: perceptronFormula,
    paragraphs: [
      "The smallest neural network: two weights and a bias, trained on a hundred points with labels −1 and 1. " +
      "Each of 400 epochs takes the gradient of the mean squared error over all points, with rate 0.1. " +
      "Four starts for the weights, and b = 0, give four runs.",
    ],
  },
  digits: {
    title: "Handwritten digits",
    formula: digitsFormula,
    paragraphs: [
      "A network that reads: two convolutions look for strokes, and for what strokes make, and one layer decides " +
      "between ten digits. It learns from 1,438 images of 8 by 8 pixels with Adam, and is asked about the 359 that it " +
      "has not seen; five times, from five seeds. The images are those of E. Alpaydin and C. Kaynak, UCI Machine " +
      "Learning Repository (1998), under CC BY 4.0.",
    ],
  },
} as const satisfies Record<string, Text>;
