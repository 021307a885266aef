/** The op of attention, which gives the log-sum-exp of each row as well, and how its operands are made ready. */
import { dtypes, isFloating } from "../../base/dtype.ts";
import { DtypeError, ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { sameShape, tryBroadcast } from "../../base/shape.ts";
import type { Composite, TensorType } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { checkFloating, commonDtype } from "../../define/operands.ts";
import { withBackend } from "../../device/choice.ts";
import { e } from "../../expr/e.ts";
import type { AttentionAttributes } from "../../primitives/attention_kernels.ts";
import { cast, expand, mapping, product, reshape, sum } from "../../primitives/functions.ts";
import { filled } from "../../tensor/constants.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { fromArray } from "../creation.ts";
import { checkKey } from "../key_words.ts";
import { type Key, nextKey } from "../keys.ts";
import { max } from "../reductions.ts";
import { wide } from "../widen.ts";
import type { AttentionOptions } from "./attention.ts";
import { pullAttention } from "./attention_backward.ts";
import { dropping, overTotal, scoresOf } from "./attention_formulas.ts";

// A row without any score but -Infinity attends to nothing: its weights are 0, and its log-sum-exp is Infinity, which
// makes them 0 in the gradient too.
const x = e.input(0), peak = e.input(1), level = e.select(e.eq(peak, -Infinity), 0, peak);
const unscaled = mapping("attention weights", e.exp(e.sub(x, level)));
const logOfTotal = mapping(
  "attention logSumExp",
  e.select(e.eq(x, 0), Infinity, e.add(level, e.log(x))),
);

function attend(given: readonly Tensor[], attributes: AttentionAttributes): readonly Tensor[] {
  const inputs = given.map(wide), v = inputs[2], scores = scoresOf(inputs, attributes), { shape } = scores;
  const last = shape.length - 1, rows = shape.slice(0, -1);
  if (shape[last] === 0) {
    return [filled(0, [...rows, v.shape[last]], given[0]), filled(Infinity, rows, scores)];
  }
  const largest = max(scores.detach(), last, { keepDims: true }), weights = unscaled(scores, largest);
  const totals = reshape(sum(weights, [last]), largest.shape);
  const drop = dropping(inputs, scores, attributes);
  const output = overTotal(product(drop(weights), v), totals);
  return [cast(output, given[0].dtype), reshape(logOfTotal(totals, largest), rows)];
}

/** Attention: its result, and the log-sum-exp of each row. */
export const attention: Composite<AttentionAttributes> = defineComposite({
  name: "scaledDotProductAttention",
  infer([{ shape, dtype, backend }, , v]): readonly TensorType[] {
    const rows = shape.slice(0, -1), columns = v.shape[v.shape.length - 1];
    return [
      { shape: [...rows, columns], dtype, backend },
      { shape: rows, dtype: dtype === "f16" ? "f32" : dtype, backend },
    ];
  },
  decompose: attend,
  vjp: pullAttention,
  saves: (_, wanted) => ({ inputs: wanted.map((_, i) => i), outputs: [1] }),
}, { arity: 3, dtypes: dtypes.filter(isFloating) });

function refusal(q: Tensor, k: Tensor, v: Tensor, why: string): ShapeError {
  const shapes = [q.shape, k.shape, v.shape], [from, to, values] = shapes.map(showShape);
  return new ShapeError(`Cannot attend from q ${from} to k ${to} and v ${values}: ${why}`, {
    op: "scaledDotProductAttention",
    shapes,
  });
}

/** The axes in front of matrices, which broadcast together. */
function batchOf(q: Tensor, k: Tensor, v: Tensor): readonly number[] {
  if (q.rank < 2 || k.rank < 2 || v.rank < 2) {
    throw refusal(q, k, v, "q [..., L, E], k [..., S, E] and v [..., S, F] are needed");
  }
  const [[, features], [positions, own], [values]] = [q, k, v].map(({ shape }) => shape.slice(-2));
  if (features !== own) throw refusal(q, k, v, `the last extents of q and k are ${features} and ${own}`);
  if (positions !== values) throw refusal(q, k, v, `k has ${positions} positions, v has ${values}`);
  const batch = tryBroadcast([q, k, v].map(({ shape }) => shape.slice(0, -2)));
  if (batch) return batch;
  throw refusal(q, k, v, "the axes in front of the last two do not broadcast together");
}

function checkMask(mask: Tensor, scores: readonly number[], isCausal: boolean): void {
  if (isCausal) {
    throw new TypeError(
      "Cannot attend with both a mask and isCausal: give a mask that has both, as mask.logicalAnd(causal)",
    );
  }
  if (mask.dtype !== "bool" && !isFloating(mask.dtype)) {
    throw new DtypeError(
      `Cannot attend with a mask of ${mask.dtype}: give bools, of which true takes part, or floats, which are added`,
      { op: "scaledDotProductAttention", dtypes: [mask.dtype] },
    );
  }
  if (sameShape(tryBroadcast([mask.shape, scores]) ?? [], scores)) return;
  throw new ShapeError(
    `Cannot attend with a mask of ${showShape(mask.shape)}: it must broadcast to the scores, ${
      showShape(scores)
    }`,
    { op: "scaledDotProductAttention", shapes: [mask.shape, scores] },
  );
}

/** A key as a tensor, which a gradient draws with once more. */
function keyOn(like: Tensor, given: Key | undefined): Tensor {
  const key = checkKey(given ?? withBackend(like.backend, nextKey));
  return key instanceof Tensor
    ? key
    : fromArray(Uint32Array.of(key.high, key.low), [2], { backend: like.backend });
}

const known = { mask: null, isCausal: false, scale: 1, dropoutP: 0, key: null };

/** Inputs and attributes of {@link attention}. */
export interface PreparedAttention {
  /** q, k, v, the mask if there is one, the key if weights are dropped. */
  readonly inputs: readonly Tensor[];
  /** How it is computed. */
  readonly attributes: AttentionAttributes;
}

/** Operands that are checked and fit, for {@link attention}. */
export function prepared(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): PreparedAttention {
  checkOptions("attend", options, known);
  const { mask, isCausal = false, dropoutP = 0 } = options;
  for (const x of [q, k, v, ...mask ? [mask] : []]) checkTensor("attend with", x);
  const { scale = 1 / Math.sqrt(q.shape[q.rank - 1] || 1) } = options; // without features all scores are 0
  checkSetting("attend", "scale", scale);
  checkSetting("attend", "dropoutP", dropoutP, 0, 1);
  const batch = batchOf(q, k, v), dtype = commonDtype([q, k, v]);
  const inputs = [q, k, v].map((x) => expand(x.to(dtype), [...batch, ...x.shape.slice(-2)]));
  checkFloating("scaledDotProductAttention", inputs[0]);
  if (mask) {
    checkMask(mask, [...batch, q.shape[q.rank - 2], k.shape[k.rank - 2]], isCausal);
    inputs.push(mask.dtype === "bool" ? mask : mask.to(dtype));
  }
  if (dropoutP > 0) inputs.push(keyOn(inputs[0], options.key));
  return { inputs, attributes: { scale, isCausal, isMasked: Boolean(mask), dropoutP } };
}
