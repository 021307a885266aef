import {
  Adam,
  BatchNorm2d,
  compile,
  Conv2d,
  crossEntropy,
  DataLoader,
  Dropout,
  Flatten,
  type Key,
  key,
  Linear,
  MaxPool2d,
  noGrad,
  OneCycleLR,
  read,
  ReLU,
  type Sampler,
  scope,
  Sequential,
  splitKey,
  type Tensor,
} from "@tapegrad/tapegrad";
import { release } from "./descent.ts";
import { type DigitImages, imageOf, partDigits, type Parted, readDigits } from "./digit_images.ts";
import { fixed, type Outcome, type Settings } from "./experiment.ts";
import { digitsPlan } from "./plans.ts";
import {
  type DigitsEpoch,
  type DigitsResult,
  digitsResult,
  type DigitsRun,
  type ReadDigit,
} from "./results.ts";

const SEEDS = 5, BATCH = 64, RATE = 0.01;

/** How the digits are learned, where it is not as planned. */
export interface DigitsOptions {
  /** The first of the seeds, each of which draws what is held out, the first weights and the order of the images. */
  readonly seed?: number;
  readonly seeds?: number;
  readonly epochs?: number;
  /** The processes that learn each network together, if there are several. */
  readonly together?: Together;
}

/** Processes that learn one network together, each by its part of every batch. */
export interface Together {
  readonly size: number;
  /** Chooses the part of this process. */
  sampler(data: { readonly length: number }): Sampler;
  /** Has a network be the same in all, and its gradients and statistics those of all. */
  share(model: Sequential): void;
  /** The mean of a number over all. */
  mean(value: number): number;
}

/** A small convolutional network that learns handwritten digits, several times, each time from another seed. */
export async function runDigits(
  settings: Settings,
  { seed = 0, seeds = SEEDS, epochs = digitsPlan.steps, together }: DigitsOptions = {},
): Promise<Outcome<DigitsResult>> {
  const images = await readDigits(), runs: DigitsRun[] = [];
  for (let i = 0; i < seeds; i++) {
    const training = await DigitsTraining.open(images, {
      seed: seed + i,
      epochs,
      dtype: settings.dtype,
      together,
    });
    while (training.epochs.length < epochs) {
      await training.epoch();
      await settings.progress?.((i + training.epochs.length / epochs) / seeds);
    }
    runs.push(await training.run());
    training.release();
  }
  const result = digitsResult(runs, epochs);
  return { result, lines: printed(result) };
}

