/** What a run does, in order: calls in wasm as long as there are, and what ends a row of them. */
import type { PlanStep } from "@tapegrad/core/backend";
import type { Argument } from "./addresses.ts";
import { type Call, isChoice, isShared, type Line, type Shared } from "./scribe.ts";
import type { Written } from "./writing.ts";

/** Calls that are made one after another, a job, a step by the host, or what goes on in one of two ways. */
export type Segment = readonly Call[] | Shared | PlanStep | Fork;

/** A call that answers by 0 or another number, and what is done then. */
export interface Fork {
  readonly question: readonly [Call];
  readonly ways: readonly (readonly Segment[])[];
}

/** Where an argument of a step is, as far as that is known. */
export type Place = (argument: Argument, step: number) => Argument;

/** The segments of steps that were written down, or were not and why. */
export function segmentsOf(
  steps: readonly PlanStep[],
  all: readonly (Written | string)[],
  place: Place,
): readonly Segment[] {
  const segments: Segment[] = [];
  all.forEach((written, i) => {
    if (typeof written === "string") segments.push(steps[i]);
    else addLines(segments, written.lines, (argument) => place(argument, i));
  });
  return segments;
}

function addLines(
  segments: Segment[],
  lines: readonly Line[],
  place: (argument: Argument) => Argument,
): void {
  const placed = <C extends Call>(call: C): C => ({ ...call, args: call.args.map(place) });
  const inSegments = (lines: readonly Line[]): Segment[] => {
    const own: Segment[] = [];
    addLines(own, lines, place);
    return own;
  };
  for (const line of lines) {
    const last = segments.at(-1);
    if (isChoice(line)) {
      segments.push({ question: [placed(line.question)], ways: line.ways.map(inSegments) });
    } else if (isShared(line)) {
      segments.push({ ...line, pieces: line.pieces.map((calls) => calls.map(placed)) });
    } else if (last !== undefined && areCalls(last)) {
      (last as Call[]).push(placed(line));
    } else segments.push([placed(line)]);
  }
}

/** Whether a segment is calls in wasm. */
export function areCalls(segment: Segment): segment is readonly Call[] {
  return Array.isArray(segment);
}

/** Whether a segment goes on in one of two ways. */
export function isFork(segment: Segment): segment is Fork {
  return "ways" in segment;
}

/** Whether a segment is a job. */
export function isJob(segment: Segment): segment is Shared {
  return "pieces" in segment;
}

/** The segments, and those of all ways on which they may go on, with what is asked. */
export function everySegment(segments: readonly Segment[]): readonly Segment[] {
  return segments.flatMap((segment) =>
    isFork(segment) ? [segment.question, ...everySegment(segment.ways.flat())] : [segment]
  );
}

/** How steps run, for a person to read. */
export function textOf(
  segments: readonly Segment[],
  steps: readonly PlanStep[],
  all: readonly (Written | string)[],
): string {
  const every = everySegment(segments), calls = every.filter(areCalls), jobs = every.filter(isJob);
  const by = steps.flatMap((step, i) => typeof all[i] === "string" ? [`${step.op}: ${all[i]}`] : []);
  const forks = segments.filter(isFork).length;
  const parts = [`${calls.flat().length} calls in ${calls.length} functions of one module`];
  if (jobs.length > 0) parts.push(`${jobs.length} jobs for threads`);
  if (forks > 0) parts.push(`${forks} kernels that go on by what elements are`);
  if (by.length > 0) parts.push(`${by.length} kernels by the host (${[...new Set(by)].join("; ")})`);
  return parts.join(", ");
}
