/** A backend each of whose kernels runs as a plan of that one step. */
import type { Backend, Buffer, Kernel, PlanMemory, PlanView, View } from "@tapegrad/core/backend";

/** What is told of each plan that was run: its op, and how it says it ran. */
export type See = (op: string, how: string) => void;

/** The same device, by plans. */
export function planningKernels(backend: Backend, see: See = () => {}): Backend {
  const kernels = new Map(
    [...backend.kernels].map(([op, kernel]): [string, Kernel] => [op, planned(op, kernel)]),
  );
  return new Proxy(backend, {
    get(target, name): unknown {
      if (name === "kernels") return kernels;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

  function planned(op: string, kernel: Kernel): Kernel {
    return (inputs, outputs, attributes) => {
      const buffers: Buffer[] = [], memories: PlanMemory[] = [];
      const placed = ({ buffer, dtype, shape, strides, offset }: View): PlanView => {
        let memory = buffers.indexOf(buffer);
        if (memory < 0) {
          memory = buffers.push(buffer) - 1;
          memories.push({ kind: "given", dtype, length: buffer.length, first: 0, last: 0 });
        }
        return { memory, dtype, shape, strides, offset };
      };
      const step = { op, inputs: inputs.map(placed), outputs: outputs.map(placed), attributes };
      const run = (reads: readonly View[], writes: readonly View[]) => kernel(reads, writes, attributes);
      const plan = backend.plan!({ memories, steps: [{ ...step, run }] })!;
      try {
        plan.run(buffers, []);
        see(op, plan.describe?.() ?? "");
      } finally {
        plan[Symbol.dispose]();
      }
    };
  }
}
