/** What may be known of a storage beside its buffer, and why that cannot be had. */
import { BackendError, DtypeError } from "../base/errors.ts";
import type { DType } from "../base/dtype.ts";
import { quoted } from "../base/text.ts";
import { arrivalError, type Coming, notHere } from "./awaited.ts";
import type { Backend } from "./backend.ts";
import type { Orphan } from "./memory.ts";
import type { Literal } from "./storage_options.ts";

/**
 * What became of a storage's elements: a number so far, here, on their way, did not arrive, were released, or those
 * of a batch, none of which it is itself.
 */
export type State = "number" | "here" | "coming" | "missing" | "gone" | "batch";

/** What few storages have, apart from them: each op makes one, and memory is most of its time. */
export interface Rare {
  orphan: Orphan | null;
  /** An untouched allocation as large as the device's, so that the collector feels it. */
  ballast: ArrayBuffer | null;
  awaited: Coming | null;
  readers: number;
  pins: number;
  /** Whether it is a shared constant that its backend keeps no longer. */
  abandoned: boolean;
  renewer: object | null;
  label: string;
  readonly shared: boolean;
  readonly literal: Literal | null;
}

/** What the others have of it. */
export const COMMON: Readonly<Rare> = {
  orphan: null,
  ballast: null,
  awaited: null,
  readers: 0,
  pins: 0,
  abandoned: false,
  renewer: null,
  label: "",
  shared: false,
  literal: null,
};

/** Why the elements of a storage on a backend cannot be used. */
export function whyNot(state: State, label: string, backend: Backend, awaited: Coming | null): BackendError {
  const name = label ? quoted(label) : "this tensor";
  if (state === "batch") {
    return new BackendError(
      `Cannot use the elements of ${name}: inside vmap it stands for each element of a batch; ` +
        "return it from the mapped function and read what vmap gives",
    );
  }
  if (awaited?.failed) return arrivalError(name, backend.name, awaited);
  if (state === "gone") {
    return new BackendError(
      `Cannot read ${name}: it was disposed or its scope has ended; return it from the scope or keep() it`,
    );
  }
  return notHere(name, backend.name, awaited!.from);
}

/** Why there is no storage of a dtype on a backend. */
export function missingDtype(backend: Backend, dtype: DType): DtypeError {
  const mend = dtype === "f64" ? "use f32 here or another backend" : "choose one of these";
  return new DtypeError(
    `Cannot make a tensor of ${dtype} on ${backend.name}: it has ${[...backend.dtypes].join(", ")}; ${mend}`,
    { dtypes: [dtype] },
  );
}
