/** Weights with orthogonal rows or columns. */
import {
  checkOptions,
  concat,
  described,
  diagEmbed,
  diagonal,
  keep,
  type Key,
  matmul,
  mul,
  narrow,
  normal,
  pad,
  ShapeError,
  showShape,
  stack,
  sub,
  type Tensor,
  tril,
  trunc,
} from "@tapegrad/core";
import { orthonormal } from "../init/matrices.ts";
import { type AnyModule, Module } from "../module.ts";
import { registerParametrization } from "../parametrize.ts";
import { reflected, reflections } from "./reflections.ts";
import { cayley, matrixExp } from "./rotations.ts";
import { parametrizedTensor } from "./tensor.ts";

/**
 * How an orthogonal matrix is made of one that is not.
 *
 * @category Modules
 */
export type OrthogonalMap = "matrixExp" | "cayley" | "householder";

/**
 * What {@link orthogonal} may be told.
 *
 * @category Modules
 */
export interface OrthogonalParametrizationOptions {
  /** The parameter: `weight` unless said. */
  readonly name?: string;
  /** How it is made: `matrixExp` where the matrices are square and `householder` where not, unless said. */
  readonly orthogonalMap?: OrthogonalMap;
  /** Whether it is a change of a matrix `base`, which is what was assigned last; it is unless said. */
  readonly useTrivialization?: boolean;
  /** Where what completes a base comes from; the global sequence unless said. */
  readonly key?: Key;
}

const maps: Readonly<Record<OrthogonalMap, ((skew: Tensor) => Tensor) | null>> = {
  matrixExp,
  cayley,
  householder: null,
};

function isWide({ shape }: Tensor): boolean {
  return shape.at(-2)! < shape.at(-1)!;
}

function upright(x: Tensor): Tensor {
  return isWide(x) ? x.transpose() : x;
}

// The matrix of a product of reflections, with the signs that stand on the diagonal, which have no gradient.
function ofReflections(x: Tensor): Tensor {
  return mul(reflected(x), trunc(diagonal(x.detach())).unsqueeze(-2));
}

function ofSkew(map: (skew: Tensor) => Tensor, x: Tensor): Tensor {
  const [rows, columns] = x.shape.slice(-2), none = x.shape.slice(0, -1).map(() => [0, 0] as const);
  const lower = pad(tril(x), [...none, [0, rows - columns]]);
  return narrow(map(sub(lower, lower.transpose())), -1, 0, columns);
}

// Each matrix made orthogonal, so that it is left as it is if it was so.
function orthogonalized(tall: Tensor): Tensor {
  if (tall.rank > 2) return stack(tall.unbind().map(orthogonalized));
  return orthonormal(tall.transpose()).transpose();
}

class Orthogonal extends Module {
  readonly base: Tensor | null = null;
  readonly #map: OrthogonalMap;
  readonly #hasBase: boolean;
  readonly #key: Key | undefined;

  constructor(map: OrthogonalMap, hasBase: boolean, key: Key | undefined) {
    super();
    [this.#map, this.#hasBase, this.#key] = [map, hasBase, key];
  }

  override forward(x: Tensor): Tensor {
    const tall = upright(x), map = maps[this.#map];
    const made = map ? ofSkew(map, tall) : ofReflections(tall),
      q = this.base ? matmul(this.base, made) : made;
    return isWide(x) ? q.transpose() : q;
  }

  rightInverse(given: Tensor): Tensor {
    const tall = upright(given);
    if (!this.#hasBase) {
      if (this.#map === "householder") {
        const found = reflections(tall);
        return isWide(given) ? found.transpose() : found;
      }
      throw new TypeError(
        `Cannot set a weight that is made by ${this.#map}: useTrivialization: true allows that`,
      );
    }
    this.#setBase(orthogonalized(this.#completed(tall)));
    const [rows, columns] = given.shape.slice(-2), count = Math.min(rows, columns);
    const none = given.shape.slice(0, -2).map(() => [0, 0] as const);
    const ones = diagEmbed(
      given.zerosLike().sub(1).slice(...none.map(() => null), 0).slice(...none.map(() => null), [0, count]),
    );
    return pad(ones, [...none, [0, rows - count], [0, columns - count]]);
  }

  #completed(tall: Tensor): Tensor {
    const [rows, columns] = tall.shape.slice(-2), { dtype, backend } = tall, key = this.#key;
    if (rows === columns) return tall;
    const shape = [...tall.shape.slice(0, -2), rows, rows - columns];
    return concat([tall, normal(shape, { dtype, backend, ...key && { key } })], -1);
  }

  #setBase(base: Tensor): void {
    if (this.base) this.base.assign(base);
    else Object.assign(this, { base: keep(base) });
  }
}

/**
 * Has a weight of a module computed so that its rows are orthogonal and of length 1, or its columns where it has fewer of them, as
 * `torch.nn.utils.parametrizations.orthogonal`: what is trained cannot leave these matrices. The weight that is there
 * is made orthogonal first. Fewer than two axes are a {@link ShapeError}. It gives the module back.
 *
 * @category Modules
 * @example
 * ```ts
 * import { key } from "@tapegrad/core";
 * import { Linear, parametrizations } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { weight } = parametrizations.orthogonal(new Linear(3, 2), { key: key(1) });
 * const products = weight.matmul(weight.transpose());
 * assertAlmostEquals(await products.slice(0, 0).item(), 1, 1e-6);
 * assertAlmostEquals(await products.slice(0, 1).item(), 0, 1e-6);
 * ```
 */
export function orthogonal<M extends AnyModule>(
  module: M,
  options: OrthogonalParametrizationOptions = {},
): M {
  const asked = "parametrize by an orthogonal matrix";
  checkOptions(asked, options, { name: "", orthogonalMap: "", useTrivialization: true, key: null });
  const { name = "weight", useTrivialization = true, key } = options;
  const weight = parametrizedTensor(asked, module, name);
  if (weight.rank < 2) {
    throw new ShapeError(
      `Cannot ${asked} ${showShape(weight.shape)}: a matrix or a stack of them is needed`,
      {
        op: "orthogonal",
        shapes: [weight.shape],
      },
    );
  }
  const isSquare = weight.shape.at(-1) === weight.shape.at(-2);
  const map = options.orthogonalMap ?? (isSquare ? "matrixExp" : "householder");
  if (!Object.hasOwn(maps, map)) {
    throw new TypeError(
      `Cannot ${asked} made by ${described(map)}: choose one of ${Object.keys(maps).join(", ")}`,
    );
  }
  return registerParametrization(module, name, new Orthogonal(map, useTrivialization, key), { unsafe: true });
}
