/** An LSTM and an encoder of a transformer, trained beside PyTorch from the same parameters. */
import { concat, scope, type Tensor, tensor } from "@tapegrad/core";
import {
  crossEntropy,
  LayerNorm,
  Linear,
  LSTM,
  Module,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { assert } from "@std/assert";
import { precision, within } from "../backend_traits.ts";
import { type Written, written } from "./against_pytorch.ts";
import reference from "./reference/trained_sequences.json" with { type: "json" };

const { lengths } = reference;

class Recurrent extends Module {
  readonly lstm = new LSTM(3, 4, { numLayers: 2, bidirectional: true, batchFirst: true });
  readonly head = new Linear(8, 3);

  override forward(x: Tensor): Tensor {
    const [, [h]] = this.lstm.forward(x, undefined, { lengths });
    return this.head.forward(concat([h.slice(-2), h.slice(-1)], -1));
  }
}

const padding = lengths.map((n) => Array.from({ length: 5 }, (_, t) => t >= n));

class Encoding extends Module {
  readonly embed = new Linear(3, 4);
  readonly encoder = new TransformerEncoder(
    new TransformerEncoderLayer(4, 2, { dimFeedforward: 8, dropout: 0, batchFirst: true }),
    2,
    { norm: new LayerNorm(4) },
  );
  readonly head = new Linear(4, 3);

  override forward(x: Tensor): Tensor {
    const found = this.encoder.forward(this.embed.forward(x), { srcKeyPaddingMask: tensor(padding) });
    return this.head.forward(found.slice(null, 0));
  }
}

const runs = {
  "an LSTM": [Recurrent, reference.lstm],
  "an encoder": [Encoding, reference.transformer],
} as const;

for (const [name, [Model, given]] of Object.entries(runs)) {
  Deno.test(`${name} has PyTorch's losses over 20 steps of Adam`, async () => {
    const model = new Model().to(precision), state = Object.entries<Written>(given.state);
    model.loadStateDict(Object.fromEntries(state.map(([path, value]) => [path, written(value)])));
    const optimizer = new Adam(model, { learningRate: 0.02 }), x = written(given.x);
    const y = tensor(given.y, { dtype: "i32" });
    for (const [step, expected] of given.losses.entries()) {
      const loss = scope(() => {
        optimizer.zeroGrad();
        const loss = crossEntropy(model.forward(x), y);
        loss.backward();
        optimizer.step();
        return loss.detach();
      });
      const found = await loss.item(), allowed = within(1e-9, 1e-3);
      assert(Math.abs(found - expected) <= allowed, `${found} at step ${step}, PyTorch has ${expected}`);
    }
  });
}
