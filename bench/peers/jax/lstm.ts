import { nn, numpy as np } from "@jax-js/jax";
import type { Contender } from "../../harness/measure.ts";
import { gatesOf, sequenceOf } from "../../works/lstm.ts";
import type { Recurrence } from "../../works/work.ts";
import { gradients, type Parameters } from "./gradients.ts";
import { array, type Mode } from "./jax.ts";

/** Unrolled, what is computed of the inputs of all steps being one product. */
export function lstm(given: Recurrence, mode: Mode): Contender {
  const { steps, batch, inputs } = given;
  const parameters: Parameters = Object.fromEntries(
    Object.entries(gatesOf(given)).map(([name, { shape, elements }]) => [name, array(elements, shape)]),
  );
  const x = array(sequenceOf(given), [steps * batch, inputs]);
  return gradients((p, [x]) => np.mean(np.square(forward(x, p, given))), parameters, [x], mode);
}

function forward(x: np.Array, p: Parameters, { steps, batch, hidden }: Recurrence): np.Array {
  const gates = np.matmul(x, p.weight_ih.transpose()).add(p.bias_ih.add(p.bias_hh));
  const recurrent = p.weight_hh.transpose(), outputs: np.Array[] = [];
  let h = np.zeros([batch, hidden]), c = np.zeros([batch, hidden]);
  for (let t = 0; t < steps; t++) {
    const ofInput = gates.ref.slice([t * batch, (t + 1) * batch]);
    const [i, f, g, o] = np.split(ofInput.add(np.matmul(h, recurrent.ref)), 4, 1);
    c = nn.sigmoid(f).mul(c).add(nn.sigmoid(i).mul(np.tanh(g)));
    h = nn.sigmoid(o).mul(np.tanh(c.ref));
    outputs.push(h.ref);
  }
  return np.stack(outputs);
}
