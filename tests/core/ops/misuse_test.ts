import * as tg from "@tapegrad/core";
import {
  BackendError,
  DtypeError,
  IndexError,
  noGrad,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  variable,
  zeros,
} from "@tapegrad/core";
import "@tapegrad/backends";
import { assertThrows } from "@std/assert";

type Misuse = readonly [
  what: string,
  fn: () => unknown,
  kind: new (message: string) => Error,
  message: string,
];

const i32 = { dtype: "i32" } as const;
const never = (x: unknown) => x as never;

const misuses: readonly Misuse[] = [
  [
    "rows of different lengths",
    () => tensor([[1, 2], [3]]),
    ShapeError,
    "Cannot make a tensor of ragged arrays: found an array of 1 at depth 1 where the first has an array of 2",
  ],
  ["a number beside a row", () => tensor([[1, 2], 3]), ShapeError, "found number 3 at depth 1"],
  [
    "a row beside a number",
    () => tensor([1, [2]]),
    ShapeError,
    "found an array of 1 at depth 1 where the first has a number",
  ],
  ["text in an array", () => tensor(never([1, "2"])), ShapeError, "found string 2 at depth 1"],
  ["a hole in an array", () => tensor(never([1, undefined, 3])), ShapeError, "found undefined"],
  ["undefined", () => tensor(never(undefined)), Error, "undefined"],
  ["null", () => tensor(never(null)), Error, "null"],
  ["a tensor of a tensor", () => tensor(never(tensor(1))), TypeError, "use detach(), to() or requiresGrad"],
  [
    "a typed array in a shape of another size",
    () => tg.fromArray(new Float32Array(5), [2, 3]),
    ShapeError,
    "Cannot make a tensor of [2, 3] from 5 elements: it has 6",
  ],
  [
    "a shape with a fraction",
    () => zeros([1.5]),
    ShapeError,
    "Cannot fill shape [1.5]: extents are integers from 0",
  ],
  [
    "a shape that is a number",
    () => zeros(never(3)),
    ShapeError,
    "Cannot fill shape 3: extents are integers from 0, as in [2, 3]",
  ],
  [
    "a dtype that is none",
    () => zeros([1], { dtype: never("f8") }),
    DtypeError,
    'dtype "f8": choose one of f16, f32, f64, i32',
  ],
  [
    "a conversion to what is none",
    () => tensor(1).to("f8"),
    BackendError,
    'Cannot convert to "f8": it is neither a dtype (f16, f32',
  ],
  [
    "item() of many",
    () => tensor([1, 2]).itemSync(),
    ShapeError,
    "Cannot take the item of [2]: it has 2 elements, use array()",
  ],
  ["item() of none", () => zeros([0]).itemSync(), ShapeError, "it has 0 elements"],
  [
    "iterating a scalar",
    () => [...tensor(1)],
    TypeError,
    "Cannot iterate a scalar tensor: read it with item()",
  ],
  [
    "an axis too high",
    () => zeros([2, 3]).sum(2),
    ShapeError,
    "Cannot sum along axis 2: a tensor of rank 2 has axes -2 to 1",
  ],
  ["an axis too low", () => zeros([2, 3]).softmax(-3), ShapeError, "a tensor of rank 2 has axes -2 to 1"],
  ["an axis that is no integer", () => zeros([2]).cumsum(0.5), ShapeError, "Cannot cumsum along axis 0.5"],
  [
    "an axis named twice",
    () => zeros([2, 3]).sum([1, -1]),
    ShapeError,
    "Cannot sum along axes [1, -1]: an axis is named twice",
  ],
  [
    "a permutation that is none",
    () => zeros([2, 3]).permute([0, 0]),
    ShapeError,
    "each of its 2 axes must be named once",
  ],
  [
    "reshape to another size",
    () => zeros([2, 3]).reshape([4]),
    ShapeError,
    "Cannot reshape [2, 3] to [4]: it has 6 elements, not 4",
  ],
  [
    "reshape to what does not divide",
    () => zeros([4]).reshape([3, -1]),
    ShapeError,
    "it has 4 elements, which 3 does not divide",
  ],
  [
    "reshape with two open extents",
    () => zeros([4]).reshape([-1, -1]),
    ShapeError,
    "Cannot reshape [4] to [-1, -1]: only one extent may be -1",
  ],
  [
    "reshape to negative extents",
    () => zeros([4]).reshape([-2, -2]),
    ShapeError,
    "Cannot reshape to shape [-2, -2]",
  ],
  [
    "expand of an extent that is not 1",
    () => zeros([2]).expand([3]),
    ShapeError,
    "Cannot expand [2] to [3]: only extents of 1",
  ],
  [
    "narrow out of range",
    () => tg.narrow(zeros([3]), 0, 2, 2),
    ShapeError,
    "Cannot narrow axis 0 of [3] to 2 from 2",
  ],
  ["narrow of a scalar", () => tg.narrow(tensor(1), 0, 0, 0), ShapeError, "Cannot narrow a scalar"],
  [
    "unfold into windows that are too large",
    () => zeros([3]).unfold(0, 4),
    ShapeError,
    "size must be 1 to 3",
  ],
  [
    "fold by no step",
    () => tg.fold(zeros([2, 2]), 0, { extent: 4, step: 0 }),
    ShapeError,
    "a step of at least 1",
  ],
  [
    "fold into too little",
    () => tg.fold(zeros([3, 2]), 0, { extent: 3 }),
    ShapeError,
    "3 windows of 2 every 1 need 4",
  ],
  ["chunks without number", () => tg.chunk(zeros([3]), 0), ShapeError, "Cannot chunk into 0 pieces"],
  [
    "a split that does not add up",
    () => tg.split(zeros([4]), [1, 2]),
    ShapeError,
    "the sizes must add up to 4",
  ],
  [
    "roll by too few shifts",
    () => tg.roll(zeros([2, 2]), [1], [0, 1]),
    ShapeError,
    "one shift for each axis",
  ],
  ["roll by half", () => tg.roll(zeros([2]), 0.5), RangeError, "Cannot roll by 0.5: shifts are integers"],
  ["concat of nothing", () => tg.concat([]), ShapeError, "Cannot concat no tensors: pass at least one"],
  [
    "concat of scalars",
    () => tg.concat([tensor(1), tensor(2)]),
    ShapeError,
    "scalars have no axis, use stack()",
  ],
  [
    "concat of what does not fit",
    () => tg.concat([zeros([2, 3]), zeros([2, 4])]),
    ShapeError,
    "Cannot concat [2, 3] and [2, 4] along axis 0",
  ],
  [
    "stack of different shapes",
    () => tg.stack([zeros([2]), zeros([3])]),
    ShapeError,
    "the shapes must be the same",
  ],
  [
    "padding by less than there is",
    () => tg.pad(zeros([2]), [[-2, -1]]),
    ShapeError,
    "Cannot pad [2] by [[-2, -1]]: axis 0 has 2 elements, and no more can be taken away",
  ],
  [
    "an index out of range",
    () => zeros([2, 3]).slice(0, -4),
    IndexError,
    "Cannot take index -4 of axis 1 of [2, 3]: it goes from -3 to 2",
  ],
  [
    "more indices than axes",
    () => zeros([2]).slice(0, 0),
    ShapeError,
    "Cannot slice [2] along 2 axes: it has 1",
  ],
  [
    "a slice without a step",
    () => zeros([2]).slice([0, 2, 0]),
    RangeError,
    "by steps of 0: an integer other than 0 is needed",
  ],
  [
    "a slice at half",
    () => zeros([2]).slice([0.5]),
    RangeError,
    "Cannot slice at 0.5: bounds are integers or null",
  ],
  [
    "float indices",
    () => zeros([2]).gather(0, zeros([1])),
    DtypeError,
    'Cannot gather at indices of f32: i32 or u32 is needed, cast with to("i32")',
  ],
  [
    "indices of another rank",
    () => zeros([2, 2]).gather(0, zeros([1], i32)),
    ShapeError,
    "the ranks must be equal",
  ],
  ["one-hot rows of floats", () => tg.oneHot(zeros([1]), 3), DtypeError, "Cannot oneHot at indices of f32"],
  [
    "more of the top than there are",
    () => tg.topk(zeros([3]), 4),
    ShapeError,
    "Cannot take the top 4 of [3] along axis 0",
  ],
  [
    "shapes that do not broadcast",
    () => zeros([4, 2]).add(zeros([3])),
    ShapeError,
    "Cannot add [4, 2] and [3]: extents at axis -1 are 2 and 3, which neither match nor are 1",
  ],
  [
    "inner extents that differ",
    () => zeros([4, 2]).matmul(zeros([4, 2])),
    ShapeError,
    "Cannot matmul [4, 2] and [4, 2]: inner extents are 2 and 4",
  ],
  [
    "matmul of a scalar",
    () => tensor(1).matmul(zeros([2])),
    ShapeError,
    "scalars have no inner extent, use mul()",
  ],
  [
    "matmul of bools",
    () => tensor([[true]]).matmul(tensor([[true]])),
    DtypeError,
    'Cannot matmul bool and bool: sums of bools are counts, cast with to("i32")',
  ],
  [
    "batches that do not broadcast",
    () => zeros([2, 1, 1]).matmul(zeros([3, 1, 1])),
    ShapeError,
    "Cannot matmul batches [2] and [3]",
  ],
  [
    "an equation with a strange letter",
    () => tg.einsum("i1->i", zeros([2, 2])),
    ShapeError,
    'Cannot einsum "i1->i"',
  ],
  [
    "an equation of other ranks",
    () => tg.einsum("ij->", zeros([2])),
    ShapeError,
    "operand 1 has shape [2] and 2 letters",
  ],
  [
    "an equation of other extents",
    () => tg.einsum("ij,jk", zeros([2, 3]), zeros([2, 3])),
    ShapeError,
    '"j" has extents 3 and 2',
  ],
  ["a diagonal of no square", () => tg.einsum("ii->", zeros([1, 3])), ShapeError, '"i" has extents 1 and 3'],
  ["an equation with two ellipses", () => tg.einsum("......->", zeros([2])), ShapeError, 'at most one "..."'],
  [
    "mixed integers",
    () => zeros([1], i32).add(zeros([1], { dtype: "u32" })),
    DtypeError,
    "Cannot mix i32 and u32: no 32-bit integer holds both, cast one with to()",
  ],
  [
    "the mean of integers",
    () => zeros([2], i32).mean(),
    DtypeError,
    'Cannot take the mean of i32: it would be rounded, cast with to("f32")',
  ],
  ["bits of floats", () => tg.bitwiseAnd(zeros([2]), 1), DtypeError, "integer or bool operands are needed"],
  ["the largest of nothing", () => zeros([0]).max(), ShapeError, "there are no elements to choose from"],
  [
    "gradients of integers",
    () => variable([1], i32),
    DtypeError,
    'Cannot require gradients of i32: only floats have them, cast with to("f32")',
  ],
  [
    "an operand that is missing",
    () => tg.add(tensor(1), never(undefined)),
    TypeError,
    "Cannot add with nothing as operand 2: a tensor or a number is needed",
  ],
  [
    "an operand that is an array",
    () => tg.add(tensor(1), never([1])),
    TypeError,
    "with an array of 1 as operand 2: a tensor or a number is needed, make one with tensor(…)",
  ],
  [
    "assigning to a repeated element",
    () => zeros([1]).expand([3]).assign(1),
    TapeError,
    "Cannot assign a tensor of shape [3] whose elements share memory",
  ],
  [
    "assigning to a leaf on the tape",
    () => variable([1]).assign(1),
    TapeError,
    "Cannot assign a tensor on the tape: do it inside noGrad(() => …)",
  ],
  [
    "assigning to a result on the tape",
    () => noGrad(() => noGradLess().assign(1)),
    TapeError,
    "Cannot assign a tensor on the tape",
  ],
  [
    "assigning what does not broadcast",
    () => zeros([2]).assign(zeros([3])),
    ShapeError,
    "Cannot assign [3] to [2]",
  ],
  [
    "a default dtype of integers",
    () => tg.setDefaultDtype(never("i32")),
    DtypeError,
    "Cannot make i32 the default dtype: choose f16, f32 or f64",
  ],
];

function noGradLess(): Tensor {
  return tg.enableGrad(() => variable([1]).mul(2));
}

for (const [what, fn, kind, message] of misuses) {
  Deno.test(`misuse: ${what}`, () => {
    assertThrows(fn, kind, message);
  });
}
