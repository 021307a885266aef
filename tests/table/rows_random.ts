/** Rows of distributions, each by one key: what is drawn is then a function of its parameters. */
import { type Checked, key, random } from "@tapegrad/core";
import { cut, f64, type Row, row, sample } from "./row.ts";

const from = { key: key(15) };

// What backends give in f32 is compared with what the cpu gives in f32, and slopes with formulas, in tests of their own.
const single = { units: Infinity, reason: "of one key f32 and f64 have other numbers" };

/** By the formula of what is drawn. */
function moving(name: string, call: Checked, ...ranges: readonly (readonly [number, number])[]): Row {
  const inputs = () => ranges.map(([low, high], seed) => sample([2, 3], { low, high, seed }));
  return row(`random.${name}`, "one key", { inputs, call, single });
}

function whole(name: string, call: Checked, ...parameters: readonly number[][]): Row {
  return cut(`random.${name}`, "draws whole numbers", () => parameters.map((values) => f64(values)), call);
}

// Gradients are implicit ones, no differences of what one key draws: distribution_slopes_test.ts compares them.
function implicit(name: string, call: Checked, ...parameters: readonly number[][]): Row {
  const inputs = () => parameters.map((values) => f64(values));
  const held: Checked = (...parameters) => call(...parameters.map((x) => x.detach()));
  return { ...cut(`random.${name}`, "parameters held, by one key", inputs, held), held: true };
}

const free = [-2, 2] as const, wide = [0.5, 2] as const, large = [2, 4] as const;

export const randomRows: readonly Row[] = [
  moving("normal", (mean, std) => random.normal(mean, std, from), free, wide),
  moving("logNormal", (mean, std) => random.logNormal(mean, std, from), free, wide),
  moving("exponential", (rate) => random.exponential(rate, from), wide),
  moving("laplace", (location, scale) => random.laplace(location, scale, from), free, wide),
  moving("cauchy", (location, scale) => random.cauchy(location, scale, from), free, wide),
  moving("gumbel", (location, scale) => random.gumbel(location, scale, from), free, wide),
  moving("truncatedNormal", (low, high) => random.truncatedNormal(low, high, from), [-2, 1.5], large),
  moving("gamma", (rate) => random.gamma(1.5, rate, from), wide),
  implicit("beta", (a, b) => random.beta(a, b, from), [0.5, 2], [3, 1]),
  implicit("dirichlet", (c) => random.dirichlet(c, from), [0.5, 2, 4]),
  implicit("studentT", (df) => random.studentT(df, from), [3, 8]),
  whole("geometric", (p) => random.geometric(p.detach(), from), [0.2, 0.9]),
  whole("poisson", (rate) => random.poisson(rate, from), [3, 40]),
  whole("binomial", (count, p) => random.binomial(count, p, from), [7, 90], [0.4, 0.3]),
  whole("categorical", (logits) => random.categorical(logits, from), [0, 1, -1]),
  whole("multinomial", (chances) => random.multinomial(chances, 2, from), [1, 2, 3]),
];
