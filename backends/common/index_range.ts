/** What is said of an index out of range. */
import { IndexError } from "@tapegrad/core/backend";

/** The error of an index, used by an op, that is not below the extent of an axis. */
export function outOfRange(op: string, index: number, axis: number, extent: number): IndexError {
  return new IndexError(
    `Cannot ${op} along axis ${axis}: index ${index} is out of range, the extent is ${extent}`,
  );
}
