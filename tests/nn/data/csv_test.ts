/** Tables from CSV, whole and in pieces. */
import { type Categories, CsvError, type CsvOptions, readCsv, type Table } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";

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
  assertThrows(() => table.tensor(["kind"]), TypeError, "make it oneHot");
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
  const none = "Cannot read CSV with columns []: name some, or leave columns out";
  await assertRejects(() => readCsv(text, { columns: [] }), RangeError, none);
  await assertRejects(() => readCsv(text, { header: [] }), RangeError, "with header []");
  await assertRejects(() => readCsv(text, { columns: ["a"], oneHot: ["b"] }), RangeError, "there are a");
  await assertRejects(() => readCsv(text, { sep: ";" } as CsvOptions), TypeError, '"sep"');
  await assertRejects(() => readCsv(3 as unknown as string), TypeError, "from 3: pass a text");
});

Deno.test("numbers are the language's to the last bit", async () => {
  let seed = 7;
  const digit = () => `${(seed = (seed * 16807) % 2147483647) % 10}`;
  const digits = (most: number) => Array.from({ length: seed % (most + 1) }, digit).join("");
  const texts = Array.from({ length: 20_000 }, () => {
    const exponent = seed % 5 === 0 ? `e${seed % 2 ? "-" : ""}1${digits(2)}` : "";
    return `${["", "-", "+"][seed % 3]}${digits(12)}${digit()}.${digits(14)}${exponent}`;
  });
  const told = [
    "-0",
    "0",
    ".5",
    "5.",
    "1e-400",
    "1e400",
    "00012",
    "9007199254740992",
    "1152921504606846976",
    "9007199254740993.0",
    "0.000000000000000000000012",
  ];
  const values = (await readCsv(`x\n${[...texts, ...told].join("\n")}`)).numbers("x");
  [...texts, ...told].forEach((text, i) =>
    assert(Object.is(values[i], Number(text)), `${text} is ${values[i]}`)
  );
});

Deno.test("an integer that a number would round is a text, or an error", async () => {
  const ids = ["1", "9007199254740993", "-9007199254740993", `${"9".repeat(400)}`];
  for (const id of ids.slice(1)) {
    const text = `id,x\n1,2\n${id},3\n`;
    assertEquals(listed(await readCsv(text)), { id: ["1", id], x: [2, 3] });
    const why = `${id} is an integer that a number would round; read id as a string`;
    await assertFails(text, 3, 1, why, { types: { id: "number" } });
  }
});

Deno.test("infinity and what is missing are read as by pandas", async () => {
  const told = ["inf", "-inf", "+inf", "Infinity", "-Infinity", "+infinity", "INF", "1"];
  const values = [Infinity, -Infinity, Infinity, Infinity, -Infinity, Infinity, Infinity, 1];
  assertEquals(listed(await readCsv(`x\n${told.join("\n")}\n`)).x, values);
  assertEquals(listed(await readCsv("x\ninf\nin\n")).x, ["inf", "in"]);
  const missing = ["NA", "<NA>", "N/A", "n/a", "NULL", "null", "None", "NaN", "nan", "-nan", "-NaN", "#N/A"];
  assertEquals(listed(await readCsv(`x\n1\n${missing.join("\n")}\n`)).x, [1, ...missing.map(() => NaN)]);
});

Deno.test("numbers before the first text of a column are the texts that they were", async () => {
  const texts = [
    "007",
    "+1.50",
    " 2",
    "3 ",
    "\u00a04",
    "-0",
    "",
    "1e3",
    "123456789012345678901",
    '"5\n"',
    "x",
    "6",
  ];
  const column = (await readCsv(`x,y\n${texts.map((text) => `${text},1`).join("\n")}`)).column(
    "x",
  ) as Categories;
  assertEquals(strings(column), texts.map((text) => text === "" ? null : text.replaceAll('"', "")));
});

Deno.test("what stands for no value may be a number", async () => {
  const table = await readCsv("x,y\n-999,a\n1,-999\n,b", { missing: ["-999", ""] });
  assertEquals(listed(table), { x: [NaN, 1, NaN], y: ["a", null, "b"] });
});

Deno.test("a long file comes in pieces, its rows cut anywhere", async () => {
  const rows = 20_000, line = (i: number) => `${i},${i / 8},"${i % 3}, or so"\r\n`;
  let i = -1, rest = "";
  const stream = new ReadableStream<string>({
    pull(controller): void {
      while (rest.length < 1000 && i < rows) rest += i++ < 0 ? "a,b,c\r\n" : i <= rows ? line(i - 1) : "";
      if (rest === "") return controller.close();
      controller.enqueue(rest.slice(0, 997));
      rest = rest.slice(997);
    },
  });
  const table = await readCsv(stream), c = table.column("c") as Categories;
  assertEquals([table.length, c.categories], [rows, ["0, or so", "1, or so", "2, or so"]]);
  assertEquals(table.numbers("b"), Float64Array.from({ length: rows }, (_, i) => i / 8));
  assertEquals(c.codes, Int32Array.from({ length: rows }, (_, i) => i % 3));
});

Deno.test("a field that never ends is found out in a time as long as it is", async () => {
  const stream = new ReadableStream<string>({
    start(controller): void {
      controller.enqueue('a,b\n1,"');
      for (let i = 0; i < 20_000; i++) controller.enqueue("0123456789\n".repeat(40));
      controller.close();
    },
  });
  await assertRejects(
    () => readCsv(stream),
    CsvError,
    'line 2, column 3: the " that opens here is never closed',
  );
});
