import "@tapegrad/backends";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { type Backend, currentBackend, type DType, registerBackend } from "@tapegrad/core";

/** The backend in use; the one in plain TypeScript also without generated code, which is a path of its own. */
export const tried: readonly Backend[] = currentBackend().name === "cpu"
  ? [currentBackend(), interpreted()]
  : [currentBackend()];

function interpreted(): Backend {
  const backend = createCpuBackend({ name: "cpu without generated code", codegen: false });
  registerBackend({ name: backend.name, create: () => backend });
  return backend;
}

/** A test on each backend that is tried and has the dtype. */
export function testOn(name: string, dtype: DType, run: (backend: Backend) => Promise<void> | void): void {
  for (const backend of tried) {
    const fn = async () => {
      await run(backend);
    };
    Deno.test({ name: `${name}, ${dtype}, ${backend.name}`, ignore: !backend.dtypes.has(dtype), fn });
  }
}
