/** A training whose checkpoints take a while to write: `killed_writing.ts FOLDER [once]`, which says where it begins. */
import "@tapegrad/backends";
import { zeros } from "@tapegrad/core";
import { type Callback, fit, Linear, mseLoss } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";

const [folder, once] = Deno.args;
const model = new Linear(1200, 1200),
  optimizer = new Adam(model),
  batch = [zeros([1, 1200]), zeros([1, 1200])];
let first = 0;
const say: Callback = {
  onEpochBegin: (run) => {
    first ||= run.epoch;
    if (once) run.stop();
  },
};
await fit(model, [batch], {
  loss: mseLoss,
  optimizer,
  epochs: 1000,
  callbacks: [say],
  checkpoint: { path: `${folder}/run.safetensors` },
  resume: true,
  verbose: false,
});
console.log(`begins in epoch ${first}`);
