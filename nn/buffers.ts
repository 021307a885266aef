/** What may be registered as a buffer. */
import { checkOptions, checkTensor, described, type Tensor } from "@tapegrad/core";

/**
 * What {@link ModuleParts.registerBuffer} may be told.
 *
 * @category Modules
 */
export interface BufferOptions {
  /** Whether it is part of the state; it is unless said. */
  readonly persistent?: boolean;
}

/** Refuses a name that is no property, and what is no tensor. */
export function checkBuffer(
  module: object,
  name: string,
  tensor: Tensor | null,
  options: BufferOptions,
): void {
  const asked = `register a buffer in ${module.constructor.name}`;
  checkOptions(asked, options, { persistent: true });
  if (typeof name !== "string" || name === "" || name.includes(".") || name in Object.prototype) {
    throw new TypeError(
      `Cannot ${asked} as ${described(name)}: the name of a property without a dot is needed`,
    );
  }
  if (tensor !== null) checkTensor(asked, tensor);
}
