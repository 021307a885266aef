/**
 * Poolings along one to three axes, by the largest element or by the mean, of windows that slide or are adapted, and
 * what windows of a mean send back: to each element the sum of those that it is in.
 */
import { type Kernel, type Shape, sizeOf, type View } from "@tapegrad/core/backend";
import type { Pooling } from "../../common/pool_ranges.ts";
import { plain } from "../../common/views.ts";
import { eachInvocation, type Gpu, invocations } from "./kernel.ts";
import { coordinates, position, shaderWalkOf, walkKey, walkWords, word } from "../walk/strided.ts";
import { librarySource, loaded, stored } from "../wgsl/expression.ts";
import { floatBits } from "../wgsl/types.ts";

/** The kernels by the names of the ops. */
export function poolKernels(gpu: Gpu): Readonly<Record<string, Kernel<Pooling>>> {
  const largest: Kernel<Pooling> = ([x], outputs, pooling) =>
    pool(gpu, plain(x), outputs.map(plain), pooling);
  const mean: Kernel<Pooling> = ([x], outputs, pooling) => {
    const lead = x.shape.length - pooling.counts.length, image = x.shape.slice(lead);
    pool(gpu, plain(x), outputs.map(plain), { ...pooling, image });
  };
  // It pools windows over each element.
  const back: Kernel<Pooling> = ([ct], outputs, { counts, image, ...rest }) =>
    pool(gpu, plain(ct), outputs.map(plain), { ...rest, ...turned, counts: image!, image: counts });
  return Object.fromEntries([1, 2, 3].flatMap((axes) => [
    [`maxPool${axes}d`, largest],
    [`adaptiveMaxPool${axes}d`, largest],
    ...[`avgPool${axes}d`, `adaptiveAvgPool${axes}d`].flatMap((
      name,
    ) => [[name, mean], [`${name}Backward`, back]]),
  ]));
}

const turned = { isTurned: true, divisorOverride: 1 } as const;

/** The kernel's own parameters: how many results and windows there are, a divisor, and for each axis what follows. */
const HEAD = 3;
const fields = ["extent", "count", "window", "stride", "before", "dilation", "step"] as const;
type Field = typeof fields[number];

function field(axis: number, name: Field): string {
  return word(HEAD + axis * fields.length + fields.indexOf(name));
}

// The largest elements and their places in the image, or one output of means.
function pool(gpu: Gpu, x: View, outputs: readonly View[], pooling: Turned): void {
  const { counts, window, divisorOverride } = pooling, image = pooling.image!;
  const isFlat = outputs.length === 2, lead = x.shape.slice(0, x.shape.length - (isFlat ? 1 : image.length));
  const views = [x, ...outputs].map((view) => gpu.fit("pool", view)), [from] = views;
  const steps = isFlat ? flatSteps(image, from.strides.at(-1)!) : from.strides.slice(lead.length);
  const words = axisWords(pooling, image, steps);
  const batch = { ...from, shape: lead, strides: from.strides.slice(0, lead.length) };
  const walk = shaderWalkOf([batch], lead, HEAD + words.length), results = sizeOf(lead) * sizeOf(counts);
  const task = { ...pooling, axes: image.length };
  const statements = [
    `let one = i / ${word(1)};`,
    coordinates(walk, "one"),
    `let at = ${position(walk, 0, "one")};`,
    ...placeStatements(image.length),
  ];
  gpu.run({
    key: `pool${isFlat}${window !== undefined}${task.countIncludePad}${typeof divisorOverride}${
      task.isTurned === true
    }${image.length}:${walkKey(walk)}`,
    label: "pool",
    operands: views.map((view, i) => ({ view, access: i === 0 ? "read" : "write" })),
    words: [results, sizeOf(counts), floatBits(divisorOverride ?? 1), ...words, ...walkWords(walk)],
    source: (names) => {
      const body = isFlat ? largestText(task, names, views) : meanText(task, names, views);
      return librarySource(["isNaN_f32"]) +
        eachInvocation(word(0), [...statements, ...rangeStatements(task), body].join("\n  "));
    },
    workgroups: invocations(results),
  });
}

function axisWords(
  { counts, window, stride, padding, dilation }: Pooling,
  image: Shape,
  steps: readonly number[],
): number[] {
  return image.flatMap((extent, i) => [
    extent,
    counts[i],
    window?.[i] ?? 0,
    stride?.[i] ?? 1,
    padding?.[i][0] ?? 0,
    dilation?.[i] ?? 1,
    steps[i],
  ]);
}

