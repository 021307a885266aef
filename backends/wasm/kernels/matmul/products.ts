/** Modules of products: their functions over the memory of a heap, made when they are first needed. */
import type { Callable } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import type { Simd } from "../../features.ts";
import type { Heap } from "../../memory/heap.ts";
import { defineBlock } from "./block.ts";
import { type TileForm, widthOf } from "./tile.ts";
import { defineDirect } from "./direct.ts";
import { defineDot } from "./dot.ts";
import { KernelModule, perHeap, type Run } from "../../modules.ts";
import type { Hooks, MakeHooks } from "./hooks.ts";
import { bytesOf, type Element, type Lanes, lanesOf } from "./lanes.ts";
import { FormChoice } from "./forms.ts";
import { definePack } from "./pack.ts";
import { defineRow } from "./row.ts";

/** What multiplies where matrices lie. */
export interface InPlace {
  readonly direct: Run;
  readonly dot: Run;
  readonly row: Run;
}

/** What packs, and what multiplies packed panels. */
export interface Packed {
  readonly form: TileForm;
  readonly width: number;
  readonly left: Run;
  readonly right: Run;
  readonly block: Run;
}

/** Products of elements of one kind over one memory; with hooks they are computed in packed panels. */
export class Products {
  readonly size: number;
  readonly choice: FormChoice;
  readonly #memory: WebAssembly.Memory;
  readonly #lanes: Lanes;
  #inPlace: InPlace | undefined;
  #packed = new Map<TileForm, Packed>();

  constructor(
    memory: WebAssembly.Memory,
    readonly element: Element,
    readonly simd: Simd,
    readonly hooks?: MakeHooks,
  ) {
    this.#memory = memory;
    this.#lanes = lanesOf(element, simd);
    this.size = bytesOf(this.#lanes);
    this.choice = new FormChoice(this);
  }

  get inPlace(): InPlace {
    return this.#inPlace ??= this.#made((module) => ({
      direct: defineDirect(module, this.#lanes),
      dot: defineDot(module, this.#lanes),
      row: defineRow(module, this.#lanes),
    }));
  }

  /** Those by tiles of a form. */
  packed(form: TileForm): Packed {
    const known = this.#packed.get(form);
    if (known) return known;
    const lanes = this.#lanes, width = widthOf(form, lanes);
    const made = this.#made((module, hooks) => ({
      left: definePack(module, lanes, form.height, hooks.left),
      right: definePack(module, lanes, width, hooks.right),
      block: defineBlock(module, lanes, form, hooks),
    }));
    const packed = { form, width, ...made };
    this.#packed.set(form, packed);
    return packed;
  }

  #made<N extends string>(
    define: (module: Module, hooks: Hooks) => Readonly<Record<N, Callable>>,
  ): Readonly<Record<N, Run>> {
    const kernel = new KernelModule(), hooks = this.hooks?.(kernel) ?? {};
    for (const [name, callable] of Object.entries<Callable>(define(kernel.module, hooks))) {
      kernel.module.export(name, callable);
    }
    return kernel.instantiate(this.#memory) as Readonly<Record<N, Run>>;
  }
}

const allOf = perHeap((): Partial<Record<Element, Products>> => ({}));

/** The products of elements on a heap. */
export function productsOf(heap: Heap, element: Element): Products {
  return allOf(heap)[element] ??= new Products(heap.memory, element, heap.simd);
}
