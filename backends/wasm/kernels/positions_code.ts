/** Functions that find extrema of rows, or of columns side by side. */
import { type DType, isFloating } from "@tapegrad/core/backend";
import type { Callable } from "../assembler/body.ts";
import { i32, op, times, type Value } from "../assembler/values.ts";
import { scatterPack } from "../expr/access.ts";
import { type Code, instruction, type Lanes } from "../expr/lanes.ts";
import { lanesOf, maskPack, type Pack } from "../expr/pack.ts";
import type { KernelModule } from "../modules.ts";
import { Accumulators, below } from "./accumulators.ts";
import { type Reducing, reducing } from "./reduce_code.ts";
import type { Fold } from "./reduce_folds.ts";
import { advance, fewest, inSteps, Streams } from "./streams.ts";

/** A function that finds the extremum of each row, and then the first element that is it, or the first NaN. */
export function positionsInRows(kernels: KernelModule, reduced: Reducing, fold: Fold): Callable {
  return reducing(kernels, reduced, (site) => {
    const { code, n, rows, output, move, streams, rowSteps } = site, { body } = code, least = fewest(code);
    const place = body.local("i32");
    body.upTo(body.local("i32"), rows, 1, () => {
      const all = new Accumulators(code, fold, 4 / lanesOf(code, fold.dtype).count), best = extremumOf(all);
      const at = new Streams(code, streams);
      body.set(place, i32(0));
      body.block((end) => {
        inSteps(code, body.keep(n), least, (elements, left) => {
          const found = matches(code, site.values(at.packs(elements, left), elements, fold.dtype), best);
          const hit = body.keep(bitsOf(code, found, left));
          body.if(hit, () => {
            body.advance(place, op("i32.ctz", hit));
            body.branch(end);
          });
          body.advance(place, elements);
          at.advance(elements);
        });
      });
      body.store("i32.store", output, place);
      body.advance(output, move);
      streams.forEach(({ pointer }, i) => body.advance(pointer, rowSteps[i]));
    });

    function extremumOf(all: Accumulators): Pack {
      const at = new Streams(code, streams);
      inSteps(code, body.keep(n), code.isVector ? 16 : 1, (elements, left) => {
        all.join(site.values(at.packs(elements, left), elements, fold.dtype), left);
        at.advance(elements);
      });
      return all.total();
    }
  });
}

// Nothing equals a NaN, which is what is looked for where there is one.
function matches(code: Code, { dtype, parts }: Pack, best: Pack): Pack {
  const on = lanesOf(code, dtype);
  const masks = parts.map((part) => {
    const x = code.keep(part), isBest = on.is("eq", x, best.parts[0]);
    return isFloating(dtype) ? on.combine("or", isBest, on.is("ne", x, x)) : isBest;
  });
  return maskPack(code, masks, dtype);
}

function bitsOf(code: Code, { parts: [mask] }: Pack, left?: Value<"i32">): Value<"i32"> {
  if (!code.isVector) return mask as Value<"i32">;
  const seen = left ? instruction("v128.and", mask, below(left)) : mask;
  return op("i32x4.bitmask", seen as Value<"v128">);
}

/** So many columns are taken side by side: as many as a line of the cache has of f32. */
const ABREAST = 16;

/** A function that finds the first row in which each column has its extremum, or its first NaN. */
export function positionsInColumns(
  kernels: KernelModule,
  reduced: Reducing,
  kind: "argmax" | "argmin",
  fold: Fold,
): Callable {
  return reducing(kernels, reduced, (site) => {
    const { code, n, rows, output, move, streams, rowSteps } = site, { body } = code, { dtype } = fold;
    const on = lanesOf(code, dtype), words = lanesOf(code, "i32"), row = body.local("i32");
    inSteps(code, n, code.isVector ? ABREAST : 1, (elements, left) => {
      const best = Array.from({ length: elements / on.count }, () => body.keep(fold.start(on)[0]));
      const where = Array.from({ length: elements / words.count }, () => body.keep(words.number(0)));
      const places = streams.map((one) => ({ ...one, pointer: body.keep(one.pointer) }));
      body.set(row, i32(0));
      body.upTo(row, rows, 1, () => {
        const { parts } = site.values(new Streams(code, places).packs(elements, left), elements, dtype);
        const xs = parts.map((part) => code.keep(part)),
          takes = xs.map((x, i) => code.keep(isBetter(on, kind, dtype, x, best[i])));
        const at = code.keep(words.splat(row)), { parts: masks } = maskPack(code, takes, dtype);
        where.forEach((one, i) => body.set(one, words.choose(masks[i], at, one)));
        best.forEach((one, i) => body.set(one, on.choose(takes[i], xs[i], one)));
        places.forEach(({ pointer }, i) => body.advance(pointer, rowSteps[i]));
      });
      scatterPack(
        code,
        { dtype: "i32", address: output, step: move, left },
        { dtype: "i32", parts: where },
        elements,
      );
      body.advance(output, times(move, elements));
      advance(body, streams, elements);
    });
  });
}

// The first NaN is better than all else.
function isBetter(on: Lanes, kind: "argmax" | "argmin", dtype: DType, x: Value, best: Value): Value {
  const sign = dtype === "i32" ? "_s" : dtype === "u32" ? "_u" : "";
  const isFurther = on.is((kind === "argmax" ? "gt" : "lt") + sign, x, best);
  if (!isFloating(dtype)) return isFurther;
  return on.combine("or", isFurther, on.combine("and", on.is("ne", x, x), on.is("eq", best, best)));
}
