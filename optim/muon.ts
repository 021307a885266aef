/** Momentum whose directions count alike. */
import { checkSetting, defineUpdate, defineUpdates, e, ShapeError, type Tensor } from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import type { Cells, Optimizable, OptimizerOptions } from "./parameters.ts";
import { nameOf } from "./parameter_groups.ts";
import { average, decayed, lengthOf, zerosFor } from "./rule.ts";
import { checkFraction, checkNotNegatives, checkNumbers, settled } from "./settings.ts";

/**
 * How {@link Muon} adjusts the learning rate to the shape of a matrix.
 *
 * @category Optimizers
 */
export type MuonAdjustment = "original" | "matchRmsAdamw";

/**
 * What {@link Muon} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface MuonOptions extends Partial<OptimizerOptions> {
  /** A parameter is multiplied by 1 - learningRate·weightDecay in each step; 0.1 unless said. */
  readonly weightDecay?: number;
  /** How much of the velocity stays from step to step; 0.95 unless said. */
  readonly momentum?: number;
  /** Look ahead by the velocity; it does unless said. */
  readonly nesterov?: boolean;
  /** The polynomial of a step of the iteration; 3.4445, -4.775 and 2.0315 unless said. */
  readonly nsCoefficients?: readonly [number, number, number];
  /** The least norm that the velocity is divided by; 1e-7 unless said. */
  readonly eps?: number;
  /** How many steps the iteration has; 5 unless said. */
  readonly nsSteps?: number;
  /** The rate by √max(1, rows/columns), or by 0.2·√max(rows, columns), with which rates of AdamW fit; the first unless said. */
  readonly adjustLearningRate?: MuonAdjustment;
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * The settings of a group of {@link Muon}, none left out.
 *
 * @category Optimizers
 */
export type MuonSettings = Required<MuonOptions>;

/**
 * What {@link Muon} remembers of a parameter.
 *
 * @category Optimizers
 */
export type MuonState = {
  /** The average of gradients. */
  momentumBuffer?: Tensor;
};

/**
 * What {@link Muon} computes with that follows from its settings.
 *
 * @category Optimizers
 */
export type MuonDerived = Readonly<Record<"inflow" | "a" | "b" | "c", number>>;

const defaults = {
  learningRate: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  nsCoefficients: [3.4445, -4.775, 2.0315] as const,
  eps: 1e-7,
  nsSteps: 5,
  adjustLearningRate: "original" as const,
  maximize: false,
  nonFinite: "take" as const,
};

const adjustments: Readonly<Record<MuonAdjustment, (rows: number, columns: number) => number>> = {
  original: (rows, columns) => Math.sqrt(Math.max(1, rows / columns)),
  matchRmsAdamw: (rows, columns) => 0.2 * Math.sqrt(Math.max(rows, columns)),
};

const accelerate = /* @__PURE__ */ defineUpdates("accelerate", (v, _u, g, sign, momentum, inflow) => {
  const faster = average(v, e.mul(sign, g), momentum, inflow);
  return [faster, faster];
});

const accelerateAhead = /* @__PURE__ */ defineUpdates("accelerate", (v, _u, g, sign, momentum, inflow) => {
  const d = e.mul(sign, g), faster = average(v, d, momentum, inflow);
  return [faster, average(faster, d, momentum, inflow)];
});

const normalize = /* @__PURE__ */ defineUpdate(
  "normalize",
  (u, length, eps) => e.div(u, e.maximum(length, eps)),
);

const combine = /* @__PURE__ */ defineUpdate("combine", (x, y, a, b) => e.add(e.mul(a, x), e.mul(b, y)));

const descend = /* @__PURE__ */ defineUpdate(
  "descend",
  (p, u, rate, decay, scale) => e.sub(decayed(p, rate, decay), e.mul(e.mul(rate, scale), u)),
);

