/** Models that move to another device or dtype, with their optimizers. */
import * as tg from "@tapegrad/core";
import {
  BackendError,
  DeviceLostError,
  DtypeError,
  noGrad,
  ready,
  type Tensor,
  tensor,
  variable,
} from "@tapegrad/core";
import { DataLoader, Linear, Module, MSELoss, Sequential, Tanh, TensorDataset } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import "@tapegrad/backends";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { openFar } from "../backends/far_backend.ts";
import { storageOf } from "../../core/tensor/internals.ts";

const far = await openFar("far");
const cpu = await tg.openBackend("cpu");

class Standard extends Module {
  readonly scale = variable([2, 2], { backend: cpu });
  readonly center = tensor([1, 1], { backend: cpu });
  readonly order = tensor([1, 0], { backend: cpu, dtype: "i32" });
  readonly inner = new Sequential(new Linear(2, 3), new Tanh(), new Linear(3, 1));

  override forward(x: Tensor): Tensor {
    return this.inner.forward(tg.indexSelect(x.sub(this.center).mul(this.scale), 1, this.order));
  }
}

async function makeModel(): Promise<Standard> {
  await tg.useBackend("cpu", { byFlag: true });
  tg.manualSeed(7);
  return new Standard();
}

function trainStep(model: Standard, optimizer: GD): Tensor {
  const on = { backend: model.scale.backend, dtype: model.scale.dtype };
  const x = tensor([[0, 1], [1, 0], [1, 1], [0, 0]], on), y = tensor([[1], [1], [0], [0]], on);
  optimizer.zeroGrad();
  const loss = new MSELoss().forward(model.forward(x), y);
  loss.backward();
  optimizer.step();
  return loss;
}

function onCpu(tensors: Record<string, Tensor>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, t.to("cpu")]));
}

function all(model: Module): Tensor[] {
  return [...model.parameters(), ...model.buffers()];
}

Deno.test("a model moves in place, with its gradients, and trains on as if it had stayed", async () => {
  const [here, there] = [await makeModel(), await makeModel()];
  const [a, b] = [here, there].map((m) => new GD(m, { learningRate: 0.1, momentum: 0.9 }));
  for (let i = 0; i < 3; i++) [trainStep(here, a), trainStep(there, b)];
  const parameters = all(there);
  assertStrictEquals(there.to("far"), there);
  assert(all(there).every((t, i) => t === parameters[i] && t.backend === far));
  assert(there.parameters().every((p) => p.isLeaf && p.requiresGrad && p.grad!.backend === far));
  for (let i = 0; i < 3; i++) assertEquals(await trainStep(there, b).item(), trainStep(here, a).itemSync());
  await ready(there.to("cpu"));
  for (let i = 0; i < 3; i++) {
    if (i === 0) { // its velocity has yet to travel
      assertThrows(() => trainStep(there, b), BackendError, "await ready() first");
      await ready();
      b.step();
      trainStep(here, a);
    } else assertEquals(trainStep(there, b).itemSync(), trainStep(here, a).itemSync());
  }
  assertEquals(await tg.read(all(there)), await tg.read(all(here)));
});

Deno.test("a cast is of the floats alone, gradients and what the optimizer remembers included", async () => {
  const model = await makeModel(), optimizer = new GD(model, { learningRate: 0.1, momentum: 0.9 });
  trainStep(model, optimizer);
  for (const dtype of ["f64", "f16", "f32"]) {
    model.to(dtype);
    assertEquals([model.scale.dtype, model.center.dtype, model.order.dtype], [dtype, dtype, "i32"]);
    assertEquals(model.scale.grad!.dtype, dtype);
    assertEquals(trainStep(model, optimizer).dtype, dtype);
    assertEquals(Object.values(optimizer.stateDict().state[0]).map((v) => (v as Tensor).dtype), [dtype]);
  }
});

Deno.test("nothing moves if one tensor cannot, and to() refuses what is neither dtype nor backend", async () => {
  const model = (await makeModel()).to("f64"), single = await openFar("single");
  tg.registerBackend({
    name: "single",
    create: () => Object.assign(single, { dtypes: new Set<tg.DType>(["f32", "i32"]) }),
  });
  assertThrows(() => model.to("single"), DtypeError, "it has f32, i32; use f32");
  assert(all(model).every((t) => t.backend === cpu));
  assertThrows(() => model.to("i32"), DtypeError, "Cannot cast Standard to i32: a floating dtype is needed");
  assertThrows(() => model.to("abacus"), BackendError, "neither a dtype");
});

