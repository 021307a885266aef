/** Whether the device is still there, and what went wrong on it. */
import { BackendError, DeviceLostError } from "@tapegrad/core/backend";

/** What a device had no memory for, in bytes. */
export interface Shortage {
  /** The kernel that asked. */
  readonly doing: string;
  /** How much it asked for. */
  readonly bytes: number;
  /** How much is in use. */
  readonly used: number;
  /** How much was kept to be used again. */
  readonly kept: number;
}

/** How many milliseconds what failed waits to hear whether the device was lost. */
const PATIENCE = 50;

/** What a device reported that nobody has been told of yet. */
export class Health {
  readonly #name: string;
  /** Why the device is gone, if it is. */
  lost: string | undefined;
  #failure: BackendError | null = null;
  readonly #loss: Promise<void>;

  /** Watches a device, which errors call `name`. */
  constructor(name: string, device: GPUDevice) {
    this.#name = name;
    device.addEventListener(
      "uncapturederror",
      (event) => this.fail((event as GPUUncapturedErrorEvent).error),
    );
    this.#loss = device.lost.then(({ message }) => {
      this.lost ??= message || "no reason was given";
    });
    this.#heedDestroy(device);
  }

  // The promise resolves some turns after the call, and what is asked meanwhile would go to a dead device.
  #heedDestroy(device: GPUDevice): void {
    const destroy = device.destroy.bind(device);
    device.destroy = () => {
      this.lost ??= "it was destroyed";
      destroy();
    };
  }

  /** Remembers the first failure until somebody waits for results; `during` is what caused it, if it is known. */
  fail(error: GPUError, during = ""): void {
    const doing = during ? ` ${during}` : " a kernel";
    this.#failure ??= new BackendError(
      `Cannot run${doing} on ${this.#name}: the device reports ${error.message}`,
      { cause: error },
    );
  }

  /** Remembers that the device had no memory for what was to be done. */
  outOfMemory(error: GPUError, { doing, bytes, used, kept }: Shortage): void {
    this.#failure ??= new BackendError(
      `Cannot ${doing} on ${this.#name}: the device has no memory for ${bytes} bytes more, with ${used} in use and ` +
        `${kept} kept for later; release tensors sooner with scope(() => …) or dispose(), or compute in smaller parts`,
      { cause: error },
    );
  }

  /** Throws if the device is gone. */
  check(): void {
    if (this.lost !== undefined) throw this.#gone();
  }

  /** Throws what went wrong since it was last asked. */
  settle(): void {
    this.check();
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw failure;
  }

  /** Runs what waits for the device; if that fails, says why in our words. */
  async during<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      await this.#lossOrPatience();
      this.settle();
      throw error;
    }
  }

  // The promise that tells of the loss may resolve after those that fail of it.
  async #lossOrPatience(): Promise<void> {
    if (this.lost !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>(), timer = setTimeout(resolve, PATIENCE);
    await Promise.race([this.#loss, promise]);
    clearTimeout(timer);
  }

  #gone(): DeviceLostError {
    return new DeviceLostError(
      `Cannot use ${this.#name}: its device was lost (${this.lost}), open it again with await useBackend("${this.#name}") and ` +
        "load what was read or saved",
    );
  }
}
