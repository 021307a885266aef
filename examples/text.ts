/** A language model of characters: learns a short text and writes it again. */
import { ok, strictEqual } from "node:assert/strict";
import {
  AdamW,
  clipGradNorm,
  compile,
  crossEntropy,
  Embedding,
  GRU,
  Linear,
  manualSeed,
  Module,
  noGrad,
  scope,
  type Tensor,
  tensor,
} from "@tapegrad/tapegrad";

manualSeed(1);
const text = `the tape runs forward, the tape runs back,
each op leaves its mark on a single track.
what a leaf has done to the loss of the tree,
the tape will carry to you and to me.
`;
const letters = [...new Set(text)].sort();
const codes = tensor(Array.from(text, (letter) => letters.indexOf(letter)), { dtype: "i32" });

/** Scores of the next letter, from those before, and the state to go on with. */
class Writer extends Module<readonly [letters: Tensor, state?: Tensor], [scores: Tensor, state: Tensor]> {
  readonly embedding = new Embedding(letters.length, 16);
  readonly gru = new GRU(16, 64, { batchFirst: true });
  readonly head = new Linear(64, letters.length);

  override forward(input: Tensor, state?: Tensor): [Tensor, Tensor] {
    const [output, next] = this.gru.forward(this.embedding.forward(input), state);
    return [this.head.forward(output), next];
  }
}

const model = new Writer(), optimizer = new AdamW(model, { learningRate: 0.015 });
const SPAN = 32, windows = codes.unfold(0, SPAN + 1, 8);
const inputs = windows.slice(null, [0, SPAN]), targets = windows.slice(null, [1, SPAN + 1]);

const train = compile(() => {
  optimizer.zeroGrad();
  const [scores] = model.forward(inputs), cost = crossEntropy(scores.flatten(0, 1), targets.flatten());
  cost.backward();
  clipGradNorm(model, 1);
  optimizer.step();
  return cost;
});

let loss = NaN;
for (let step = 0; step < 60; step++) {
  const value = scope(train);
  if (step % 20 === 19) {
    console.log(`step ${step + 1}: perplexity ${Math.exp(loss = await value.item()).toFixed(2)}`);
  }
}
ok(Math.exp(loss) < 1.6);

/** What the model finds most likely behind `start`. */
async function write(start: string, count: number): Promise<string> {
  let written = start,
    state: Tensor | undefined,
    next = Array.from(start, (letter) => letters.indexOf(letter));
  for (let i = 0; i < count; i++) {
    const [scores, after] = noGrad(() => model.forward(tensor([next], { dtype: "i32" }), state));
    next = [await scores.slice(0, -1).argmax().item() as number];
    state = after;
    written += letters[next[0]];
  }
  return written;
}

const line = await write("the tape runs", 30);
console.log(line);
strictEqual(line, text.slice(0, line.length));
