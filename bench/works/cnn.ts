/** A convolutional network, forward and backward. */
import { fromArray, scope, type Tensor } from "@tapegrad/tapegrad";
import { Conv2d, crossEntropy, Flatten, Linear, MaxPool2d, type Module, Sequential } from "@tapegrad/nn";
import type { Contender } from "../harness/measure.ts";
import { gradients, type Measured } from "./gradients.ts";
import { positives } from "./inputs.ts";
import type { Convolutions, Work } from "./work.ts";

/** The gradients of cross entropy to all parameters of a network; nothing is read. */
export const work: Work<"cnn"> = {
  name: "cnn",
  title: "convolutional network, forward and backward",
  about: "5 × 5 to 16, pool, 5 × 5 to 32, pool, linear to 10, on 64 × 1 × 28 × 28, forward and backward",
  unit: "ms",
  cases: [{
    label: "",
    dtype: "f32",
    given: { batch: 64, extent: 28, kernel: 5, channels: [16, 32], classes: 10 },
    long: true,
    threads: true,
  }],
  ours: [{ how: "eager", prepare: (given) => prepareCnn(given) }],
  compiled: { how: "compiled", prepare: (given) => prepareCnn(given, { compiled: true }) },
};

/** A weight as every library starts with it, its bias being 0. */
export interface Weight {
  readonly shape: readonly number[];
  readonly elements: Float32Array<ArrayBuffer>;
}

/** The weights: of convolutions `[out, in, kernel, kernel]`, and last `[classes, features]`. */
export function weightsOf({ extent, kernel, channels, classes }: Convolutions): Weight[] {
  const shapes = channels.map((n, i) => [n, i === 0 ? 1 : channels[i - 1], kernel, kernel]);
  const left = channels.reduce((n) => (n - kernel + 1) / 2, extent);
  return [...shapes, [classes, channels[channels.length - 1] * left ** 2]].map((shape, i) => {
    const [rows, ...sums] = shape, inputs = sums.reduce((a, b) => a * b);
    return {
      shape,
      elements: positives(rows * inputs, i + 1).map((p) => (2 * p - 1) / Math.sqrt(inputs)),
    };
  });
}

/** The images, in (-1, 1), and their classes in turn. */
export function imagesOf({ batch, extent, classes }: Convolutions): {
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Int32Array<ArrayBuffer>;
} {
  return {
    x: positives(batch * extent ** 2, 9).map((p) => 2 * p - 1),
    y: Int32Array.from({ length: batch }, (_, i) => i % classes),
  };
}

/** How we do it. */
export function prepareCnn(given: Convolutions, measured: Measured = {}): Contender {
  const { batch, extent } = given, images = imagesOf(given), model = modelOf(given);
  const x = fromArray(images.x, [batch, 1, extent, extent]), y = fromArray(images.y, [batch]);
  return gradients(() => crossEntropy(model.forward(x), y), model.parameters(), measured);
}

function modelOf(given: Convolutions): Sequential {
  const { kernel } = given, weights = weightsOf(given);
  const parts = weights.flatMap(({ shape: [outputs, inputs], ...weight }, i): Module[] =>
    i < weights.length - 1
      ? [filled(new Conv2d(inputs, outputs, kernel), weight), new MaxPool2d(2)]
      : [new Flatten(), filled(new Linear(inputs, outputs), weight)]
  );
  return new Sequential(...parts);
}

/** A layer with this weight, and a bias of 0. */
function filled<M extends Module & { readonly weight: Tensor; readonly bias: Tensor | null }>(
  layer: M,
  { elements }: Pick<Weight, "elements">,
): M {
  const { weight, bias } = layer;
  scope(() => layer.loadStateDict({ weight: fromArray(elements, weight.shape), bias: bias!.zerosLike() }));
  return layer;
}
