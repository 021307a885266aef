/** What is there at once or later. */

/** Whether it is a promise, or like one. */
export function isLater(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/** Has nobody told of a promise that fails when it is of no interest. */
export function silence(value: unknown): void {
  if (isLater(value)) value.then(undefined, () => {});
}

/** What `fn` makes of a value, or of that which a promise will give. */
export function then<T, R>(value: T | PromiseLike<T>, fn: (value: T) => R): R | Promise<Awaited<R>> {
  return isLater(value) ? Promise.resolve(value).then(fn) as Promise<Awaited<R>> : fn(value as T);
}
