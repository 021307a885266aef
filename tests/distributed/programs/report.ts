/** What the programs of many processes report: the worst of all ranks, in one line of rank 0. */
import { allReduce, type World } from "@tapegrad/distributed";
import { noGrad, stack, type Tensor, tensor } from "@tapegrad/core";
import type { AnyModule } from "@tapegrad/nn";

/** How far the parameters and buffers of two models are apart at most, on any rank; NaN if one is NaN. */
export function apart(a: AnyModule, b: AnyModule): number {
  const [own, other] = [a, b].map((model) => [...model.parameters(), ...model.buffers()]);
  const most = noGrad(() => own.map((x, i) => x.to("f64").sub(other[i].to("f64")).abs().max()));
  return worst(stack(most).max());
}

/** The largest of a number on all ranks. */
export function worst(x: Tensor | number): number {
  const own = typeof x === "number" ? tensor(x, { dtype: "f64" }) : x;
  return allReduce(own, "max").itemSync();
}

/** Prints on rank 0. */
export function report(world: World, found: unknown): void {
  world.log(JSON.stringify(found));
}
