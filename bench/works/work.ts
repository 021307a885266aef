import type { Contender } from "../harness/measure.ts";

/** What is trained: a network with relu between its layers, by mean squares where it has one output. */
export interface Training {
  /** The inputs, the widths of the hidden layers, the outputs. */
  readonly sizes: readonly number[];
  readonly batch: number;
  /** How far a step goes. */
  readonly rate: number;
  /** How many steps are taken before the loss is read. */
  readonly steps: number;
}

/** Runs of a perceptron with two inputs. */
export interface Runs {
  /** The weights that each starts from, the bias being 0. */
  readonly starts: readonly (readonly [number, number])[];
  /** How often a run sees all points. */
  readonly epochs: number;
  readonly rate: number;
}

/** A product of two square matrices. */
export interface Product {
  readonly n: number;
  /** Whether the left and the right one lie transposed. */
  readonly transposed: readonly [boolean, boolean];
}

/** A transformer block: attention and a network of two layers, each behind a layerNorm and beside a shortcut. */
export interface Block {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
}

/** Convolutions of square kernels, each followed by a maximum over 2 × 2, and a linear layer on what is left. */
export interface Convolutions {
  readonly batch: number;
  /** The height and the width of an input, of one channel. */
  readonly extent: number;
  readonly kernel: number;
  /** How many channels each convolution gives. */
  readonly channels: readonly number[];
  readonly classes: number;
}

/** A layer of long short-term memory along a sequence. */
export interface Recurrence {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
}

/** Attention of several heads, each position to all. */
export interface Attention {
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  /** Features of a head. */
  readonly features: number;
}

/** How many elements there are. */
export interface Count {
  readonly n: number;
}

/** What each work is given, as data: PyTorch and other revisions, in processes of their own, are given the same. */
export interface Given {
  readonly overhead: { readonly op: "add" | "mul by a number" | "exp" };
  readonly gradient: { readonly dtype: "f32" | "f64" };
  readonly perceptron: Runs;
  readonly network: Training;
  readonly mlp: Training;
  readonly cnn: Convolutions;
  readonly lstm: Recurrence;
  readonly block: Block;
  readonly chain: Count;
  readonly sum: Count;
  readonly softmax: Count;
  readonly layernorm: Count;
  readonly "compile-network": Training;
  readonly "compile-block": Block;
  readonly sgemm: Product;
  readonly "memory-attention": Attention;
  readonly "memory-cnn": Convolutions;
  readonly "memory-block": Block;
  readonly "device-host": Count;
  readonly "device-network": Training;
  readonly "device-matmul": Count;
}

/** After so many calls of what is compiled a program has run: two are recorded, the third plans and runs it. */
export const FIRST_CALLS = 3;

/** The name of a work. */
export type WorkName = keyof Given;

/** One size or kind of a work, done by us and by the peers. */
export interface Case<Name extends WorkName = WorkName> {
  /** What distinguishes it from the other cases of its work; may be empty. */
  readonly label: string;
  /** The precision all compute in. */
  readonly dtype: "f32" | "f64";
  readonly given: Given[Name];
  /** How many operations of floating point it takes, where that is what it is about. */
  readonly flops?: number;
  /** How many bytes it has to read and write, where their memory may be what bounds it. */
  readonly bytes?: number;
  /** How many milliseconds it may take at most, where that was said. */
  readonly limit?: number;
  /** Whether a quick run leaves it out. */
  readonly long?: boolean;
  /** Whether peers that have threads are measured with them too. */
  readonly threads?: boolean;
  /** Whether it is left out unless asked for, since it takes a real GPU. */
  readonly large?: boolean;
  /** Whether we do it as {@link Work.compiled}: such a case is beside each where there is that way. */
  readonly compiled?: boolean;
}

/** How we do a work. A method, so that a work of one name is one of any. */
export interface Way<Name extends WorkName = WorkName> {
  readonly how: string;
  prepare(given: Given[Name]): Contender;
}

/** What is measured. */
export interface Work<Name extends WorkName = WorkName> {
  /** The name to ask for, and of its file. */
  readonly name: Name;
  /** What README's tables call it. */
  readonly title: string;
  /** What it is, in a line. */
  readonly about: string;
  /** The unit its times are printed in; "MiB" where it is not timed, but weighed in a process of its own. */
  readonly unit: "µs" | "ms" | "MiB";
  /** How many pieces one run consists of, each of which is to be told the time of; 1 unless said. */
  readonly pieces?: number;
  /** Whether each time is one of a new process. */
  readonly isCold?: boolean;
  /** Whether it is for devices that run asynchronously, and not for those that compute at once. */
  readonly onDevice?: boolean;
  readonly cases: readonly Case<Name>[];
  /** Our ways to do it; the others are compared with the first. */
  readonly ours: readonly Way<Name>[];
  /** How we do it by a function that is compiled. */
  readonly compiled?: Way<Name>;
}

/** The cases of a work, those of it compiled among them. */
export function casesOf({ cases, compiled }: Work): readonly Case[] {
  if (compiled === undefined) return cases;
  return cases.flatMap((
    one,
  ) => [one, { ...one, label: [one.label, "compiled"].filter(Boolean).join(", "), compiled: true }]);
}

/** Our ways to do a case: that of which it is, and the others. */
export function waysOf({ ours, compiled }: Work, one: Pick<Case, "compiled">): readonly Way[] {
  return one.compiled && compiled ? [compiled, ours[0]] : ours;
}
