/** Where tensors are made. */
import type { Backend } from "../device/backend.ts";
import { backendNamed } from "../device/registry.ts";
import { currentBackend } from "../device/choice.ts";
import { refusingClones } from "../device/uncloneable.ts";

/** The backend that was asked for, or the one in use. */
export function chosenBackend({ backend }: { readonly backend?: string | Backend }): Backend {
  if (backend === undefined) return currentBackend();
  return typeof backend === "string" ? backendNamed(backend) : refusingClones(backend);
}
