/** Programs as JSON and back. */
import { checkDtype } from "../../base/dtype.ts";
import { checkShape, isCount, type Shape, sizeOf } from "../../base/shape.ts";
import { described, quoted } from "../../base/text.ts";
import { opNamed } from "../../call/catalog.ts";
import { Scalar } from "../../tensor/scalar.ts";
import { isPlain } from "../../tensor/tree.ts";
import type { Bindings } from "./bindings.ts";
import { DataReader, DataWriter, type NodeJSON } from "./data.ts";
import {
  type Place,
  type ProgramCotangent,
  type ProgramEffect,
  type ProgramParts,
  type ProgramStep,
  type ProgramValue,
  type ProgramView,
  type Structure,
  uploading,
  valuesOf,
} from "./parts.ts";
import { checkFits } from "./bound.ts";

const VERSION = 1;

/**
 * A program as plain data; {@link Program.from} reads it.
 *
 * @category Programs
 */
export interface ProgramJSON {
  /** The version of this format. */
  readonly program: 1;
  /** What arguments it takes. */
  readonly takes: string;
  /** All memory that it touches. */
  readonly values: readonly unknown[];
  /** Nodes of the expressions that kernels compute. */
  readonly nodes: readonly NodeJSON[];
  /** What kernels are told beside tensors, each once. */
  readonly attributes: readonly unknown[];
  /** Its kernels, in order; their attributes by index. */
  readonly steps: readonly unknown[];
  /** What it returns. */
  readonly outputs: readonly ProgramView[];
  /** How that is arranged. */
  readonly result: unknown;
  /** What it leaves behind. */
  readonly effects: readonly ProgramEffect[];
  /** Which values are gradients to others. */
  readonly cotangents: readonly ProgramCotangent[];
  /** The values that its cells have, by name. */
  readonly cells: Readonly<Record<string, unknown>>;
  /** The names of the keys that are not drawn from the global sequence. */
  readonly keys: readonly string[];
}

/** A program as plain data. */
export function toJSON(parts: ProgramParts, { cells, keys }: Bindings): ProgramJSON {
  const writer = new DataWriter(), attributes: unknown[] = [], indices = new Map<string, number>();
  const indexOf = (given: unknown): number => {
    const written = writer.write(given), text = JSON.stringify(written);
    let index = indices.get(text);
    if (index === undefined) indices.set(text, index = attributes.push(written) - 1);
    return index;
  };
  const steps = parts.steps.map(({ op, attributes: given, ...step }) => ({
    op: op.name,
    attributes: indexOf(given),
    ...step,
  }));
  const values = Object.entries(cells).map(([name, cell]) => [name, writer.write(cell.value)]);
  return {
    program: VERSION,
    takes: parts.takes,
    values: parts.values.map((value) => writer.write(value)),
    nodes: writer.nodes,
    attributes,
    steps,
    outputs: parts.outputs,
    result: writer.write(parts.result),
    effects: parts.effects,
    cotangents: parts.cotangents,
    cells: Object.fromEntries(values),
    keys: Object.keys(keys),
  };
}

/** A program from plain data, bound by name. */
export function fromJSON(
  json: unknown,
  given: Partial<Bindings>,
): { readonly parts: ProgramParts; readonly bindings: Bindings } {
  const data = checked(json), reader = new DataReader(data.nodes);
  const attributes = data.attributes.map((one) => reader.read(one));
  const values = data.values.map((value) => reader.read(value) as ProgramValue);
  values.forEach(checkValue);
  const steps = data.steps.map((step): ProgramStep => {
    const { op, attributes: index, ...rest } = step as Omit<ProgramStep, "op"> & { readonly op: string };
    return { ...rest, op: opOf(op), attributes: attributes[index as number] };
  });
  const { outputs, effects, cotangents, takes } = data, result = reader.read(data.result) as Structure;
  const views = steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
  const gradients = [
    ...effects.flatMap(({ gradient }) => gradient ?? []),
    ...cotangents.map((one) => one.cotangent),
  ];
  for (const view of [...views, ...outputs, ...gradients]) checkView(view, values);
  return {
    parts: { values, steps, outputs, result, effects, cotangents, takes },
    bindings: bind(values, data, reader, given),
  };
}

function checked(json: unknown): ProgramJSON {
  if (!isPlain(json) || json.program === undefined) {
    throw new TypeError(
      `Cannot read ${described(json)} as a program: pass what JSON.parse() made of its JSON`,
    );
  }
  if (json.program === VERSION) return json as unknown as ProgramJSON;
  throw new TypeError(
    `Cannot read a program of version ${described(json.program)}: this is version ${VERSION}`,
  );
}

function opOf(name: string): ProgramStep["op"] {
  const op = name === uploading.name ? uploading : opNamed(name);
  if (op) return op;
  throw new TypeError(
    `Cannot read a program that runs ${
      quoted(String(name))
    }: no op of that name is defined here, import what defines it`,
  );
}

function checkValue({ name, dtype, length, ...place }: ProgramValue): void {
  checkDtype(dtype);
  if (!isCount(length)) {
    throw new TypeError(`Cannot read a program: ${quoted(name)} has length ${described(length)}`);
  }
  checkPlace(name, place, length);
}

function checkView({ value, ...place }: ProgramView, values: readonly ProgramValue[]): void {
  const of = values[value];
  if (!of) {
    throw new TypeError(`Cannot read a program: it refers to value ${described(value)} of ${values.length}`);
  }
  checkPlace(of.name, place, of.length);
}

// Kernels do not look whether what they are given lies in its memory.
function checkPlace(name: string, { shape, strides, offset }: Place, length: number): void {
  const extents: Shape = checkShape("read a program with", shape);
  let low = offset, high = offset;
  extents.forEach((n, i) => {
    const reach = (n - 1) * strides[i];
    low += Math.min(reach, 0);
    high += Math.max(reach, 0);
  });
  const within = Number.isInteger(low) && Number.isInteger(high) && low >= 0 && high < length;
  if (sizeOf(extents) === 0 || within) return;
  throw new RangeError(
    `Cannot read a program: it reaches elements ${low} to ${high} of ${quoted(name)}, which has ${length}`,
  );
}

function bind(
  values: readonly ProgramValue[],
  data: ProgramJSON,
  reader: DataReader,
  given: Partial<Bindings>,
): Bindings {
  const captured = valuesOf(values, "captured").map(([, value]) => value);
  const missing = [
    ...captured.filter(({ name }) => !Object.hasOwn(given.captured ?? {}, name)).map(({ name }) => name),
    ...data.keys.filter((name) => !Object.hasOwn(given.keys ?? {}, name)),
  ];
  if (missing.length > 0) {
    throw new TypeError(`Cannot bind a program without ${missing.map(quoted).join(", ")}: pass them by name`);
  }
  for (const value of captured) checkFits(value, given.captured![value.name]);
  return {
    captured: Object.fromEntries(captured.map(({ name }) => [name, given.captured![name]])),
    cells: Object.fromEntries(
      Object.entries(data.cells).map(([name, value]) => [
        name,
        given.cells?.[name] ?? new Scalar(name, reader.read(value) as number),
      ]),
    ),
    keys: Object.fromEntries(data.keys.map((name) => [name, given.keys![name]])),
  };
}
