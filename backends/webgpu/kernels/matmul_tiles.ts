/** Products of large matrices: tiles in workgroup memory, a block of sums in the registers of each thread. */
import type { View } from "@tapegrad/core/backend";
import { type Gpu, type Operand, spread } from "./kernel.ts";
import {
  besideOf,
  type CutParameters,
  entry,
  finished,
  finishing,
  type Parameters,
  parametersOf,
  places,
  type Product,
  productKey,
  productWords,
} from "./matmul_product.ts";
import {
  type Block,
  blocksOf,
  layoutOf,
  type MatrixLayout,
  type Side,
  sidesOf,
  turnOf,
} from "./matmul_sides.ts";
import { registerType, storageType } from "../wgsl/expression.ts";
import type { RegisterType } from "../wgsl/types.ts";

/** What a workgroup and its threads compute at a time; all are powers of two. */
export interface Tile {
  /** Rows of the output that a workgroup computes, at least 32. */
  readonly rows: number;
  /** Columns that it computes, at least 32. */
  readonly columns: number;
  /** How much of the inner extent is in workgroup memory at a time: 8, 16 or 32. */
  readonly depth: number;
  /** Rows that a thread computes, 4 or 8. */
  readonly high: number;
  /** Columns that a thread computes, 4 or 8. */
  readonly wide: number;
  /** Steps of the inner extent whose code is written out, at least 4: fewer compile faster, more may run faster. */
  readonly steps: number;
}

/** How many tiles cover one matrix of the product. */
export function tilesOf({ m, n }: Pick<Product, "m" | "n">, { rows, columns }: Tile): number {
  return Math.ceil(m / rows) * Math.ceil(n / columns);
}

/** Queues the kernel. */
export function runTiles(gpu: Gpu, product: Product, tile: Tile): void {
  const { a, b, out, n, batch, slices } = product, tiles = tilesOf(product, tile);
  const layouts = [a, b, out].map(layoutOf), parts = tiles * batch.size;
  const operand = (view: View, i: number): Operand => ({
    view,
    access: i === 2 ? "write" : "read",
    four: layouts[i].four,
  });
  gpu.run({
    key: `tiles${tileKey(tile)}:${layouts[0].turned}${layouts[1].turned}:${productKey(product)}`,
    label: "matmul",
    operands: [...[a, b, out].map(operand), ...besideOf(product)],
    words: productWords(product, { parts, tiles, across: Math.ceil(n / tile.columns) }),
    source: (names) => tileSource(product, tile, layouts, names),
    workgroups: spread(parts * slices),
  });
}

function tileKey({ rows, columns, depth, high, wide }: Tile): string {
  return `${rows}x${columns}x${depth}/${high}x${wide}`;
}

function tileSource(
  product: Product,
  tile: Tile,
  layouts: readonly MatrixLayout[],
  names: readonly string[],
): string {
  const p = parametersOf(product), { rows, columns, depth } = tile;
  const sides = sidesOf(p, [
    { array: names[0], layout: layouts[0], lines: rows },
    { array: names[1], layout: layouts[1], lines: columns },
  ], depth);
  const store = finishing(product, names.slice(3)) + storeFunction(product, names[2], layouts[2].four),
    type = registerType(product.a.dtype);
  return tiledSource(tile, { type, p, sides, store, places: places(product, p) });
}

/** What is multiplied tile by tile. */
export interface Tiled {
  /** What is computed with. */
  readonly type: RegisterType;
  readonly p: CutParameters & Pick<Parameters, "tiles" | "across">;
  readonly sides: readonly [Side, Side];
  /** Declares `store(row, column, at, v)`. */
  readonly store: string;
  /** Statements that find matrix number `one`, whose result is at `outAt`. */
  readonly places: string;
}

