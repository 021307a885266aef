/** Reductions along the same lanes and the maps between them, in one kernel: what is written by hand as a softmax. */
import { labelOf } from "../../call/op.ts";
import { hasKernel } from "../../call/launch.ts";
import type { Backend } from "../../device/backend.ts";
import { type Expr, input } from "../../expr/expr.ts";
import { substitute } from "../../expr/rewrite.ts";
import type { RowsAttributes, RowStep } from "../../primitives/attributes.ts";
import { fusedRows } from "../../primitives/fused.ts";
import type { ProgramStep, ProgramView } from "../program/parts.ts";
import { Conflicts, type Draft } from "./draft.ts";
import { namesOf, roundedTo } from "./join.ts";
import type { Limits } from "./limits.ts";
import {
  alongLanes,
  extentOf,
  type LaneSpace,
  type Member,
  memberOf,
  spaceOf,
  writtenBy,
} from "./row_members.ts";
import { LONGEST_LANE } from "./thumbs.ts";
import { samePlace } from "./through.ts";

/** Has one kernel run what goes along the same lanes, where the backend has one that can. */
export function fuseRows(draft: Draft, limits: Limits, backend: Backend): void {
  if (!hasKernel(backend, fusedRows.name)) return;
  for (const step of [...draft.steps]) {
    const space = draft.steps.includes(step) ? spaceOf(draft, step) : null;
    if (!space || !suits(space)) continue;
    const members = gathered(draft, space, step);
    const fused = members && fusedOf(draft, space, members);
    if (!fused || limits.exceeds(fused.nest, draft) !== null) continue;
    const { steps } = draft, order = regrouped(steps, members.map(({ step }) => step))!;
    draft.splice(order.first, order.count, ...order.before, fused.step, ...order.behind);
    draft.note(`${labelOf(fused.step.op, fused.step.attributes)} run in one kernel, lane by lane`);
  }
}

function suits(space: LaneSpace): boolean {
  const [lanes, length] = extentOf(space);
  return lanes > 1 && length > 1 && length <= LONGEST_LANE;
}

// What goes along the lanes of a reduction with it: what reads it, what else they need alone, and so on.
function gathered(draft: Draft, space: LaneSpace, first: ProgramStep): readonly Member[] | null {
  const start = memberOf(draft, first, space), { steps } = draft;
  if (!start) return null;
  let members: readonly Member[] = [start];
  for (let next: Member | null = start; next !== null;) {
    next = nextOf(draft, space, members);
    if (next) members = [...members, next].sort((a, b) => steps.indexOf(a.step) - steps.indexOf(b.step));
  }
  return trimmed(draft, members);
}

function nextOf(draft: Draft, space: LaneSpace, members: readonly Member[]): Member | null {
  const { steps } = draft, inside = new Set(members.map(({ step }) => step));
  for (const step of around(draft, members)) {
    const own = inside.has(step) ? null : memberOf(draft, step, space);
    if (!own || !isNear(draft, members, own)) continue;
    const more = [...members, own].sort((a, b) => steps.indexOf(a.step) - steps.indexOf(b.step));
    if (isClosed(more, space) && regrouped(steps, more.map(({ step }) => step))) return own;
  }
  return null;
}

// The steps that read what members give, make what they read, or read it too.
function around(draft: Draft, members: readonly Member[]): ReadonlySet<ProgramStep> {
  const found = new Set<ProgramStep>();
  for (const member of members) {
    for (const reader of draft.readersOf(valueOf(member))) found.add(reader);
    for (const { value } of member.nest.inputs) {
      const maker = draft.makerOf(value);
      if (maker) found.add(maker);
      if (member.nest.fold) { for (const reader of draft.readersOf(value)) found.add(reader); }
    }
  }
  return found;
}

function valueOf({ nest }: Member): number {
  return nest.outputs[0].value;
}

// Whether it reads what members give, reduces what they reduce, or is read by them alone.
function isNear(draft: Draft, members: readonly Member[], own: Member): boolean {
  const made = new Set(members.map(valueOf));
  if (own.nest.inputs.some(({ value }) => made.has(value))) return true;
  if (isBefore(draft, members, own)) return true;
  return own.nest.fold !== undefined &&
    members.some(({ nest }) =>
      nest.fold &&
      nest.inputs.some((view) =>
        own.nest.inputs.some((other) => view.value === other.value && samePlace(view, other))
      )
    );
}

function isBefore(draft: Draft, members: readonly Member[], own: Member): boolean {
  const value = valueOf(own),
    readers = draft.readersOf(value),
    all = new Set(members.map(({ step }) => step));
  return draft.isInner(value) && readers.size > 0 && [...readers].every((step) => all.has(step));
}

