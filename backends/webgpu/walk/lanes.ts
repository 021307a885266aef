/** Views walked in two loops: over lanes, and along each of them. */
import type { View } from "@tapegrad/core/backend";
import { along, dtypesOf, otherAxes } from "../../common/views.ts";
import type { Operand } from "../kernels/kernel.ts";
import { elementTypes, elementWord, parameter, withElements } from "../kernels/map.ts";
import { coordinates, position, type ShaderWalk, shaderWalkOf, walkKey, walkWords } from "./strided.ts";
import { loaded } from "../wgsl/expression.ts";

/** Views of one shape, the first of which is written. */
export interface Lanes {
  readonly views: readonly View[];
  /** Over lanes. */
  readonly outer: ShaderWalk;
  /** Along each. */
  readonly inner: ShaderWalk;
  /** The parameters of both, which begin after the kernel's own. */
  readonly words: readonly number[];
  /** Tells kernels apart. */
  readonly key: string;
}

/** The lanes of views along some of their axes; a kernel has so many parameters of its own before theirs. */
export function lanesOf(views: readonly View[], axes: readonly number[], first: number): Lanes {
  const others = otherAxes(views[0].shape.length, axes);
  const outer = walkAlong(views, others, first), { classes } = outer;
  const words = walkWords(outer, views.map((v, k) => classes[k] === "v" ? elementWord(v) : v.offset));
  const inner = walkAlong(views, axes, first + words.length);
  words.push(...walkWords(inner, views.map(() => 0)));
  const dtypes = classes.includes("v") ? elementTypes(classes, dtypesOf(views)) : "";
  return { views, outer, inner, words, key: `${walkKey(outer)}/${walkKey(inner)}/${dtypes}` };
}

function walkAlong(views: readonly View[], axes: readonly number[], first: number): ShaderWalk {
  const parts = views.map((view) => along(view, axes));
  return withElements(shaderWalkOf(parts, parts[0].shape, first), views);
}

/** The views that a kernel binds, where it writes to `target`. */
export function laneOperands({ views, outer }: Lanes, target: View = views[0]): Operand[] {
  return views.flatMap((view, k): Operand[] => {
    if (k === 0) return [{ view: target, access: "write" }];
    return outer.classes[k] === "v" ? [] : [{ view, access: "read" }];
  });
}

/** The source of `locate(lane)`, after which the lane is `located` and starts at `from…k` in view `k`. */
export function locateSource({ views, outer }: Lanes): string {
  const located = views.map((_, k) => k).filter((k) => outer.classes[k] !== "v");
  return `
var<private> located: u32;
${located.map((k) => `var<private> from${k}: u32;`).join("\n")}
fn locate(lane: u32) {
  located = lane;
  ${coordinates(outer, "lane")}
  ${located.map((k) => `from${k} = ${position(outer, k, "lane")};`).join("\n  ")}
}`;
}

/** Statements that load element `j` of the located lane from all views but the first, and their names. */
export function loadAlong(
  { views, outer, inner }: Lanes,
  names: readonly string[],
): { readonly loads: string; readonly inputs: string[] } {
  const loads = [coordinates(inner, "j")], inputs: string[] = [];
  let next = 1;
  for (let k = 1; k < views.length; k++) {
    const { dtype } = views[k];
    const value = outer.classes[k] === "v"
      ? parameter(outer, k, dtype)
      : loaded(`${names[next++]}[${position(inner, k, "j", `from${k}`)}]`, dtype);
    loads.push(`let x${k - 1} = ${value};`);
    inputs.push(`x${k - 1}`);
  }
  return { loads: loads.join("\n  "), inputs };
}
