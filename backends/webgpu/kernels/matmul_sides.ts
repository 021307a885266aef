/** The operands of tiled products: how their elements come into workgroup memory. */
import type { View } from "@tapegrad/core/backend";
import { lastStrides, type Parameters } from "./matmul_product.ts";

/** How a matrix lies in memory. */
export interface MatrixLayout {
  /** Whether neighbours along its last axis but one are nearer in memory than those along its last. */
  readonly turned: boolean;
  /** Whether any four neighbours from a multiple of four on lie in four aligned elements of memory. */
  readonly four: boolean;
}

/** How the matrices of a view lie. */
export function layoutOf(view: View): MatrixLayout {
  const [row, column] = lastStrides(view), turned = Math.abs(row) < Math.abs(column);
  const inner = view.shape.length - (turned ? 2 : 1);
  const four = view.strides[inner] === 1 && view.shape[inner] % 4 === 0 && view.offset % 4 === 0 &&
    view.strides.every((step, axis) => axis === inner || step % 4 === 0);
  return { turned, four };
}

/** An operand: its lines are rows of a, columns of b. */
export interface Side {
  /** Its name in the shader. */
  readonly name: "A" | "B";
  /** The number of its first line in the tile. */
  readonly first: string;
  /** Whether elements are read four along a line, not four lines' at a time. */
  readonly deep: boolean;
  /** How many fours of lines are in a tile. */
  readonly quads: number;
  /** How much of each line is in a tile. */
  readonly depth: number;
  /** Declares its workgroup memory and functions. */
  readonly source: string;
  /** Declares what block number `i` keeps of its lines for all of the loop, which begin at `line`, and finds it. */
  readonly lines?: (i: number) => { readonly declare: string; readonly find: string };
  /** Statements that load four quads of block number `i` from `line` and depth `k4` on into `r…_0` to `r…_3`. */
  readonly load: (i: number) => string;
}

/** A matrix that is one of the operands. */
interface Matrix {
  readonly name: Side["name"];
  /** Its array. */
  readonly array: string;
  /** How many lines it has. */
  readonly lines: string;
  /** The stride from line to line. */
  readonly line: string;
  /** The stride along a line. */
  readonly step: string;
  readonly deep: boolean;
  /** Whether four elements are one load. */
  readonly four: boolean;
  /** How many lines are in a tile. */
  readonly tile: number;
}

/** Both operands, given the names of their arrays. */
export function sidesOf(
  p: Parameters,
  [a, b]: readonly { readonly array: string; readonly layout: MatrixLayout; readonly lines: number }[],
  depth: number,
): readonly [Side, Side] {
  return [
    matrixSide({
      name: "A",
      array: a.array,
      lines: p.m,
      line: p.aRow,
      step: p.aColumn,
      deep: !a.layout.turned,
      four: a.layout.four,
      tile: a.lines,
    }, depth),
    matrixSide({
      name: "B",
      array: b.array,
      lines: p.n,
      line: p.bColumn,
      step: p.bRow,
      deep: b.layout.turned,
      four: b.layout.four,
      tile: b.lines,
    }, depth),
  ];
}

function matrixSide(matrix: Matrix, depth: number): Side {
  const { name, deep, four: isFour, tile } = matrix, at = name === "A" ? "aAt" : "bAt";
  const place = (j: number) => deep ? `line + ${j}u, k + k4 * 4u` : `line, k + k4 * 4u + ${j}u`;
  return {
    name,
    first: firstLine(name),
    deep,
    quads: tile / 4,
    depth,
    source: `${tileMemory(name, tile / 4, depth)}
fn load${name}(line: u32, k: u32, end: u32, at: u32) -> Quad {${
      isFour ? loadFour(matrix) : loadEach(matrix)
    }}`,
    load: (i) => four((j) => `r${i}_${j} = load${name}(${place(j)}, end, ${at});`),
  };
}

/** The number of the first line of an operand that is in a tile. */
export function firstLine(name: Side["name"]): string {
  return name === "A" ? "row0" : "column0";
}

/** Declares the workgroup memory of an operand. */
export function tileMemory(name: Side["name"], quads: number, depth: number): string {
  return `var<workgroup> tile${name}: array<array<Quad, ${quads}>, ${depth}>;`;
}

