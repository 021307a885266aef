/** Tables made of lists and rows, and what is made of them. */
import { readCsv, Table } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

Deno.test("columns of numbers of any kind, texts and missing values", () => {
  const table = Table.fromColumns({
    a: [1, null, 2n, true, new Date(5)],
    b: ["y", undefined, "x", "y", null],
    c: Int8Array.of(1, 2, 3, 4, 5),
    d: BigInt64Array.of(1n, -2n, 3n, 4n, 2n ** 53n),
    e: [null, null, null, null, null],
  });
  assertEquals([table.names, table.length], [["a", "b", "c", "d", "e"], 5]);
  assertEquals(table.numbers("a"), Float64Array.of(1, NaN, 2, 1, 5));
  assertEquals(table.column("b"), { categories: ["x", "y"], codes: Int32Array.of(1, -1, 0, 1, -1) });
  assertEquals(table.numbers("d"), Float64Array.of(1, -2, 3, 4, 2 ** 53));
  assertEquals(table.numbers("e"), new Float64Array(5).fill(NaN));
});

Deno.test("rows of the same names", () => {
  const table = Table.fromRows([{ a: 1, b: "x" }, { b: "y", a: 2 }, { a: 3 }]);
  assertEquals([...table.numbers("a")], [1, 2, 3]);
  assertEquals(table.column("b"), { categories: ["x", "y"], codes: Int32Array.of(0, 1, -1) });
  assertThrows(() => Table.fromRows([{ a: 1 }, { a: 1, b: 2 }]), RangeError, 'row 1 has "b": row 0 has not');
  assertThrows(() => Table.fromRows([]), TypeError, "a list of rows");
});

Deno.test("categories one-hot, as another table has them", async () => {
  const table = Table.fromColumns({ kind: ["b", "a", null], n: [1, 2, 3] });
  const hot = table.oneHot(["kind"]);
  assertEquals(hot.names, ["kind_a", "kind_b", "n"]);
  assertEquals(await hot.tensor(["n", "kind"]).array(), [[1, 0, 1], [2, 1, 0], [3, 0, 0]]);
  const categories = { kind: ["c", "b", "a"] };
  const as = table.oneHot(["kind"], { categories });
  assertEquals(await as.tensor(["kind"]).array(), [[0, 1, 0], [0, 0, 1], [0, 0, 0]]);
  assertThrows(
    () => table.oneHot(["kind"], { categories: { kind: ["a"] } }),
    RangeError,
    '"b", row 0 of the column "kind", one of a',
  );
  assertThrows(() => table.oneHot(["n"]), TypeError, "it has numbers");
  assertThrows(() => table.oneHot(["z"]), RangeError, "there are kind, n");
  assertThrows(
    () => Table.fromColumns({ k: ["a"], k_a: [1] }).oneHot(["k"]),
    RangeError,
    'two columns "k_a"',
  );
});

Deno.test("rows are chosen, those without a value left out", async () => {
  const table = Table.fromColumns({ kind: ["b", "a", null], n: [1, NaN, 3] });
  assertEquals(table.withoutMissing().length, 1);
  assertEquals([...table.withoutMissing(["kind"]).numbers("n")], [1, NaN]);
  const rows = table.oneHot(["kind"]).rows([2, 0, 0]);
  assertEquals(await rows.tensor(["kind", "n"]).array(), [[0, 0, 3], [0, 1, 1], [0, 1, 1]]);
  const hot = table.oneHot(["kind"]); // of which row 2 has neither kind
  assertEquals([hot.withoutMissing().length, hot.withoutMissing(["kind"]).length], [1, 2]);
  assertEquals(hot.withoutMissing(["n"]).length, 2);
  assertEquals(Table.fromColumns({ n: [0, 1], k: ["a", "b"] }).oneHot(["k"]).withoutMissing().length, 2);
  const read = await readCsv("n,kind\n0,a\n1,\n", { oneHot: ["kind"] });
  assertEquals([...read.withoutMissing().numbers("n")], [0]);
  assertThrows(() => table.rows([3]), RangeError, "3");
  const name = "n" as unknown as string[], mend = 'the columns "n": a list of names is needed';
  for (const take of [() => table.withoutMissing(name), () => table.tensor(name), () => table.oneHot(name)]) {
    assertThrows(take, TypeError, mend);
  }
});

Deno.test("what makes no column is refused with its row", () => {
  const refused: readonly [unknown, string][] = [
    [{ a: [1, "x"] }, 'Cannot put "x" into row 1 of the column "a": a number or null'],
    [{ a: ["x", 1] }, 'Cannot put 1 into row 1 of the column "a": a text or null'],
    [{ a: [{}] }, "a number or null"],
    [{ a: [2n ** 53n + 1n] }, "a number without loss"],
    [{ a: 3 }, 'the column "a" of 3: a list'],
    [{ a: "abc" }, "a list is needed"],
    [{ a: [1], b: [1, 2] }, "1 and 2 rows"],
    [{}, "no columns"],
    [null, "no columns"],
  ];
  for (const [columns, why] of refused) assertThrows(() => Table.fromColumns(columns as never), Error, why);
});

Deno.test("a table of Parquet, by hyparquet", async () => {
  const file = parquetWriteBuffer({
    columnData: [
      { name: "size", data: [1.5, 2.5, null], type: "DOUBLE" },
      { name: "kind", data: ["b", "a", "b"], type: "STRING" },
      { name: "count", data: [1n, 2n, 3n], type: "INT64" },
      { name: "sold", data: [true, false, true], type: "BOOLEAN" },
    ],
  });
  const table = Table.fromRows(await parquetReadObjects({ file }));
  const [x, y] = table.withoutMissing().oneHot(["kind"]).toDataset(["size", "kind", "count"], "sold").tensors;
  assertEquals(await x.array(), [[1.5, 0, 1, 1], [2.5, 1, 0, 2]]);
  assertEquals(await y.array(), [1, 0]);
  await assertRejects(() => parquetReadObjects({ file: file.slice(0, 40) }));
});
