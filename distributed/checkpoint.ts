/** Checkpoints of a job: rank 0 writes and reads them, for jobs of any size. */
import { checkOptions, noGrad, Tensor } from "@tapegrad/core";
import { type AnyModule, fromSafetensors, type LoadReport, safetensorsMetadata, save } from "@tapegrad/nn";
import type { OptimizerOptions, OptimizerStateDict, ParameterState } from "@tapegrad/optim";
import { connect } from "./connect.ts";
import { DistributedError } from "./error.ts";
import { jobFor } from "./job.ts";
import { checkModel, parcelKeys } from "./parallel/describe.ts";

/**
 * An optimizer whose state is in a checkpoint: those of `@tapegrad/optim`, and {@link ShardedOptimizer}.
 *
 * @category Many processes
 */
export interface Checkpointed {
  /** The settings and what is remembered. */
  stateDict(): unknown;
  /** Goes on where another one stood. */
  loadStateDict(dict: unknown): void;
}

/**
 * What is in a checkpoint of {@link saveCheckpoint}.
 *
 * @category Many processes
 */
export interface CheckpointParts {
  /** The model. */
  readonly model: AnyModule;
  /** The optimizer, sharded or not. */
  readonly optimizer?: Checkpointed;
}

type Dict = OptimizerStateDict<OptimizerOptions>;

const KEY = "tapegrad.distributed", known = { model: null, optimizer: null };

/** What stands in a file for the state of an optimizer: numbers, and names of tensors in it. */
interface Stored {
  readonly groups: Dict["groups"];
  readonly state: readonly Readonly<Record<string, string | number>>[];
}

/**
 * Writes a model and its optimizer to a `.safetensors` file, which a job of any size goes on from. All ranks call it,
 * for a sharded optimizer is gathered; rank 0 writes, all of the file or none, and what goes wrong there is an error on
 * all. `notes` are texts beside it, as the step.
 *
 * @category Many processes
 * @example Alone, or under mpirun -n 4
 * ```ts ignore the environment is read and a file is written, and examples have no permission
 * import { connect, distribute, loadCheckpoint, saveCheckpoint, shardedOptimizer } from "@tapegrad/distributed";
 * import { Linear } from "@tapegrad/nn";
 * import { Adam } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 *
 * await connect();
 * const model = new Linear(3, 1), optimizer = shardedOptimizer(distribute(model), (ps) => new Adam(ps));
 * await saveCheckpoint("run.safetensors", { model, optimizer }, { step: "120" });
 * const { step } = await loadCheckpoint("run.safetensors", { model, optimizer });
 * ```
 */
export async function saveCheckpoint(
  path: string,
  parts: CheckpointParts,
  notes: Readonly<Record<string, string>> = {},
): Promise<void> {
  checkOptions("save a checkpoint of", parts, known);
  checkModel("save a checkpoint of a model", parts?.model);
  const tensors: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(parts.model.stateDict())) tensors[`model.${name}`] = tensor;
  const stored = parts.optimizer ? storedOf(parts.optimizer.stateDict() as Dict, tensors) : null;
  const metadata = { ...notes, format: "pt", [KEY]: JSON.stringify(stored) };
  await (await connect()).first(() => save(path, tensors, { metadata }));
}

// What several parameters share is written once.
function storedOf({ groups, state }: Dict, tensors: Record<string, Tensor>): Stored {
  const names = new Map<Tensor, string>();
  const nameOf = (tensor: Tensor, name: string): string => {
    const given = names.get(tensor) ?? name;
    names.set(tensor, given);
    tensors[given] = tensor;
    return given;
  };
  const entries = (values: Readonly<ParameterState>, i: number) =>
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [[name, value instanceof Tensor ? nameOf(value, `optimizer.${i}.${name}`) : value]]
    );
  return { groups, state: state.map((values, i) => Object.fromEntries(entries(values, i))) };
}

/**
 * Goes on from what {@link saveCheckpoint} wrote, in a job of this or another size, and gives the texts beside it. Rank 0
 * reads the file, whose bytes the others get: it need be on its disk alone. Parameters of other names or shapes are an
 * error before anything is changed, as in `loadStateDict`.
 *
 * @category Many processes
 */
export async function loadCheckpoint(
  path: string,
  parts: CheckpointParts,
): Promise<Readonly<Record<string, string>>> {
  checkOptions("load a checkpoint of", parts, known);
  checkModel("load a checkpoint of a model", parts?.model);
  const job = jobFor("load a checkpoint"), world = await connect();
  const bytes = (await world.share(await world.first(() => Deno.readFile(path)) ?? null))!;
  const { [KEY]: json, format: _, ...notes } = await safetensorsMetadata(bytes);
  if (json === undefined) throw new DistributedError(`Cannot load ${path}: saveCheckpoint did not write it`);
  const tensors = await fromSafetensors(bytes), stored: Stored | null = JSON.parse(json);
  loadModel(parts.model, tensors);
  noGrad(() => parcelKeys(job, parts.model));
  if (parts.optimizer) {
    if (!stored) throw new DistributedError(`Cannot load an optimizer from ${path}: none was saved there`);
    parts.optimizer.loadStateDict(dictOf(stored, tensors));
  }
  return notes;
}

function loadModel(model: AnyModule, tensors: Readonly<Record<string, Tensor>>): LoadReport {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith("model."));
  return model.loadStateDict(Object.fromEntries(own.map(([name, tensor]) => [name.slice(6), tensor])));
}

function dictOf(
  { groups, state }: Stored,
  tensors: Readonly<Record<string, Tensor>>,
): Dict {
  const value = (stored: string | number) => typeof stored === "number" ? stored : tensors[stored];
  const values = state.map((each) =>
    Object.fromEntries(Object.entries(each).map(([name, stored]) => [name, value(stored)]))
  );
  return { groups, state: values };
}
