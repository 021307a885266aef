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
  /** Its array. */
  readonly array: string;
  /** The number of its first line in the tile. */
  readonly first: string;
  /** How many lines it has. */
  readonly lines: string;
  /** The stride from line to line. */
  readonly line: string;
  /** The stride along a line. */
  readonly step: string;
  /** Whether elements are read four along a line, not four lines' at a time. */
  readonly deep: boolean;
  /** Whether these are one load. */
  readonly four: boolean;
  /** How many fours of lines are in a tile. */
  readonly quads: number;
  /** How much of each line is in a tile. */
  readonly depth: number;
}

/** Both operands, given the names of their arrays. */
export function sidesOf(
  p: Parameters,
  [a, b]: readonly { readonly array: string; readonly layout: MatrixLayout; readonly lines: number }[],
  depth: number,
): readonly [Side, Side] {
  return [
    {
      name: "A",
      array: a.array,
      first: "row0",
      lines: p.m,
      line: p.aRow,
      step: p.aColumn,
      deep: !a.layout.turned,
      four: a.layout.four,
      quads: a.lines / 4,
      depth,
    },
    {
      name: "B",
      array: b.array,
      first: "column0",
      lines: p.n,
      line: p.bColumn,
      step: p.bRow,
      deep: b.layout.turned,
      four: b.layout.four,
      quads: b.lines / 4,
      depth,
    },
  ];
}

/** Declares the workgroup memory of an operand, and the function that loads four of its elements. */
export function declareSide(side: Side): string {
  const { name, quads, depth } = side;
  return `var<workgroup> tile${name}: array<array<Quad, ${quads}>, ${depth}>;
fn load${name}(line: u32, k: u32, end: u32, at: u32) -> Quad {${
    side.four ? loadFour(side) : loadEach(side)
  }}`;
}

function loadFour({ array, lines, line, step, deep }: Side): string {
  const last = deep
    ? `min(line, ${lines} - 1u) * ${line} + min(k, end - 4u)`
    : `min(line, ${lines} - 4u) + min(k, end - 1u) * ${step}`;
  return `
  let v = Quad(${array}[(at + ${last}) >> 2u]);
  return select(Quad(), v, line < ${lines} && k < end);
`;
}

// What is outside of the matrix is not read and counts as 0.
function loadEach({ array, lines, line, step, deep }: Side): string {
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
      declare: four((j) => `var r${i}_${j} = Quad();`),
      load: choose((side, block) => loadStatements(side, block, `r${i}_`)),
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

function loadStatements(side: Side, block: string, register: string): string {
  const { name, first, deep } = side, at = name === "A" ? "aAt" : "bAt";
  const place = (j: number) => deep ? `line + ${j}u, k + k4 * 4u` : `line, k + k4 * 4u + ${j}u`;
  return `${blockPlace(side, block)}
    let line = ${first} + quad * 4u;
    ${four((j) => `${register}${j} = load${name}(${place(j)}, end, ${at});`)}`;
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

function four(text: (i: number) => string): string {
  return [0, 1, 2, 3].map(text).join("\n    ");
}
