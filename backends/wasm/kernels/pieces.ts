/** How large the pieces are that threads take. */
import type { Job } from "../threads/job.ts";

/** A piece takes about so many nanoseconds. */
const PIECE = 25_000;
/** Of lanes and columns it has a multiple of so many: what is taken side by side stays so. */
const TOGETHER = 64;

/** How many of `count`, which take so many nanoseconds together, a piece has. */
export function pieceOf(count: number, nanoseconds: number): number {
  const most = Math.ceil(count * PIECE / nanoseconds / TOGETHER) * TOGETHER;
  return most * 2 <= count ? most : Math.ceil(count * PIECE / nanoseconds);
}

/** Ends a piece of a job once there is enough in it; it is told how many nanoseconds each call takes. */
export function enderOf(job: Job): (nanoseconds: number) => void {
  let told = 0;
  return (nanoseconds) => {
    told += nanoseconds;
    if (told < PIECE) return;
    told = 0;
    job.next();
  };
}