function loadFour({ array, lines, line, step, deep }: Matrix): string {
  const last = deep
    ? `min(line, ${lines} - 1u) * ${line} + min(k, end - 4u)`
    : `min(line, ${lines} - 4u) + min(k, end - 1u) * ${step}`;
  return `
  let v = Quad(${array}[(at + ${last}) >> 2u]);
  return select(Quad(), v, line < ${lines} && k < end);
`;
}

// What is outside of the matrix is not read and counts as 0.
function loadEach({ array, lines, line, step, deep }: Matrix): string {
  const [running, limit, stride] = deep ? ["k", "end", step] : ["line", lines, line];
  const [other, most, far] = deep ? ["line", lines, line] : ["k", "end", step];
  const parts = [0, 1, 2, 3].map((i) => `Element(${array}[i + min(${running} + ${i}u, last) * s])`);
  return `
  let last = ${limit} - 1u;
  let s = ${stride};
  let i = at + min(${other}, ${most} - 1u) * ${far};
  let v = Quad(${parts.join(", ")});
  return select(Quad(), v, (vec4<u32>(${running}) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(${limit})) & vec4<bool>(${other} < ${most}));
`;
}

/** A block of 4 × 4 elements that a thread brings into workgroup memory, by way of registers. */
export interface Block {
  /** Declares the registers. */
  readonly declare: string;
  /** Finds what is kept of its lines. */
  readonly find: string;
  /** Loads them. */
  readonly load: string;
  /** Writes them into workgroup memory. */
  readonly keep: string;
}

/** The blocks of each of so many threads. */
export function blocksOf(sides: readonly [Side, Side], threads: number): Block[] {
  const counts = sides.map(({ quads, depth }) => quads * depth / 4), [a, b] = counts;
  return Array.from({ length: Math.ceil((a + b) / threads) }, (_, i): Block => {
    const first = i * threads;
    return {
      declare: [
        four((j) => `var r${i}_${j} = Quad();`),
        ...sides.map(({ lines }) => lines?.(i).declare ?? ""),
      ].join("\n    "),
      find: sides.some(({ lines }) => lines) ? choose((side, block) => findStatements(side, block, i)) : "",
      load: choose((side, block) => `${linesPlace(side, block)}\n    ${side.load(i)}`),
      keep: choose((side, block) => keepStatements(side, block, `r${i}_`)),
    };

    // Blocks are counted through a, then b; a thread may have none left.
    function choose(text: (side: Side, block: string) => string): string {
      const ofA = () => text(sides[0], `thread + ${first}u`);
      const ofB = () => text(sides[1], first < a ? `thread - ${a - first}u` : `thread + ${first - a}u`);
      if (first + threads <= a) return ofA();
      const rest = first + threads <= a + b ? ofB() : `if (thread < ${a + b - first}u) { ${ofB()} }`;
      return first >= a ? rest : `if (thread < ${a - first}u) { ${ofA()} } else { ${rest} }`;
    }
  });
}

// Neighbouring threads read neighbouring memory.
function blockPlace({ deep, quads, depth }: Side, block: string): string {
  const across = deep ? depth / 4 : quads;
  return `let block = ${block};
    let quad = block ${deep ? "/" : "%"} ${across}u;
    let k4 = block ${deep ? "%" : "/"} ${across}u;`;
}

function linesPlace(side: Side, block: string): string {
  return `${blockPlace(side, block)}
    let line = ${side.first} + quad * 4u;`;
}

function findStatements(side: Side, block: string, i: number): string {
  return side.lines ? `${linesPlace(side, block)}\n    ${side.lines(i).find}` : "";
}

function keepStatements(side: Side, block: string, register: string): string {
  const { name, deep, depth } = side;
  const value = (j: number) =>
    deep ? `Quad(${[0, 1, 2, 3].map((i) => `${register}${i}.${"xyzw"[j]}`).join(", ")})` : `${register}${j}`;
  return `${blockPlace(side, block)}
    let slot = quad ^ (k4 * ${turnOf(depth)}u);
    ${four((j) => `tile${name}[k4 * 4u + ${j}u][slot] = ${value(j)};`)}`;
}

/**
 * Fours of lines change places (by exclusive or) with every four steps of depth, by so much: threads that write
 * side by side along the depth then meet different banks of memory.
 */
export function turnOf(depth: number): number {
  return 32 / depth;
}

/** Statements for each of four. */
export function four(text: (i: number) => string): string {
  return [0, 1, 2, 3].map(text).join("\n    ");
}
