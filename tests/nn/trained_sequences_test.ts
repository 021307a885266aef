/** An LSTM and an encoder of a transformer, trained beside PyTorch from the same parameters. */
import { concat, type Tensor, tensor } from "@tapegrad/core";
import { LayerNorm, Linear, LSTM, Module, TransformerEncoder, TransformerEncoderLayer } from "@tapegrad/nn";
import { againstTrained } from "./against_trained.ts";
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

againstTrained("an LSTM", new Recurrent(), reference.lstm);
againstTrained("an encoder", new Encoding(), reference.transformer);