/** The source of its kernel. */
export function tiledSource(tile: Tile, { type, p, sides, store, places }: Tiled): string {
  const { rows, columns, high, wide } = tile, threads = rows / high * (columns / wide);
  const blocks = blocksOf(sides, threads);
  return `
alias Element = ${type};
alias Quad = vec4<${type}>;
${sides.map(({ source }) => source).join("\n")}
${store}
${entry(threads, p)}
  let one = part / ${p.tiles};
  ${places}
  let row0 = part % ${p.tiles} / ${p.across} * ${rows}u;
  let column0 = part % ${p.tiles} % ${p.across} * ${columns}u;
  let down = thread / ${columns / wide}u;
  let over = thread % ${columns / wide}u;
  ${eachSum(tile, (r, c) => `var s${r}_${c} = Quad();`)}
  ${sumLoop(tile, blocks)}
  ${eachSum(tile, (r, c) => storeStatement(tile, r, c))}
}`;
}

function storeFunction(product: Product, array: string, four: boolean): string {
  const p = parametersOf(product), type = storageType(product.out.dtype);
  const parts = ["x", "y", "z", "w"].map((part, j) =>
    finished(product, `v.${part}`, "row", `column + ${j}u`)
  );
  const each = parts.map((part, j) =>
    `if (column + ${j}u < ${p.n}) { ${array}[i + ${j}u * ${p.outColumn}] = ${type}(${part}); }`
  );
  const all = product.epilogue
    ? `vec4<${type}>(${parts.map((part) => `${type}(${part})`).join(", ")})`
    : `vec4<${type}>(v)`;
  return `fn store(row: u32, column: u32, at: u32, v: Quad) {
  if (row >= ${p.m} || column >= ${p.n}) { return; }
  let i = at + row * ${p.outRow} + column * ${p.outColumn};
  ${four ? `${array}[i >> 2u] = ${all};` : each.join("\n  ")}
}`;
}

// While one tile is multiplied in workgroup memory, the next is on its way into registers.
function sumLoop(tile: Tile, blocks: readonly Block[]): string {
  const all = (text: (block: Block) => string) => blocks.map((block) => `{ ${text(block)} }`).join("\n    ");
  return `${blocks.map(({ declare }) => declare).join("\n  ")}
  ${all(({ find }) => find)}
  var k = start;
  if (k < end) {
    ${all(({ load }) => load)}
  }
  while (k < end) {
    ${all(({ keep }) => keep)}
    workgroupBarrier();
    k += ${tile.depth}u;
    if (k < end) {
    ${all(({ load }) => load)}
    }
    ${steps(tile)}
    workgroupBarrier();
  }`;
}

function steps(tile: Tile): string {
  const { depth, steps } = tile, turn = turnOf(depth);
  if (steps === depth) {
    return range(depth, (k) => sumStatements(tile, `${k}u`, `${(k >> 2) * turn}u`)).join("\n    ");
  }
  return `for (var d = 0u; d < ${depth}u; d += ${steps}u) {
      ${
    range(steps, (k) => sumStatements(tile, `d + ${k}u`, `(d / 4u + ${k >> 2}u) * ${turn}u`)).join("\n      ")
  }
    }`;
}

function sumStatements({ rows, columns, high, wide }: Tile, k: string, turned: string): string {
  const quads = (tile: string, first: string, across: number) =>
    `tile${tile}[${k}][(${first} + ${across}u) ^ (${turned})]`;
  const loads = [
    ...range(high / 4, (r) => `let a${r} = ${quads("A", "down", r * rows / high)};`),
    ...range(wide / 4, (c) => `let b${c} = ${quads("B", "over", c * columns / wide)};`),
  ];
  const sums = range(
    high,
    (r) => range(wide / 4, (c) => `s${r}_${c} += a${r >> 2}.${"xyzw"[r & 3]} * b${c};`).join(" "),
  );
  return `{ ${[...loads, ...sums].join("\n      ")} }`;
}

function storeStatement({ rows, columns, high, wide }: Tile, r: number, c: number): string {
  const row = `row0 + (down + ${(r >> 2) * rows / high}u) * 4u + ${r & 3}u`;
  return `store(${row}, column0 + (over + ${c * columns / wide}u) * 4u, outAt, s${r}_${c});`;
}

function eachSum({ high, wide }: Tile, text: (r: number, c: number) => string): string {
  return range(high, (r) => range(wide / 4, (c) => text(r, c)).join("\n  ")).join("\n  ");
}

function range(count: number, text: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => text(i));
}
