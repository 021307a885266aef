/** The kernels of contractions: those of matrix products, whose operands are found loop by loop. */
import {
  type Bound,
  type Contraction,
  type Factor,
  type Range,
  ranges,
  sizesOf,
} from "./contraction_loops.ts";
import { type Gpu, type Operand, spread } from "./kernel.ts";
import { dotsSource, type Team } from "./matmul_dots.ts";
import { firstLine, four, type Side, tileMemory } from "./matmul_sides.ts";
import { type Tile, tiledSource, tilesOf } from "./matmul_tiles.ts";
import { word } from "../walk/strided.ts";
import { loaded, registerType, storageType, stored } from "../wgsl/expression.ts";

/** Text of what is added to a place by the loops of a range, whose numbers are declared. */
type Steps = (range: Range) => string;

/** A place as text: where it begins, and its steps; a bound has an extent too. */
interface PlaceText {
  readonly from: string;
  readonly steps: Steps;
  readonly extent?: string;
}

/** The places of a factor: in its array, then those that bounds ask for. */
type FactorText = readonly PlaceText[];

/** A contraction as text, with its parameters in order. */
interface Text {
  readonly words: number[];
  readonly sizes: Readonly<Record<Range, string>>;
  readonly p: Readonly<Record<"k" | "m" | "n" | "slice" | "parts" | "groups" | "tiles" | "across", string>>;
  readonly outSlice: string;
  /** Statements that declare the numbers of the loops of a range, of the index that a text says. */
  readonly numbers: (range: Range, index: string) => string;
  readonly a: FactorText;
  readonly b: FactorText;
  readonly out: FactorText;
  readonly bias: FactorText;
}

/** Workgroups for a slice, and of these those of one product, and those that lie beside each other. */
interface Cut {
  readonly parts: number;
  readonly tiles?: number;
  readonly across?: number;
}

function textOf(task: Contraction, { parts, tiles = 0, across = 0 }: Cut): Text {
  const words: number[] = [], add = (value: number) => word(words.push(value) - 1);
  const { loops, slices = 1 } = task, sizes = sizesOf(task), { slice = sizes.k } = task;
  const [batch, m, n, k] = ranges.map((range) => add(sizes[range]));
  const extents = ranges.map((range) => loops[range].map(add));
  const placeText = ({ place, extent }: Partial<Bound> & Pick<Bound, "place">): PlaceText => {
    const texts = ranges.map((range) =>
      place[range].flatMap((step, i) => step === 0 ? [] : [`${range}${i} * ${add(step)}`])
    );
    return {
      from: add(place.from),
      steps: (range) => texts[ranges.indexOf(range)].map((text) => ` + ${text}`).join(""),
      ...extent !== undefined && { extent: add(extent) },
    };
  };
  const factor = (given: Factor | null): FactorText =>
    given ? [placeText(given), ...given.bounds.map(placeText)] : [];
  return {
    words,
    sizes: { batch, m, n, k },
    p: {
      k,
      m,
      n,
      slice: add(slice),
      parts: add(parts),
      groups: add(parts * slices),
      tiles: add(tiles),
      across: add(across),
    },
    outSlice: add(slices > 1 ? sizes.batch * sizes.m * sizes.n : 0),
    numbers: (range, index) => numbersText(range, index, extents[ranges.indexOf(range)]),
    a: factor(task.a),
    b: factor(task.b),
    out: factor(task.out),
    bias: factor(task.bias),
  };
}

function numbersText(range: Range, index: string, extents: readonly string[]): string {
  if (extents.length === 0) return "";
  if (extents.length === 1) return `let ${range}0 = ${index};`;
  const inner = extents.map((extent, i) =>
    `let ${range}${i} = rest${range} % ${extent}; rest${range} /= ${extent};`
  );
  const lines = inner.slice(1).reverse();
  return [`var rest${range} = ${index};`, ...lines, `let ${range}0 = rest${range};`].join(" ");
}

// All that the source depends on.
function keyOf({ loops, a, b, out, bias }: Contraction): string {
  const shape = ranges.map((range) => loops[range].length).join("");
  const factors = [a, b, out, ...bias ? [bias] : []].map(({ place, bounds }) =>
    [place, ...bounds.map((bound) => bound.place)].map((one) =>
      ranges.map((range) => one[range].map((step) => step === 0 ? "0" : "s").join("")).join(".")
    ).join("+")
  );
  return `${shape}:${factors.join("/")}`;
}

function operandsOf({ a, b, out, bias }: Contraction): Operand[] {
  return [
    { view: out.view, access: "write" },
    ...[a, b, ...bias ? [bias] : []].map(({ view }): Operand => ({ view, access: "read" })),
  ];
}

