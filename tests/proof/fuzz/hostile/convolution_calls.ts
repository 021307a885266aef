/** Good calls of convolutions, of windows and of padding, as functions and as layers. */
import { key, ones, type Tensor } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import type { Arguments } from "./calls.ts";

const image = (): Tensor => ones([2, 4, 5, 4]);
const columns = (): Tensor => ones([2, 4, 12]);
const drawn = () => ({ bias: true, dtype: "f32", key: key(1) });
const sliding = () => ({ stride: [1, 2], padding: [1, 0], dilation: 2 });

/** Options of convolutions along so many axes. */
function there(axes: number): object {
  return { stride: 1, padding: new Array(axes).fill(1), paddingMode: "replicate", dilation: 1, groups: 2 };
}

function back(axes: number): object {
  return { stride: new Array(axes).fill(2), padding: 1, outputPadding: 1, dilation: 1, groups: 2 };
}

const extents = [4, 3, 2];

/** A batch of two with four channels. */
function input(axes: number): Tensor {
  return ones([2, 4, ...extents.slice(0, axes)]);
}

function weight(axes: number): Tensor {
  return ones([4, 2, ...extents.slice(0, axes).map(() => 2)]);
}

const along = [1, 2, 3];

/** Good arguments of functions. */
export const convolutionFunctions: Readonly<Record<string, Arguments>> = {
  ...Object.fromEntries(along.flatMap((n): [string, Arguments][] => [
    [`conv${n}d`, () => [input(n), weight(n), { bias: ones([4]), ...there(n) }]],
    [`convTranspose${n}d`, () => [input(n), weight(n), { bias: ones([4]), ...back(n) }]],
  ])),
  unfoldImages: () => [image(), [2, 1], sliding()],
  foldImages: () => [columns(), [3, 4], 1, { stride: 1, padding: 0, dilation: 1 }],
  pad: () => [image(), [[1, 1], [0, -2]], { mode: "reflect", value: 0 }],
};

/** Good arguments of classes. */
export const convolutionClasses: Readonly<Record<string, Arguments>> = {
  ...Object.fromEntries(along.flatMap((n): [string, Arguments][] => [
    [`Conv${n}d`, () => [4, 4, 2, { ...drawn(), ...there(n) }]],
    [`ConvTranspose${n}d`, () => [4, 4, 2, { ...drawn(), ...back(n), paddingMode: "zeros" }]],
    [`ReflectionPad${n}d`, () => [new Array(2 * n).fill(1)]],
  ])),
  ConstantPad2d: () => [[1, 0, -1, 2], 0.5],
  ZeroPad2d: () => [1],
  ReplicationPad2d: () => [1],
  CircularPad2d: () => [1],
  Unfold: () => [2, sliding()],
  Fold: () => [[3, 4], 1, sliding()],
};

/** Good arguments of methods. */
export const convolutionMethods: Readonly<Record<string, Arguments>> = {
  "Conv2d.forward": () => [new nn.Conv2d(4, 4, 2), image()],
  "ConvTranspose2d.forward": () => [
    new nn.ConvTranspose2d(4, 4, 2, { stride: 2 }),
    image(),
    { outputSize: [11, 8] },
  ],
  "Unfold.forward": () => [new nn.Unfold(2), image()],
  "Fold.forward": () => [new nn.Fold([3, 4], 1), columns()],
  "ReflectionPad2d.forward": () => [new nn.ReflectionPad2d(1), image()],
  "ConstantPad2d.forward": () => [new nn.ConstantPad2d(1, 2), image()],
};
