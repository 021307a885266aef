/** Reductions of a fused expression, in one pass or in two. */
import { type DType, type Expr, type ReduceKind, typesOf, type View } from "@tapegrad/core/backend";
import { dtypesOf, otherAxes, repeatedAlong } from "../../common/views.ts";
import { type Accumulator, accumulatorSource, readAcc, writeAcc } from "./accumulator.ts";
import { type Gpu, nameOf, type Operand, spread } from "./kernel.ts";
import { laneOperands, type Lanes, lanesOf, loadAlong, locateSource } from "../walk/lanes.ts";
import { atStart, halvesAcross } from "../walk/lane_pieces.ts";
import { buffersOf, packed } from "./map.ts";
import { foldOf } from "./reduce_folds.ts";
import { type Piece, piecesOf, type Reduction } from "./reduce_pieces.ts";
import { fixed, reduceSource } from "./reduce_source.ts";
import { type Strategy, strategyOf, tilesOf } from "./reduce_strategy.ts";
import { emitWgsl, librarySource, registerType, stored } from "../wgsl/expression.ts";

/** `output = kind over axes of expr(inputs)`. */
export function reduce(
  gpu: Gpu,
  kind: ReduceKind,
  expr: Expr,
  inputs: readonly View[],
  axes: readonly number[],
  output: View,
): void {
  if (buffersOf(inputs) >= gpu.abilities.storageBuffers) {
    return packed(gpu, inputs, (views) => reduce(gpu, kind, expr, views, axes, output));
  }
  reduceViews(gpu, { kind, expr, axes }, [repeatedAlong(output, inputs[0].shape, axes), ...inputs]);
}

// The first view is the output, repeated along the axes that go.
function reduceViews(gpu: Gpu, job: Reduction, views: readonly View[]): void {
  const large = views.find((view) => !gpu.fits(view) && !gpu.fits(atStart(view, job.axes)));
  if (large) return reduceHalves(gpu, job, views, large);
  const pieces = piecesOf(gpu, job, { views, place: 0 });
  const passes = pieces.map((piece) => elementPass(gpu, job, piece));
  const count = passes.reduce((n, { strategy }) => n + strategy.parts, 0);
  if (count === 1) return run(gpu, passes[0]);
  const [{ accumulator, lanes }] = passes;
  const parts = gpu.temporary("u32", [accumulator.fields.length, count, lanes.outer.size]);
  if (!gpu.fits(parts)) return reduceHalves(gpu, job, views, views[0]);
  let first = 0;
  for (const pass of passes) {
    run(gpu, pass, { parts, first });
    first += pass.strategy.parts;
  }
  run(gpu, partPass(gpu, passes[0], parts, job.axes));
  gpu.release(parts);
}

function reduceHalves(gpu: Gpu, job: Reduction, views: readonly View[], large: View): void {
  for (const half of halvesAcross(views, large, job.axes)) reduceViews(gpu, job, half);
}

/** What is reduced in one pass. */
interface Pass {
  readonly key: string;
  readonly label: string;
  readonly accumulator: Accumulator;
  readonly lanes: Lanes;
  readonly strategy: Strategy;
  /** The place of its first element in the lane. */
  readonly place: number;
  /** What is read beside the views of the lanes. */
  readonly reads: readonly Operand[];
  /** The source of `element(j)`, and the library functions that it calls. */
  readonly element: (names: readonly string[]) => ElementSource;
}

interface ElementSource {
  readonly source: string;
  readonly functions: Iterable<string>;
}

