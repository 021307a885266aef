/** Products by way of objects of the engine's own, whose fields are read without checks. */
import { type Body, call, type Callable, type Local } from "../../assembler/body.ts";
import {
  isNone,
  newNode,
  nextOf,
  type NodeKind,
  type Root,
  setNext,
  setRoot,
  setVector,
  vectorOf,
} from "../../assembler/nodes.ts";
import type { Reference } from "../../assembler/types.ts";
import { i32, op, plus, select, times, v128, type Value } from "../../assembler/values.ts";
import type { Block } from "./block.ts";
import { indices } from "./direct.ts";
import { asTheyAre, type Prologue, wholeNumbers } from "./hooks.ts";
import { bytesOf } from "./lanes.ts";
import { repeat } from "./pack.ts";
import {
  addProducts,
  beginTile,
  BLOCK,
  type Count,
  endingOf,
  endTile,
  type Kind,
  placing,
  widthOf,
} from "./tile.ts";

/** Steps along the inner axis that an object holds the factors of; beyond the last there are zeros. */
const STEPS = 8;

/** A chain of objects, each made when it is first wanted and kept. */
interface Chain {
  readonly kind: NodeKind;
  readonly root: Root;
}

type Node = Local<Reference>;

/**
 * Defines the product of rows as they lie with columns that lie next to each other or are packed. The factors of rows are
 * held in all lanes, so that a tile but reads them: those of one strip of rows at a time, which meet all columns.
 */
export function defineNodeBlock(kind: Kind, prologue = asTheyAre): Block {
  const { module, lanes, form } = kind, { height } = form, width = widthOf(form, lanes);
  const rows = defineChain(kind, height), columns = defineChain(kind, form.vectors);
  const fillRows = defineFillRows(kind, rows, prologue), fillColumns = defineFillColumns(kind, columns);
  const tile = defineTile(kind, rows, columns), put = placing(kind);
  return module.define(wholeNumbers(BLOCK + endingOf(kind)), null, (body, given) => {
    const [left, line, step, right, panel, along, depth, c, cRow, cStep, m, n, add, room, ...ending] = given;
    const output = { c, cRow, cStep, m, n, add, room, ending }, i = body.local("i32"), j = body.local("i32");
    const a = begun(body, rows), b = begun(body, columns);
    body.upTo(j, n, width, () => {
      body.set(b, call(fillColumns, b, right, along, depth));
      body.advance(right, panel);
    });
    body.upTo(i, m, height, () => {
      body.call(fillRows, a, left, line, step, op("i32.sub", m, i), depth);
      body.advance(left, times(line, height));
      body.set(b, columns.root);
      body.set(j, i32(0));
      body.upTo(j, n, width, () =>
        put(body, output, i, j, (to, row, add, ending) => {
          body.set(b, call(tile, a, b, depth, to, row, add, ...ending));
        }));
    });
  });
}

// With so many vectors a step.
function defineChain({ module }: Kind, vectors: number): Chain {
  const kind = module.node(STEPS * vectors);
  return { kind, root: module.root(kind) };
}

// The first object of a chain.
function begun(body: Body, { kind, root }: Chain): Node {
  body.if(isNone(root), () => setRoot(body, root, newNode(kind)));
  return body.keep(root);
}

/** What the next step has, and how to go on behind it. */
interface Source {
  readonly vectors: () => readonly Value[];
  readonly advance: () => void;
}

// Fills objects from one on, which then is the one behind them.
function fill(body: Body, { kind }: Chain, node: Node, depth: Count, { vectors, advance }: Source): void {
  const each = kind.vectors / STEPS, rest = body.keep(op("i32.rem_u", depth, i32(STEPS)));
  const set = (step: number, all: readonly Value[]) =>
    all.forEach((x, k) => setVector(body, kind, node, step * each + k, x as Value<"v128">));
  const read = (step: number) => {
    set(step, vectors());
    advance();
  };
  repeat(body, body.keep(op("i32.div_u", depth, i32(STEPS))), () => {
    for (let step = 0; step < STEPS; step++) read(step);
    goOn(body, kind, node);
  });
  body.if(rest, () => {
    const none = indices(each).map(() => v128(new Uint8Array(16)));
    for (let step = 0; step < STEPS; step++) {
      body.if(op("i32.gt_u", rest, i32(step)), () => read(step), () => set(step, none));
    }
    goOn(body, kind, node);
  });
}

function goOn(body: Body, kind: NodeKind, node: Node): void {
  const next = body.keep(nextOf(kind, node));
  body.if(isNone(next), () => {
    body.set(next, newNode(kind));
    setNext(body, kind, node, next);
  });
  body.set(node, next);
}

type FillRows = Callable<readonly [Reference, ...(readonly "i32"[])], null>;

// An object, from where, the distances of rows and of steps along them, how many rows there are, how many steps.
function defineFillRows({ module, lanes, form }: Kind, chain: Chain, prologue: Prologue): FillRows {
  const takes = [chain.kind.type, ...wholeNumbers(5)] as const;
  return module.define(takes, null, (body, [node, from, line, step, lines, depth]) => {
    const rows = [from];
    for (let i = 1; i < form.height; i++) {
      // In the place of a row that is missing stands the last.
      const isThere = op("i32.gt_u", lines, i32(i)), last = rows[i - 1];
      rows.push(body.keep(select(isThere, plus(last, line), last)));
    }
    fill(body, chain, node, depth, {
      vectors: () => rows.map((row) => prologue(body, lanes.splat(row, 0), lanes)),
      advance: () => rows.forEach((row) => body.advance(row, step)),
    });
  });
}

type FillColumns = Callable<readonly [Reference, "i32", "i32", "i32"], Reference>;

// An object, from where, the distance of steps, how many there are; gives the object behind them.
function defineFillColumns({ module, lanes, form }: Kind, chain: Chain): FillColumns {
  const takes = [chain.kind.type, "i32", "i32", "i32"] as const, vector = lanes.count * bytesOf(lanes);
  return module.define(takes, chain.kind.type, (body, [node, from, step, depth]) => {
    fill(body, chain, node, depth, {
      vectors: () => indices(form.vectors).map((j) => lanes.load(from, j * vector)),
      advance: () => body.advance(from, step),
    });
    return node;
  });
}

type Tile = Callable<readonly [Reference, Reference, ...(readonly "i32"[])], Reference>;

// The objects of rows and of columns, their depth, c, its row, whether to add; the ending.
function defineTile(kind: Kind, rows: Chain, columns: Chain): Tile {
  const { module, lanes, form } = kind, { height, vectors } = form;
  const takes = [rows.kind.type, columns.kind.type, ...wholeNumbers(4 + endingOf(kind))] as const;
  return module.define(takes, columns.kind.type, (body, [a, b, depth, c, cRow, add, ...ending]) => {
    const tile = beginTile(kind, body, c, cRow), held = indices(vectors).map(() => body.local(lanes.type));
    const turns = body.keep(op("i32.div_u", plus(depth, STEPS - 1), i32(STEPS)));
    const factor = body.local(lanes.type);
    repeat(body, turns, () => {
      for (let step = 0; step < STEPS; step++) {
        held.forEach((column, j) => body.set(column, vectorOf(columns.kind, b, step * vectors + j)));
        addProducts(lanes, body, tile.sums, held, (i) => {
          body.set(factor, vectorOf(rows.kind, a, step * height + i));
          return factor;
        });
      }
      body.set(a, nextOf(rows.kind, a));
      body.set(b, nextOf(columns.kind, b));
    });
    endTile(kind, body, tile, add, ending);
    return b;
  });
}
