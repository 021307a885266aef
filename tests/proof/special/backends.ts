import { createCpuBackend } from "@tapegrad/backends/cpu";
import { type Backend, type DType, registerBackend } from "@tapegrad/core";
import { backend as inUse } from "../../backend_traits.ts";

/** The backend in use; the one in plain TypeScript also without generated code, which is a path of its own. */
export const tried: readonly Backend[] = inUse.name === "cpu" ? [inUse, interpreted()] : [inUse];

function interpreted(): Backend {
  const backend = createCpuBackend({ name: "cpu without generated code", codegen: false });
  registerBackend({ name: backend.name, create: () => backend });
  return backend;
}

/** A test on each backend that is tried and has the dtype; where it has not, the name says so. */
export function testOn(name: string, dtype: DType, run: (backend: Backend) => Promise<void> | void): void {
  for (const backend of tried) {
    const fn = async () => {
      await run(backend);
    };
    const ignore = !backend.dtypes.has(dtype), why = ignore ? ` (skipped: it has no ${dtype})` : "";
    Deno.test({ name: `${name}, ${dtype}, ${backend.name}${why}`, ignore, fn });
  }
}
