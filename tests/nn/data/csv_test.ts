/** Tables from CSV, whole and in pieces. */
import { type Categories, CsvError, type CsvOptions, readCsv, type Table } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";

function numbers(...values: number[]): Float64Array {
  return new Float64Array(values);
}

function strings({ categories, codes }: Categories): (string | null)[] {
  return Array.from(codes, (code) => code < 0 ? null : categories[code]);
}

// All columns, as lists.
function listed(table: Table): Record<string, unknown> {
  return Object.fromEntries(table.names.map((name) => {
    const column = table.column(name);
    return [name, column instanceof Float64Array ? [...column] : strings(column)];
  }));
}

function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller): void {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, at += size));
    },
  });
}

async function assertFails(
  text: string | Uint8Array,
  line: number,
  column: number,
  why: string,
  options?: CsvOptions,
): Promise<void> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (const source of [text, inPieces(bytes, 1), inPieces(bytes, 3)]) {
    const error = await assertRejects(() => readCsv(source, options), CsvError, why);
    assertEquals([error.line, error.column], [line, column], error.message);
  }
}

const awkward =
  '\uFEFFname,"the ""size""",note\r\nÅsa,1e3,"two\r\nlines, ""quoted"""\r\n\r\nBo,-.5,""\r\n,NA,x"y\r\n';

Deno.test("quotes, line ends, a byte order mark and missing values, in pieces of any size", async () => {
  const wanted = {
    name: ["Åsa", "Bo", null],
    'the "size"': [1000, -0.5, NaN],
    note: ['two\r\nlines, "quoted"', null, 'x"y'],
  };
  const bytes = new TextEncoder().encode(awkward);
  assertEquals(listed(await readCsv(awkward)), wanted);
  assertEquals(listed(await readCsv(bytes)), wanted);
  for (let size = 1; size <= bytes.length; size++) {
    assertEquals(listed(await readCsv(inPieces(bytes, size))), wanted, `pieces of ${size}`);
  }
});

Deno.test("every kind of line end, and a last line without one", async () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    for (const last of ["", end, end + end]) {
      assertEquals(listed(await readCsv(`a,b${end}1,2${end}3,4${last}`)), { a: [1, 3], b: [2, 4] });
    }
  }
  assertEquals(listed(await readCsv("a,b\n1,")), { a: [1], b: [NaN] });
});

Deno.test("types are inferred of all rows, or told", async () => {
  const text = "a,b,c,d\n1,007,,0x10\n2.5,x,,1\n";
  const inferred = { a: [1, 2.5], b: ["007", "x"], c: [NaN, NaN], d: ["0x10", "1"] };
  assertEquals(listed(await readCsv(text)), inferred);
  assertEquals(listed(await readCsv(text, { types: { a: "string" } })).a, ["1", "2.5"]);
  await assertFails(text, 3, 5, '"x" is no number, as b has', { types: { b: "number" } });
  await assertRejects(
    () => readCsv(text, { types: { b: "date" as "string" } }),
    TypeError,
    "choose number or string",
  );
});

Deno.test("delimiter, quote, header, columns and missing values are told", async () => {
  const options = { delimiter: ";", quote: "'", missing: ["?"], columns: ["z", "x"] };
  const table = await readCsv("x;y;z\n1;'a;b';?\n2;;4", options);
  assertEquals([table.names, table.length], [["z", "x"], 2]);
  assertEquals(listed(table), { z: [NaN, 4], x: [1, 2] });
  assertEquals(listed(await readCsv("1,2\n3,4", { header: false })), { 0: [1, 3], 1: [2, 4] });
  assertEquals(listed(await readCsv("1,2\n3,4", { header: ["p", "q"] })), { p: [1, 3], q: [2, 4] });
});

