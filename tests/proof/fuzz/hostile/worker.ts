/** Makes hostile calls one after another, off the thread that watches the clock. */
import "@tapegrad/backends";
import { setDefaultDtype } from "@tapegrad/core";
import { faultOf } from "./judge.ts";
import { randomFrom, spoil, type Spoiled, targets } from "./spoil.ts";

/** What is to be run. */
export interface Order {
  readonly seed: number;
  readonly calls: number;
  /** Where the number of the call that runs is put. */
  readonly progress: Int32Array;
}

/** Elements of the largest array that a call may make. */
const MOST = 2 ** 26;

// Memory that is asked for beyond the cap is refused as a device does.
for (
  const name of ["Float32Array", "Float64Array", "Int32Array", "Uint32Array", "Uint8Array", "ArrayBuffer"]
) {
  const real = Reflect.get(globalThis, name);
  const construct = (target: typeof real, args: readonly unknown[]): object => {
    if (Number(args[0]) > MOST) throw new RangeError("Array buffer allocation failed");
    return Reflect.construct(target, args);
  };
  Reflect.set(globalThis, name, new Proxy(real, { construct }));
}

const faults: string[] = [];

function note(error: unknown, story: string): void {
  const fault = faultOf(error);
  if (fault !== undefined) faults.push(`${story}\n    ${fault}`);
}

function call({ target, args, story }: Spoiled): Promise<void> | undefined {
  try {
    const result = target.call(args);
    if (target.name === "openScope") (result as Disposable)[Symbol.dispose]();
    if (result instanceof Promise) return result.then(() => {}, (error) => note(error, story));
  } catch (error) {
    note(error, story);
  } finally {
    setDefaultDtype("f32");
  }
}

// What a hostile promise or an asynchronous function among the arguments fails with is nobody's.
addEventListener("unhandledrejection", (event) => event.preventDefault());

addEventListener("message", async ({ data }: MessageEvent<Order>) => {
  const all = targets(), random = randomFrom(data.seed), pending: Promise<void>[] = [];
  for (let i = 0; i < data.calls; i++) {
    Atomics.store(data.progress, 0, i);
    const promise = call(spoil(all, random));
    if (promise) pending.push(promise);
  }
  await Promise.race([Promise.all(pending), new Promise((resolve) => setTimeout(resolve, 1000))]);
  Reflect.get(globalThis, "postMessage")(faults);
});