// Whether all that members read of each other is what was made for the same element or lane.
function isClosed(members: readonly Member[], space: LaneSpace): boolean {
  const made = new Map(members.map((member) => [valueOf(member), member]));
  return members.every(({ kind, nest }) =>
    nest.inputs.every((view) => {
      const maker = made.get(view.value);
      if (!maker) return true;
      if (kind === "once" && maker.kind === "each") return false;
      const written = writtenBy(maker, space);
      return samePlace(
        kind === "once" ? view : alongLanes(space, view),
        kind === "once" ? written : alongLanes(space, written),
      );
    })
  );
}

// So many of them that one alone gives elements that others read, if it pays.
function trimmed(draft: Draft, all: readonly Member[]): readonly Member[] | null {
  let members = [...all];
  while (members.filter((member) => member.kind === "each" && isStored(draft, members, member)).length > 1) {
    members.pop();
  }
  members = members.filter((member) => member.kind !== "once" || isUsed(draft, members, member));
  // One reduction alone computes what it reduces, and maps of numbers are small.
  const folds = members.filter(({ nest }) => nest.fold).length;
  const isPaid = folds > 1 || folds === 1 &&
      members.some((member) => member.kind === "each" && isStored(draft, members, member));
  return isPaid && regrouped(draft.steps, members.map(({ step }) => step)) ? members : null;
}

// Whether a number of lanes is made of what members give, or read by them.
function isUsed(draft: Draft, members: readonly Member[], own: Member): boolean {
  return members.some(({ nest }) => nest.inputs.some(({ value }) => value === valueOf(own))) ||
    own.nest.inputs.some(({ value }) => members.some((member) => valueOf(member) === value)) ||
    !draft.isInner(valueOf(own));
}

function isStored(draft: Draft, members: readonly Member[], own: Member): boolean {
  const value = valueOf(own), all = new Set(members.map(({ step }) => step));
  return !draft.isInner(value) || [...draft.readersOf(value)].some((step) => !all.has(step));
}

interface Fused {
  readonly step: ProgramStep;
  /** What limits are asked of. */
  readonly nest: Member["nest"];
}

function fusedOf(draft: Draft, space: LaneSpace, members: readonly Member[]): Fused {
  const made = members.map(valueOf), views: ProgramView[] = [];
  const placeOf = (view: ProgramView): number => {
    const own = alongLanes(space, view),
      known = views.findIndex((x) => x.value === own.value && samePlace(x, own));
    return known >= 0 ? known : views.push(own) - 1;
  };
  for (const { nest } of members) {
    for (const view of nest.inputs) if (!made.includes(view.value)) placeOf(view);
  }
  const steps = members.map(({ kind, nest: { inputs, exprs: [expr] } }): RowStep => {
    const by = inputs.map(({ value }, i): Expr => {
      const k = made.indexOf(value);
      return input(k >= 0 ? views.length + k : placeOf(inputs[i]));
    });
    const own = substitute(expr, by);
    const dtypes = new Array(views.length + members.length).fill(space.dtype);
    return { kind, expr: kind === "each" || kind === "once" ? roundedTo(space.dtype, own, dtypes) : own };
  });
  const stored = members.flatMap((member, k) => isStored(draft, members, member) ? [k] : []);
  const element = stored.find((k) => members[k].kind === "each") ?? null;
  const numbers = stored.filter((k) => k !== element);
  const outputs = [...element === null ? [] : [element], ...numbers].map((k) => writtenBy(members[k], space));
  const name = namesOf(...members.map(({ nest }) => nest.name));
  const axes = space.shape.flatMap((_, axis) => axis < space.kept ? [] : [axis]);
  const attributes: RowsAttributes = { name, axes, steps, element, numbers };
  const { phase, gradientOf } = members[members.length - 1].step;
  return {
    step: {
      ...{ op: fusedRows as ProgramStep["op"], attributes, inputs: views, outputs, phase },
      ...gradientOf && { gradientOf },
    },
    nest: { name, shape: space.shape, inputs: views, exprs: steps.map(({ expr }) => expr), outputs },
  };
}

interface Regrouped {
  /** Where the first of what is put in another order is, and how many steps that is. */
  readonly first: number;
  readonly count: number;
  readonly before: readonly ProgramStep[];
  readonly behind: readonly ProgramStep[];
}

// The steps around some that are to be one: those that run before it, and those behind. `null` where one has to be between.
function regrouped(steps: readonly ProgramStep[], members: readonly ProgramStep[]): Regrouped | null {
  const places = members.map((step) => steps.indexOf(step)),
    first = Math.min(...places),
    last = Math.max(...places);
  const after = new Conflicts(),
    late = new Conflicts(),
    before: ProgramStep[] = [],
    behind: ProgramStep[] = [];
  for (let k = first; k <= last; k++) {
    const step = steps[k];
    if (members.includes(step)) {
      if (late.hold(step)) return null;
      after.add(step);
    } else if (after.hold(step)) {
      after.add(step);
      late.add(step);
      behind.push(step);
    } else before.push(step);
  }
  return { first, count: last - first + 1, before, behind };
}