const LANES = "vec4<u32>(0u, 1u, 2u, 3u)";

/** Queues the kernel in tiles. */
export function runContractionTiles(gpu: Gpu, task: Contraction, tile: Tile): void {
  const { m, n, batch } = sizesOf(task), { slices = 1, loops } = task, tiles = tilesOf({ m, n }, tile);
  const parts = tiles * batch, text = textOf(task, { parts, tiles, across: Math.ceil(n / tile.columns) });
  const deep = [isDeep(task.a, "m", loops), isDeep(task.b, "n", loops)];
  gpu.run({
    key: `contraction${Object.values(tile).join()}${deep.join()}:${keyOf(task)}`,
    label: task.label,
    operands: operandsOf(task),
    words: text.words,
    source: ([out, a, b, bias]) =>
      tiledSource(tile, {
        type: registerType(task.a.view.dtype),
        p: text.p,
        sides: [
          gridSide("A", text, { array: a, deep: deep[0], tile: tile.rows }, tile.depth),
          gridSide("B", text, { array: b, deep: deep[1], tile: tile.columns }, tile.depth),
        ],
        store: storeFunction(task, text, out, bias),
        places: placesText(text),
      }),
    workgroups: spread(parts * slices),
  });
}

// Whether neighbours along what is summed are nearer in memory, or go on further.
function isDeep({ place }: Factor, range: "m" | "n", loops: Contraction["loops"]): boolean {
  const along = Math.abs(place.k.at(-1) ?? 0) || Infinity,
    across = Math.abs(place[range].at(-1) ?? 0) || Infinity;
  return along === across ? loops.k.at(-1)! > (loops[range].at(-1) ?? 1) : along < across;
}

// Where product number `one` begins in each array, and in the places that bounds ask for.
function placesText({ numbers, a, b, out, bias, outSlice }: Text): string {
  const begin = (name: string, factor: FactorText) =>
    factor.map(({ from, steps }, t) => `${name}At${t} = ${from}${steps("batch")};`);
  return `${numbers("batch", "one")}
  ${[...begin("a", a), ...begin("b", b), ...begin("out", out), ...begin("bias", bias)].join("\n  ")}
  let outAt = outAt0 + slice * ${outSlice};
  isFirst = slice == 0u;`;
}

function declared({ a, b, out, bias }: Text): string {
  const names = Object.entries({ a, b, out, bias }).flatMap(([name, factor]) =>
    factor.map((_, t) => `${name}At${t}`)
  );
  return `${names.map((name) => `var<private> ${name}: u32;`).join("\n")}
var<private> isFirst: bool;`;
}

interface Grid {
  readonly array: string;
  readonly deep: boolean;
  /** How many lines are in a tile. */
  readonly tile: number;
}

function gridSide(name: Side["name"], text: Text, { array, deep, tile }: Grid, depth: number): Side {
  const range = name === "A" ? "m" : "n", letter = name === "A" ? "a" : "b", factor = text[letter];
  const kept = (i: number, t: number) => `at${name}${i}_${t}`;
  return {
    name,
    first: firstLine(name),
    deep,
    quads: tile / 4,
    depth,
    source: `${tileMemory(name, tile / 4, depth)}
fn fetch${name}(at: vec4<u32>, inside: vec4<bool>) -> Quad {
  let i = select(vec4<u32>(), at, inside);
  return select(Quad(), Quad(${[..."xyzw"].map((c) => `Element(${array}[i.${c}])`).join(", ")}), inside);
}`,
    lines: (i) => ({
      declare: factor.map((_, t) => `var ${kept(i, t)} = vec4<u32>();`).join(" "),
      find: `let lines = min(vec4<u32>(line) + ${LANES}, vec4<u32>(${text.sizes[range]} - 1u));
    ${text.numbers(range, "lines")}
    ${factor.map(({ steps }, t) => `${kept(i, t)} = vec4<u32>(${letter}At${t})${steps(range)};`).join(" ")}`,
    }),
    load: (i) =>
      `let ks = vec4<u32>(k + k4 * 4u) + ${LANES};
    ${text.numbers("k", "min(ks, vec4<u32>(end - 1u))")}
    ${factor.map(({ steps }, t) => `let along${t} = vec4<u32>()${steps("k")};`).join(" ")}
    ${four((j) => fetched(i, j))}`,
  };

  // Either four lines at one step, or four steps of one line.
  function fetched(i: number, j: number): string {
    const one = "xyzw"[j],
      sum = (t: number) => deep ? `${kept(i, t)}.${one} + along${t}` : `${kept(i, t)} + along${t}.${one}`;
    const within = deep ? `ks < vec4<u32>(end)` : `vec4<bool>(ks.${one} < end)`;
    const inside = factor.slice(1).map(({ extent }, t) => ` & (${sum(t + 1)} < vec4<u32>(${extent}))`);
    return `r${i}_${j} = fetch${name}(${sum(0)}, (${within})${inside.join("")});`;
  }
}

