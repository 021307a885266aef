/** Products of packed panels: a block of the output, tile by tile. */
import type { Callable } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, plus, times } from "../../assembler/values.ts";
import { type Hooks, wholeNumbers } from "./hooks.ts";
import { bytesOf, type Lanes } from "./lanes.ts";
import { defineNodeBlock } from "./node_block.ts";
import {
  beginTile,
  BLOCK,
  endingOf,
  endTile,
  type Kind,
  placing,
  sumProducts,
  type TileForm,
  widthOf,
} from "./tile.ts";

/**
 * Multiplies: left, the distances of its rows and of steps along them; right, the distances of its panels and of steps
 * along them; how many steps, c, its row and step, how many rows and columns, whether the product is added to what is
 * there, and room for a tile. Distances are in bytes, those of a packed factor as it is packed. With an epilogue: whether
 * it is complete, the numbers of the first row and column in the whole product, and what the epilogue is given.
 */
export type Block = Callable<readonly "i32"[], null>;

/** Defines the product of packed panels. */
export function defineBlock(module: Module, lanes: Lanes, form: TileForm, { left, epilogue }: Hooks): Block {
  const kind: Kind = { module, lanes, form, epilogue };
  return form.factors === "nodes" ? defineNodeBlock(kind, left) : defineLinearBlock(kind);
}

function defineLinearBlock(kind: Kind): Block {
  const { module, lanes, form } = kind,
    { height } = form,
    width = widthOf(form, lanes),
    size = bytesOf(lanes);
  const tile = defineTile(kind), put = placing(kind), takes = wholeNumbers(BLOCK + endingOf(kind));
  return module.define(
    takes,
    null,
    (body, [left, , , right, , , depth, c, cRow, cStep, m, n, add, room, ...ending]) => {
      const j = body.local("i32"),
        i = body.local("i32"),
        output = { c, cRow, cStep, m, n, add, room, ending };
      body.upTo(j, n, width, () => {
        const b = body.keep(plus(right, times(times(j, depth), size)));
        body.set(i, i32(0));
        body.upTo(i, m, height, () => {
          const a = body.keep(plus(left, times(times(i, depth), size)));
          put(
            body,
            output,
            i,
            j,
            (to, row, add, ending) => body.call(tile, a, b, depth, to, row, add, ...ending),
          );
        });
      });
    },
  );
}

// left, right, depth, c, its row, whether to add; the ending.
function defineTile(kind: Kind): Block {
  const takes = wholeNumbers(6 + endingOf(kind));
  return kind.module.define(takes, null, (body, [left, right, depth, c, cRow, add, ...ending]) => {
    const tile = beginTile(kind, body, c, cRow);
    sumProducts(kind, body, tile, { left, right, depth });
    endTile(kind, body, tile, add, ending);
  });
}
