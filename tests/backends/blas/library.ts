/** Tests that multiply by a BLAS, where there is one that may be called. */
import { openBackend } from "@tapegrad/core";
import "@tapegrad/backends";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { environmentVariable } from "../../../core/base/environment.ts";
import { type Declare, forbidden } from "../../permitted.ts";

function reasonAgainst(): string | undefined {
  try {
    const lack = forbidden("ffi");
    if (lack === undefined) createCpuBackend({ blas: true });
    return lack;
  } catch (error) {
    return (error as Error).message;
  }
}

await openBackend("wasm"); // with what cpu multiplies by
// Before any test, which would be told that it left a library open.
const reason = reasonAgainst();

/** Declares a test that is skipped where no BLAS can be had, under a name that says why; in CI on Linux it fails. */
export const testWithBlas: Declare = (name, fn) => {
  if (reason === undefined || isRequired()) Deno.test(name, fn);
  else Deno.test({ name: `${name} (skipped: ${reason})`, ignore: true, fn });
};

function isRequired(): boolean {
  return forbidden("ffi") === undefined && environmentVariable("CI") === "true" && Deno.build.os === "linux";
}
