/** Samples as a batch. */
import {
  described,
  type HostArray,
  sameShape,
  ShapeError,
  showShape,
  stack,
  Tensor,
  tensor,
} from "@tapegrad/core";

/**
 * What a batch of samples of type `S` is: see {@link defaultCollate}.
 *
 * @category Data
 */
export type Collated<S> = S extends Tensor | HostArray | number | boolean ? Tensor
  : S extends string ? string[]
  : S extends readonly unknown[] ? { -readonly [K in keyof S]: Collated<S[K]> }
  : S extends object ? { -readonly [K in keyof S]: Collated<S[K]> }
  : S[];

/**
 * Samples as a batch, `torch.utils.data.default_collate`: tensors and typed arrays are stacked, numbers and truth
 * values become a tensor, f32 and bool, texts stay a list, and lists and plain objects are gone through part by part.
 * What is anything else, or differs from sample to sample in kind, shape or parts, is an error that says where.
 *
 * @category Data
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { defaultCollate } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const batch = defaultCollate([
 *   { x: tensor([1, 2]), y: 0, name: "a" },
 *   { x: tensor([3, 4]), y: 1, name: "b" },
 * ]);
 * assertEquals([await batch.x.array(), await batch.y.array(), batch.name], [[[1, 2], [3, 4]], [0, 1], ["a", "b"]]);
 * ```
 */
export function defaultCollate<S>(samples: readonly S[]): Collated<S> {
  if (!Array.isArray(samples) || samples.length === 0) {
    throw new TypeError(`Cannot make a batch of ${described(samples)}: a list of samples is needed`);
  }
  return collate(samples, "") as Collated<S>;
}

function collate(samples: readonly unknown[], path: string): unknown {
  const kind = kindOf(samples[0]), make = makers[kind];
  const stray = samples.findIndex((sample) => kindOf(sample) !== kind);
  if (stray >= 0) throw differing(path, described(samples[0]), stray, described(samples[stray]));
  if (make) return make(samples as never, path);
  throw new TypeError(
    `Cannot make a batch of ${described(samples[0])}${path && ` at ${path}`}: ` +
      "samples are of tensors, typed arrays, numbers, booleans, texts, lists and plain objects; collate others yourself",
  );
}

type Kind = "tensor" | "elements" | "number" | "boolean" | "string" | "list" | "record" | "other";

function kindOf(sample: unknown): Kind {
  if (sample instanceof Tensor) return "tensor";
  if (ArrayBuffer.isView(sample) && !(sample instanceof DataView)) return "elements";
  if (Array.isArray(sample)) return "list";
  const type = typeof sample;
  if (type === "number" || type === "boolean" || type === "string") return type;
  const prototype = sample && type === "object" ? Object.getPrototypeOf(sample) : undefined;
  return sample && (prototype === Object.prototype || prototype === null) ? "record" : "other";
}

type Maker = (samples: readonly never[], path: string) => unknown;

const makers: Readonly<Record<Exclude<Kind, "other">, Maker> & { readonly other?: Maker }> = {
  tensor: stacked,
  elements: (samples: readonly HostArray[], path) => stacked(samples.map((each) => tensor(each)), path),
  number: (samples: readonly number[]) => tensor(samples),
  boolean: (samples: readonly boolean[]) => tensor(samples),
  string: (samples: readonly string[]) => [...samples],
  list: (samples: readonly (readonly unknown[])[], path) => {
    checkParts(samples.map(({ length }) => `${length} parts`), path);
    return samples[0].map((_, i) => collate(samples.map((each) => each[i]), `${path}[${i}]`));
  },
  record: (samples: readonly Readonly<Record<string, unknown>>[], path) => {
    checkParts(samples.map((each) => `{ ${Object.keys(each).sort().join(", ")} }`), path);
    return Object.fromEntries(
      Object.keys(samples[0]).map((
        name,
      ) => [name, collate(samples.map((each) => each[name]), `${path}.${name}`)]),
    );
  },
};

function stacked(tensors: readonly Tensor[], path: string): Tensor {
  const { shape } = tensors[0], stray = tensors.findIndex((each) => !sameShape(each.shape, shape));
  if (stray < 0) return stack(tensors);
  throw differing(path, showShape(shape), stray, showShape(tensors[stray].shape));
}

function checkParts(parts: readonly string[], path: string): void {
  const stray = parts.findIndex((each) => each !== parts[0]);
  if (stray >= 0) throw differing(path, parts[0], stray, parts[stray]);
}

function differing(path: string, first: string, i: number, found: string): ShapeError {
  return new ShapeError(
    `Cannot make a batch of samples with ${first} and, ${i} further, ${found}${path && ` at ${path}`}: ` +
      "make them alike, or pass a collate of your own",
  );
}
