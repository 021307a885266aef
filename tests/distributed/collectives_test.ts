import { assertEquals, assertMatch } from "@std/assert";
import { launch, libraries, printed, underMpi } from "./launch.ts";

interface Found {
  readonly wrong: readonly string[];
  readonly errors: readonly string[];
  readonly hasTraffic: boolean;
  readonly library: string;
  readonly size: number;
}

const mistakes = [
  /^DtypeError: Cannot allReduce bool by sum: numbers are needed/,
  /^DtypeError: Cannot allReduce i32 by mean: .* floating ones for the mean/,
  /^TapeError: Cannot differentiate allReduce by max/,
  /^ShapeError: Cannot reduceScatter \[\d\]: a first axis is needed that \d ranks divide/,
  /^RangeError: Cannot broadcast from rank \d: the job has ranks 0 to \d/,
  /^RangeError: Cannot send to rank 0: this is it/,
  /^TypeError: Cannot vmap allGather: call it on the whole batch/,
  /^TypeError: Cannot allReduce an array of 2: a tensor is needed/,
  /^TypeError: Cannot broadcast with an option "root": did you mean from/,
  /^RangeError: Cannot send with tag -1: an integer from 0 to 32767 is needed/,
  /^TypeError: Cannot distribute a model that is an array of 1: a module is needed/,
  /^TypeError: Cannot shard an optimizer: make it of the parameters/,
  /^TypeError: Cannot sum an array of 1 over ranks: a list of numbers is needed/,
];

for (const mpi of libraries) {
  const test = underMpi(mpi);
  for (const size of [2, 3]) {
    test(`collectives of ${size} ranks, their gradients and errors`, async () => {
      const { wrong, errors, ...others } = printed<Found>(await launch(mpi, size, "collectives"));
      assertEquals(wrong, []);
      assertEquals(others, { hasTraffic: true, library: mpi.name, size });
      assertEquals(errors.length, mistakes.length);
      for (const [i, pattern] of mistakes.entries()) assertMatch(errors[i], pattern);
    });
  }
}
