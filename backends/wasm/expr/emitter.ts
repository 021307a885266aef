/** Expressions as instructions, node by node. */
import { type DType, type Expr, isFloating } from "@tapegrad/core/backend";
import type { Legal } from "../../common/legal.ts";
import { call, type Callable } from "../assembler/body.ts";
import type { Value } from "../assembler/values.ts";
import { fusedInDouble } from "./fused.ts";
import type { Helper, Helpers } from "./helpers.ts";
import { type Code, instruction } from "./lanes.ts";
import {
  constantPack,
  converted,
  keptPack,
  lanesOf,
  maskPack,
  masksFor,
  type Pack,
  partsOf,
} from "./pack.ts";
import { type Plan, planOf } from "./plan.ts";
import { instructionsOf } from "./tables.ts";

/** What the code of an expression depends on. */
export interface Emission {
  /** How many elements are computed at once: a multiple of 4, or 1 in code without vectors. */
  readonly elements: number;
  /** What {@link helpersOf} the expressions are, as the module imports it. */
  readonly helpers: Helpers;
  /** What the results are given in. */
  readonly outputs: readonly DType[];
}

/**
 * Computes expressions of packs of elements; shared subterms once. What inputs load is read at least once, where code
 * comes to it, so nothing may be stored there before all that was computed here is.
 */
export function computed(
  code: Code,
  legal: Legal,
  inputs: readonly Pack[],
  emission: Emission,
): readonly Pack[] {
  return new Emitter(code, planOf(legal, code.isFused), inputs, emission).run();
}

// The assembler checks the operands.
const callOf = call as unknown as (callable: Callable, ...operands: readonly Value[]) => Value;

/** Values nest no deeper: what writes them recurs. */
const DEEPEST = 50;

class Emitter {
  readonly #code: Code;
  readonly #plan: Plan;
  readonly #inputs: readonly Pack[];
  readonly #emission: Emission;
  readonly #packs = new Map<Expr, Pack>();
  readonly #depths = new Map<Expr, number>();

  constructor(code: Code, plan: Plan, inputs: readonly Pack[], emission: Emission) {
    this.#code = code;
    this.#plan = plan;
    this.#inputs = inputs;
    this.#emission = emission;
  }

  run(): readonly Pack[] {
    this.#region(null);
    return this.#plan.legal.roots.map((root, k) => this.#operand(root, this.#emission.outputs[k]));
  }

