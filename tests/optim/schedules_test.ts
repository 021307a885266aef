/** Each schedule sets the learning rates that PyTorch's does. */
import { read, record, scope, variable } from "@tapegrad/core";
import * as optim from "@tapegrad/optim";
import {
  Adagrad,
  Adam,
  ChainedScheduler,
  ConstantLR,
  CosineAnnealingLR,
  CyclicLR,
  ExponentialLR,
  GD,
  LambdaLR,
  LinearLR,
  LRScheduler,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  type Scheduled,
  SequentialLR,
  StepLR,
  SWALR,
} from "@tapegrad/optim";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { backend, type ErrorClass } from "../backend_traits.ts";
import reference from "./reference/schedules.json" with { type: "json" };

/** A schedule, whatever it is told of an epoch. */
interface Schedule {
  step(metric?: number): void;
  getLastLr(): readonly number[];
  stateDict(): unknown;
  loadStateDict(dict: unknown): void;
}

type Given = string | object | readonly (readonly [string, Given])[];

/** Functions as the reference has them. */
const functions: Readonly<Record<string, (epoch: number) => number>> = {
  "1 / (1 + epoch)": (epoch) => 1 / (1 + epoch),
  "0.9 + 0.05 * (epoch % 3)": (epoch) => 0.9 + 0.05 * (epoch % 3),
};

function made(optimizer: Scheduled, name: string, given: Given, milestones?: readonly number[]): Schedule {
  const make = (optim as unknown as Record<string, new (...args: unknown[]) => Schedule>)[name];
  if (typeof given === "string") return new make(optimizer, functions[given]);
  if (!Array.isArray(given)) return new make(optimizer, given);
  const schedulers = given.map(([part, options]) => made(optimizer, part, options));
  return milestones ? new make(optimizer, { schedulers, milestones }) : new make(schedulers);
}

const classes = { Adam, Adagrad };

function optimizerOf(of?: string): Scheduled {
  const groups = reference.rates.map((learningRate) => ({ parameters: [variable(1)], learningRate }));
  if (of) return new classes[of as keyof typeof classes](groups);
  return new GD(groups, { learningRate: 1, momentum: 0.9 });
}

/** The rates of all groups, and where there are more in the reference, their momentums. */
function rowOf({ groups }: Scheduled, length: number): number[] {
  const momentums = groups.map(({ options }) => {
    const { momentum, betas } = options as { momentum?: number; betas?: readonly number[] };
    return momentum ?? betas?.[0] ?? NaN;
  });
  return [...groups.map(({ learningRate }) => learningRate), ...momentums].slice(0, length);
}

function assertRow(found: readonly number[], expected: readonly number[], at: string): void {
  found.forEach((value, i) => {
    const apart = Math.abs(value - expected[i]);
    assert(apart <= 1e-12 * Math.abs(expected[i]) + 1e-18, `${at}, ${i}: ${value}, PyTorch ${expected[i]}`);
  });
}

