/** What differs between libraries of MPI: how things are called there, and which numbers stand for what. */

/** A communicator, a datatype or an operation, as a library knows it. */
export type Handle = number | Deno.PointerValue;

/** The dtypes of what is sent; whatever is only moved is bytes. */
export type Wire = "f32" | "f64" | "i32" | "u32" | "u8";

/** What can be made of the elements of all ranks. */
export type Fold = "sum" | "min" | "max";

/** The binary interfaces there are. */
export type Family = "Open MPI" | "MPICH" | "MPI 5";

/** A binary interface. */
export interface Abi {
  readonly family: Family;
  /** What a handle is in a call. */
  readonly handle: "pointer" | "i32";
  /** All processes of the job. */
  readonly world: Handle;
  /** This process alone. */
  readonly self: Handle;
  readonly types: Readonly<Record<Wire, Handle>>;
  readonly folds: Readonly<Record<Fold, Handle>>;
  /** In place of what is sent: it is where the answer comes. */
  readonly inPlace: Deno.PointerValue;
  /** In place of where to tell how a call went. */
  readonly ignored: Deno.PointerValue;
  /** That several threads call at a time. */
  readonly manyThreads: number;
}

/** Gives the address of what a library calls by a name. */
export type AddressOf = (name: string) => Deno.PointerValue;

function pointer(address: bigint): Deno.PointerValue {
  return Deno.UnsafePointer.create(address);
}

/** Handles are the addresses of the library's own objects. */
export function openMpi(addressOf: AddressOf): Abi {
  const at = (name: string) => addressOf(`ompi_mpi_${name}`);
  return {
    family: "Open MPI",
    handle: "pointer",
    world: at("comm_world"),
    self: at("comm_self"),
    types: { f32: at("float"), f64: at("double"), i32: at("int"), u32: at("unsigned"), u8: at("byte") },
    folds: { sum: at("op_sum"), min: at("op_min"), max: at("op_max") },
    inPlace: pointer(1n),
    ignored: null,
    manyThreads: 3,
  };
}

/** Handles are whole numbers, which MPICH, Intel MPI, MVAPICH and Cray MPICH agreed on in 2013. */
export function mpich(): Abi {
  return {
    family: "MPICH",
    handle: "i32",
    world: 0x44000000,
    self: 0x44000001,
    types: { f32: 0x4c00040a, f64: 0x4c00080b, i32: 0x4c000405, u32: 0x4c000406, u8: 0x4c00010d },
    folds: { sum: 0x58000003, min: 0x58000002, max: 0x58000001 },
    inPlace: pointer(0xffffffffffffffffn),
    ignored: pointer(1n),
    manyThreads: 3,
  };
}

/** Handles are small numbers in the guise of pointers: the standard's own, since its version 5 of 2025. */
export function standard(): Abi {
  return {
    family: "MPI 5",
    handle: "pointer",
    world: pointer(0x101n),
    self: pointer(0x102n),
    types: {
      f32: pointer(0x210n),
      f64: pointer(0x214n),
      i32: pointer(0x250n),
      u32: pointer(0x251n),
      u8: pointer(0x247n),
    },
    folds: { sum: pointer(0x21n), min: pointer(0x22n), max: pointer(0x23n) },
    inPlace: pointer(1n),
    ignored: null,
    manyThreads: 4096,
  };
}

/** Which of them a library has, by the version of the standard's interface that it tells, and by what it says it is. */
export function familyOf(abiVersion: number, text: string): Family | undefined {
  if (abiVersion > 0) return "MPI 5";
  if (/open ?mpi/i.test(text)) return "Open MPI";
  return /mpich|mvapich|intel\(r\) mpi/i.test(text) ? "MPICH" : undefined;
}
