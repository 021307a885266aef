/** Buffers that are held for certain, and their bytes: what `memory()` tells, and whoever could have no more of it. */
export const held: { buffers: number; bytes: number } = { buffers: 0, bytes: 0 };
