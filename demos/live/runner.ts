import { digitsCharts } from "../charts/digits.ts";
import { gradientCharts } from "../charts/gradient.ts";
import { digitsResult, type DigitsRun, meshAround, type MeshPlan } from "../experiments/results.ts";
import type { Device } from "./calls.ts";
import type { Choice } from "./choice.ts";
import { digitsNumbers, gradientNumbers, numbersOf, showNumbers } from "./numbers.ts";
import type { Stage } from "./stage.ts";
import { nextFrame, Tempo } from "./tempo.ts";
import { StoppedError, type Trainer } from "./trainer.ts";
import { chartsOf, type DescentChoice, Walk } from "./walk.ts";

/** How a choice is to be run. */
export interface Manner {
  readonly backend: string;
  /** What the run is stretched to; 0 is as fast as it goes. */
  readonly seconds: number;
  /** Whether nothing is to move: only the end is shown. */
  readonly still: boolean;
}

/** One use of the stage. What is over touches it no more. */
interface Turn {
  over: boolean;
  walk?: Walk;
  /** What is taken again and again: how often it was, of how often. */
  rounds?: { readonly name: string; readonly done: number; readonly of: number };
}

/** Runs one choice at a time. */
export class Runner {
  readonly #trainer: Trainer;
  readonly #stage: Stage;
  #turn: Turn = { over: true };

  constructor(trainer: Trainer, stage: Stage) {
    this.#trainer = trainer;
    this.#stage = stage;
  }

  /** Whether something runs that can be stopped. */
  get running(): boolean {
    return this.#stage.state === "running";
  }

  /** Says where a run would be computed. */
  async probe(backend: string): Promise<void> {
    try {
      this.#stage.showDevice(await this.#trainer.ask("open", { backend }));
    } catch (error) {
      if (error instanceof StoppedError) return this.probe(backend);
      if (!this.running) this.#fail(error);
    }
  }

  /** Says why nothing can be run now; what is being shown is shown no longer. */
  refuse(why: string): void {
    this.#turn.over = true;
    this.#stage.say("ready", why);
  }

