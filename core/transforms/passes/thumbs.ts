/** Rules of thumb: when it pays to compute together, and the measurements that chose the numbers. */

/**
 * What is computed again for other readers, rather than kept for them, costs no more than so many additions an element.
 */
export const CHEAP = 3;

/** What division and roots cost, and other functions than arithmetic, in additions. */
export const DIVISION = 4, FUNCTION = 16;

/** A kernel has no more nodes in its expressions: shaders of a few hundred take longer to compile than they save. */
export const MOST_NODES = 192;

/** A kernel has no more operands that are tensors, where the backend does not say how many it can take. */
export const MOST_OPERANDS = 16;

/** Maps of no more elements run together with others where they can: to start a kernel takes longer. */
export const SMALL = 2 ** 12;
