/** jax-js in a process of its own, where it has its threads: what it computes is awaited. */
import { serve } from "../../harness/serving.ts";
import { jaxSide, use } from "./sides.ts";

await serve(
  async () => {
    await use("wasm");
    return {};
  },
  ({ work, given, compiled = false }) => jaxSide(work)!(given, { compiled, sync: false }),
);
// Its workers would keep the process.
Deno.exit();