/**
 * Muon (Jordan et al., 2024), as PyTorch's since 2.9, for the matrices of hidden layers: the velocity
 * b = momentum·b + (1 - momentum)·g, or Nesterov's momentum·b + (1 - momentum)·g of it, is brought near to the
 * orthogonal matrix that is nearest to it, by steps x = a·x + (b·xxᵀ + c·(xxᵀ)²)·x from x = g/‖g‖; they are computed in
 * the dtype of the parameter, where PyTorch takes bf16.
 *
 * A parameter that is no matrix is a {@link ShapeError}, settings out of range are a `RangeError`.
 *
 * @category Optimizers
 * @example
 * ```ts
 * import { tensor, variable } from "@tapegrad/core";
 * import { Muon } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const w = variable([[0, 0], [0, 0]]), optimizer = new Muon([w], { learningRate: 1, nsSteps: 20, nsCoefficients: [1.5, -0.5, 0] });
 * w.setGrad(tensor([[0, 3], [-1, 0]]));
 * optimizer.step();
 * const [, a, b] = await w.data();
 * assertAlmostEquals(a, -1, 1e-5);
 * assertAlmostEquals(b, 1, 1e-5);
 * ```
 */
export class Muon extends Optimizer<MuonSettings, MuonState, MuonDerived> {
  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<MuonOptions>, options?: MuonOptions) {
    super(parameters, settled("descend", options, defaults));
    this.groups.flatMap((group) => group.parameters).forEach(checkMatrix);
  }

  /** Refuses what is out of range. */
  protected override check(settings: MuonSettings): void {
    const { momentum, weightDecay, nsCoefficients, eps, nsSteps, adjustLearningRate } = settings;
    checkFraction("momentum", momentum);
    checkNotNegatives({ "weight decay": weightDecay, eps });
    checkNumbers("nsCoefficients", nsCoefficients, 3);
    checkSetting("optimise", "ns steps", nsSteps, 1, 99);
    if (adjustLearningRate in adjustments) return;
    throw new RangeError(
      `Cannot adjust the learning rate by ${adjustLearningRate}: choose ${
        Object.keys(adjustments).join(", ")
      }`,
    );
  }

  /** What enters the velocity, and the coefficients one by one. */
  protected override derived({ momentum, nsCoefficients: [a, b, c] }: MuonSettings): MuonDerived {
    return { inflow: 1 - momentum, a, b, c };
  }

  /** One step of one parameter. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    options: MuonSettings,
    state: MuonState,
    cells: Cells<MuonSettings & MuonDerived>,
  ): void {
    const { momentum, inflow, learningRate, weightDecay } = cells,
      velocity = state.momentumBuffer ??= zerosFor(parameter);
    const { nesterov, maximize, adjustLearningRate } = options, [rows, columns] = parameter.shape;
    const change = nesterov ? accelerateAhead : accelerate, u = gradient.zerosLike();
    change([velocity, u], gradient, maximize ? -1 : 1, momentum, inflow);
    normalize(u, lengthOf(u), cells.eps);
    const x = rows > columns
      ? orthogonal(u.transpose(), options, cells).transpose()
      : orthogonal(u, options, cells);
    descend(parameter, x, learningRate, weightDecay, adjustments[adjustLearningRate](rows, columns));
  }
}

// The polynomial brings each singular value near to 1.
function orthogonal(u: Tensor, { nsSteps }: MuonSettings, { a, b, c }: Cells<MuonDerived>): Tensor {
  let x = u;
  for (let i = 0; i < nsSteps; i++) {
    const gram = x.matmul(x.transpose()), power = gram.matmul(gram);
    combine(power, gram, c, b);
    const next = power.matmul(x);
    combine(next, x, 1, a);
    x = next;
  }
  return x;
}

function checkMatrix(parameter: Tensor, i: number): void {
  if (parameter.rank === 2) return;
  throw new ShapeError(
    `Cannot optimise ${nameOf(parameter, i)} by Muon: a matrix is needed, give others to AdamW`,
    { op: "Muon", shapes: [parameter.shape] },
  );
}
