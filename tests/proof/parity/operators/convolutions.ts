/** Convolutions, columns of images, and padding. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import type { Call, Operator } from "../call.ts";

/** A convolution along so many axes: its options are checked as it is called. */
type Convolve = (x: Tensor, weight: Tensor, options: never) => Tensor;

function convolution(convolve: Convolve): Operator {
  return (c) => {
    const padding = c.value(4, "padding");
    const options = {
      bias: c.maybe(2, "bias"),
      stride: c.perAxis(3, "stride", 1),
      padding: typeof padding === "string" ? padding : c.perAxis(4, "padding", 0),
      dilation: c.perAxis(5, "dilation", 1),
      groups: c.number(6, "groups", 1),
    };
    return convolve(c.tensor(0), c.tensor(1, "weight"), options as never);
  };
}

function transposed(convolve: Convolve): Operator {
  return (c) => {
    const options = {
      bias: c.maybe(2, "bias"),
      stride: c.perAxis(3, "stride", 1),
      padding: c.perAxis(4, "padding", 0),
      outputPadding: c.perAxis(5, "output_padding", 0),
      groups: c.number(6, "groups", 1),
      dilation: c.perAxis(7, "dilation", 1),
    };
    return convolve(c.tensor(0), c.tensor(1, "weight"), options as never);
  };
}

function unfold(c: Call): Tensor {
  return t.unfoldImages(c.tensor(0), c.perAxis(1, "kernel_size") as t.Pair, {
    dilation: c.perAxis(2, "dilation", 1) as t.Pair,
    padding: c.perAxis(3, "padding", 0) as t.Pair,
    stride: c.perAxis(4, "stride", 1) as t.Pair,
  });
}

function padded(c: Call): Tensor {
  const mode = c.text(2, "mode", "constant") as t.PadMode;
  return t.pad(c.tensor(0), c.widths(1, "pad"), { mode, value: c.number(3, "value", 0) });
}

/** PyTorch's names of them. */
export const convolutions: Readonly<Record<string, Operator>> = {
  "nn.functional.conv1d": convolution(t.conv1d),
  "nn.functional.conv2d": convolution(t.conv2d),
  "nn.functional.conv_transpose1d": transposed(t.convTranspose1d),
  "nn.functional.conv_transpose2d": transposed(t.convTranspose2d),
  "nn.functional.conv_transpose3d": transposed(t.convTranspose3d),
  "nn.functional.unfold": unfold,
  "constant_pad_nd": (c) => t.pad(c.tensor(0), c.widths(1, "pad"), c.number(2, "value", 0)),
  "nn.functional.pad.constant": padded,
  "nn.functional.pad.reflect": padded,
  "nn.functional.pad.replicate": padded,
  "nn.functional.pad.circular": padded,
};
