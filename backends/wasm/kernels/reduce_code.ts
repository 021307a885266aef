/** Functions that fold rows, or columns side by side. */
import { bytesPerElement, type DType } from "@tapegrad/core/backend";
import type { Legal } from "../../common/legal.ts";
import { type Callable, type Local, some } from "../assembler/body.ts";
import { times } from "../assembler/values.ts";
import { scatterPack, storePack } from "../expr/access.ts";
import { computed } from "../expr/emitter.ts";
import { helpersOf } from "../expr/helpers.ts";
import { Code } from "../expr/lanes.ts";
import { type Pack, partsOf } from "../expr/pack.ts";
import { fuses, type Simd } from "../features.ts";
import type { KernelModule } from "../modules.ts";
import { storeOne } from "./accumulators.ts";
import type { StepClass } from "./map_code.ts";
import type { Fold } from "./reduce_folds.ts";
import { advance, inBlocks, inSteps, type Stream, Streams } from "./streams.ts";
import { Sums } from "./sums.ts";

/** What a function reduces. */
export interface Reducing {
  /** How it computes. */
  readonly simd: Simd;
  /** What is computed of each element first. */
  readonly legal: Legal;
  /** What that is computed of, and how it lies along the innermost loop. */
  readonly inputs: readonly { readonly dtype: DType; readonly class: StepClass }[];
  /** What is stored, and how it lies along columns. */
  readonly output: { readonly dtype: DType; readonly class: StepClass };
}

/** A reduction as its code knows it. */
export interface Site {
  readonly code: Code;
  /** Elements of a row, or columns. */
  readonly n: Local<"i32">;
  /** Rows. */
  readonly rows: Local<"i32">;
  /** Where the first result goes, and how many bytes results are apart. */
  readonly output: Local<"i32">;
  readonly move: Local<"i32">;
  /** The inputs along a row. */
  readonly streams: readonly Stream[];
  /** How many bytes rows are apart. */
  readonly rowSteps: readonly Local<"i32">[];
  /** The values of the expression in a dtype. */
  values(packs: readonly Pack[], elements: number, dtype: DType): Pack;
}

const COMMON = 4, EACH = 3;

/** A function of the counts and pointers of a {@link Site}: `n, rows, output, move`, and of each input `pointer, step, rowStep`. */
export function reducing(
  kernels: KernelModule,
  { simd, legal, inputs }: Reducing,
  build: (site: Site) => void,
): Callable {
  const helpers = kernels.import(helpersOf(legal, fuses(simd)));
  const parameters = Array.from({ length: COMMON + EACH * inputs.length }, () => "i32" as const);
  return kernels.module.define(parameters, null, (body, [n, rows, output, move, ...rest]) => {
    const code = new Code(body, simd);
    build({
      ...{ code, n, rows, output, move },
      streams: inputs.map((input, i) => ({ ...input, pointer: rest[EACH * i], step: rest[EACH * i + 1] })),
      rowSteps: inputs.map((_, i) => rest[EACH * i + 2]),
      values: (packs, elements, dtype) =>
        computed(code, legal, packs, { elements, helpers, outputs: [dtype] })[0],
    });
  });
}

// As many elements at a time as there are registers for.
function mostOf({ simd, legal, inputs }: Reducing, fold: Fold): number {
  if (simd === "scalar") return 1;
  if (inputs.some((input) => input.class === "s") || legal.order.length > 12) return 8;
  return legal.order.length > 2 || fold.dtype === "f64" || !fold.block ? 16 : 32;
}

/** A function that folds each of some rows into a number. */
export function foldingRows(kernels: KernelModule, reduced: Reducing, fold: Fold): Callable {
  return reducing(kernels, reduced, (site) => {
    const { code, n, rows, output, move, streams, rowSteps } = site, { body } = code;
    const most = mostOf(reduced, fold);
    body.upTo(body.local("i32"), rows, 1, () => {
      const at = new Streams(code, streams), count = body.keep(n);
      const sums = new Sums(code, fold, partsOf(code, fold.dtype, most), 1);
      inBlocks(body, count, fold.block && fold.block * most, (present) => {
        inSteps(code, present, most, (elements, left) => {
          sums.own.join(site.values(at.packs(elements, left), elements, fold.dtype), left);
          at.advance(elements);
        });
        sums.close((own) => own.merged());
      });
      storeOne(code, { dtype: reduced.output.dtype, address: output }, sums.all.total());
      body.advance(output, move);
      streams.forEach(({ pointer }, i) => body.advance(pointer, rowSteps[i]));
    });
  });
}

/** A function that folds rows into one number a column. */
export function foldingColumns(kernels: KernelModule, reduced: Reducing, fold: Fold): Callable {
  return reducing(kernels, reduced, (site) => {
    const { code, n, rows, output, move, streams, rowSteps } = site, { body } = code;
    inSteps(code, n, mostOf(reduced, fold), (elements, left) => {
      const parts = (dtype: DType) => partsOf(code, dtype, elements);
      const sums = new Sums(code, fold, parts(fold.dtype), parts("f64"));
      const count = body.keep(rows),
        places = streams.map((one) => ({ ...one, pointer: body.keep(one.pointer) }));
      inBlocks(body, count, fold.block, (present) => {
        body.while(some(present), () => {
          sums.own.join(site.values(new Streams(code, places).packs(elements, left), elements, fold.dtype));
          places.forEach(({ pointer }, i) => body.advance(pointer, rowSteps[i]));
          body.advance(present, -1);
        });
        sums.close((own) => own.parts());
      });
      const { dtype, class: lies } = reduced.output,
        place = { dtype, address: output },
        pack = sums.all.parts();
      const step = lies === "1" ? bytesPerElement(dtype) : move;
      if (left || lies !== "1") scatterPack(code, { ...place, step, left }, pack, elements);
      else storePack(code, place, pack);
      body.advance(output, times(step, elements));
      advance(body, streams, elements);
    });
  });
}
