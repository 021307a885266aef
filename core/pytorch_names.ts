/** What tensors are asked in PyTorch, by its names: a script is ported line by line. */
import { permute, transpose } from "./ops/axis_order.ts";
import { reshape } from "./ops/shape.ts";
import type { Tensor } from "./tensor/tensor.ts";

/** Methods of PyTorch's that are ours by another name. */
export const synonyms = {
  eq: "equal",
  ne: "notEqual",
  gt: "greater",
  ge: "greaterEqual",
  lt: "less",
  le: "lessEqual",
  mm: "matmul",
  bmm: "matmul",
  mv: "matmul",
} as const;

/** Properties of PyTorch's that would be `undefined` here, and so false in a condition: reading or setting one says what it is. */
export const strangers: Readonly<Record<string, string>> = {
  "requires_grad": "requiresGrad",
  "is_leaf": "isLeaf",
  "grad_fn": "madeBy",
  device: "backend",
  "is_cuda": "backend.name",
};

/** The error that says what a property is called here. */
export function strange(name: string): TypeError {
  return new TypeError(`Cannot use ${name} of a tensor: it is ${strangers[name]} here`);
}

/**
 * Properties and methods of a {@link Tensor} that PyTorch has under these names.
 *
 * @category Tensors
 */
export abstract class PyTorchNames {
  /**
   * How many axes: {@link Tensor.rank}, as `torch.Tensor.ndim`.
   *
   * @example
   * ```ts
   * import { zeros } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const x = zeros([2, 3]);
   * assertEquals([x.ndim, x.dim(), x.numel()], [2, 2, 6]);
   * assertEquals([x.T.shape, x.view(-1, 2).shape, x.view([6]).shape], [[3, 2], [3, 2], [6]]);
   * assertEquals(await x.T.mm(x).eq(0).all().array(), true);
   * ```
   */
  get ndim(): number {
    return (this as unknown as Tensor).rank;
  }

  /** Its axes in reverse, as a view: `torch.Tensor.T`. */
  get T(): Tensor {
    const x = this as unknown as Tensor;
    return permute(x, x.shape.map((_, i) => -1 - i));
  }

  /** Its last two axes swapped, as a view: `torch.Tensor.mT`. */
  get mT(): Tensor {
    return transpose(this as unknown as Tensor);
  }

  /** How many axes: {@link Tensor.rank}, as `torch.Tensor.dim`. */
  dim(this: Tensor): number {
    return this.rank;
  }

  /** How many elements: {@link Tensor.size}, as `torch.Tensor.numel`. */
  numel(this: Tensor): number {
    return this.size;
  }

  /** {@link reshape} to extents in a list or one by one: `torch.Tensor.view`. */
  view(this: Tensor, ...shape: readonly number[] | readonly [readonly number[]]): Tensor {
    return reshape(this, shape.flat());
  }

  /** {@link reshape} to the shape of another tensor: `torch.Tensor.view_as`. */
  viewAs(this: Tensor, other: Tensor): Tensor {
    return reshape(this, other.shape);
  }
}