function flatSteps(image: Shape, step: number): number[] {
  return image.map((_, i) => sizeOf(image.slice(i + 1)) * step);
}

interface Turned extends Pooling {
  /** Whether windows are those that have an element, for each element. */
  readonly isTurned?: boolean;
}

interface Task extends Turned {
  readonly axes: number;
}

// Which window it is along each axis.
function placeStatements(axes: number): string[] {
  const lines = [`var window = i % ${word(1)};`];
  for (let axis = axes - 1; axis >= 0; axis--) {
    lines.push(`let w${axis} = window % ${field(axis, "count")}; window /= ${field(axis, "count")};`);
  }
  return lines;
}

// The elements of the window that lie in the image: from `first` on up to `last`.
function rangeStatements({ axes, window, isTurned }: Task): string[] {
  return Array.from({ length: axes }, (_, axis) => {
    const [extent, count, size, stride, before, dilation] = fields.map((name) => field(axis, name));
    if (!window) {
      return `let first${axis} = w${axis} * ${extent} / ${count};
  let last${axis} = ((w${axis} + 1u) * ${extent} + ${count} - 1u) / ${count};`;
    }
    if (isTurned) {
      return `let place${axis} = w${axis} + ${before};
  let first${axis} = (max(place${axis} + 1u, ${size}) - ${size} + ${stride} - 1u) / ${stride};
  let last${axis} = min(place${axis} / ${stride} + 1u, ${extent});`;
    }
    return `let start${axis} = i32(w${axis} * ${stride}) - i32(${before});
  let skipped${axis} = (u32(max(-start${axis}, 0)) + ${dilation} - 1u) / ${dilation};
  let first${axis} = u32(start${axis} + i32(skipped${axis} * ${dilation}));
  let last${axis} = min(u32(start${axis} + i32(${size} * ${dilation})), ${extent});`;
  });
}

function loops({ axes }: Task, body: string): string {
  const heads = Array.from({ length: axes }, (_, axis) => {
    const j = `j${axis}`;
    return `for (var ${j} = first${axis}; ${j} < last${axis}; ${j} += ${field(axis, "dilation")}) {`;
  });
  return `${heads.join("\n  ")}\n  ${body}\n  ${"}".repeat(axes)}`;
}

function element({ axes }: Task, array: string, { dtype }: View): string {
  const steps = Array.from({ length: axes }, (_, axis) => ` + j${axis} * ${field(axis, "step")}`);
  return loaded(`${array}[at${steps.join("")}]`, dtype);
}

// Of equals the first, of NaNs the last, as in PyTorch.
function largestText(task: Task, [x, values, indices]: readonly string[], views: readonly View[]): string {
  const place = Array.from({ length: task.axes }, (_, axis) => axis).reduce(
    (text, axis) => axis === 0 ? "j0" : `(${text} * ${field(axis, "extent")} + j${axis})`,
    "",
  );
  const body = `let value = ${element(task, x, views[0])};
  if (place < 0 || value > largest || isNaN_f32(value)) { largest = value; place = i32(${place}); }`;
  return `var largest = 0f;
  var place = -1;
  ${loops(task, body)}
  ${values}[${outputPlace(views[1])}] = ${stored("largest", views[1].dtype)};
  ${indices}[${outputPlace(views[2])}] = place;`;
}

function outputPlace({ offset }: View): string {
  return offset === 0 ? "i" : `i + ${offset}u`;
}

function meanText(task: Task, [x, output]: readonly string[], views: readonly View[]): string {
  const counts = Array.from({ length: task.axes }, (_, axis) => countText(task, axis)).join(" * ");
  const divisor = typeof task.divisorOverride === "number" ? `bitcast<f32>(${word(2)})` : `f32(${counts})`;
  return `var sum = 0f;
  ${loops(task, `sum += ${element(task, x, views[0])};`)}
  ${output}[${outputPlace(views[1])}] = ${stored(`sum / ${divisor}`, views[1].dtype)};`;
}

// What counts of a window: what lies in the image, or in its padding too, but not beyond that.
function countText({ window, countIncludePad }: Task, axis: number): string {
  if (!window || !countIncludePad) return `(last${axis} - first${axis})`;
  const [extent, , size, , before] = fields.map((name) => field(axis, name));
  return `u32(min(start${axis} + i32(${size}), i32(${extent} + ${before})) - start${axis})`;
}
