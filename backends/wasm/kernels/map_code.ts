/** The code of elementwise kernels. */
import { bytesPerElement, type DType } from "@tapegrad/core/backend";
import type { Legal } from "../../common/legal.ts";
import { type Callable, type Local, some } from "../assembler/body.ts";
import { i32, op, select, times, type Value } from "../assembler/values.ts";
import { type Apart, gatherPack, loadPack, scatterPack, splatPack, storePack } from "../expr/access.ts";
import { computed } from "../expr/emitter.ts";
import type { Helpers } from "../expr/helpers.ts";
import { Code } from "../expr/lanes.ts";
import { keptPack, type Pack, partsOf } from "../expr/pack.ts";
import type { Simd } from "../features.ts";
import type { KernelModule } from "../modules.ts";

/** How an operand's elements follow each other in the innermost loop: side by side, one for all, or some steps apart. */
export type StepClass = "1" | "0" | "s";

/** What the code of a map depends on. */
export interface MapForm {
  readonly legal: Legal;
  /** The dtypes of the outputs and then of the inputs. */
  readonly dtypes: readonly DType[];
  /** Their classes. */
  readonly classes: readonly StepClass[];
  /** How many outputs there are. */
  readonly outputs: number;
  /** What the module has imported for the expressions. */
  readonly helpers: Helpers;
}

type Count = Local<"i32">;

/** An operand, by what it is and what its parameters are. */
export interface Stream {
  readonly dtype: DType;
  readonly kind: StepClass;
  readonly start: Count;
  readonly row: Count;
  /** Bytes from each element to the next. */
  readonly step: Count | number;
}

/** Elements that are computed together at least, where several are. */
const PACK = 4;
/** For expressions of no more nodes than this, twice as many, and code of its own for those that are left. */
const SMALL = 64;

/**
 * Defines rows of elements: how many rows, of how many elements; for each operand, in bytes, where it starts, how far its
 * rows are apart, and its elements, where they are of class `s`.
 */
export function defineMap({ module }: KernelModule, form: MapForm, simd: Simd): Callable {
  return module.define(["i32", "i32", ...typesOf(form)], null, (body, [rows, n, ...rest]) => {
    defineRows(new Code(body, simd), form, streamsOf(form, rest), [rows, n]);
  });
}

/** Defines planes of rows: how many planes, then what {@link defineMap} takes, and of each operand how far its planes are apart. */
export function definePlanes({ module }: KernelModule, form: MapForm, simd: Simd): Callable {
  const types = typesOf(form), apart = form.classes.map(() => "i32" as const);
  return module.define(
    ["i32", "i32", "i32", ...types, ...apart],
    null,
    (body, [planes, rows, n, ...rest]) => {
      const streams = streamsOf(form, rest), steps = rest.slice(types.length), code = new Code(body, simd);
      body.loop((next) => {
        const plane = streams.map((stream) => ({ ...stream, start: body.keep(stream.start) }));
        defineRows(code, form, plane, [body.keep(rows), n]);
        streams.forEach(({ start }, k) => body.advance(start, steps[k]));
        body.advance(planes, -1);
        body.branchIf(next, some(planes));
      });
    },
  );
}

function defineRows(
  code: Code,
  form: MapForm,
  streams: readonly Stream[],
  [rows, n]: readonly Count[],
): void {
  const { body } = code;
  body.loop((next) => {
    new Row(code, form, streams, n).define();
    for (const { start, row } of streams) body.advance(start, row);
    body.advance(rows, -1);
    body.branchIf(next, some(rows));
  });
}

/** Writes one row of so many elements of operands that lie in one piece, or are one number, at their starts. */
export function defineRow(code: Code, form: MapForm, starts: readonly Count[], n: Count): void {
  const streams = form.classes.map((kind, k): Stream => {
    const start = starts[k], dtype = form.dtypes[k];
    return { dtype, kind, start, row: start, step: kind === "1" ? bytesPerElement(dtype) : 0 };
  });
  new Row(code, form, streams, n).define();
}

/** The types of what is told of operands. */
export function typesOf({ classes }: MapForm): "i32"[] {
  return classes.flatMap((kind) => new Array<"i32">(kind === "s" ? 3 : 2).fill("i32"));
}

/** The operands by their parameters. */
export function streamsOf({ classes, dtypes }: MapForm, parameters: readonly Count[]): Stream[] {
  let next = 0;
  return classes.map((kind, k): Stream => {
    const dtype = dtypes[k], start = parameters[next++], row = parameters[next++];
    const step = kind === "s" ? parameters[next++] : kind === "1" ? bytesPerElement(dtype) : 0;
    return { dtype, kind, start, row, step };
  });
}

/** The innermost loop. */
class Row {
  readonly #code: Code;
  readonly #form: MapForm;
  readonly #streams: readonly Stream[];
  readonly #addresses: readonly Count[];
  readonly #left: Count;
  /** Elements of a turn. */
  readonly #most: number;
  readonly #fixed: readonly (Pack | null)[];