function storeFunction(
  { out: { view }, bias }: Contraction,
  text: Text,
  array: string,
  biases: string,
): string {
  const { numbers, out, p } = text, type = storageType(view.dtype);
  const places = out.map(({ steps }, t) =>
    `let place${t} = vec4<u32>(${t === 0 ? "at" : `outAt${t}`})${steps("m")}${steps("n")};`
  );
  const inside = out.slice(1).map(({ extent }, t) => ` & (place${t + 1} < vec4<u32>(${extent}))`);
  const each = [..."xyzw"].map((c) => `if (inside.${c}) { ${array}[place0.${c}] = ${type}(sum.${c}); }`);
  return `${declared(text)}
fn store(row: u32, column: u32, at: u32, v: Quad) {
  if (row >= ${p.m} || column >= ${p.n}) { return; }
  let columns = vec4<u32>(column) + ${LANES};
  ${numbers("m", "row")}
  ${numbers("n", "columns")}
  ${places.join("\n  ")}
  let inside = (columns < vec4<u32>(${p.n}))${inside.join("")};
  var sum = v;
  ${bias ? `if (isFirst) { sum += Quad(Element(${biasElement(text, biases)})); }` : ""}
  ${each.join("\n  ")}
}`;
}

function biasElement({ bias: [{ steps }] }: Text, array: string): string {
  return `${array}[biasAt0${steps("m")}]`;
}

/** Queues the kernel that shares out single sums. */
export function runContractionDots(gpu: Gpu, task: Contraction, team: Team): void {
  const { m, n, batch } = sizesOf(task), { slices = 1 } = task, { outputs, lanes, along } = team;
  const parts = Math.ceil(m * n * batch / outputs), text = textOf(task, { parts });
  gpu.run({
    key: `contraction${outputs}x${lanes}${along ? "along" : ""}:${keyOf(task)}`,
    label: task.label,
    operands: operandsOf(task),
    words: text.words,
    source: (names) => contractionDots(task, text, team, names),
    workgroups: spread(parts * slices),
  });
}

function contractionDots(task: Contraction, text: Text, team: Team, names: readonly string[]): string {
  const [out, a, b, biases] = names, { numbers, p } = text, type = registerType(task.a.view.dtype);
  const { dtype } = task.out.view,
    bias = task.bias && loaded(biasElement(text, biases), task.bias.view.dtype);
  const line = (name: "a" | "b", range: Range) =>
    text[name].map(({ steps }, t) => `${name}At${t} = ${name}At${t}${steps(range)};`).join(" ");
  const outside = text.out.slice(1).map(({ steps, extent }, t) =>
    ` && outAt${t + 1}${steps("m")}${steps("n")} < ${extent}`
  );
  return dotsSource(team, {
    type,
    p,
    count: text.sizes.batch,
    declare: `${declared(text)}\n${termFunction(task, text, [a, b])}`,
    places: placesText(text),
    find: `${numbers("m", "row")}
    ${numbers("n", "column")}
    ${line("a", "m")}
    ${line("b", "n")}`,
    term: (k) => `term(${k})`,
    store: `${numbers("m", "row")}
    ${numbers("n", "column")}
    ${bias ? `if (isFirst) { sum += ${bias}; }` : ""}
    if (true${outside.join("")}) { ${out}[outAt${text.out[0].steps("m")}${text.out[0].steps("n")}] = ${
      stored("sum", dtype)
    }; }`,
  });
}

function termFunction({ a, b }: Contraction, text: Text, [first, second]: readonly string[]): string {
  const type = registerType(a.view.dtype),
    place = (name: "a" | "b", t: number) => `${name}At${t}${text[name][t].steps("k")}`;
  const outside = (["a", "b"] as const).flatMap((name) =>
    text[name].slice(1).map(({ extent }, t) => `${place(name, t + 1)} >= ${extent}`)
  );
  return `fn term(k: u32) -> ${type} {
  ${text.numbers("k", "k")}
  ${outside.length > 0 ? `if (${outside.join(" || ")}) { return ${type}(); }` : ""}
  return ${loaded(`${first}[${place("a", 0)}]`, a.view.dtype)} * ${
    loaded(`${second}[${place("b", 0)}]`, b.view.dtype)
  };
}`;
}
