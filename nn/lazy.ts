/** Layers that take the extents of their inputs from the first of them. */
import { checkTensor, quoted, type Shape, ShapeError, showShape, Tensor } from "@tapegrad/core";
import type { AnyModule } from "./module.ts";
import { waiting } from "./pending.ts";

/** How a layer without parameters comes to have them. */
export interface Lazy {
  /** The class of the layer, and that which it becomes. */
  readonly classes: readonly [
    lazy: { readonly prototype: AnyModule },
    full: { readonly prototype: AnyModule },
  ];
  /** What it is called until then, behind its class. */
  readonly told: string;
  /** The property that is missing. */
  readonly extent: string;
  /** What that is by an input, `undefined` if this is no such. */
  ofInput(shape: Shape): number | undefined;
  /** What it is by a state. */
  ofState(shapeOf: (name: string) => Shape | undefined): number | undefined;
  /** The whole layer. */
  make(extent: number): AnyModule;
}

const ordinary = { configurable: true, enumerable: true, writable: true } as const;

function hide(layer: AnyModule, names: readonly string[], title: string): void {
  for (const name of names) {
    const get = () => {
      throw new TypeError(
        `Cannot read ${quoted(name)} of ${title}: it is made by the first forward, or by loadStateDict`,
      );
    };
    Object.defineProperty(layer, name, { get, configurable: true, enumerable: false });
  }
}

/**
 * Takes a layer's parameters from it until an input or a state tells its extents: then it becomes one of the class
 * that is told, as PyTorch's lazy layers do.
 */
export function makeLazy(layer: AnyModule, lazy: Lazy): void {
  const title = `${layer.constructor.name}(${lazy.told})`;
  const names = Object.entries(layer).flatMap(([name, value]) => value instanceof Tensor ? [name] : []);
  hide(layer, names, title);
  Object.defineProperty(layer, "describe", { value: () => title, configurable: true });
  const later: ((module: AnyModule) => void)[] = [];
  const finish = (extent: number) => {
    const made = lazy.make(extent) as unknown as Record<string, unknown>, [own, full] = lazy.classes;
    end();
    handle.remove();
    Reflect.deleteProperty(layer, "describe");
    for (const name of [lazy.extent, ...names]) {
      Object.defineProperty(layer, name, { value: made[name], ...ordinary });
    }
    if (Object.getPrototypeOf(layer) === own.prototype) Object.setPrototypeOf(layer, full.prototype);
    for (const change of later) change(layer);
  };
  const handle = layer.registerForwardPreHook((_: unknown, [x]: readonly unknown[]) => {
    checkTensor(`apply ${title} to`, x);
    const { shape } = x as Tensor, extent = lazy.ofInput(shape);
    if (extent !== undefined) return finish(extent);
    throw new ShapeError(`Cannot apply ${title} to ${showShape(shape)}: it has no such number of axes`, {
      op: layer.constructor.name,
      shapes: [shape],
    });
  });
  const end = waiting(layer, {
    title,
    names,
    later,
    finishFor(shapeOf): void {
      const extent = lazy.ofState(shapeOf);
      if (extent !== undefined) finish(extent);
    },
  });
}
