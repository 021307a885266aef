/**
 * Rules of thumb: when it pays to compute together, and the measurements that chose the numbers, of 2026-11, least times
 * on two cores that others used too.
 */

/**
 * What is computed again for other readers, rather than kept for them, costs no more than so many additions an element.
 *
 * A map of 10⁶ floats that a sum and a maximum read, kept and computed twice, in milliseconds: of 1, 2, 3, 4 and 6
 * operations on wasm 0.54 and 0.38, 0.55 and 0.42, 0.57 and 0.45, 0.61 and 0.50, 0.62 and 0.62; on a software adapter of
 * WebGPU 238 and 189, 264 and 236, 299 and 217, 325 and 270, 294 and 287; but on cpu, whose loops have no vectors, 3.2
 * and 3.0, 8.3 and 12.4, 7.8 and 15.0.
 */
export const CHEAP = 3;

/**
 * What division and roots cost, and other functions than arithmetic, in additions: measured likewise on wasm, a division
 * 0.57 and 0.59, eˣ 1.3 and 2.3, tanh 2.2 and 5.7 milliseconds.
 */
export const DIVISION = 4, FUNCTION = 16;

/**
 * A kernel has no more nodes in its expressions. The first run of a chain of 13, 40 and 80 maps in one kernel, compiled
 * meanwhile, takes 58, 52 and 95 ms on wasm and 410, 520 and 900 ms on WebGPU, where 80 hold 190 nodes.
 */
export const MOST_NODES = 192;

/** A kernel has no more operands that are tensors, where the backend does not say how many it can take. */
export const MOST_OPERANDS = 16;

/**
 * Maps of no more elements run together with others where they can: to start a kernel on WebGPU takes 8 to 11 µs, in
 * which a device computes more elements than these. There updates of parameters of any size do; where kernels run at
 * once, to start one is next to nothing, and large gradients would wait for each other.
 */
export const SMALL = 2 ** 12;

/**
 * Lanes of no more elements are run through in one kernel, pass by pass: what passes hand on stays near, and there are
 * other lanes to share among threads. In f32 these are 64 kB.
 */
export const LONGEST_LANE = 2 ** 14;

/**
 * So many bytes more may wait for a map to run later than it could, with who reads it. Without a bound the sums of the
 * gradients of an LSTM of 12 steps, each of which had been added at once, all waited for the last: an arena of 334,848
 * bytes for one of 244,736.
 */
export const MOST_KEPT = 2 ** 15;
