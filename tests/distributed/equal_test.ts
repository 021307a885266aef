import { assertEquals } from "@std/assert";
import { launch, libraries, printed, underMpi } from "./launch.ts";

for (const mpi of libraries) {
  const test = underMpi(mpi);
  for (const size of [2, 3, 4]) {
    test(`${size} ranks on parts of a batch train as one process on all of it, in f64 within 1e-12`, async () => {
      const distances = printed<Record<string, number>>(await launch(mpi, size, "equal"));
      assertEquals(Object.keys(distances).length, 14);
      assertEquals(Object.entries(distances).filter(([, distance]) => !(distance < 1e-12)), []);
    });
  }
}