  /** Shows where the paths would start; computed in TypeScript, which is there at once. */
  preview(choice: Choice): Promise<void> {
    return this.#inTurn(async (turn) => {
      const device = { backend: "cpu", description: "", dtype: "f32" } as const;
      if (isDescent(choice)) await this.#setOut(choice, device, turn);
      else if (choice.experiment === "digits") await this.#openDigits(choice, device, turn);
      else await this.#differentiate(choice, device, turn);
      if (!turn.over) this.#stage.say("ready", "Ready to run.");
    });
  }

  run(choice: Choice, manner: Manner): Promise<void> {
    // At once, so that it can be stopped while it waits for what is being computed.
    this.#stage.showProgress(0, 1);
    this.#stage.say("running", "Running.");
    return this.#inTurn(async (turn) => {
      const device = await this.#trainer.ask("open", manner);
      if (turn.over) return;
      this.#stage.showDevice(device);
      if (isDescent(choice)) await this.#descend(choice, { ...manner, device }, turn);
      else if (choice.experiment === "digits") await this.#learn(choice, { ...manner, device }, turn);
      else {
        await this.#differentiate(choice, device, turn);
        if (!turn.over) this.#stage.say("done", "Done.");
      }
    });
  }

  /** Ends what runs; where the device does not answer for a second, its worker is ended too. */
  stop(): void {
    const { walk, rounds } = this.#turn;
    this.#turn.over = true;
    const where = walk
      ? ` after ${walk.done} of ${walk.choice.steps} steps`
      : rounds
      ? ` after ${rounds.done} of ${rounds.of} ${rounds.name}`
      : "";
    this.#stage.say("stopped", `Stopped${where}.`);
    if (walk) this.#stage.describe(chartsOf(walk));
  }

  async #inTurn(work: (turn: Turn) => Promise<void>): Promise<void> {
    this.#turn.over = true;
    const turn: Turn = this.#turn = { over: false };
    try {
      await this.#trainer.settle(1000);
      if (!turn.over) await work(turn);
    } catch (error) {
      if (turn.over) return;
      turn.over = true;
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#stage.say("failed", `${(error as Error).message.replace(/\.$/, "")}.`);
  }

  async #differentiate(choice: Choice, device: Device, turn: Turn): Promise<void> {
    const result = await this.#trainer.ask("gradient", { device, at: choice.paths[0].start[0] });
    if (turn.over) return;
    showNumbers(gradientNumbers(result));
    await this.#stage.showCharts("gradient", gradientCharts(result));
    if (!turn.over) this.#stage.describe(gradientCharts(result));
  }

  async #openDigits({ seed, steps }: Choice, device: Device, turn: Turn): Promise<void> {
    const run = await this.#trainer.ask("digits", { device, seed, epochs: steps });
    if (!turn.over) await this.#showDigits(run, steps, turn);
  }

  async #learn(
    choice: Choice,
    { device, still }: Manner & { readonly device: Device },
    turn: Turn,
  ): Promise<void> {
    await this.#openDigits(choice, device, turn);
    const { steps: epochs } = choice;
    let computing = 0;
    for (let done = 1; !turn.over && done <= epochs; done++) {
      const { run, milliseconds } = await this.#trainer.ask("epoch", null);
      if (turn.over) return;
      computing += milliseconds;
      turn.rounds = { name: "epochs", done, of: epochs };
      this.#stage.showProgress(done, epochs);
      if (!still || done === epochs) await this.#showDigits(run, epochs, turn);
    }
    await this.#trainer.ask("finish", null);
    if (turn.over) return;
    turn.over = true;
    this.#stage.say("done", `Done: ${epochs} epochs, computed in ${duration(computing)}.`);
  }

  async #showDigits(run: DigitsRun, epochs: number, turn: Turn): Promise<void> {
    const charts = digitsCharts(digitsResult([run], epochs));
    showNumbers(digitsNumbers(run, epochs));
    await this.#stage.showCharts("digits", charts);
    if (!turn.over) this.#stage.describe(charts);
  }

  async #setOut(choice: DescentChoice, device: Device, turn: Turn): Promise<Walk> {
    const walk = new Walk(choice, await this.#trainer.ask("start", { device, ...choice }));
    await this.#overLoss(walk, (runs) => meshAround(runs, WIDE));
    if (turn.over) return walk;
    turn.walk = walk;
    await this.#show(walk);
    if (!turn.over) this.#stage.describe(chartsOf(walk));
    return walk;
  }

  async #descend(
    choice: DescentChoice,
    { device, seconds, still }: Manner & { readonly device: Device },
    turn: Turn,
  ): Promise<void> {
    const walk = await this.#setOut(choice, device, turn);
    const tempo = new Tempo(choice.steps, seconds);
    let computing = 0;
    while (!turn.over && walk.done < choice.steps && walk.lost.length === 0) {
      const steps = await tempo.next(walk.done);
      if (turn.over) return;
      const { states, milliseconds } = await this.#trainer.ask("advance", { steps });
      if (turn.over) return;
      computing += milliseconds;
      walk.append(states);
      this.#stage.showProgress(walk.done, choice.steps);
      const start = performance.now();
      if (!still) {
        await this.#overLoss(walk, outgrown(walk));
        if (turn.over) return;
        await this.#show(walk);
        await nextFrame();
      }
      tempo.took({ computing: milliseconds, drawing: performance.now() - start });
    }
    if (!turn.over) await this.#end(walk, computing, turn);
  }

  async #end(walk: Walk, computing: number, turn: Turn): Promise<void> {
    await this.#overLoss(walk, meshAround);
    await this.#trainer.ask("finish", null);
    if (turn.over) return;
    await this.#show(walk);
    if (turn.over) return;
    this.#stage.describe(chartsOf(walk));
    turn.over = true;
    const { done, lost, choice: { paths } } = walk;
    if (lost.length > 0) {
      const which = lost.map((i) => `path ${i + 1} with rate ${paths[i].rate}`).join(" and ");
      this.#stage.say("failed", `Diverged after ${done} steps, on ${which}: try a smaller rate.`);
    } else {
      this.#stage.say("done", `Done: ${done} steps, computed in ${duration(computing)}.`);
    }
  }

  async #show(walk: Walk): Promise<void> {
    showNumbers(numbersOf(walk));
    await this.#stage.showCharts(walk.choice.experiment, chartsOf(walk));
  }

  /** Samples the loss about the paths anew, where the experiment is drawn over it and a plan is given. */
  async #overLoss(walk: Walk, plan: ((runs: Runs) => MeshPlan) | undefined): Promise<void> {
    if (walk.choice.experiment !== "perceptron" || !plan) return;
    walk.mesh = await this.#trainer.ask("mesh", plan(walk.perceptron().runs));
  }
}

type Runs = Parameters<typeof meshAround>[0];

/** How much wider than the paths the loss is drawn while they grow, so that it need not be sampled often. */
const WIDE = 1.5;

/** By how much the mean bias may move until the loss is sampled anew. */
const BIAS = 0.2;

/** Where the loss is to be sampled anew: when a path leaves it, or it changed with the biases. */
function outgrown(walk: Walk): ((runs: Runs) => MeshPlan) | undefined {
  const { mesh, choice } = walk;
  if (choice.experiment !== "perceptron" || !mesh) return undefined;
  const outside = (value: number, axis: readonly number[]): boolean =>
    value < axis[0] || value > axis[axis.length - 1];
  const left = walk.last.some(([w1, w2]) => outside(w1, mesh.w1) || outside(w2, mesh.w2));
  const b = walk.last.reduce((sum, state) => sum + state[2], 0) / walk.last.length;
  return left || Math.abs(b - mesh.b) > BIAS ? (runs) => meshAround(runs, WIDE) : undefined;
}

function isDescent(choice: Choice): choice is DescentChoice {
  return choice.experiment !== "gradient" && choice.experiment !== "digits";
}

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toPrecision(3)} s`;
}
