/** The digits: read from the file that holds them, and parted into those to learn from and those held out. */
import { keep, type Key, permutation, read, scope, tensor, TensorDataset } from "@tapegrad/tapegrad";
import digits from "../data/digits.json" with { type: "json" };

const [COUNT, SIDE] = digits.shape, PIXELS = SIDE * SIDE;

/** The lightest value of a pixel, that of the darkest is 0. */
const LIGHTEST = 16;

/** All digits, image by image. */
export interface DigitImages {
  /** Pixels from 0 to 1. */
  readonly pixels: Float32Array;
  /** What each shows, from 0 to 9. */
  readonly labels: Int32Array;
}

/** Unpacks the digits. */
export async function readDigits(): Promise<DigitImages> {
  const packed = Uint8Array.from(atob(digits.gzip), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return {
    pixels: Float32Array.from(bytes.subarray(0, COUNT * PIXELS), (value) => value / LIGHTEST),
    labels: Int32Array.from(bytes.subarray(COUNT * PIXELS)),
  };
}

/** The rows of an image, from top to bottom. */
export function imageOf({ pixels }: DigitImages, at: number): number[][] {
  return Array.from({ length: SIDE }, (_, row) => {
    const start = at * PIXELS + row * SIDE;
    return [...pixels.subarray(start, start + SIDE)];
  });
}

/** Digits to learn from, and digits that are held out: a fifth, as a key draws them. */
export interface Parted {
  readonly learned: TensorDataset;
  readonly held: TensorDataset;
  /** Which ones are held out. */
  readonly heldAt: readonly number[];
}

/** Parts the digits. */
export async function partDigits(
  images: DigitImages,
  { key, dtype }: { readonly key: Key; readonly dtype: "f32" | "f64" },
): Promise<Parted> {
  const drawn = scope(() => permutation(COUNT, { key })), fifth = Math.floor(COUNT / 5);
  const [order] = await read([drawn]);
  drawn.dispose();
  const heldAt = [...order.subarray(0, fifth)], learnedAt = [...order.subarray(fifth)];
  return {
    learned: datasetOf(images, learnedAt, dtype),
    held: datasetOf(images, heldAt, dtype),
    heldAt,
  };
}

/** Images `[count, 1, 8, 8]` and what they show. */
function datasetOf(
  { pixels, labels }: DigitImages,
  at: readonly number[],
  dtype: "f32" | "f64",
): TensorDataset {
  const values = new Float32Array(at.length * PIXELS);
  at.forEach((image, i) => values.set(pixels.subarray(image * PIXELS, (image + 1) * PIXELS), i * PIXELS));
  const shown = at.map((image) => labels[image]);
  return scope(() =>
    keep(
      new TensorDataset(
        tensor(values).to(dtype).reshape([at.length, 1, SIDE, SIDE]),
        tensor(shown, { dtype: "i32" }),
      ),
    )
  );
}
