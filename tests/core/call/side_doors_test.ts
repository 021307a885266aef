import "@tapegrad/backends";
import {
  apply,
  checkpoint,
  currentBackend,
  defineComposite,
  e,
  type Kernel,
  map,
  type MapAttributes,
  noGrad,
  type Profile,
  profile,
  runKernel,
  type Tensor,
  tensor,
  withBackend,
  withLayer,
} from "@tapegrad/core";
import { Dropout, Linear, Module, mseLoss, Sequential, Tanh } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals } from "@std/assert";
import { Watcher } from "./watched.ts";

const doubling: MapAttributes = { name: "double", exprs: [e.mul(2, e.input(0))] };

const doubled = defineComposite({
  name: "test.doubled",
  infer: ([x]) => x,
  decompose: ([x]) => [x.add(x)],
  vjp: ([ct]) => [ct && ct.mul(2)],
});

/** A composite that a kernel runs, and a change in place off the tape. */
class Doubled extends Module {
  readonly running: Tensor = tensor([0, 0, 0, 0]);

  override forward(x: Tensor): Tensor {
    noGrad(() => this.running.assign(this.running.mul(0.9).add(x.mean(0).mul(0.1))));
    return apply(doubled, [x], null);
  }
}

/** The profile of one step of training, seen by `watcher` from the first op to the read of the loss. */
async function train(
  watcher: Watcher,
  { checkpointed }: { readonly checkpointed: boolean },
): Promise<Profile> {
  const { backend } = watcher;
  const viaMap: Kernel = (inputs, outputs) => backend.kernels.get("map")!(inputs, outputs, doubling as never);
  backend.kernels.set("test.doubled", viaMap);
  const step = withBackend(backend, () => {
    const body = new Sequential(new Linear(3, 4), new Tanh(), new Dropout(0.5), new Doubled());
    const head = new Linear(4, 1), x = tensor([[1, 2, 3], [4, 5, 6]]), y = tensor([[1], [2]]);
    const optimizer = new GD([...body.parameters(), ...head.parameters()], {
      learningRate: 0.1,
      momentum: 0.9,
    });
    const forward = checkpointed
      ? checkpoint((x: Tensor) => body.forward(x))
      : (x: Tensor) => body.forward(x);
    return () => {
      const loss = mseLoss(head.forward(forward(x)), y);
      loss.backward();
      for (const each of [...body.parameters(), ...head.parameters()]) each.setGrad(each.grad!.clamp(-1, 1));
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    };
  });
  watcher.forget();
  return await profile(() => withBackend(backend, () => withLayer(watcher, step)).item());
}

/** What a backend does beside kernels: memory, uploads of numbers, one read of the loss, and which kernels it would rather not run. */
const beside = ["allocate", "free", "write", "read", "prefersParts"];

for (const checkpointed of [false, true]) {
  const way = checkpointed ? "with a checkpoint in it" : "from forward to the update";
  Deno.test(`every kernel of a step of training, ${way}, was started by a call that a layer saw`, async () => {
    const watcher = new Watcher(currentBackend());
    const { rows } = await train(watcher, { checkpointed });
    assertEquals(watcher.strays(true), []);
    const others = watcher.strays(false).filter((name) => !beside.includes(name));
    assertEquals(others, []);
    const ran = new Set(watcher.runs.filter(({ isKernel }) => isKernel).map(({ call }) => call));
    const names = new Set([...ran].map((call) => call!.op.name));
    for (const name of ["matmul", "map", "reduce", "iota", "update", "test.doubled"]) {
      assert(names.has(name), name);
    }
    assert(watcher.calls.length > ran.size, "views are calls too");
    assertEquals(names.has("contiguous"), checkpointed, "a checkpoint remembers what changes in place");
    const launches = rows.filter(({ op }) => op !== "upload" && op !== "read");
    assertEquals(
      launches.reduce((n, { count }) => n + count, 0),
      ran.size,
      "a launch is a call that ran a kernel",
    );
  });
}

Deno.test("a kernel that no call started is found", () => {
  const watcher = new Watcher(currentBackend());
  withBackend(watcher.backend, () => {
    const [x, y] = [tensor([1, 2]), tensor([0, 0])];
    withLayer(watcher, () => runKernel(map, watcher.backend, [x], [y], doubling));
  });
  assertEquals(watcher.strays(true), ["map"]);
});
