/** pad in every mode: PyTorch's answers, widths below 0 among them, dtypes, edges, and what is refused. */
import {
  onesLike,
  pad,
  type PadMode,
  ShapeError,
  sum,
  tensor,
  vjp,
  type Widths,
  zeros,
} from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type ErrorClass, precise } from "../../backend_traits.ts";

type Answers = Readonly<Record<string, number[]>>;

// torch.nn.functional.pad(torch.arange(1.0, 6), widths, mode) by PyTorch 1.13, which for "circular" with widths that
// take away more than what goes round leaves memory as it finds it: those are refused, below.
const answers: Readonly<Record<PadMode, Answers>> = {
  constant: {
    "-1,2": [2, 3, 4, 5, 0, 0],
    "2,-1": [0, 0, 1, 2, 3, 4],
    "-3,3": [4, 5, 0, 0, 0],
    "4,-4": [0, 0, 0, 0, 1],
    "-5,1": [0],
    "3,-5": [0, 0, 0],
    "0,-5": [],
  },
  reflect: {
    "4,0": [5, 4, 3, 2, 1, 2, 3, 4, 5],
    "-1,2": [2, 3, 4, 5, 4, 3],
    "2,-1": [3, 2, 1, 2, 3, 4],
    "-3,3": [4, 5, 4, 3, 2],
    "4,-4": [5, 4, 3, 2, 1],
    "-5,1": [4],
    "3,-5": [4, 3, 2],
  },
  replicate: {
    "0,5": [1, 2, 3, 4, 5, 5, 5, 5, 5, 5],
    "-1,2": [2, 3, 4, 5, 5, 5],
    "-3,3": [4, 5, 5, 5, 5],
    "4,-4": [1, 1, 1, 1, 1],
    "-5,1": [5],
    "3,-5": [1, 1, 1],
    "6,-8": [1, 1, 1],
  },
  circular: {
    "5,0": [1, 2, 3, 4, 5, 1, 2, 3, 4, 5],
    "0,5": [1, 2, 3, 4, 5, 1, 2, 3, 4, 5],
    "-1,2": [2, 3, 4, 5, 2, 3],
    "2,-1": [3, 4, 1, 2, 3, 4],
    "-1,-1": [2, 3, 4],
  },
};

for (const [mode, byWidths] of Object.entries(answers) as [PadMode, Answers][]) {
  Deno.test(`pad with mode ${mode} gives PyTorch's answers, by widths below 0 too`, async () => {
    for (const [widths, wanted] of Object.entries(byWidths)) {
      const pair = widths.split(",").map(Number) as [number, number];
      assertEquals(await pad(tensor([1, 2, 3, 4, 5]), [pair], { mode }).array(), wanted, widths);
    }
  });

  Deno.test(`the gradient of pad with mode ${mode} is how often each element is there`, async () => {
    const x = precise([1, 2, 3, 4, 5]), widths: Widths = [[2, -1]];
    const [y, pull] = vjp((x) => pad(x, widths, { mode }), x), values = await y.array() as number[];
    const counts = [1, 2, 3, 4, 5].map((n) => values.filter((value) => value === n).length);
    assertEquals(await pull(onesLike(y))[0].array(), counts);
  });

  Deno.test(`pad with mode ${mode} keeps integers, bools, NaN and infinities, and takes no elements`, async () => {
    const whole = pad(tensor([7, 8], { dtype: "i32" }), [[1, 1]], { mode });
    assertEquals([whole.dtype, whole.shape], ["i32", [4]]);
    assertEquals(pad(tensor([true, false]), [[1, 0]], { mode }).dtype, "bool");
    const odd = await pad(tensor([NaN, Infinity, -Infinity]), [[0, 2]], { mode }).array() as number[];
    assert(Number.isNaN(odd[0]));
    assertEquals(odd.slice(1, 3), [Infinity, -Infinity]);
    assertEquals(pad(zeros([0, 3]), [[0, 0], [1, 1]], { mode }).shape, [0, 5]);
  });
}

