/** What kernels of this backend are written with. */
import { type DType, type Expr, type Shape, topological, type View } from "@tapegrad/core/backend";
import type { Reports } from "../device/faults.ts";
import type { Access } from "../stream/programs.ts";
import type { Workgroups } from "../stream/stream.ts";

/** A view and how a kernel uses it. */
export interface Operand {
  readonly view: View;
  readonly access: Access;
  /** Whether the elements of the array are vectors of four of the view's. */
  readonly four?: boolean;
}

/** One run of a kernel. */
export interface Dispatch {
  /** Names the kernel: all that its source depends on beside the dtypes and accesses of its operands. */
  readonly key: string;
  /** What errors and profiles call it. */
  readonly label: string;
  /** What it reads and writes. */
  readonly operands: readonly Operand[];
  /** Its operands in groups that have nothing to do with each other, if there are several. */
  readonly apart?: readonly (readonly Operand[])[];
  /** The use of indices that it reports on, into an array that comes after those of its operands. */
  readonly reports?: Reports;
  /** Its parameters, as words that wrap at 32 bits. */
  readonly words: readonly number[];
  /** Its source, given the names of its operands' arrays. */
  readonly source: (names: readonly string[]) => string;
  /** Extensions of WGSL that it enables. */
  readonly extensions?: readonly string[];
  /** How many workgroups run it. */
  readonly workgroups: Workgroups;
}

/** The device as kernels see it. */
export interface Gpu {
  /** What the device can do. */
  readonly abilities: Abilities;
  /** Queues a kernel. */
  run(dispatch: Dispatch): void;
  /** A buffer for intermediate results, row-major; give it to {@link Gpu.release} once queued. */
  temporary(dtype: DType, shape: Shape): View;
  /** Takes an intermediate result back: what is queued already still finds it. */
  release(view: View): void;
  /** Whether all elements of a view can be bound at once. */
  fits(view: View): boolean;
  /** The views as they can be bound: those of buffers that are too large start later in them. */
  fit(op: string, view: View): View;
  /** A use of indices for kernels to report on: `describe` makes the error of an index, given as a word. */
  watch(describe: (index: number) => Error): Reports;
}

/** What a device can do. */
export interface Abilities {
  /** Whether it has 16-bit floats. */
  readonly half: boolean;
  /** Whether invocations that run together can combine values. */
  readonly subgroups: boolean;
  /** Whether it can time kernels. */
  readonly timestamps: boolean;
  /** Whether sums over repeated indices always come out the same. */
  readonly deterministic: boolean;
  /** How many buffers one kernel may use. */
  readonly storageBuffers: number;
  /** How many bytes of a buffer a kernel can see. */
  readonly bindingBytes: number;
  /** How many bytes a workgroup shares. */
  readonly workgroupBytes: number;
}

/** A view whose binding starts later than its buffer. */
export interface WindowView extends View {
  /** Where, in bytes; the view's offset counts from there. */
  readonly start?: number;
}

/** How many workgroups a dispatch may have along one axis. */
export const MOST_WORKGROUPS = 65535;

/** As many workgroups as asked for, along two axes where one does not suffice. */
export function spread(count: number): Workgroups {
  if (count <= MOST_WORKGROUPS) return [count, 1, 1];
  const rows = Math.ceil(count / MOST_WORKGROUPS);
  return [Math.ceil(count / rows), rows, 1];
}

/** The source of a kernel that runs once for each number `i` below `size`, `threads` of them a workgroup. */
export function eachInvocation(size: string, body: string, threads: number = THREADS): string {
  return `
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * ${threads}u + lane;
  if (i >= ${size}) { return; }
  ${body}
}`;
}

/** How many invocations a workgroup of {@link eachInvocation} has. */
export const THREADS = 64;

/** The workgroups for so many invocations. */
export function invocations(count: number, threads: number = THREADS): Workgroups {
  return spread(Math.ceil(count / threads));
}

/** The elements that a view can reach, the last one excluded. */
export function reach(view: View): readonly [number, number] {
  let low = view.offset, high = view.offset + 1;
  view.strides.forEach((step, axis) => {
    const span = (view.shape[axis] - 1) * step;
    if (span < 0) low += span;
    else high += span;
  });
  return [low, high];
}

const names = new WeakMap<Expr, string>();

/** What errors call an expression: its text, or what it ends with where the text would be long. */
export function nameOf(expr: Expr): string {
  let name = names.get(expr);
  if (name === undefined) {
    const { length } = topological(expr);
    name = length <= 16 ? String(expr) : `${expr.fn?.name ?? expr.kind} of ${length} terms`;
    names.set(expr, name);
  }
  return name;
}