  constructor(code: Code, form: MapForm, streams: readonly Stream[], n: Count) {
    this.#code = code;
    this.#form = form;
    this.#streams = streams;
    this.#addresses = streams.map(({ start }) => code.body.keep(start));
    this.#left = code.body.keep(n);
    this.#most = elementsOf(code, form);
    this.#fixed = streams.map(({ kind, dtype }, k) => {
      const isFixed = kind === "0" && k >= form.outputs;
      return isFixed ? splatPack(code, { dtype, address: this.#addresses[k] }, this.#most) : null;
    });
  }

  define(): void {
    const { body, isVector } = this.#code, left = this.#left, elements = this.#most;
    if (elements === PACK) return body.while(some(left), () => this.#anyTurn());
    body.while(op("i32.ge_u", left, i32(elements)), () => this.#turn());
    if (isVector) body.while(some(left), () => this.#lastTurn());
  }

  #turn(): void {
    const elements = this.#most;
    this.#results(elements, (k) => this.#loaded(k, elements)).forEach((pack, k) =>
      this.#store(k, pack, elements)
    );
    this.#advance(elements);
    this.#code.body.advance(this.#left, -elements);
  }

  // Fewer elements than a turn has, of which it takes a pack or what there is.
  #lastTurn(): void {
    this.#results(PACK, (k) => this.#gathered(k)).forEach((pack, k) => this.#scatter(k, pack));
    this.#advance(PACK);
    this.#code.body.set(this.#left, this.#rest());
  }

  // A pack, or what there is: much code is written, and compiled, but once.
  #anyTurn(): void {
    const code = this.#code, { body } = code, isWhole = body.keep(op("i32.ge_u", this.#left, i32(PACK)));
    const moving = this.#streams.flatMap((_, k) => k < this.#form.outputs || this.#fixed[k] ? [] : [k]);
    const packs = new Map(moving.map((k) => [k, emptyPack(code, this.#streams[k].dtype)]));
    const fill = (k: number, { parts }: Pack) => parts.forEach((x, i) => body.set(packs.get(k)!.parts[i], x));
    body.if(
      isWhole,
      () => moving.forEach((k) => fill(k, this.#loaded(k, PACK))),
      () => moving.forEach((k) => fill(k, this.#gathered(k))),
    );
    const results = this.#results(PACK, (k) => packs.get(k)!).map((pack) => keptPack(code, pack));
    body.if(
      isWhole,
      () => results.forEach((pack, k) => this.#store(k, pack, PACK)),
      () => results.forEach((pack, k) => this.#scatter(k, pack)),
    );
    this.#advance(PACK);
    body.set(this.#left, this.#rest());
  }

  #place(k: number): Apart {
    const { dtype, step } = this.#streams[k];
    return { dtype, address: this.#addresses[k], step };
  }

  #loaded(k: number, elements: number): Pack {
    const isDense = this.#streams[k].kind === "1";
    return (isDense ? loadPack : gatherPack)(this.#code, this.#place(k), elements);
  }

  #gathered(k: number): Pack {
    return gatherPack(this.#code, { ...this.#place(k), left: this.#left }, PACK);
  }

  #store(k: number, pack: Pack, elements: number): void {
    if (this.#streams[k].kind === "1") storePack(this.#code, this.#place(k), pack);
    else scatterPack(this.#code, this.#place(k), pack, elements);
  }

  #scatter(k: number, pack: Pack): void {
    scatterPack(this.#code, { ...this.#place(k), left: this.#left }, pack, PACK);
  }

  /** What is left after a pack. */
  #rest(): Value<"i32"> {
    const rest = op("i32.sub", this.#left, i32(PACK));
    return select(op("i32.gt_u", this.#left, i32(PACK)), rest, i32(0));
  }

  /** What is stored, all of which is computed before any is. */
  #results(elements: number, load: (k: number) => Pack): readonly Pack[] {
    const code = this.#code, { legal, dtypes, outputs, helpers } = this.#form;
    const inputs = dtypes.slice(outputs).map((dtype, i): Pack => {
      const fixed = this.#fixed[outputs + i];
      return fixed
        ? { dtype, parts: fixed.parts.slice(0, partsOf(code, dtype, elements)) }
        : load(outputs + i);
    });
    const results = computed(code, legal, inputs, { elements, helpers, outputs: dtypes.slice(0, outputs) });
    return outputs === 1 ? results : results.map((pack) => keptPack(code, pack));
  }

  #advance(elements: number): void {
    this.#streams.forEach(({ kind, step }, k) => {
      if (kind !== "0") this.#code.body.advance(this.#addresses[k], times(step, elements));
    });
  }
}

/** Room for a pack. */
function emptyPack(code: Code, dtype: DType): { readonly dtype: DType; readonly parts: readonly Local[] } {
  const parts = Array.from({ length: partsOf(code, dtype, PACK) }, () => code.body.local("v128"));
  return { dtype, parts };
}

function elementsOf({ isVector }: Code, { legal, classes }: MapForm): number {
  if (!isVector) return 1;
  return legal.order.length <= SMALL && !classes.includes("s") ? 2 * PACK : PACK;
}
