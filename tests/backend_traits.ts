/** What the backend in use has, for tests that run on any. */
import "@tapegrad/backends";
import { assertRejects, assertThrows } from "@std/assert";
import { type Backend, currentBackend, type Tensor, tensor } from "@tapegrad/core";

/** The backend that the tests of this run are about. */
export const backend: Backend = currentBackend();

/** A dtype in which results are compared. */
export type Float = "f64" | "f32";

/** Those of f64 and f32 that it has. */
export const floats: readonly Float[] = (["f64", "f32"] as const).filter((dtype) =>
  backend.dtypes.has(dtype)
);

/** The one with the most digits. */
export const precision: Float = floats[0];

/** Its first argument where there is f64, its second where there is only f32: a tolerance for each. */
export function within(double: number, single: number): number {
  return precision === "f64" ? double : single;
}

/** Numbers with the most digits there are. */
export function precise(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, { dtype: precision });
}

/** A class of errors, as `assertThrows` takes it. */
export type ErrorClass = Parameters<typeof assertThrows>[1];

/** What a test can do nothing without. */
export interface Needs {
  /** Differences of close numbers, or a comparison of precisions. */
  readonly f64?: true;
  /** Half precision. */
  readonly f16?: true;
  /** Reading without awaiting. */
  readonly synchronous?: true;
  /** Memory that the collector sees. */
  readonly managed?: true;
  /** Something to compare with the cpu. */
  readonly another?: true;
}

function lacking(needs: Needs): string | undefined {
  if (needs.f64 && precision !== "f64") return "it has no f64";
  if (needs.f16 && !backend.dtypes.has("f16")) return "it has no f16";
  if (needs.synchronous && !backend.synchronous) return "it does not read without awaiting";
  if (needs.managed && !backend.managed) return "the collector does not see its memory";
  if (needs.another && backend.name === "cpu") return "it would be compared with itself";
  return undefined;
}

/** A test that is skipped on a backend without what it needs, under a name that says so. */
export function testWith(needs: Needs, name: string, fn: () => void | Promise<void>): void {
  const lack = lacking(needs);
  if (lack === undefined) Deno.test(name, fn);
  else Deno.test({ name: `${name} (skipped on ${backend.name}: ${lack})`, ignore: true, fn });
}

/**
 * Throws unless what `fn` makes of an index, or of anything else that only the device sees, is refused: at once, or
 * where reading must be awaited, when that is done.
 */
export async function assertRefuses(
  fn: () => Tensor,
  kind: ErrorClass,
  message?: string,
): Promise<void> {
  if (backend.synchronous) return void assertThrows(fn, kind, message);
  await assertRejects(async () => await fn().data(), kind, message);
}
