/** The models of tests/nn/reference/torch_files.py. */
import { type Tensor, tensor } from "@tapegrad/core";
import {
  BatchNorm2d,
  Conv2d,
  Flatten,
  LayerNorm,
  Linear,
  LSTM,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
  type StateDict,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "@tapegrad/nn";
import { assert, assertEquals } from "@std/assert";

class Recurrent extends Module {
  readonly lstm = new LSTM(3, 4, { numLayers: 2, bidirectional: true, batchFirst: true });
  readonly head = new Linear(8, 3);

  override forward(x: Tensor): Tensor {
    return this.head.forward(this.lstm.forward(x)[0]);
  }
}

class Encoding extends Module {
  readonly embed = new Linear(3, 4);
  readonly encoder = new TransformerEncoder(
    new TransformerEncoderLayer(4, 2, { dimFeedforward: 8, dropout: 0, batchFirst: true }),
    2,
    { norm: new LayerNorm(4) },
  );
  readonly head = new Linear(4, 3);

  override forward(x: Tensor): Tensor {
    return this.head.forward(this.encoder.forward(this.embed.forward(x)));
  }
}

/** Each of the models, as they are before they are trained. */
export const models: Readonly<Record<"cnn" | "lstm" | "transformer", () => Module>> = {
  cnn: () =>
    new Sequential(
      new Conv2d(2, 4, 3, { padding: 1, bias: false }),
      new BatchNorm2d(4),
      new ReLU(),
      new MaxPool2d(2),
      new Conv2d(4, 6, 3, { stride: 2, padding: 1 }),
      new ReLU(),
      new Flatten(),
      new Linear(24, 3),
    ),
  lstm: () => new Recurrent(),
  transformer: () => new Encoding(),
};

/** A tensor as the script writes it; of none of the models is more than f32. */
export interface Row {
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** A call of a model by PyTorch. */
export interface Answer {
  readonly x: Row;
  readonly y: Row;
}

/** Holds a model with this state to PyTorch's answer, to 1e-6, and returns it. */
export async function assertAnswers(
  name: keyof typeof models,
  state: Readonly<StateDict>,
  { x, y }: Answer,
): Promise<Module> {
  const model = models[name]().eval();
  model.loadStateDict(state);
  const found = model.forward(tensor(x.data.map(Number)).reshape(x.shape));
  assertEquals(found.shape, y.shape);
  (await found.data()).forEach((value, i) => {
    assert(
      Math.abs(value - Number(y.data[i])) <= 1e-6,
      `${name}: ${value} at ${i}, PyTorch has ${y.data[i]}`,
    );
  });
  return model;
}
