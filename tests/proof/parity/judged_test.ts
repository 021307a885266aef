/** Samples that are judged by exact answers: PyTorch's roundings are no slopes, and slopes are still found. */
import { add, cov, mean, mode, mul, normalize, type Tensor } from "@tapegrad/core";
import { assertEquals } from "@std/assert";
import { floats, testWith } from "../../backend_traits.ts";
import type { Operator } from "./call.ts";
import { compareOperator } from "./compare.ts";
import type { Dump, EncodedTensor, Sample } from "./sample.ts";

function encoded(
  dtype: string,
  shape: readonly number[],
  data: readonly number[],
  grad = true,
): EncodedTensor {
  return { $tensor: { dtype, shape, data, grad } };
}

// What PyTorch 1.13 has for cov of two weighed observations, sample 24 of seed 31337.
const weighed: Sample = {
  args: [
    encoded("f64", [3, 2], [
      -3.4998342754496488,
      4.044414775004903,
      -1.019848757149346,
      -2.997426250022336,
      1.890178514374071,
      8.908427051493963,
    ]),
  ],
  kwargs: {
    correction: 1,
    fweights: null,
    aweights: encoded("f32", [2], [0.027810990810394287, 0.6043907403945923]),
  },
  output: [
    encoded("f64", [3, 3], [
      28.4578685358875,
      -7.459674241310835,
      26.4737275885012,
      -7.459674241310836,
      1.9554078590356017,
      -6.93957045709093,
      26.4737275885012,
      -6.939570457090929,
      24.62792501646196,
    ]),
  ],
  differentiable: [0],
  cotangents: [
    encoded("f64", [3, 3], [
      0.8094528567190413,
      -0.5618190557477414,
      0.3427058186520917,
      0.8547730554608288,
      -0.856036472895344,
      -0.33138647413979805,
      -0.153739807193626,
      -0.28676353330982507,
      0.927465833336822,
    ]),
  ],
  grads: [
    encoded("f64", [3, 2], [
      -6.480154478378582,
      6.480154478378582,
      -0.6287727149623078,
      0.6287727149623078,
      -7.833214789604015,
      7.833214789604015,
    ]),
    encoded("f32", [2], [-0.001220703125, 0.0]),
  ],
  directions: [
    encoded("f64", [3, 2], [
      -0.572864397928623,
      0.9683172274713432,
      -0.2611854945505647,
      0.08131467913196655,
      -0.5421502880499267,
      0.3624120465000835,
    ]),
    encoded("f32", [2], [0.7283914089202881, -0.8507617115974426]),
  ],
  second: [
    encoded("f64", [3, 2], [
      -1.3830127252928075,
      1.3830127252928075,
      0.3470360824810259,
      -0.3470360824810259,
      -0.8785437222154822,
      0.8785437222154822,
    ]),
    encoded("f32", [2], [0.0703125, 0.0]),
  ],
};

const alone: Sample = {
  args: [encoded("f64", [1, 2], [-0.0098, 2])],
  kwargs: { p: 0.5, dim: 0 },
  output: [encoded("f64", [1, 2], [-1, 1])],
  differentiable: [0],
  cotangents: [encoded("f64", [1, 2], [1, 1])],
  grads: [encoded("f64", [1, 2], [1e-16, 0])],
  directions: [encoded("f64", [1, 2], [1, 1])],
  second: [encoded("f64", [1, 2], [-4.5e-13, 0])],
};

function failures(
  op: string,
  samples: readonly Sample[],
  operator: Operator,
  float: "f32" | "f64",
): Promise<readonly string[]> {
  const dump: Dump = { op, torch: "1.13", samples };
  return compareOperator(dump, operator, float).then(({ failures }) =>
    failures.map((line) => line.split(":")[0])
  );
}

const covariance: Operator = (c) => cov(c.tensor(0), { aweights: c.tensor(3, "aweights") });

for (const float of floats) {
  Deno.test(`what two observations weigh is of no matter for their covariance, in ${float}`, async () => {
    assertEquals(await failures("cov", [weighed], covariance, float), []);
    const leaning: Operator = (c) => {
      const weights = c.tensor(3, "aweights"), off = mean(weights).sub(mean(weights).detach());
      return mul(covariance(c) as Tensor, add(1, off.mul(0.25)));
    };
    assertEquals(await failures("cov", [weighed], leaning, float), [
      "sample 0, gradient",
      "sample 0, forward",
      "sample 0, second",
    ]);
  });

  Deno.test(`a number alone is normalized to its sign, without a slope, in ${float}`, async () => {
    const to = (c: Parameters<Operator>[0]) => normalize(c.tensor(0), { p: 0.5, axis: 0 });
    assertEquals(await failures("nn.functional.normalize", [alone], to, float), []);
    const leaning: Operator = (c) => add(to(c), mul(c.tensor(0).sub(c.tensor(0).detach()), 20));
    assertEquals(await failures("nn.functional.normalize", [alone], leaning, float), [
      "sample 0, gradient",
      "sample 0, forward",
    ]);
  });
}

testWith(
  { f64: true },
  "numbers that are one in f32 are no sample of modes there, and are one in f64",
  async () => {
    const number = encoded("f64", [], [1]), data = [1, 2, 2 + 1e-12];
    const sample: Sample = {
      args: [encoded("f64", [3], data)],
      kwargs: {},
      output: [encoded("f64", [], [1], false), encoded("i64", [], [0], false)],
      differentiable: [0],
      cotangents: [number],
      grads: [encoded("f64", [3], [1, 0, 0])],
      directions: [encoded("f64", [3], [1, 0, 0])],
      second: null,
    };
    const dump: Dump = { op: "mode", torch: "1.13", samples: [sample] };
    const operator: Operator = (c) => mode(c.tensor(0));
    const both = await Promise.all(
      (["f32", "f64"] as const).map((float) => compareOperator(dump, operator, float)),
    );
    assertEquals(both.map(({ compared, failures }) => [compared, failures.length]), [[0, 0], [1, 0]]);
  },
);
