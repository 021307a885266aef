import { assertEquals, assertNotEquals } from "@std/assert";
import { launch, libraries, printed, underMpi } from "./launch.ts";

interface Found {
  readonly padded: readonly (readonly number[])[];
  readonly dropped: readonly (readonly number[])[];
  readonly ordered: readonly number[];
  readonly drawn: readonly number[];
  readonly again: readonly number[];
  readonly byTensor: number;
}

const COUNT = 37, all = Array.from({ length: COUNT }, (_, i) => i);

function sorted(values: Iterable<number>): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

for (const mpi of libraries) {
  underMpi(mpi)(
    "ranks share the samples of an epoch, another order in each, and draw numbers of their own",
    async () => {
      const found = printed<Found>(await launch(mpi, 2, "sampling"));
      const { padded: [first, second], dropped: [whole], ordered, drawn, again } = found;
      assertEquals([sorted(first), sorted(second)], [all, all]);
      assertEquals([first.length, whole.length, new Set(whole).size], [38, 36, 36]);
      assertNotEquals(first, second);
      // A batch of both ranks are the samples of one of twice the size.
      assertEquals(sorted(ordered.slice(0, 8)), [0, 1, 2, 3, 4, 5, 6, 7]);
      assertEquals(drawn, again);
      assertEquals(new Set(drawn).size, 4);
      assertEquals(found.byTensor, 8);
    },
  );
}
