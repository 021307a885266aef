/** Branches and loops that depend on elements, which nobody has to read. */
import { checkFunction, checkInteger, checkOptions } from "../base/settings.ts";
import { described } from "../base/text.ts";
import { where } from "../ops/choice.ts";
import { notEqual } from "../ops/comparison.ts";
import { logicalAnd, logicalNot } from "../ops/logic.ts";
import { Tensor } from "../tensor/tensor.ts";
import { leavesOf, withLeaves } from "../tensor/tree.ts";
import { checkAlike } from "./scan.ts";
import { synchronous } from "./synchronous.ts";

/** What decides: one truth value, on the device or at hand. */
type Decision = Tensor | boolean;

function checkDecision(op: string, by: unknown): Decision {
  if (typeof by === "boolean" || by instanceof Tensor && by.rank === 0) return by;
  throw new TypeError(`Cannot ${op} by ${described(by)}: a scalar tensor or a boolean is needed`);
}

// The same elements, through which nothing flows back, nor on, where they are not wanted: a branch that is not taken
// may have no derivative.
function gated<T>(tree: T, isWanted: Tensor): T {
  return withLeaves(tree, leavesOf(tree).map((x) => where(isWanted, x, x.detach())));
}

function chosen<T>(op: string, by: Tensor, a: T, b: T): T {
  checkAlike(op, "results that differ", a, b);
  const others = leavesOf(b);
  return withLeaves(a, leavesOf(a).map((x, i) => where(by, x, others[i])));
}

/**
 * What one of two functions gives of operands: `onTrue` if the condition is true, else `onFalse`; as JAX's `lax.cond`. Of
 * a scalar tensor, which is not read, both are called and the elements of one are taken, with its gradients alone, so that
 * it works on every device and under {@link vmap}; of a boolean one is called. Both give tensors, or trees of them, of the
 * same shapes and dtypes.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { cond, grad, type Tensor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const root = (x: Tensor) => cond(x.greater(0), (x) => x.sqrt(), (x) => x.mul(-2), x);
 * assertEquals(await root(tensor(9)).item(), 3);
 * assertEquals(await grad(root)(tensor(-4)).item(), -2); // not NaN, as of the root
 * ```
 */
export function cond<A extends readonly unknown[], R>(
  condition: Tensor | boolean,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
): R {
  checkFunction("cond", onTrue);
  checkFunction("cond", onFalse);
  const by = checkDecision("cond", condition);
  if (typeof by === "boolean") return by ? onTrue(...operands) : onFalse(...operands);
  const isTrue = notEqual(by.detach(), 0), isFalse = logicalNot(isTrue);
  const [a, b] = [onTrue(...gated(operands, isTrue)), onFalse(...gated(operands, isFalse))];
  return chosen("cond", isTrue, synchronous("cond", a), synchronous("cond", b));
}

/**
 * What {@link whileLoop} is told where it is not to wait.
 *
 * @category Transforms
 */
export interface WhileOptions {
  /** How many steps it takes: those behind the last one change nothing. */
  readonly limit: number;
}

/**
 * Calls `body` with what it carries, tensors or a tree of them, as long as `test` of it is true, and gives what it carries
 * then; as JAX's `lax.while_loop`. With a `limit` of steps nothing is read: all of them are computed, and those behind the
 * last leave what is carried as it is, so that it works on every device, under {@link vmap}, and with gradients of either
 * mode. Without one each test is awaited. What is carried keeps its structure, shapes and dtypes.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { grad, type Tensor, tensor, whileLoop } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const isSmall = (x: Tensor) => x.less(100), squared = (x: Tensor) => x.mul(x);
 * assertEquals(await (await whileLoop(isSmall, squared, tensor(3))).item(), 6561);
 * const bounded = (x: Tensor) => whileLoop(isSmall, squared, x, { limit: 5 });
 * assertEquals(await grad(bounded)(tensor(3)).item(), 8 * 3 ** 7);
 * ```
 */
export function whileLoop<C>(
  test: (carry: C) => Tensor | boolean,
  body: (carry: C) => C,
  init: C,
  options: WhileOptions,
): C;
/**
 * The same as long as it takes, awaited.
 *
 * @category Transforms
 */
export function whileLoop<C>(
  test: (carry: C) => Tensor | boolean,
  body: (carry: C) => C,
  init: C,
): Promise<C>;
export function whileLoop<C>(
  test: (carry: C) => Tensor | boolean,
  body: (carry: C) => C,
  init: C,
  options?: WhileOptions,
): C | Promise<C> {
  checkFunction("whileLoop", test);
  checkFunction("whileLoop", body);
  if (options === undefined) return awaited(test, body, init);
  checkOptions("whileLoop", options, { limit: 1 });
  checkInteger("whileLoop", "limit", options.limit, 0, Number.MAX_SAFE_INTEGER);
  let carry = init, goesOn: Decision = true;
  for (let step = 0; step < options.limit && goesOn; step++) {
    goesOn = both(goesOn, checkDecision("whileLoop", test(carry)));
    if (goesOn) carry = stepped(goesOn, body, carry);
  }
  return carry;
}

function both(a: Decision, b: Decision): Decision {
  if (typeof b === "boolean") return b && a;
  const isTrue = notEqual(b.detach(), 0);
  return typeof a === "boolean" ? isTrue : logicalAnd(a, isTrue);
}

function stepped<C>(goesOn: Tensor | true, body: (carry: C) => C, carry: C): C {
  const next = synchronous("whileLoop", body(goesOn === true ? carry : gated(carry, goesOn)));
  checkAlike("whileLoop", "a carry that changes", carry, next);
  return goesOn === true ? next : chosen("whileLoop", goesOn, next, carry);
}

async function awaited<C>(test: (carry: C) => Decision, body: (carry: C) => C, init: C): Promise<C> {
  let carry = init;
  while (await isTrue(checkDecision("whileLoop", test(carry)))) carry = stepped(true, body, carry);
  return carry;
}

async function isTrue(by: Decision): Promise<boolean> {
  return typeof by === "boolean" ? by : await by.item() !== 0;
}
