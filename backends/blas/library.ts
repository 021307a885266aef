/** A BLAS that is open. */
import { BackendError, type MatrixRoutines, visible } from "@tapegrad/core/backend";
import type { Product } from "../common/matrix.ts";
import type { Functions, Host } from "./host.ts";
import { matricesBy } from "./matrices.ts";
import { multiplyBy, type Routines } from "./multiply.ts";
import { isRight } from "./probe.ts";
import { matrices, type Named, optional, required } from "./signatures.ts";

/** A dtype that libraries multiply. */
export type Real = "f32" | "f64";

/** It stays open until the process ends, for its threads may outlive whoever asked for it. */
export class Library {
  readonly #host: Host;
  readonly #path: string;
  readonly #functions: Functions;
  readonly #routines: Readonly<Record<Real, Routines>>;
  /** What it has for matrices beside products. */
  readonly matrices: MatrixRoutines;

  /** Opens it, or throws an error that says why it is none. */
  constructor(host: Host, path: string) {
    this.#host = host;
    this.#path = path;
    this.#functions = host.dlopen(path, { ...required, ...matrices, ...optional }).symbols;
    const missing = Object.keys(required).find((name) => !this.#functions[name]);
    if (missing) throw new Error(`it has no ${missing}`);
    this.#routines = { f32: this.#tried("f32", "s"), f64: this.#tried("f64", "d") };
    this.matrices = matricesBy(this.#functions, this.#routines.f64);
  }

  /** `c = a × b`, or `c += a × b`, where it can be told how the matrices lie; else it answers false. */
  multiply(real: Real, product: Product, adds?: boolean): boolean {
    return multiplyBy(this.#routines[real], product, adds);
  }

  /** What it is and on how many threads it multiplies, as far as it tells. */
  get description(): string {
    const [name, version] = this.#text("openblas_get_config")?.split(" ") ?? [], { threads } = this;
    const called = name ? `${name} ${version} for ${this.core}` : visible(this.#path.replace(/^.*[/\\]/, ""));
    return called + (threads === undefined ? "" : ` on ${threads} thread${threads === 1 ? "" : "s"}`);
  }

  /** The processor for which it computes, if it tells. */
  get core(): string | undefined {
    return this.#text("openblas_get_corename");
  }

  /** On how many threads it multiplies, if it tells. */
  get threads(): number | undefined {
    const get = this.#first("openblas_get_num_threads", "MKL_Get_Max_Threads");
    return get ? Number(get()) : undefined;
  }

  /** Has it multiply on so many threads, in all of this process. */
  setThreads(count: number): void {
    const set = this.#first("openblas_set_num_threads", "MKL_Set_Num_Threads");
    if (!set) {
      throw new BackendError(
        `Cannot tell ${
          visible(this.#path)
        } to multiply on ${count} threads: leave threads out, and see which ` +
          "variable of the environment it heeds",
      );
    }
    set(count);
  }

  // Vectors are multiplied as matrices where a library is wrong about them.
  #tried(real: Real, letter: "s" | "d"): Routines {
    const { [`cblas_${letter}gemm`]: gemm, [`cblas_${letter}gemv`]: gemv } = this.#functions;
    const some = { gemm: gemm! }, all = { ...some, gemv: gemv! };
    if (!isRight(real, some, 3)) throw new Error("it multiplies numbers, or NaN by 0, wrongly");
    return isRight(real, all, 1) ? all : some;
  }

  #first(...names: readonly Named[]): Functions[string] | undefined {
    const name = names.find((name) => this.#functions[name]);
    return name && this.#functions[name];
  }

  // Texts are at addresses, which a permission for one library alone does not open.
  #text(name: Named): string | undefined {
    const { permissions, UnsafePointerView } = this.#host, pointer = this.#functions[name]?.();
    if (!pointer || permissions.querySync({ name: "ffi" }).state !== "granted") return undefined;
    return UnsafePointerView.getCString(pointer);
  }
}