Deno.test("corners come from both axes", async () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]), around: Widths = [[1, 0], [0, 1]];
  assertEquals(await pad(x, around, { mode: "reflect" }).array(), [[4, 5, 6, 5], [1, 2, 3, 2], [4, 5, 6, 5]]);
  assertEquals(await pad(x, around, { mode: "replicate" }).array(), [[1, 2, 3, 3], [1, 2, 3, 3], [
    4,
    5,
    6,
    6,
  ]]);
  assertEquals(await pad(x, around, { mode: "circular" }).array(), [[4, 5, 6, 4], [1, 2, 3, 1], [
    4,
    5,
    6,
    4,
  ]]);
  assertEquals(await pad(x, around, { value: 9 }).array(), [[9, 9, 9, 9], [1, 2, 3, 9], [4, 5, 6, 9]]);
});

Deno.test("a gradient passes what was put around, and not what was taken away", async () => {
  const x = precise([[1, 2], [3, 4]]);
  const [, pull] = vjp((x) => sum(pad(x, [[0, 0], [-1, 3]], { mode: "replicate" })), x);
  assertEquals(await pull(precise(1))[0].array(), [[0, 4], [0, 4]]);
});

const x = zeros([3, 2]);

const refused: Readonly<Record<string, readonly [fn: () => unknown, kind: ErrorClass, text: string]>> = {
  "more mirrored than there is": [
    () => pad(x, [[1, 3], [0, 0]], { mode: "reflect" }),
    ShapeError,
    "Cannot pad axis 0 of [3, 2] by [1, 3] with mode reflect: at most 2 elements can be put at an end of it",
  ],
  "more than once around": [
    () => pad(x, [[0, 3]], { mode: "circular" }),
    ShapeError,
    "Cannot pad axis 1 of [3, 2] by [0, 3] with mode circular: at most 2 elements can be put at an end of it",
  ],
  "around what was taken away": [
    () => pad(x, [[3, -2], [0, 0]], { mode: "circular" }),
    ShapeError,
    "Cannot pad axis 0 of [3, 2] by [3, -2] with mode circular: at most 1 elements can be put at an end of it",
  ],
  "the edge of nothing": [
    () => pad(zeros([0]), [[1, 0]], { mode: "replicate" }),
    ShapeError,
    "Cannot pad axis 0 of [0] by [1, 0] with mode replicate: at most 0 elements can be put at an end of it",
  ],
  "less than nothing": [
    () => pad(x, [[4, -4], [0, 0]]),
    ShapeError,
    "Cannot pad [3, 2] by [[4, -4], [0, 0]]: axis 0 has 3 elements, and no more can be taken away",
  ],
  "less than nothing, of what goes round": [
    () => pad(x, [[5, -4], [0, 0]], { mode: "circular" }),
    ShapeError,
    "Cannot pad [3, 2] by [[5, -4], [0, 0]]: axis 0 has 3 elements, and no more can be taken away",
  ],
  "less than nothing, of what is mirrored": [
    () => pad(x, [[2, -6], [0, 0]], { mode: "reflect" }),
    ShapeError,
    "Cannot pad [3, 2] by [[2, -6], [0, 0]]: axis 0 has 3 elements, and no more can be taken away",
  ],
  "a pair too many": [
    () => pad(x, [[0, 0], [0, 0], [0, 0]]),
    ShapeError,
    "Cannot pad [3, 2] by [[0, 0], [0, 0], [0, 0]]: at most 2 pairs of integers are needed",
  ],
  "half an element": [() => pad(x, [[0.5, 0]]), ShapeError, "at most 2 pairs of integers are needed"],
  "a mode that is none": [
    () => pad(x, [[1, 1]], { mode: "edge" as never }),
    RangeError,
    'Cannot pad with mode "edge": choose constant, reflect, replicate or circular',
  ],
  "an option that is none": [
    () => pad(x, [[1, 1]], { fill: 1 } as never),
    TypeError,
    'Cannot pad with an option "fill": ',
  ],
  "a mode in place of options": [
    () => pad(x, [[1, 1]], "reflect" as never),
    TypeError,
    'Cannot pad with "reflect": a number is needed',
  ],
  "a number that the dtype does not hold": [
    () => pad(tensor([1], { dtype: "i32" }), [[1, 1]], { value: 2 ** 40 }),
    RangeError,
    "Cannot pad with 1099511627776: i32 holds the integers from",
  ],
};

for (const [what, [fn, kind, text]] of Object.entries(refused)) {
  Deno.test(`padding: ${what} is refused in words`, () => {
    assertThrows(fn, kind, text);
  });
}
