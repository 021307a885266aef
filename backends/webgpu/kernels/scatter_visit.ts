/** Kernels that run once for each index and write where it points. */
import type { View } from "@tapegrad/core/backend";
import { faultSource, leaveOutOfRange, type Reports } from "../device/faults.ts";
import { eachInvocation, type Gpu, invocations, type Operand } from "./kernel.ts";
import {
  coordinates,
  counting,
  position,
  type ShaderWalk,
  shaderWalkOf,
  standing,
  walkKey,
  walkWords,
  word,
} from "../walk/strided.ts";
import { librarySource } from "../wgsl/expression.ts";

/** The kernels' own parameters, which come before those of their walk. */
const OWN = 3;

/** One use of indices: what is put where. */
export interface Use {
  readonly gpu: Gpu;
  readonly axis: number;
  readonly index: View;
  readonly source: View;
  readonly output: View;
  readonly reports: Reports;
}

/** The names of what a kernel works on for one index. */
export interface Names {
  /** The array that is changed. */
  readonly target: string;
  /** Where. */
  readonly at: string;
  /** The element of the source, as it is in memory. */
  readonly value: string;
  /** One more than the place along the axis. */
  readonly turn: string;
  /** The array of the turns that stay, where there is one. */
  readonly turns: string;
}

/** What else a visit needs. */
export interface VisitOptions {
  /** An array of turns, for the body to read. */
  readonly turns?: View;
  /** The source of functions that the body calls. */
  readonly functions?: string;
  /** Names of library functions that the body calls. */
  readonly uses?: readonly string[];
}

/** Runs `body` for each index that is in range. */
export function visit(
  { gpu, axis, index, source, output, reports }: Use,
  name: string,
  target: View,
  access: Operand["access"],
  body: (names: Names) => string,
  { turns, functions = "", uses = [] }: VisitOptions = {},
): void {
  const { shape } = index, [to, positions, from] = [target, index, source].map((v) => gpu.fit("scatter", v));
  const views = [standing(to, axis, shape), positions, from, counting(index, axis)];
  const walk = shaderWalkOf(views, shape, OWN);
  gpu.run({
    key: `scatter ${name}${walkKey(walk)}`,
    label: "scatter",
    operands: [
      { view: to, access },
      { view: positions, access: "read" },
      { view: from, access: "read" },
      ...turns ? [{ view: turns, access: "read" as const }] : [],
    ],
    reports,
    words: [
      output.shape[axis],
      to.strides[axis],
      reports.slot,
      ...walkWords(walk, [to.offset, positions.offset, from.offset, 1]),
    ],
    source: (names) => functions + visitSource(walk, names, body, uses),
    workgroups: invocations(walk.size),
  });
}

function visitSource(
  walk: ShaderWalk,
  names: readonly string[],
  body: (names: Names) => string,
  uses: readonly string[],
): string {
  const [target, positions, from, turns] = names, fault = names.at(-1)!;
  return librarySource(["roundedToHalf", ...uses]) + faultSource(fault) + eachInvocation(
    word(OWN),
    `
  ${coordinates(walk, "i")}
  let index = bitcast<u32>(${positions}[${position(walk, 1, "i")}]);
  ${leaveOutOfRange("index", word(0), word(2))}
  let at = ${position(walk, 0, "i")} + index * ${word(1)};
  let turn = ${position(walk, 3, "i")};
  let value = ${from}[${position(walk, 2, "i")}];
  ${body({ target, at: "at", value: "value", turn: "turn", turns })}`,
  );
}
