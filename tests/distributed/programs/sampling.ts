/** Which samples each rank gets, and what it draws. */
import { allGather, allReduce, connect, DistributedSampler, seedByRank } from "@tapegrad/distributed";
import { arange, key, keyTensor, normal, tensor } from "@tapegrad/core";
import { DataLoader, TensorDataset } from "@tapegrad/nn";
import "@tapegrad/backends";
import { report } from "./report.ts";

const world = await connect(), { rank, size } = world, COUNT = 37;

function epochs(dropLast: boolean, shuffle: boolean): number[][] {
  const data = new TensorDataset(arange(COUNT)),
    sampler = new DistributedSampler(data, { dropLast, shuffle });
  // Ranks have keys of their own: the order is that of rank 0.
  const loader = new DataLoader(data, { batchSize: 4, sampler, key: key(rank) });
  const epoch = () => [...loader].flatMap(([x]) => Array.from(allGather(x).dataSync() as Float32Array));
  return [epoch(), epoch()];
}

seedByRank(5);
const drawn = allGather(normal([2])).arraySync();
seedByRank(5);
const again = allGather(normal([2])).arraySync();
report(world, {
  padded: epochs(false, true),
  dropped: epochs(true, true),
  ordered: epochs(false, false)[0],
  drawn,
  again,
  ranks: allReduce(tensor(1)).itemSync(),
  byTensor: new DistributedSampler(8).order(keyTensor(key(rank))).length * size,
});
