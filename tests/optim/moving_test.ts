/** Numbers that parameters share follow them to other devices and dtypes, together and one by one. */
import { noGrad, registerBackend, type Tensor, tensor, variable } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { testWith } from "../backend_traits.ts";
import { every } from "./every.ts";

registerBackend({ name: "elsewhere", create: () => createCpuBackend({ name: "elsewhere" }) });

const places = ["f64", "elsewhere"];

function move(parameter: Tensor, place: string): void {
  noGrad(() => parameter.setData(parameter.to(place)));
}

for (const { name, of } of every) {
  for (const place of places) {
    for (const moving of [[0], [1], [0, 1]]) {
      testWith(
        { f64: true },
        `${name}: parameters ${moving} that move to ${place} go on as if alone`,
        async () => {
          const one = () => variable([[1, -2]]), together = [one(), one()], alone = [one(), one()];
          const both = of(together), each = alone.map((p) => of([p]));
          for (let i = 0; i < 8; i++) {
            if (i === 4) { for (const k of moving) [together[k], alone[k]].forEach((p) => move(p, place)); }
            for (const p of [...together, ...alone]) {
              p.setGrad(tensor([[i + 1, -1]], { dtype: p.dtype as "f32", backend: p.backend }));
            }
            for (const optimizer of [both, ...each]) optimizer.step();
          }
          const values = (all: readonly Tensor[]) => Promise.all(all.map((p) => p.array()));
          assertEquals(await values(together), await values(alone));
        },
      );
    }
  }

  testWith(
    { f64: true },
    `${name}: a model that moved as a whole still shares, and so does one that was loaded`,
    () => {
      const all = [variable([[1, -2]]), variable([[3]])], optimizer = of(all);
      const step = () => {
        for (const p of all) p.setGrad(p.detach());
        optimizer.step();
      };
      step();
      for (const p of all) move(p, "f64");
      step();
      const [a, b] = optimizer.stateDict().state;
      assertStrictEquals(a.steps, b.steps);
      optimizer.loadStateDict(optimizer.stateDict());
      const [c, d] = optimizer.stateDict().state;
      assertStrictEquals(c.steps, d.steps);
      step();
    },
  );
}
