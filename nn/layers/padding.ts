/** Layers that pad: {@link pad} with widths and a mode. */
import {
  checkTensor,
  described,
  pad,
  type PadOptions,
  ShapeError,
  showShape,
  type Tensor,
  type Widths,
} from "@tapegrad/core";
import { Module } from "../module.ts";
import { shown } from "./told.ts";

/**
 * How many elements to put at every end, or at each: before and behind the last axis first, as in PyTorch.
 *
 * @category Layers
 */
export type PaddingWidths = number | readonly number[];

/**
 * What layers that pad have in common: they put elements around the last axes, or take elements away where a width is
 * below 0. They have no parameters.
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { CircularPad1d, ReflectionPad2d, ZeroPad2d } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[[1, 2], [3, 4]]]);
 * assertEquals(await new ZeroPad2d([1, 0, 0, 1]).forward(x).array(), [[[0, 1, 2], [0, 3, 4], [0, 0, 0]]]);
 * assertEquals(await new ReflectionPad2d([1, 0, 0, 1]).forward(x).array(), [[[2, 1, 2], [4, 3, 4], [2, 1, 2]]]);
 * assertEquals(await new CircularPad1d(1).forward(x).array(), [[[2, 1, 2, 1], [4, 3, 4, 3]]]);
 * ```
 */
export abstract class Padding extends Module {
  readonly #widths: Widths;
  readonly #options: PadOptions;
  readonly #given: PaddingWidths;

  /** A layer that pads the last `axes` axes. */
  constructor(axes: number, padding: PaddingWidths, options: PadOptions) {
    super();
    this.#widths = widthsOf(`make a ${this.constructor.name}`, padding, axes);
    this.#options = options;
    this.#given = padding;
  }

  /** With more around it, or less. */
  override forward(x: Tensor): Tensor {
    checkTensor(`apply ${this.describe()} to`, x);
    const axes = this.#widths.length, needsChannels = this.#options.mode !== "constant";
    if (needsChannels ? x.rank === axes + 1 || x.rank === axes + 2 : x.rank >= axes) {
      return pad(x, this.#widths, this.#options);
    }
    const wanted = needsChannels
      ? `channels and ${axes} more axes, or a batch of these, are`
      : `${axes} axes or more are`;
    throw new ShapeError(`Cannot apply ${this.describe()} to ${showShape(x.shape)}: ${wanted} needed`, {
      op: this.constructor.name,
      shapes: [x.shape],
    });
  }

  /** `ReflectionPad2d(1)`. */
  protected override describe(): string {
    const { value = 0 } = this.#options;
    return `${this.constructor.name}(${shown(this.#given)}${value === 0 ? "" : `, ${value}`})`;
  }
}

function widthsOf(asked: string, given: PaddingWidths, axes: number): Widths {
  const list = typeof given === "number" ? new Array<number>(2 * axes).fill(given) : given;
  if (!Array.isArray(list) || list.length !== 2 * axes || !list.every(Number.isSafeInteger)) {
    const found = Array.isArray(given) ? showShape(given) : described(given);
    const needed = `an integer is needed, or ${2 * axes}, before and behind the last axis first`;
    throw new RangeError(`Cannot ${asked} with widths of ${found}: ${needed}`);
  }
  return Array.from({ length: axes }, (_, i) => [list[2 * i], list[2 * i + 1]] as const).reverse();
}

function constant(of: string, value: number): PadOptions {
  if (typeof value === "number") return { mode: "constant", value };
  throw new TypeError(`Cannot make a ${of} with a value of ${described(value)}: a number is needed`);
}

/**
 * Puts a number around the last axis, as `torch.nn.ConstantPad1d`.
 *
 * @category Layers
 */
export class ConstantPad1d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths, value: number) {
    super(1, padding, constant("ConstantPad1d", value));
  }
}

/**
 * Puts a number around the last two axes, as `torch.nn.ConstantPad2d`.
 *
 * @category Layers
 */
export class ConstantPad2d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths, value: number) {
    super(2, padding, constant("ConstantPad2d", value));
  }
}

/**
 * Puts a number around the last three axes, as `torch.nn.ConstantPad3d`.
 *
 * @category Layers
 */
export class ConstantPad3d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths, value: number) {
    super(3, padding, constant("ConstantPad3d", value));
  }
}

/**
 * Puts zeros around the last axis, as `torch.nn.ZeroPad1d`.
 *
 * @category Layers
 */
export class ZeroPad1d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(1, padding, { mode: "constant" });
  }
}

/**
 * Puts zeros around the last two axes, as `torch.nn.ZeroPad2d`.
 *
 * @category Layers
 */
export class ZeroPad2d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(2, padding, { mode: "constant" });
  }
}

/**
 * Puts zeros around the last three axes, as `torch.nn.ZeroPad3d`.
 *
 * @category Layers
 */
export class ZeroPad3d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(3, padding, { mode: "constant" });
  }
}

/**
 * Puts elements mirrored about the edge at both ends of the last axis, as `torch.nn.ReflectionPad1d`.
 *
 * @category Layers
 */
export class ReflectionPad1d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(1, padding, { mode: "reflect" });
  }
}

/**
 * Puts elements mirrored about the edge at both ends of the last two axes, as `torch.nn.ReflectionPad2d`.
 *
 * @category Layers
 */
export class ReflectionPad2d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(2, padding, { mode: "reflect" });
  }
}

/**
 * Puts elements mirrored about the edge at both ends of the last three axes, as `torch.nn.ReflectionPad3d`.
 *
 * @category Layers
 */
export class ReflectionPad3d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(3, padding, { mode: "reflect" });
  }
}

/**
 * Puts the elements at the edge again at both ends of the last axis, as `torch.nn.ReplicationPad1d`.
 *
 * @category Layers
 */
export class ReplicationPad1d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(1, padding, { mode: "replicate" });
  }
}

/**
 * Puts the elements at the edge again at both ends of the last two axes, as `torch.nn.ReplicationPad2d`.
 *
 * @category Layers
 */
export class ReplicationPad2d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(2, padding, { mode: "replicate" });
  }
}

/**
 * Puts the elements at the edge again at both ends of the last three axes, as `torch.nn.ReplicationPad3d`.
 *
 * @category Layers
 */
export class ReplicationPad3d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(3, padding, { mode: "replicate" });
  }
}

/**
 * Puts the elements of the other end at both ends of the last axis, as `torch.nn.CircularPad1d`.
 *
 * @category Layers
 */
export class CircularPad1d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(1, padding, { mode: "circular" });
  }
}

/**
 * Puts the elements of the other end at both ends of the last two axes, as `torch.nn.CircularPad2d`.
 *
 * @category Layers
 */
export class CircularPad2d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(2, padding, { mode: "circular" });
  }
}

/**
 * Puts the elements of the other end at both ends of the last three axes, as `torch.nn.CircularPad3d`.
 *
 * @category Layers
 */
export class CircularPad3d extends Padding {
  /** A layer that pads. */
  constructor(padding: PaddingWidths) {
    super(3, padding, { mode: "circular" });
  }
}