interface Case {
  readonly name: string;
  readonly given: Given;
  readonly of?: string;
  readonly milestones?: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

for (const { name, given, of, milestones, rows } of reference.cases as readonly Case[]) {
  const title = [name, JSON.stringify(given), of, milestones].filter(Boolean).join(" ");
  const [{ length }] = rows,
    step = (schedule: Schedule, i: number) => schedule.step(reference.metrics[i - 1]);

  Deno.test(`${title}: 50 steps are PyTorch's`, () => {
    const optimizer = optimizerOf(of), schedule = made(optimizer, name, given, milestones);
    rows.forEach((expected, i) => {
      if (i > 0) step(schedule, i);
      assertRow(rowOf(optimizer, length), expected, `step ${i}`);
      assertEquals(schedule.getLastLr(), rowOf(optimizer, 2));
    });
  });

  Deno.test(`${title}: a state goes on`, () => {
    const optimizer = optimizerOf(of), schedule = made(optimizer, name, given, milestones);
    for (let i = 1; i <= 20; i++) step(schedule, i);
    const other = optimizerOf(of), again = made(other, name, given, milestones);
    optimizer.groups.forEach(({ options }, i) => other.groups[i].prepare(options)());
    again.loadStateDict(JSON.parse(JSON.stringify(schedule.stateDict())));
    for (let i = 21; i <= 50; i++) {
      for (const one of [schedule, again]) step(one, i);
      assertEquals(rowOf(other, length), rowOf(optimizer, length));
    }
  });
}

Deno.test("schedules made one after the other begin from the same rate", () => {
  const optimizer = new GD([variable(1)], { learningRate: 1 });
  new ConstantLR(optimizer, { factor: 0.5, totalIters: 3 });
  const second = new LambdaLR(optimizer, (epoch) => 1 / (1 + epoch));
  second.step();
  assertEquals(optimizer.learningRate, 0.5);
});

Deno.test("a rule of one's own changes any settings of a group", () => {
  const optimizer = new Adam([variable(1)], { learningRate: 1 });
  const schedule = new LRScheduler(
    optimizer,
    ({ epoch }) => ({ learningRate: 1, weightDecay: epoch }) as object as never,
  );
  schedule.step();
  assertEquals(optimizer.groups[0].options.weightDecay, 1);
});

Deno.test(`a recorded step follows a schedule, on ${backend.name}`, async () => {
  const [eager, replayed] = [0, 1].map(() => {
    const x = variable([1, -2]), optimizer = new Adam([x], { learningRate: 0.1 });
    const schedule = new OneCycleLR(optimizer, { maxLearningRate: 0.5, totalSteps: 10 });
    const step = () => {
      optimizer.zeroGrad();
      x.square().sum().backward();
      optimizer.step();
    };
    return { x, schedule, step };
  });
  const [, program] = record(replayed.step);
  for (let i = 0; i < 8; i++) {
    scope(eager.step);
    if (i > 0) program.run();
    for (const { schedule } of [eager, replayed]) schedule.step();
  }
  const [ours, theirs] = await read([replayed.x, eager.x]);
  ours.forEach((value, i) => assertAlmostEquals(value, theirs[i], 1e-5)); // planned, it may be rounded otherwise
});

Deno.test("a schedule that steps while a program is recorded is refused", () => {
  const optimizer = new GD([variable(1)], { learningRate: 1 });
  const schedule = new ExponentialLR(optimizer, { gamma: 0.5 });
  assertThrows(() => record(() => schedule.step()), Error, "set it between them");
});

const of = () => new GD([variable(1), variable(2)], { learningRate: 1, momentum: 0.5 });
const refused: [name: string, make: () => unknown, kind: ErrorClass, says: string][] = [
  ["no optimizer", () => new StepLR({} as never, { stepSize: 1 }), TypeError, "an optimizer is needed"],
  [
    "an unknown option",
    () => new StepLR(of(), { stepSize: 1, gama: 1 } as never),
    TypeError,
    "did you mean gamma?",
  ],
  ["no options", () => new StepLR(of(), undefined as never), RangeError, "step size of nothing"],
  ["a gamma of NaN", () => new ExponentialLR(of(), { gamma: NaN }), RangeError, "gamma of NaN"],
  ["a part of an epoch", () => new StepLR(of(), { stepSize: 1.5 }), RangeError, "a whole number from 1"],
  ["no milestones", () => new MultiStepLR(of(), {} as never), TypeError, "pass a list of epochs"],
  ["a factor above 1", () => new ConstantLR(of(), { factor: 2 }), RangeError, "factor of 2"],
  ["a start factor of 0", () => new LinearLR(of(), { startFactor: 0 }), RangeError, "start factor of 0"],
  ["a power below 0", () => new PolynomialLR(of(), { power: -1 }), RangeError, "power of -1"],
  ["a half period of 0", () => new CosineAnnealingLR(of(), { tMax: 0 }), RangeError, "half period of 0"],
  ["what is no function", () => new LambdaLR(of(), 3 as never), TypeError, "a function is needed"],
  ["functions for other groups", () => new LambdaLR(of(), [() => 1, () => 2]), RangeError, "1 groups with 2"],
  ["a cycle of no length", () => new OneCycleLR(of(), { maxLearningRate: 1 }), RangeError, "pass totalSteps"],
  [
    "an unknown strategy",
    () => new OneCycleLR(of(), { maxLearningRate: 1, totalSteps: 3, annealStrategy: "sin" as never }),
    RangeError,
    'annealStrategy of "sin": choose cos, linear',
  ],
  [
    "momentum where there is none",
    () => new OneCycleLR(new Adagrad([variable(1)]), { maxLearningRate: 1, totalSteps: 3 }),
    RangeError,
    "pass { cycleMomentum: false }",
  ],
  [
    "an unknown mode",
    () => new CyclicLR(of(), { baseLearningRate: 0, maxLearningRate: 1, mode: "square" as never }),
    RangeError,
    "choose triangular, triangular2, expRange",
  ],
  ["no schedules", () => new ChainedScheduler([]), TypeError, "pass a list of them"],
  [
    "schedules of two optimizers",
    () => new ChainedScheduler([0, 1].map(() => new ExponentialLR(of(), { gamma: 1 }))),
    RangeError,
    "for the same one",
  ],
  [
    "too few milestones",
    () => {
      const optimizer = of();
      new SequentialLR(optimizer, {
        schedulers: [new LinearLR(optimizer), new LinearLR(optimizer)],
        milestones: [],
      });
    },
    RangeError,
    "2 schedules follow each other at 0 milestones",
  ],
  [
    "a plateau by a tensor",
    () => new ReduceLROnPlateau(of()).step(variable(1) as never),
    TypeError,
    "loss.item()",
  ],
  ["a plateau's factor of 1", () => new ReduceLROnPlateau(of(), { factor: 1 }), RangeError, "below 1"],
  ["a rate below 0", () => new SWALR(of(), { swaLearningRate: -1 }), RangeError, "last rate of -1"],
  [
    "a state that is none",
    () => new LinearLR(of()).loadStateDict(3 as never),
    TypeError,
    "what stateDict() gave",
  ],
];

for (const [name, make, kind, says] of refused) {
  Deno.test(`schedules refuse ${name}`, () => {
    assertThrows(make, kind, says);
  });
}

Deno.test("a cycle has an end", () => {
  const optimizer = of(), schedule = new OneCycleLR(optimizer, { maxLearningRate: 1, totalSteps: 2 });
  for (let i = 0; i < 2; i++) schedule.step();
  assertThrows(() => schedule.step(), RangeError, "Cannot step a cycle of 2 steps 4 times");
});
