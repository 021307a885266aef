/** Products that are a part of what a piece of a job does. */
import type { Job } from "../../threads/job.ts";
import { type InRoom, tellInPlace } from "./in_place.ts";
import { isTurned, type Means, type Product, telling, turned, wayOf } from "./multiply.ts";

/** What tells jobs of products that are alike but for where their matrices are, as `multiply` computes them. */
export interface ToldProducts {
  /** How many bytes each thread needs. */
  readonly room: number;
  /** Tells the calls of a product, some of which is in the room of the job; of one that is turned only the product. */
  tell(job: Job, start: number, product: Product, places: InRoom): void;
}

/** Products alike one, in the best way. */
export function toldProducts(means: Means, like: Product): ToldProducts {
  const { products } = means, { size } = products, turns = isTurned(like, size);
  const seen = (product: Product) => turns ? turned(product) : product, way = wayOf(seen(like), size);
  if (way !== "packed") {
    const tell: ToldProducts["tell"] = (job, _start, product, places) =>
      tellInPlace(products.inPlace, way, seen(product), job, places);
    return { room: 0, tell };
  }
  const { room, tell } = telling(means, seen(like));
  return {
    room,
    tell: (job, start, product, { left, output }) =>
      tell(job, start, seen(product), { isInRoom: output, isLeftInRoom: left }),
  };
}