Deno.test("a graph that was recorded before the move cannot be walked after it", async () => {
  const model = await makeModel(), shift = model.scale.add(1);
  const y = model.forward(tensor([[1, 2]])).sum();
  model.to("far");
  assertThrows(() => y.backward(), tg.TapeError, "was changed in place since");
  assertThrows(
    () => shift.sum().backward(),
    tg.TapeError,
    'Cannot give "scale" a gradient of f32 on cpu: it is f32 on far since; call backward before moving it',
  );
});

Deno.test("what moves belongs to the same scope, names and memory are kept", async () => {
  const model = await makeModel(), before = tg.memory().buffers;
  const names = model.namedParameters();
  tg.scope(() => model.to("far"));
  assertEquals(tg.memory().buffers, before + all(model).length); // all on far, which the collector does not see
  assertEquals(await model.center.array(), [1, 1]);
  assertEquals(model.inner.parameters().length, 4);
  for (const [name, tensor] of names) assertEquals(tensor.label, name);
});

Deno.test("what was saved goes on after the device was lost, in the same model and optimizer", async () => {
  const device = await openFar("mortal");
  const [here, there] = [await makeModel(), (await makeModel()).to("mortal")];
  const [a, b] = [here, there].map((m) => new GD(m, { learningRate: 0.1, momentum: 0.9 }));
  for (let i = 0; i < 3; i++) [trainStep(here, a), trainStep(there, b)];
  const saved = await ready({ model: onCpu(there.stateDict()), optimizer: b.stateDict() });
  const velocities = await ready(saved.optimizer.state.map((s) => onCpu(s as Record<string, Tensor>)));
  device.lose("the plug was pulled");
  assertThrows(() => there.loadStateDict(saved.model), DeviceLostError, 'await useBackend("mortal")');
  const again = await tg.openBackend("mortal");
  assertThrows(() => there.to("mortal"), DeviceLostError, "its device was lost (the plug was pulled)");
  there.loadStateDict(saved.model);
  b.loadStateDict({ ...saved.optimizer, state: velocities });
  assert(all(there).every((t) => t.backend === again));
  for (let i = 0; i < 3; i++) assertEquals(await trainStep(there, b).item(), trainStep(here, a).itemSync());
});

Deno.test("batches are shuffled where the data is, in the same order everywhere", async () => {
  await tg.useBackend("cpu", { byFlag: true });
  const batches = (backend: tg.Backend) => {
    const rows = tg.arange(6, undefined, { backend });
    const loader = new DataLoader(new TensorDataset(rows, rows.mul(10)), {
      batchSize: 4,
      shuffle: true,
      key: tg.key(1),
    });
    return [...loader].flat();
  };
  assert(batches(far).every((x) => x.backend === far));
  assertEquals(await tg.read(batches(far)), await tg.read(batches(cpu)));
});

Deno.test("setData() is for leaves, off the tape and of one shape", () => {
  const w = variable([1, 2]), y = w.mul(2);
  assertThrows(() => w.setData(tensor([3, 4])), tg.TapeError, "Cannot set the data of a tensor on the tape");
  assertThrows(() => noGrad(() => y.setData(tensor([3, 4]))), tg.TapeError, "to a leaf");
  assertThrows(() => noGrad(() => w.setData(tensor([3]))), tg.ShapeError, "shape [2] to that of [1]");
  assertThrows(() => noGrad(() => w.setData(tensor([3, 4], { dtype: "i32" }))), DtypeError, "only floats");
  noGrad(() => w.setData(tensor([[3, 4], [5, 6]]).transpose().slice(0)));
  assertEquals([w.arraySync(), w.strides, w.requiresGrad], [[3, 5], [2], true]);
});

Deno.test("a model of which one tensor or gradient cannot move stays where it is", () => {
  for (const at of [0, 1]) {
    for (const which of ["tensor", "gradient"]) {
      const layer = new Linear(2, 1).to("cpu"), parameters = layer.parameters();
      parameters.forEach((p) => p.setGrad(p.zerosLike()));
      const before = parameters.flatMap((p) => [storageOf(p), p.grad]);
      if (which === "tensor") parameters[at].dispose();
      else parameters[at].grad!.dispose();
      assertThrows(() => layer.to("f64"), BackendError, "was disposed");
      assertEquals(parameters.flatMap((p) => [storageOf(p), p.grad]).every((t, i) => t === before[i]), true);
    }
  }
});