Deno.test("categories one-hot, sorted, a missing one nowhere", async () => {
  const table = await readCsv("k,v\nb,1\na,2\n,3\nb,4", { oneHot: ["k"] });
  assertEquals(table.names, ["k_a", "k_b", "v"]);
  assertEquals(table.numbers("k_b"), numbers(1, 0, 0, 1));
  assertEquals(await table.tensor(["v", "k"]).array(), [[1, 0, 1], [2, 1, 0], [3, 0, 0], [4, 0, 1]]);
  await assertRejects(() => readCsv("k,k_a\na,1", { oneHot: ["k"] }), RangeError, 'two columns "k_a"');
});

Deno.test("a table gives a dataset", async () => {
  const table = await readCsv("x,y,kind,gap\n1,2,b,b\n3,4,a,");
  const [x, kind] = table.toDataset(["x", "y"], "kind").tensors;
  assertEquals([await x.array(), x.dtype], [[[1, 2], [3, 4]], "f32"]);
  assertEquals([await kind.array(), kind.dtype], [[1, 0], "i32"]);
  assertEquals(await table.toDataset(["x"], "y").tensors[1].array(), [2, 4]);
  assertEquals(await table.toDataset(["x"], ["y"]).tensors[1].array(), [[2], [4]]);
  assertThrows(() => table.toDataset(["x"], "gap"), RangeError, "row 1 has none");
  assertThrows(() => table.tensor(["kind"]), TypeError, "read it with oneHot");
  assertThrows(() => table.classes("x"), TypeError, "read it as string");
  assertThrows(() => table.column("z"), RangeError, "there are x, y, kind, gap");
});

Deno.test("an empty, ragged or half-written file is an error with its place", async () => {
  await assertFails("", 1, 1, "the file is empty");
  await assertFails("\n\r\n", 3, 1, "the file is empty");
  await assertFails("a,b\n", 2, 1, "there is no row of values");
  await assertFails("a,b\n1,2\n3", 3, 1, "this row has 1 field, others have 2");
  await assertFails("a,b\n1,2,,4\n", 2, 5, "this row has 4 fields, others have 2");
  await assertFails('a,b\n"1\n2",3\n4,"5\n6', 4, 3, 'the " that opens here is never closed');
  await assertFails('a,b\n1,"2"3', 2, 6, '"3" follows a closing "');
  await assertFails("a,b,a\n1,2,3", 1, 5, 'a second column is named "a"');
  const cut = new TextEncoder().encode("a\né").slice(0, -1);
  await assertRejects(() => readCsv(cut), CsvError, "line 2, column 1: what follows is no UTF-8");
  await assertRejects(
    () => readCsv(inPieces(cut, 1)),
    CsvError,
    "line 2, column 1: what follows is no UTF-8",
  );
});

Deno.test("a stream is let go of when its file is wrong, and fails as it fails", async () => {
  let reason: unknown;
  const wrong = new ReadableStream<string>({
    pull: (controller) => controller.enqueue("a,b\n1\n"),
    cancel: (why) => void (reason = why),
  });
  const error = await assertRejects(() => readCsv(wrong), CsvError, "line 2, column 1");
  assertEquals([reason, wrong.locked], [error, false]);
  const broken = new ReadableStream<string>({ pull: (controller) => controller.error(new Error("cable")) });
  await assertRejects(() => readCsv(broken), Error, "cable");
});

Deno.test("settings that cannot be are refused", async () => {
  const text = "a,b\n1,2";
  await assertRejects(() => readCsv(text, { delimiter: ";;" }), RangeError, "two different characters");
  await assertRejects(() => readCsv(text, { quote: "," }), RangeError, "two different characters");
  await assertRejects(
    () => readCsv(text, { columns: ["c"] }),
    RangeError,
    'column "c" of CSV: there are a, b',
  );
  await assertRejects(() => readCsv(text, { columns: ["a"], oneHot: ["b"] }), RangeError, "there are a");
  await assertRejects(() => readCsv(text, { sep: ";" } as CsvOptions), TypeError, '"sep"');
  await assertRejects(() => readCsv(3 as unknown as string), TypeError, "from 3: pass a text");
});
