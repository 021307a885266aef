/** The primitives of all Fourier transforms here, along one axis: of complex numbers as pairs, of real ones, and to them. */
import { apply } from "../../call/apply.ts";
import { nothing, type Primitive } from "../../call/op.ts";
import { type HostKernel, hostPrimitive, type HostRules } from "../../primitives/host.ts";
import { front } from "../../primitives/batching.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { transformOnDevice } from "./on_device.ts";
import { type FourierAttributes, transformOnHost } from "./on_host.ts";
import { halvesOnDevice, realsOnDevice } from "./real_on_device.ts";
import { halvesOnHost, type RealFourierAttributes, realsOnHost } from "./real_on_host.ts";

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

type RealPrimitive = Primitive<RealFourierAttributes>;

/** What is linear in one tensor, with its adjoint, which turns the other way. */
function realPrimitive(
  { name, infer }: Pick<HostRules<RealFourierAttributes>, "name" | "infer">,
  ofHost: HostKernel<RealFourierAttributes>,
  onDevice: RealPrimitive["compose"],
  adjoint: () => RealPrimitive,
): RealPrimitive {
  const op: RealPrimitive = hostPrimitive(
    {
      name,
      infer,
      linear: true,
      vjp: ([ct], { attributes }) => [
        ct && apply(adjoint(), [ct], { ...attributes, inverse: !attributes.inverse }),
      ],
      saves: () => nothing,
      batch: (inputs, axes, attributes) =>
        front(inputs, axes, (x) => apply(op, [x], { ...attributes, axis: attributes.axis + 1 })),
    },
    ofHost,
    { onDevice },
  );
  return op;
}

/**
 * The first half, X[k] = scale·Σ x[j]·e^(∓2πi·jk/n) of k up to n/2, of the spectrum of n real numbers, as pairs; those
 * between the ends times `inner`.
 */
export const realFourier: RealPrimitive = /* @__PURE__ */ realPrimitive(
  {
    name: "rfft",
    infer: ([{ shape, dtype, backend }], { axis, n }) => ({
      shape: [...shape.with(axis, (n >> 1) + 1), 2],
      dtype,
      backend,
    }),
  },
  realsOnHost,
  realsOnDevice,
  () => halfFourier,
);

/** The adjoint of {@link realFourier} but for the direction: x[j] = scale·Σ Re(X[k]·e^(∓2πi·jk/n)) over half of a spectrum. */
export const halfFourier: RealPrimitive = /* @__PURE__ */ realPrimitive(
  {
    name: "irfft",
    infer: ([{ shape, dtype, backend }], { axis, n }) => ({
      shape: shape.slice(0, -1).with(axis, n),
      dtype,
      backend,
    }),
  },
  halvesOnHost,
  halvesOnDevice,
  () => realFourier,
);
