import { lax, nn, numpy as np } from "@jax-js/jax";
import type { Contender } from "../../harness/measure.ts";
import { imagesOf, weightsOf } from "../../works/cnn.ts";
import type { Convolutions } from "../../works/work.ts";
import { gradients, type Parameters } from "./gradients.ts";
import { array, type Mode } from "./jax.ts";

export function cnn(given: Convolutions, mode: Mode): Contender {
  const { batch, extent, classes } = given, images = imagesOf(given);
  const parameters: Parameters = Object.fromEntries(
    weightsOf(given).flatMap(({ shape, elements }, i) => [
      [`w${i}`, array(elements, shape)],
      [`b${i}`, np.zeros([shape[0]])],
    ]),
  );
  const x = array(images.x, [batch, 1, extent, extent]), y = nn.oneHot(np.array(images.y), classes);
  return gradients(
    (p, [x, y]) => nn.logSoftmax(forward(x, p, given)).mul(y).sum().mul(-1 / batch),
    parameters,
    [x, y],
    mode,
  );
}

function forward(x: np.Array, p: Parameters, { batch, channels }: Convolutions): np.Array {
  const features = channels.reduce(
    (h, _, i) => largest(lax.conv(h, p[`w${i}`], [1, 1], "VALID").add(p[`b${i}`].reshape([-1, 1, 1]))),
    x,
  );
  const last = channels.length;
  return np.matmul(features.reshape([batch, -1]), p[`w${last}`].transpose()).add(p[`b${last}`]);
}

/** The maxima over 2 × 2. */
function largest(x: np.Array): np.Array {
  const [n, c, h, w] = x.shape;
  return np.max(x.reshape([n, c, h / 2, 2, w / 2, 2]), [3, 5]);
}
