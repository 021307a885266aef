/** Views as a device can bind them: it sees so many bytes of a buffer at once. */
import { BackendError, showShape, type View } from "@tapegrad/core/backend";
import { plain } from "../../common/views.ts";
import { bytesOnDevice } from "../memory/buffers.ts";
import { reach, type WindowView } from "../kernels/kernel.ts";

/** The windows of one device. */
export class Windows {
  readonly #most: number;
  readonly #unit: number;

  /** A binding has `most` bytes, and starts at a multiple of `unit`. */
  constructor(most: number, unit: number) {
    this.#most = most;
    this.#unit = unit;
  }

  /** Whether all elements of a view can be bound at once. */
  fits(view: View): boolean {
    if (this.#fitsWhole(view)) return true;
    const [start, end] = this.#span(view);
    return end - start <= this.#most;
  }

  /** The view as it can be bound; `op` cannot do without. */
  fit(op: string, view: View): View {
    if (this.#fitsWhole(view)) return view;
    const [start, end] = this.#span(view);
    if (end - start > this.#most) throw unbindable(op, view, end - start, this.#most);
    const offset = view.offset - start / bytesOnDevice(view.dtype);
    const window: WindowView = { ...plain(view), offset, start };
    return window;
  }

  #fitsWhole({ buffer, dtype }: View): boolean {
    return buffer.length * bytesOnDevice(dtype) <= this.#most;
  }

  // The bytes that a view reaches, from where a binding may start.
  #span(view: View): readonly [start: number, end: number] {
    const [low, high] = reach(view), bytes = bytesOnDevice(view.dtype);
    return [Math.floor(low * bytes / this.#unit) * this.#unit, high * bytes];
  }
}

function unbindable(op: string, { shape, dtype }: View, bytes: number, most: number): BackendError {
  return new BackendError(
    `Cannot ${op} ${
      showShape(shape)
    } of ${dtype} on webgpu: the elements span ${bytes} bytes and this device ` +
      `binds at most ${most} at once, split the tensor`,
  );
}
