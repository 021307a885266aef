/** The op of attention's gradients, which makes scores and weights once more. */
import { dtypes, isFloating } from "../../base/dtype.ts";
import { apply, applyAll } from "../../call/apply.ts";
import type { Composite, Parts, Saved, TensorType } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { e } from "../../expr/e.ts";
import type { AttentionAttributes, AttentionBackwardAttributes } from "../../primitives/attention_kernels.ts";
import { cast, mapping, product, reshape, sum, sumTo, transpose } from "../../primitives/functions.ts";
import { reduce } from "../../primitives/reduce.ts";
import { filled } from "../../tensor/constants.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mul, sub } from "../arithmetic.ts";
import { wide } from "../widen.ts";
import { dropping, overTotal, scoresOf, weightOf } from "./attention_formulas.ts";

const x = e.input(0), y = e.input(1);
const slopeOf = mapping("attention backward", e.mul(x, e.sub(y, e.input(2))));
const weighted = { kind: "sum", name: "attention backward", expr: e.mul(x, y) } as const;

/** The mean of slopes by the weights of each row. */
function meanOf(weights: Tensor, slopes: Tensor, shape: readonly number[]): Tensor {
  const axes = [weights.rank - 1], sums = apply(reduce, [weights, slopes], { ...weighted, axes });
  return reshape(overTotal(sums, sum(weights, axes)), shape);
}

/** The operands of {@link backward}: those of attention, its log-sum-exps, and the cotangents that there are. */
function parted(
  all: readonly Tensor[],
  { hasSlope, hasLogSlope }: AttentionBackwardAttributes,
): readonly [given: readonly Tensor[], log: Tensor, ct: Tensor | null, ctLog: Tensor | null] {
  const count = all.length - 1 - Number(hasSlope) - Number(hasLogSlope), rest = all.slice(count);
  return [all.slice(0, count), rest[0], hasSlope ? rest[1] : null, hasLogSlope ? rest.at(-1)! : null];
}

/**
 * Dao et al. (2022), but for Σ weight·slope, which they take of output and cotangent: as a mean by the weights it cancels
 * the slopes to their last digit, whatever was rounded in the log-sum-exp or in an output of f16.
 */
function decompose(all: readonly Tensor[], attributes: AttentionBackwardAttributes): readonly Tensor[] {
  const [given, log, ct, ctLog] = parted(all, attributes), { scale, wanted } = attributes;
  const inputs = given.map(wide), [q, k, v, mask] = inputs;
  const column = [...log.shape, 1], scores = scoresOf(inputs, attributes);
  const weights = weightOf(scores, reshape(log, column));
  const drop = dropping(inputs, scores, attributes), slope = ct && wide(ct);
  const inside = slope && drop(product(slope, transpose(v))), own = ctLog && reshape(ctLog, column);
  const both = inside && meanOf(weights, inside, column);
  const outside = both && own ? sub(both, own) : both ?? mul(own!, -1);
  const slopes = slopeOf(weights, inside ?? filled(0, scores.shape, scores), outside);
  const parts = [
    () => mul(product(slopes, k), scale),
    () => mul(product(transpose(slopes), q), scale),
    () => product(transpose(drop(weights)), slope!),
    () => sumTo(slopes, mask.shape),
  ];
  return parts.flatMap((part, i) => wanted[i] ? [cast(part(), given[i].dtype)] : []);
}

const attentionBackward: Composite<AttentionBackwardAttributes> = defineComposite({
  name: "attentionBackward",
  infer: (inputs, { wanted }): readonly TensorType[] =>
    inputs.filter((_, i) => wanted[i]).map(({ shape, dtype, backend }) => ({ shape, dtype, backend })),
  decompose,
}, { arity: 3, dtypes: dtypes.filter(isFloating) });

/** The gradients of attention, all from one op. */
export function pullAttention(
  [ct, ctLog]: Parts,
  { inputs, outputs, attributes }: Saved<AttentionAttributes>,
  isWanted: readonly boolean[],
): Parts {
  const given = inputs as readonly Tensor[], slopes = [ct, ctLog].filter((one) => one !== null);
  const wanted = given.map((_, i) => isWanted[i] && (i !== 2 || ct !== null));
  const how = { ...attributes, wanted, hasSlope: ct !== null, hasLogSlope: ctLog !== null };
  const parts = [...applyAll(attentionBackward, [...given, outputs[1] as Tensor, ...slopes], how)];
  return wanted.map((one) => one ? parts.shift()! : null);
}
