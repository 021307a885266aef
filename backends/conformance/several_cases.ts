/** Maps of several expressions, which share subterms and are all computed before one is stored. */
import * as kernels from "./kernels.ts";
import { type DType, e, type Expr, input, type Shape, typesOf } from "@tapegrad/core";
import { judge } from "./judge.ts";
import { resultsOf } from "./kernel_case.ts";
import type { KernelCall, Operands } from "./kernel_run.ts";
import { inputLayouts, layoutOf, type Operand, operand, outputLayouts, plainRoom, room } from "./layouts.ts";
import { type Draft, dtypesOf, type Session } from "./session.ts";
import type { Outcome, Subject } from "./types.ts";
import { whole } from "./values.ts";

interface SeveralRun extends Operands {
  /** One for each output. */
  readonly exprs: readonly Expr[];
}

const [x, y] = [input(0), input(1)], SHAPE = [3, 5];

/** Cases of `map` with more than one output. */
export function severalCases(session: Session): readonly Draft[] {
  return dtypesOf(session).flatMap((dtype) => [
    ...layoutCases(dtype),
    ...shapeCases(dtype),
    ...inPlaceCases(dtype),
    ...manyCases(dtype),
  ]);
}

// A shared term, results of other dtypes, and an input as it is; all exact.
function exprsOf(dtype: DType): readonly Expr[] {
  const shared = dtype === "bool" ? e.xor(x, y) : e.add(x, y);
  return [shared, e.eq(shared, x), e.cast(shared, "i32"), y];
}

function drawn(dtype: DType, layout: Parameters<typeof layoutOf>[0], shape: Shape, seed: number): Operand {
  return operand(dtype, layoutOf(layout, shape), whole(dtype, seed));
}

function resultOf(expr: Expr, dtype: DType): DType {
  return typesOf(expr, [dtype, dtype]).get(expr)!;
}

function layoutCases(dtype: DType): readonly Draft[] {
  return inputLayouts.flatMap((first, i) =>
    [2, 3].map((count) => {
      const second = inputLayouts[(i + 3) % inputLayouts.length], exprs = exprsOf(dtype).slice(0, count);
      return severalCase(dtype, `${count} of ${first} and ${second}`, () => ({
        inputs: [drawn(dtype, first, SHAPE, 0), drawn(dtype, second, SHAPE, 1)],
        outputs: exprs.map((expr, k) =>
          room(resultOf(expr, dtype), layoutOf(outputLayouts[(i + 2 * k) % outputLayouts.length], SHAPE))
        ),
        exprs,
      }));
    })
  );
}

const shapes: readonly Shape[] = [[], [1], [65], [2, 1, 3], [0]];

function shapeCases(dtype: DType): readonly Draft[] {
  return shapes.map((shape) =>
    severalCase(dtype, `4 of [${shape}]`, () => ({
      inputs: [0, 1].map((seed) => drawn(dtype, "contiguous", shape, seed)),
      outputs: exprsOf(dtype).map((expr) => plainRoom(resultOf(expr, dtype), shape)),
      exprs: exprsOf(dtype),
    }))
  );
}

function inPlaceCases(dtype: DType): readonly Draft[] {
  const [shared] = exprsOf(dtype);
  return (["contiguous", "transposed", "offset"] as const).flatMap((name) => {
    const pair = () => [0, 1].map((seed) => drawn(dtype, name, SHAPE, seed));
    return [
      severalCase(dtype, `${name} inputs exchanged`, () => {
        const inputs = pair();
        return { inputs, outputs: inputs, exprs: [y, x] };
      }),
      severalCase(dtype, `${name} over the first input`, () => {
        const inputs = pair();
        return { inputs, outputs: [inputs[0], plainRoom(dtype, SHAPE)], exprs: [shared, x] };
      }),
    ];
  });
}

// More buffers than devices bind at once.
function manyCases(dtype: DType): readonly Draft[] {
  const inputs = () => Array.from({ length: 12 }, (_, seed) => drawn(dtype, "contiguous", SHAPE, seed));
  const exprs = Array.from({ length: 12 }, (_, i) => input((i + 5) % 12));
  return [
    severalCase(dtype, "12 of 12 inputs", () => ({
      inputs: inputs(),
      outputs: exprs.map(() => plainRoom(dtype, SHAPE)),
      exprs,
    })),
    severalCase(dtype, "12 inputs in another order", () => {
      const all = inputs();
      return { inputs: all, outputs: all, exprs };
    }),
  ];
}

function severalCase(dtype: DType, detail: string, make: () => SeveralRun): Draft {
  const subject = { op: "map", dtype, detail };
  return { ...subject, run: (session) => runSeveral(session, subject, make()) };
}

async function runSeveral(session: Session, subject: Subject, run: SeveralRun): Promise<Outcome> {
  const { inputs, outputs, exprs } = run;
  const results = await resultsOf(
    session,
    run,
    (backend, from, to) => kernels.mapAll(backend, exprs, from, to),
  );
  let ulp = 0;
  for (const [k, output] of outputs.entries()) {
    const call: KernelCall = (backend, from, to) => kernels.map(backend, exprs[k], from, to);
    const outcome = judge(session, subject, { inputs, output, call, elementwise: true }, results[k]);
    if (outcome.status === "failed") return { ...outcome, message: `output ${k}: ${outcome.message}` };
    if (outcome.status === "skipped") return outcome;
    ulp = Math.max(ulp, outcome.ulp);
  }
  return { status: "ok", ulp };
}
