/** Small trainings that tests share. */
import "@tapegrad/backends";
import { key, normal, type Tensor } from "@tapegrad/core";
import { DataLoader, Dropout, Linear, mseLoss, Sequential, Tanh, TensorDataset } from "@tapegrad/nn";

/** y = x₀·x₁ at so many points. */
export function samples(count: number, seed = 5): TensorDataset {
  const x = normal([count, 2], { key: key(seed) });
  return new TensorDataset(x, x.slice(null, [0, 1]).mul(x.slice(null, [1, 2])));
}

export function network(seed = 1, p = 0): Sequential {
  return new Sequential(
    new Linear(2, 8, { key: key(seed) }),
    new Tanh(),
    new Dropout(p, { key: key(seed + 1) }),
    new Linear(8, 1, { key: key(seed + 2) }),
  );
}

export function shuffled(data: TensorDataset, batchSize = 8, seed = 3): DataLoader {
  return new DataLoader(data, { batchSize, shuffle: true, key: key(seed) });
}

/** What trains without a word. */
export const quiet = { loss: mseLoss, verbose: false } as const;

export async function weightsOf(model: Sequential): Promise<unknown[]> {
  return await Promise.all(Object.values(model.stateDict()).map((tensor: Tensor) => tensor.array()));
}