function elementPass(gpu: Gpu, { kind, expr, axes }: Reduction, { views, place }: Piece): Pass {
  const lanes = lanesOf(views.map((view) => gpu.fit(kind, view)), axes, fixed.count);
  const dtypes = dtypesOf(lanes.views.slice(1));
  const dtype = elementType(kind, expr, dtypes, lanes.views[0].dtype);
  const accumulator = foldOf(kind, registerType(dtype));
  return {
    key: `${accumulator.name}${expr.id}:${lanes.key}`,
    label: `${kind} of ${nameOf(expr)}`,
    accumulator,
    lanes,
    strategy: strategyOf(lanes, gpu.abilities),
    place,
    reads: [],
    element(names): ElementSource {
      const { loads, inputs } = loadAlong(lanes, names);
      const { statements, result, functions } = emitWgsl(expr, dtypes, inputs, dtype);
      const element = accumulator.element([result], `j + ${fixed.place}`);
      return { source: [loads, ...statements, `return ${element};`].join("\n  "), functions };
    },
  };
}

// As what elements are combined.
function elementType(kind: ReduceKind, expr: Expr, inputs: readonly DType[], output: DType): DType {
  if (kind === "argmax" || kind === "argmin") return typesOf(expr, inputs).get(expr) ?? "f32";
  return output;
}

// The results of parts of lanes, combined in turn.
function partPass(
  gpu: Gpu,
  { label, accumulator, lanes: whole }: Pass,
  parts: View,
  axes: readonly number[],
): Pass {
  const [output] = whole.views, { shape, strides } = output;
  const kept = otherAxes(shape.length, axes);
  const view = {
    ...output,
    shape: [...kept.map((axis) => shape[axis]), parts.shape[1]],
    strides: [...kept.map((axis) => strides[axis]), 0],
  };
  const lanes = lanesOf([view], [kept.length], fixed.count);
  const place = (k: number) => `(${k}u * ${fixed.length} + j) * ${fixed.lanes} + located`;
  return {
    key: `parts of ${accumulator.name}:${lanes.key}`,
    label,
    accumulator,
    lanes,
    strategy: { ...strategyOf(lanes, gpu.abilities), parts: 1 },
    place: 0,
    reads: [{ view: parts, access: "read" }],
    element: ([, array]) => ({ source: `return ${readAcc(accumulator, array, place)};`, functions: [] }),
  };
}

/** Where the results of several passes meet. */
interface Sink {
  readonly parts: View;
  /** The first part that is this pass's. */
  readonly first: number;
}

// To a sink if there is one, else to the output.
function run(gpu: Gpu, pass: Pass, sink?: Sink): void {
  const { lanes, accumulator, strategy, place } = pass, { outer, inner } = lanes;
  const tiles = tilesOf(strategy, outer.size), partLength = Math.ceil(inner.size / strategy.parts);
  const allParts = sink?.parts.shape[1] ?? 1, own = [strategy.parts, partLength, tiles];
  gpu.run({
    key: `${pass.key}:${sink ? "parts" : ""}${Object.values(strategy.kernel).join()}`,
    label: pass.label,
    operands: [...laneOperands(lanes, sink?.parts), ...pass.reads],
    words: [outer.size, inner.size, ...own, allParts, sink?.first ?? 0, place, ...lanes.words],
    source: (names) => {
      const element = pass.element(names);
      return [
        librarySource([...element.functions, ...accumulator.uses ?? []]),
        accumulatorSource(accumulator),
        locateSource(lanes),
        `fn element(j: u32) -> Acc {\n  ${element.source}\n}`,
        keepSource(pass, names[0], sink !== undefined),
        reduceSource(strategy.kernel, accumulator),
      ].join("\n");
    },
    extensions: strategy.kernel.subgroups ? ["subgroups"] : [],
    workgroups: spread(tiles * strategy.parts),
  });
}

function keepSource({ accumulator, lanes }: Pass, array: string, isPart: boolean): string {
  const place = (k: number) =>
    `(${k}u * ${fixed.allParts} + ${fixed.firstPart} + part) * ${fixed.lanes} + lane`;
  const written = isPart
    ? writeAcc(accumulator, array, place)
    : `${array}[from0] = ${stored(accumulator.result, lanes.views[0].dtype)};`;
  return `fn keep(lane: u32, part: u32, acc: Acc) {\n  ${written}\n}`;
}
