/** Random numbers that the host needs at once. */
import {
  type Backend,
  backendNamed,
  currentBackend,
  type Key,
  permutation,
  scope,
  type Tensor,
} from "@tapegrad/core";

/** A backend that is read at once: the one in use, else the cpu. */
export function hostBackend(): Backend {
  const current = currentBackend();
  return current.synchronous ? current : backendNamed("cpu");
}

/** The elements of what is made on a backend that is read at once. */
export function elementsOf(make: (backend: Backend) => Tensor): ArrayLike<number> {
  return scope(() => make(hostBackend()).dataSync() as ArrayLike<number>);
}

/** 0 … n - 1 in the order that `permutation` has by this key. */
export function hostPermutation(n: number, key: Key): ArrayLike<number> {
  return elementsOf((backend) => permutation(n, { key, backend }));
}
