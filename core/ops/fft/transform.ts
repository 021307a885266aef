/** The primitive of all Fourier transforms here: complex numbers as pairs, along one axis. */
import { apply } from "../../call/apply.ts";
import { nothing, type Primitive } from "../../call/op.ts";
import { front } from "../../primitives/batching.ts";
import { hostPrimitive } from "../../primitives/host.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { transformOnDevice } from "./on_device.ts";
import { type FourierAttributes, transformOnHost } from "./on_host.ts";

function turned(x: Tensor, attributes: FourierAttributes): Tensor {
  return apply(fourier, [x], attributes);
}

/** y[k] = scale·Σ x[j]·e^(∓2πi·jk/n) of pairs `[…, 2]` along an axis. It is symmetric, so its adjoint turns the other way. */
export const fourier: Primitive<FourierAttributes> = /* @__PURE__ */ hostPrimitive(
  {
    name: "fft",
    linear: true,
    label: ({ inverse }) => inverse ? "ifft" : "fft",
    infer: ([{ shape, dtype, backend }]) => ({ shape, dtype, backend }),
    vjp: ([ct], { attributes }) => [ct && turned(ct, { ...attributes, inverse: !attributes.inverse })],
    saves: () => nothing,
    batch: (inputs, axes, attributes) =>
      front(inputs, axes, (x) => turned(x, { ...attributes, axis: attributes.axis + 1 })),
  },
  transformOnHost,
  { onDevice: transformOnDevice },
);

/** The transform of pairs along an axis counted from the front. */
export function transform(z: Tensor, axis: number, inverse: boolean, scale: number): Tensor {
  return turned(z, { axis, inverse, scale });
}
