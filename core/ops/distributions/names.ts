/** The functions of the namespace, as `ops()` lists them. */
import { registerFunctions } from "../../call/catalog.ts";

const dtypes = ["f32", "f64"] as const;

registerFunctions({
  "random.normal": 2,
  "random.logNormal": 2,
  "random.exponential": 1,
  "random.laplace": 2,
  "random.cauchy": 2,
  "random.gumbel": 2,
  "random.truncatedNormal": 2,
  "random.gamma": 2,
  "random.beta": 2,
  "random.dirichlet": 1,
  "random.studentT": 1,
}, { dtypes });
registerFunctions({
  "random.geometric": 1,
  "random.poisson": 1,
  "random.binomial": 2,
  "random.categorical": 1,
  "random.multinomial": 1,
  "random.orthogonal": 0,
}, { dtypes, differentiable: false });
