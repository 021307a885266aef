/** What a parametrization is to be of. */
import { quoted, Tensor } from "@tapegrad/core";
import { checkModule } from "../containers.ts";
import type { AnyModule } from "../module.ts";

/** The tensor of a name, parametrized already or not. */
export function parametrizedTensor(asked: string, module: AnyModule, name: string): Tensor {
  checkModule(module, asked);
  const found = (module as unknown as Record<string, unknown>)[name];
  if (found instanceof Tensor) return found;
  throw new TypeError(
    `Cannot ${asked} ${quoted(String(name))} of ${module.constructor.name}: it has no such parameter`,
  );
}
