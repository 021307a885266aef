/** A small convolutional network, trained beside PyTorch from the same parameters. */
import { BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tapegrad/nn";
import { againstTrained } from "./against_trained.ts";
import reference from "./reference/trained_cnn.json" with { type: "json" };

const model = new Sequential(
  new Conv2d(2, 4, 3, { padding: 1, bias: false }),
  new BatchNorm2d(4),
  new ReLU(),
  new MaxPool2d(2),
  new Conv2d(4, 6, 3, { stride: 2, padding: 1 }),
  new ReLU(),
  new Flatten(),
  new Linear(24, 3),
);

againstTrained("a convolutional network", model, reference);
