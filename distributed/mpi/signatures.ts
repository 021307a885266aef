/** The functions of MPI that are called. */
import type { Handle } from "./abi.ts";

/** Memory that a library reads or writes. */
export type Memory = Int32Array | Uint32Array | Float32Array | Float64Array | Uint8Array;

type H = Handle;
type P = Deno.PointerValue;

/** What they take; all answer 0 where it went well. */
export interface Calls {
  initialized(flag: Int32Array): number;
  finalized(flag: Int32Array): number;
  init(argc: null, argv: null, asked: number, given: Int32Array): number;
  finalize(): number;
  abort(world: H, code: number): number;
  rank(world: H, to: Int32Array): number;
  size(world: H, to: Int32Array): number;
  host(name: Uint8Array, length: Int32Array): number;
  reduce(from: Memory, to: Memory, count: number, type: H, fold: H, world: H): number;
  reduceHere(inPlace: P, at: Memory, count: number, type: H, fold: H, world: H): number;
  startReduceHere(inPlace: P, at: Memory, count: number, type: H, fold: H, world: H, request: Memory): number;
  wait(request: Memory, ignored: P): number;
  test(request: Memory, isDone: Int32Array, ignored: P): number;
  broadcast(at: Memory, count: number, type: H, root: number, world: H): number;
  scatter(from: Memory, to: Memory, count: number, type: H, fold: H, world: H): number;
  gather(from: Memory, count: number, type: H, to: Memory, count2: number, type2: H, world: H): number;
  send(from: Memory, count: number, type: H, rank: number, tag: number, world: H): number;
  receive(to: Memory, count: number, type: H, rank: number, tag: number, world: H, ignored: P): number;
  receiveLater(
    to: Memory,
    count: number,
    type: H,
    rank: number,
    tag: number,
    world: H,
    ignored: P,
  ): Promise<number>;
  barrier(world: H): number;
}

/** Functions by which a library says what it is, before anything else is called. */
export const asking = {
  version: { name: "MPI_Get_library_version", parameters: ["buffer", "buffer"], result: "i32" },
  abi: {
    name: "MPI_Abi_get_version",
    parameters: ["buffer", "buffer"],
    result: "i32",
    optional: true,
  },
} as const;

function entry(
  name: string,
  parameters: readonly Deno.NativeType[],
  nonblocking = false,
): Deno.ForeignFunction {
  return { name: `MPI_${name}`, parameters, result: "i32", nonblocking };
}

/** How they are called, where handles are `h`. */
export function signatures(h: "pointer" | "i32"): Readonly<Record<keyof Calls, Deno.ForeignFunction>> {
  const here = ["pointer", "buffer", "i32", h, h, h] as const;
  const receive = ["buffer", "i32", h, "i32", "i32", h, "pointer"] as const;
  return {
    initialized: entry("Initialized", ["buffer"]),
    finalized: entry("Finalized", ["buffer"]),
    init: entry("Init_thread", ["pointer", "pointer", "i32", "buffer"]),
    finalize: entry("Finalize", []),
    abort: entry("Abort", [h, "i32"]),
    rank: entry("Comm_rank", [h, "buffer"]),
    size: entry("Comm_size", [h, "buffer"]),
    host: entry("Get_processor_name", ["buffer", "buffer"]),
    reduce: entry("Allreduce", ["buffer", "buffer", "i32", h, h, h]),
    reduceHere: entry("Allreduce", here),
    startReduceHere: entry("Iallreduce", [...here, "buffer"]),
    wait: entry("Wait", ["buffer", "pointer"]),
    test: entry("Test", ["buffer", "buffer", "pointer"]),
    broadcast: entry("Bcast", ["buffer", "i32", h, "i32", h]),
    scatter: entry("Reduce_scatter_block", ["buffer", "buffer", "i32", h, h, h]),
    gather: entry("Allgather", ["buffer", "i32", h, "buffer", "i32", h, h]),
    send: entry("Send", ["buffer", "i32", h, "i32", "i32", h]),
    receive: entry("Recv", receive),
    receiveLater: entry("Recv", receive, true),
    barrier: entry("Barrier", [h]),
  };
}
