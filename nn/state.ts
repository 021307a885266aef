/** State dicts: tensors by name, and the one check before they overwrite a module's. */
import { checkUpdate, described, noGrad, quoted, sameShape, scope, showShape, Tensor } from "@tapegrad/core";

/**
 * The tensors of a module by name.
 *
 * @category Modules
 */
export type StateDict = Record<string, Tensor>;

/**
 * Which names had no partner when a state was loaded.
 *
 * @category Modules
 */
export interface LoadReport {
  /** Names of the module that the state does not have. */
  readonly missing: readonly string[];
  /** Names of the state that the module does not have. */
  readonly unexpected: readonly string[];
}

/**
 * A state that does not fit the module it was meant for. Nothing has been loaded.
 *
 * @category Errors
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Linear, StateDictError } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const state = { weight: zeros([2, 2]), scale: zeros([]) };
 * const error = assertThrows(() => new Linear(2, 1).loadStateDict(state), StateDictError);
 * assertEquals(error.missing, ["bias"]);
 * assertEquals(error.unexpected, ["scale"]);
 * assertEquals(error.misfits, ['"weight" is [1, 2] in the module and [2, 2] in the state']);
 * ```
 */
export class StateDictError extends Error implements LoadReport {
  /** The name of the class. */
  override readonly name = "StateDictError";
  /** Names of the module that the state does not have. */
  readonly missing: readonly string[];
  /** Names of the state that the module does not have. */
  readonly unexpected: readonly string[];
  /** A sentence for each name whose tensors cannot be one. */
  readonly misfits: readonly string[];

  /** An error about loading into the module called `into`. */
  constructor(into: string, { missing, unexpected }: LoadReport, misfits: readonly string[]) {
    const parts = [...listed("missing", missing), ...listed("unexpected", unexpected), ...misfits];
    const mend = misfits.length > 0 ? "" : "; pass { strict: false } to load the names that agree";
    super(`Cannot load the state into ${into}: ${parts.join("; ")}${mend}`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misfits = misfits;
  }
}

function listed(what: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`${what} ${names.map(quoted).join(", ")}`] : [];
}

/** Overwrites the tensors in `own` with those of the state, or throws before it has changed any. */
export function load(
  into: string,
  own: ReadonlyMap<string, Tensor>,
  state: Readonly<StateDict>,
  strict: boolean,
  absent: readonly string[] = [],
): LoadReport {
  // A load that was not waited for has no names either.
  if (typeof state !== "object" || state === null || state instanceof Promise) {
    throw new TypeError(`Cannot load ${described(state)} into ${into}: tensors by name are needed`);
  }
  const shared = [...own.keys()].filter((name) => Object.hasOwn(state, name));
  const found = new Set(shared.map((name) => own.get(name)));
  const missing = [...absent, ...[...own].flatMap(([name, tensor]) => found.has(tensor) ? [] : [name])];
  const unexpected = Object.keys(state).filter((name) => !own.has(name));
  const misfits = shared.flatMap((name) => misfit(name, own.get(name)!, state[name]) ?? []);
  const report = { missing, unexpected };
  if (misfits.length > 0 || (strict && missing.length + unexpected.length > 0)) {
    throw new StateDictError(into, report, misfits);
  }
  scope(() => {
    const values = shared.map((name) => state[name].detach().to(own.get(name)!.backend.name));
    noGrad(() => {
      shared.forEach((name, i) => checkOverwrite(own.get(name)!, values[i]));
      shared.forEach((name, i) => overwrite(own.get(name)!, values[i]));
    });
  });
  return report;
}

function checkOverwrite(own: Tensor, value: Tensor): void {
  if (own.backend.lost === undefined) checkUpdate("load", own, value);
  else void value.buffer;
}

// What was on a device that was lost begins anew on the one in its place.
function overwrite(own: Tensor, value: Tensor): void {
  if (own.backend.lost !== undefined) {
    own.setData(value.zerosLike().to(own.dtype));
    own.setGrad(null);
  }
  own.assign(value);
}

function misfit(name: string, ours: Tensor, theirs: unknown): string | null {
  if (!(theirs instanceof Tensor)) return `${quoted(name)} is no tensor in the state`;
  if (theirs.isDisposed) return `${quoted(name)} is disposed in the state`;
  if (sameShape(ours.shape, theirs.shape)) return null;
  return `${quoted(name)} is ${showShape(ours.shape)} in the module and ${
    showShape(theirs.shape)
  } in the state`;
}
