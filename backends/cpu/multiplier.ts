/** What multiplies in the place of the cpu's kernel: programs that have the cpu alone go without it. */
import { BackendError, type MatrixRoutines, type UseBackendOptions } from "@tapegrad/core/backend";
import type { Product } from "../common/matrix.ts";

/** Another way to multiply. */
export interface Multiplier {
  /** What it is, for people. */
  readonly description: string;
  /** What it has for matrices on the host. */
  readonly matrices?: MatrixRoutines;
  /** Multiplies, or answers false, having written nothing. */
  multiply(product: Product): boolean;
}

type Find = (settings: UseBackendOptions) => Multiplier | undefined;

let find: Find | undefined;

/** Has multipliers found so from now on. */
export function findMultipliers(by: Find): void {
  find = by;
}

/** The multiplier that settings or the environment ask for. */
export function multiplierFor(settings: UseBackendOptions): Multiplier | undefined {
  const { blas } = settings;
  if (find || blas === undefined || blas === false || blas === "auto") return find?.(settings);
  throw new BackendError('Cannot multiply by a BLAS on cpu: import "@tapegrad/backends" too');
}