  #region(place: Expr | null): void {
    for (const node of this.#plan.regions.get(place) ?? []) {
      if (node.kind !== "constant") this.#packs.set(node, this.#shared(node, this.#packOf(node)));
    }
  }

  #shared(node: Expr, pack: Pack): Pack {
    const depth = 1 + node.args.reduce((most, x) => Math.max(most, this.#depths.get(x) ?? 0), 0);
    const isKept = this.#plan.uses.get(node)! > 1 || depth > DEEPEST;
    this.#depths.set(node, isKept ? 0 : depth);
    return isKept ? keptPack(this.#code, pack) : pack;
  }

  #packOf(node: Expr): Pack {
    if (node.kind === "input") return this.#input(node.value);
    if (node.kind === "cast") return this.#operand(node.args[0], node.dtype!);
    const { name } = node.fn!;
    if (name === "select") return this.#choice(node);
    if (name === "rarely") return this.#rareChoice(node);
    if (name === "not" || name === "and" || name === "or" || name === "xor") {
      return this.#connected(name, node.args);
    }
    if (name === "bitcastI32" || name === "bitcastU32" || name === "bitcastF32") {
      return this.#recast(name, node.args[0]);
    }
    return this.#called(node);
  }

  #input(index: number): Pack {
    const pack = this.#inputs[index];
    if (pack) return pack;
    throw new RangeError(
      `Cannot write a kernel of ${this.#inputs.length} inputs: its expression reads input ${index}`,
    );
  }

  // Results of half precision are computed in single, and rounded where they are cast or given.
  #operand(node: Expr, dtype: DType): Pack {
    if (node.kind === "constant") return constantPack(this.#code, node.value, dtype, this.#emission.elements);
    return converted(this.#code, this.#packs.get(node)!, dtype);
  }

  #mask(node: Expr): Pack {
    return this.#operand(node, "bool");
  }

  #choice(node: Expr): Pack {
    const [condition, a, b] = node.args, dtype = computing(this.#plan.types.get(node)!);
    const ordered = this.#ordered(condition, a, b, dtype);
    if (ordered) return ordered;
    return this.#chosen(this.#mask(condition), this.#operand(a, dtype), this.#operand(b, dtype));
  }

  #chosen(mask: Pack, a: Pack, b: Pack): Pack {
    const { dtype } = a, on = lanesOf(this.#code, dtype), masks = masksFor(this.#code, mask, dtype);
    if (dtype === "bool" && mask.wide && a.wide && b.wide) {
      return maskPack(this.#code, mask.wide.map((m, i) => on.choose(m, a.wide![i], b.wide![i])), "f64");
    }
    return { dtype, parts: a.parts.map((x, i) => on.choose(masks[i], x, b.parts[i])) };
  }

  // select(p < q, p, q) is one instruction, and so is select(p < q, q, p).
  #ordered(condition: Expr, a: Expr, b: Expr, dtype: DType): Pack | null {
    if (condition.fn?.name !== "lt" || !isFloating(dtype) || !this.#code.isVector) return null;
    const [p, q] = condition.args;
    if (computing(this.#plan.met.get(condition)!) !== dtype) return null;
    const name = p === a && q === b ? "pmin" : p === b && q === a ? "pmax" : null;
    if (!name) return null;
    const [left, right] = [this.#operand(a, dtype), this.#operand(b, dtype)], on = lanesOf(this.#code, dtype);
    return { dtype, parts: left.parts.map((x, i) => on.is(name, right.parts[i], x)) };
  }

  #rareChoice(node: Expr): Pack {
    const [condition, rare, usual] = node.args,
      dtype = computing(this.#plan.types.get(node)!),
      code = this.#code;
    const mask = keptPack(code, this.#mask(condition)), { body } = code;
    const results = this.#operand(usual, dtype).parts.map((x) => body.keep(x));
    body.if(anyOf(code, mask), () => {
      this.#region(node);
      const chosen = this.#chosen(mask, this.#operand(rare, dtype), { dtype, parts: results });
      chosen.parts.forEach((x, i) => body.set(results[i], x));
    });
    return { dtype, parts: results };
  }

  #connected(name: "not" | "and" | "or" | "xor", args: readonly Expr[]): Pack {
    const masks = args.map((x) => this.#mask(x)), isWide = masks.every(({ wide }) => wide);
    const on = lanesOf(this.#code, "bool"), [a, b] = masks.map(({ parts, wide }) => isWide ? wide! : parts);
    const parts = a.map((x, i) => name === "not" ? on.not(x) : on.combine(name, x, b[i]));
    return maskPack(this.#code, parts, isWide ? "f64" : "i32");
  }

  #recast(name: "bitcastI32" | "bitcastU32" | "bitcastF32", x: Expr): Pack {
    const toFloat = name === "bitcastF32", { parts } = this.#operand(x, toFloat ? "i32" : "f32");
    const dtype = toFloat ? "f32" : name === "bitcastI32" ? "i32" : "u32", on = lanesOf(this.#code, "f32");
    return { dtype, parts: parts.map((part) => toFloat ? on.ofBits(part) : on.bits(part)) };
  }

  #called(node: Expr): Pack {
    const { met: all, helpers, types } = this.#plan, met = all.get(node)!, { name } = node.fn!;
    const helper = helpers.get(node);
    if (helper) return this.#helped(node, helper);
    if (name === "fma" && isFloating(met)) return this.#fused(node.args, computing(met));
    const { dtype, template, isTest } = instructionsOf(name, met)!, on = lanesOf(this.#code, dtype);
    if (isTest && !isFloating(dtype) && node.args.some(isInfinite)) return this.#certain(node);
    const args = node.args.map((x) => this.#operand(x, dtype).parts);
    const numbers = node.args.map((x) => x.kind === "constant" ? x.value : undefined);
    const parts = args[0].map((_, i) => template(on, args.map((x) => x[i]), numbers));
    if (isTest) return maskPack(this.#code, parts, dtype);
    return types.get(node) === "bool" ? converted(this.#code, { dtype, parts }, "bool") : { dtype, parts };
  }

  // Every integer is on the same side of an infinity.
  #certain({ fn, args }: Expr): Pack {
    const value = fn!.evaluate(...args.map((x) => x.kind === "constant" ? x.value : 0));
    return constantPack(this.#code, value, "bool", this.#emission.elements);
  }

  #fused(args: readonly Expr[], dtype: DType): Pack {
    const single = args.map((x) => this.#operand(x, dtype)), code = this.#code, on = lanesOf(code, dtype);
    if (code.isFused) {
      const [a, b, c] = single.map(({ parts }) => parts);
      return { dtype, parts: a.map((x, i) => on.is("relaxed_madd", x, b[i], c[i])) };
    }
    const [a, b, c] = single.map((pack) => converted(code, pack, "f64").parts), wide = lanesOf(code, "f64");
    const parts = a.map((x, i) => fusedInDouble(wide, x, b[i], c[i]));
    return converted(code, { dtype: "f64", parts }, dtype);
  }

  #helped(node: Expr, { name, takes, gives }: Helper): Pack {
    const code = this.#code, { elements, helpers } = this.#emission;
    const inputs = computing(takes), output = computing(gives);
    const ins = lanesOf(code, inputs), outs = lanesOf(code, output === "bool" ? "i32" : output);
    const args = node.args.map((x) => this.#numbers(x, inputs).map((part) => code.keep(part)));
    const run = (k: number) => {
      const operands = args.map((x) => ins.extract(x[Math.floor(k / ins.count)], k % ins.count));
      return callOf(helpers.get(name)!, ...operands);
    };
    const parts = Array.from({ length: partsOf(code, outs.lane, elements) }, (_, i) => {
      let part = outs.count > 1 ? outs.splat(run(i * outs.count)) : run(i);
      for (let lane = 1; lane < outs.count; lane++) {
        part = outs.replace(part, run(i * outs.count + lane), lane);
      }
      return code.keep(part);
    });
    return output === "bool" ? converted(code, { dtype: "i32", parts }, "bool") : { dtype: output, parts };
  }

  #numbers(x: Expr, dtype: DType): readonly Value[] {
    const pack = this.#operand(x, dtype);
    return (dtype === "bool" ? converted(this.#code, pack, "i32") : pack).parts;
  }
}

// Half precision is computed in single.
function computing(dtype: DType): DType {
  return dtype === "f16" ? "f32" : dtype;
}

function isInfinite(x: Expr): boolean {
  return x.kind === "constant" && Math.abs(x.value) === Infinity;
}

// Whether a mask holds anywhere.
function anyOf(code: Code, mask: Pack): Value<"i32"> {
  const masks = mask.wide ?? mask.parts;
  if (!code.isVector) return masks[0] as Value<"i32">;
  return instruction("v128.any_true", masks.reduce((a, b) => instruction("v128.or", a, b))) as Value<"i32">;
}