/** Two convolutions and a layer that decides between ten digits. */
function network(drawn: Key, dtype: Settings["dtype"]): Sequential {
  const [first, second, dropped, last] = splitKey(drawn, 4);
  return new Sequential(
    new Conv2d(1, 16, 3, { padding: 1, key: first, dtype }),
    new BatchNorm2d(16, { dtype }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(16, 32, 3, { padding: 1, key: second, dtype }),
    new BatchNorm2d(32, { dtype }),
    new ReLU(),
    new Flatten(),
    new Dropout(0.25, { key: dropped }),
    new Linear(32 * 4 * 4, 10, { key: last, dtype }),
  );
}

/** How a network is to learn. */
interface Plan {
  readonly seed: number;
  readonly epochs: number;
  readonly dtype: "f32" | "f64";
  readonly together?: Together;
}

/** A network while it learns. */
export class DigitsTraining {
  /** What was measured so far. */
  readonly epochs: DigitsEpoch[] = [];
  readonly #seed: number;
  readonly #images: DigitImages;
  readonly #parted: Parted;
  readonly #model: Sequential;
  readonly #loader: DataLoader;
  readonly #optimizer: Adam;
  readonly #schedule: OneCycleLR;
  readonly #together: Together | undefined;
  /** A step as a program. */
  readonly #step = compile((images: Tensor, labels: Tensor) => this.#learn(images, labels));

  private constructor(
    images: DigitImages,
    parted: Parted,
    { seed, epochs, dtype, together }: Plan,
  ) {
    const [forOrder, forWeights] = splitKey(key(seed));
    this.#seed = seed;
    this.#images = images;
    this.#parted = parted;
    this.#model = network(forWeights, dtype);
    this.#together = together;
    together?.share(this.#model);
    const batchSize = Math.ceil(BATCH / (together?.size ?? 1)), { learned } = parted;
    const order = together ? { sampler: together.sampler(learned) } : { shuffle: true };
    this.#loader = new DataLoader(learned, { batchSize, ...order, key: forOrder });
    this.#optimizer = new Adam(this.#model);
    const totalSteps = epochs * this.#loader.length;
    this.#schedule = new OneCycleLR(this.#optimizer, { maxLearningRate: RATE, totalSteps });
  }

  /** A network that is about to learn. */
  static async open(
    images: DigitImages,
    plan: Plan,
  ): Promise<DigitsTraining> {
    const parted = await partDigits(images, { key: splitKey(key(plan.seed), 3)[2], dtype: plan.dtype });
    return new DigitsTraining(images, parted, plan);
  }

  /** Learns from each image once, and measures what has been learned. */
  async epoch(): Promise<DigitsEpoch> {
    const losses: Tensor[] = [];
    this.#model.train();
    for (const batch of this.#loader) {
      const [images, labels] = batch;
      // Ranks that learn together sum gradients on the host.
      losses.push(scope(() => this.#together ? this.#learn(images, labels) : this.#step(images, labels)));
      this.#schedule.step();
      batch.forEach((tensor) => tensor.dispose());
    }
    const values = (await read(losses)).map(([loss]) => loss);
    losses.forEach((loss) => loss.dispose());
    const { right } = await this.#answers();
    const own = values.reduce((sum, value) => sum + value, 0) / values.length;
    const loss = this.#together?.mean(own) ?? own;
    const measured = { loss, accuracy: right.filter(Boolean).length / right.length };
    this.epochs.push(measured);
    return measured;
  }

  #learn(images: Tensor, labels: Tensor): Tensor {
    this.#optimizer.zeroGrad();
    const loss = crossEntropy(this.#model.forward(images), labels);
    loss.backward();
    this.#optimizer.step();
    return loss.detach();
  }

  /** What the network takes the digits for that were held out. */
  async #answers(): Promise<{ labels: number[]; answers: number[]; sure: number[]; right: boolean[] }> {
    this.#model.eval();
    const [images, shown] = this.#parted.held.tensors;
    const [answered, certain] = scope(() =>
      noGrad(() => {
        const chances = this.#model.forward(images).softmax(1);
        return [chances.argmax(1), chances.max(1)];
      })
    );
    const [labels, answers, sure] = (await read([shown, answered, certain])).map((values) => [...values]);
    answered.dispose();
    certain.dispose();
    return { labels, answers, sure, right: labels.map((label, i) => label === answers[i]) };
  }

  /** What has been learned. */
  async run(): Promise<DigitsRun> {
    const { labels, answers, sure } = await this.#answers();
    const confusion = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
    labels.forEach((label, i) => confusion[label][answers[i]]++);
    const misread = labels.flatMap((label, i): ReadDigit[] => {
      if (label === answers[i]) return [];
      const image = imageOf(this.#images, this.#parted.heldAt[i]);
      return [{ image, label, answer: answers[i], sure: sure[i] }];
    });
    const filters = await this.#model.parameters()[0].array() as number[][][][];
    const { learned, held } = this.#parted;
    return {
      seed: this.#seed,
      learned: learned.length,
      held: held.length,
      epochs: [...this.epochs],
      confusion,
      misread,
      filters: filters.map(([filter]) => filter),
    };
  }

  /** Lets go of the network and of the images. */
  release(): void {
    this.#step.dispose();
    this.#optimizer.dispose();
    release([...this.#model.parameters(), ...this.#model.buffers()]);
    for (const { tensors } of [this.#parted.learned, this.#parted.held]) release(tensors);
  }
}

function printed({ runs, mean, epochs }: DigitsResult): string[] {
  const [{ learned, held }] = runs;
  const lines = [
    "Experiment 5: handwritten digits, learned by a small convolutional network",
    `  ${learned} images of 8 by 8 to learn from, ${held} held out, ${epochs} epochs`,
    "",
  ];
  for (const { seed, epochs: measured } of runs) {
    const { loss, accuracy } = measured[measured.length - 1];
    lines.push(`    seed ${seed}: loss ${fixed(loss, 4)}, ${percent(accuracy)} of those held out read right`);
  }
  lines.push(`  mean over ${runs.length} seeds: ${percent(mean)}`);
  return lines;
}

function percent(part: number): string {
  return `${fixed(100 * part, 2)} %`;
}
