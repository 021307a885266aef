/** Tests a structured case of the reference file. */
import {
  type Backend,
  DtypeError,
  fromArray,
  hostArray,
  IndexError,
  read,
  ShapeError,
  type Tensor,
} from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { CompositeRow } from "../../../backends/conformance/ops/composites.ts";
import { testOn } from "./backends.ts";
import { precision } from "../../backend_traits.ts";
import { type Column, granted, isNear, show } from "./compare.ts";
import {
  elementsOf,
  type EncodedTensor,
  fitsSingle,
  inSingle,
  type Structured,
  structured,
} from "./reference.ts";

/** PyTorch's op and keyword arguments as a call of ours; the first result is the one with a gradient. */
export type Call = (inputs: readonly Tensor[], kwargs: Structured["kwargs"]) => readonly Tensor[];

/** A call, and how far its floating results may be from PyTorch's. */
export interface StructuredRow {
  readonly call: Call;
  readonly special: NonNullable<CompositeRow["special"]>;
}

/** Answers to one case that differ from PyTorch's on purpose; PyTorch's are accepted as well. */
export interface StructuredException {
  /** As {@link nameOf} gives it. */
  readonly name: string;
  readonly of: "output" | "gradient";
  /** By position, elements of the first output or of the gradient to the first input. */
  readonly ours: Readonly<Record<number, number>>;
  readonly why: string;
}

/** What a case is called in tests and in tables of exceptions, as `max([1, NaN, 2])` or `sum([[0, 2], [3, 4]], dim=0)`. */
export function nameOf({ op, input, kwargs }: Structured): string {
  const options = Object.entries(kwargs).map(([key, value]) => `${key}=${value}`);
  return `${op}(${[...input.map(shown), ...options].join(", ")})`;
}

function shown(x: EncodedTensor): string {
  const { shape, dtype, data } = x.$tensor, flat = data.map(String);
  if (flat.length === 0) return `empty[${shape}]`;
  const nested = shape.reduceRight((parts: string[], n) => {
    return Array.from(
      { length: parts.length / n },
      (_, i) => `[${parts.slice(i * n, (i + 1) * n).join(", ")}]`,
    );
  }, flat);
  return nested[0] + (dtype === "f32" ? " f32" : "");
}

// The dtype in which a case computes.
function columnOf({ input }: Structured): Column {
  return input[0].$tensor.dtype as Column;
}

// A tensor of the file on a backend; positions and classes are i32.
function made(x: EncodedTensor, backend: Backend, requiresGrad: boolean): Tensor {
  const dtype = x.$tensor.dtype === "i64" ? "i32" : x.$tensor.dtype,
    data = hostArray(dtype, elementsOf(x).length);
  data.set(elementsOf(x));
  return fromArray(data, x.$tensor.shape, { dtype, backend, requiresGrad });
}

/**
 * A test of a case on each backend: PyTorch's answer, or a refusal by an error of ours where PyTorch refuses. Where
 * there is no f64, cases of f64 whose numbers fit are of f32.
 */
export function testCase(
  record: Structured,
  row: StructuredRow | undefined,
  exceptions: readonly StructuredException[],
): void {
  const name = nameOf(record), verb = record.error ? "is refused" : "answers";
  if (precision === "f32" && fitsSingle(record)) record = inSingle(record);
  const own = exceptions.filter((e) => e.name === name);
  testOn(`${name} ${verb} as in PyTorch`, columnOf(record), async (backend) => {
    assert(row, `${record.op} has no row`);
    if (!record.error) return assertEquals(await differences(record, row, backend, own), []);
    const error = assertThrows(() =>
      row.call(record.input.map((x) => made(x, backend, false)), record.kwargs)
    );
    assert([ShapeError, DtypeError, IndexError].some((kind) => error instanceof kind), String(error));
  });
}

/** Exceptions for several cases, by name. */
export function because(
  why: string,
  of: "output" | "gradient",
  answers: Readonly<Record<string, StructuredException["ours"]>>,
): StructuredException[] {
  return Object.entries(answers).map(([name, ours]) => ({ name, of, ours, why }));
}

/** The exceptions that name no case, or say what PyTorch says. */
export function stale(exceptions: readonly StructuredException[]): string[] {
  const used = exceptions.filter(({ name, of, ours }) => {
    const record = structured.find((r) => nameOf(r) === name);
    const theirs = of === "output" ? record?.output?.[0] : record?.grad?.[0];
    return theirs && elementsOf(theirs).some((x, i) => i in ours && !Object.is(x, ours[i]));
  });
  return exceptions.filter((e) => !used.includes(e)).map((e) => e.name);
}

// What differs from PyTorch's answer, one line a number.
async function differences(
  record: Structured,
  row: StructuredRow,
  backend: Backend,
  exceptions: readonly StructuredException[],
): Promise<string[]> {
  const inputs = record.input.map((x, i) => made(x, backend, wantsGradient(record, i)));
  const outputs = row.call(inputs, record.kwargs);
  const expected = record.output!;
  assertEquals(outputs.map(signatureOf), expected.map(theirSignature));
  assertEquals(outputs[0].requiresGrad, Boolean(record.cotangent));
  if (record.cotangent) outputs[0].backward({ gradient: made(record.cotangent, backend, false) });
  const wanted = (record.cotangent && record.grad || []).flatMap((g, i) => g ? [i] : []);
  const theirs = wanted.map((i) => record.grad![i]!), ours = wanted.map((i) => inputs[i].grad!);
  assertEquals(ours.map(signatureOf), theirs.map(theirSignature));
  const values = await read([...outputs, ...ours]);
  return [...compared("output", expected), ...compared("gradient", theirs)];

  function compared(of: "output" | "gradient", theirs: readonly EncodedTensor[]): string[] {
    const found = values.splice(0, theirs.length), dtype = columnOf(record);
    const exception = exceptions.find((e) => e.of === of);
    const size = (of === "gradient" && row.special.gradientSize) || 0;
    const tolerance = granted(backend, { units: row.special[dtype], size });
    return theirs.flatMap((t, k) =>
      elementsOf(t).flatMap((wanted, i) => {
        const got = found[k][i], own = k === 0 ? exception?.ours[i] : undefined;
        const good = [wanted, own ?? wanted].some((x) => isNear(got, x, dtype, tolerance));
        if (good) return [];
        return [`${of} ${k}[${i}]: ${show(got)}, PyTorch ${show(wanted)}`];
      })
    );
  }
}

function wantsGradient({ input, cotangent }: Structured, i: number): boolean {
  return Boolean(cotangent) && input[i].$tensor.grad;
}

function signatureOf({ dtype, shape }: Tensor): string {
  return `${dtype} [${shape}]`;
}

function theirSignature({ $tensor: { dtype, shape } }: EncodedTensor): string {
  return `${dtype === "i64" ? "i32" : dtype} [${shape}]`;
}
