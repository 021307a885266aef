/** Device memory: who owns a buffer, what is live, and when it goes back. */
import { bytesPerElement, checkLength, type DType, hostArray, type TypedArray } from "../base/dtype.ts";
import type { BackendError } from "../base/errors.ts";
import { type Arrival, expect, miss } from "./awaited.ts";
import type { Backend, Buffer } from "./backend.ts";
import { clock } from "./clock.ts";
import { context } from "./context.ts";
import { collected, count } from "./memory.ts";
import { observed } from "./observe.ts";
import { currentScope, type Scope } from "./scope.ts";
import type { Literal, StorageOptions } from "./storage_options.ts";
import { COMMON, missingDtype, type Rare, type State, whyNot } from "./storage_state.ts";
import { upload } from "./upload.ts";

/** Below this the collector feels the tensor itself. */
const FELT = 4096;
/** An array has no more bytes. */
const MOST = 2 ** 31 - 1;

const PLAIN: StorageOptions = {};

/**
 * One buffer and what is known about it; every view of a tensor shares it.
 *
 * @category Backends
 */
export class Storage {
  /** The device it is on. */
  declare readonly backend: Backend;
  /** The dtype of its elements. */
  declare readonly dtype: DType;
  /** How many elements it holds. */
  declare readonly length: number;
  /** The latest {@link tick} when it was made. */
  readonly madeAt: number = clock;
  /** The {@link tick} at which it was last changed in place; 0 if never. */
  changedAt = 0;
  /** The tick of the run of a program that it was bound for last. */
  boundAt = 0;
  #state: State = "here";
  #buffer: Buffer | null = null;
  #scope: Scope | null = null;
  #counted = false;
  #rare: Rare | null = null;

  /** A buffer of `length` elements with any content, owned by the innermost open scope. */
  constructor(backend: Backend, dtype: DType, length: number, options: StorageOptions = PLAIN) {
    if (!backend.dtypes.has(dtype)) throw missingDtype(backend, dtype);
    this.backend = backend;
    this.dtype = dtype;
    this.length = length;
    if (options === PLAIN) this.#allocate(); // what is allocated at once is checked by the backend
    else this.#begin(options);
    if (this.#state === "batch") return;
    const scope = currentScope();
    if (scope) scope.own(this);
    else if (!this.#isSeen) this.scope = null; // else the collector alone knows of it
  }

  #begin({ shared = false, literal, arrival, isBatch }: StorageOptions): void {
    if (shared || literal) this.#rare = { ...COMMON, shared, literal: literal ?? null };
    if (isBatch) this.#state = "batch";
    else if (literal) this.#state = "number";
    else if (arrival) this.#await(arrival);
    else this.#allocate();
  }

  /** Whether it is a constant that many tensors share: never written to, and not counted as anyone's. */
  get shared(): boolean {
    return this.#rare?.shared ?? false;
  }

  /**
   * The number that it is, if it is one.
   *
   * @internal
   */
  get literal(): Literal | null {
    return this.#rare?.literal ?? null;
  }

  /** What errors call it. */
  get label(): string {
    return this.#rare?.label ?? "";
  }

  /** Has errors call it something. */
  set label(name: string) {
    if (name !== this.label) this.#more.label = name;
  }

  /** Whoever made it for a gradient and may write to it anew, as long as nobody has asked for that gradient. */
  get renewer(): object | null {
    return this.#rare?.renewer ?? null;
  }

  /** Says who may write to it anew. */
  set renewer(renewer: object | null) {
    if (renewer !== this.renewer) this.#more.renewer = renewer;
  }

  // Whether the collector sees its elements.
  get #isSeen(): boolean {
    const { managed } = this.backend;
    return typeof managed === "number" ? this.length < managed : managed;
  }

  /** The scope that will release it, if one will. */
  get scope(): Scope | null {
    return this.#scope;
  }

  /** Puts it in the charge of a scope, or of the collector. */
  set scope(scope: Scope | null) {
    this.#scope = scope;
    if (scope === null) this.#watch();
    this.#recount();
  }

  // Made where it is needed: every op makes a storage, and most have none of it.
  get #more(): Rare {
    return this.#rare ??= { ...COMMON };
  }

  /** Has it outlive its scope until {@link Storage.unpin}, as the gradient of a leaf does. */
  pin(): void {
    this.#more.pins++;
  }

  /** Ends a {@link Storage.pin}. */
  unpin(): void {
    if (--this.#more.pins === 0) this.moveOn();
  }

  /** Whether it outlives its scope. */
  get pinned(): boolean {
    return this.#rare !== null && this.#rare.pins > 0;
  }

  /** Its scope ends: it is released unless it is pinned. */
  outlive(): void {
    if (!this.pinned) return this.release();
    this.#watch();
    this.#recount();
  }

  // Of a buffer that the collector sees only a scope knows when it is gone.
  #recount(): void {
    const scope = this.#scope;
    const counts = !this.shared && (this.#state === "here" || this.#state === "coming") &&
      ((scope !== null && !scope.ended) || !this.#isSeen);
    if (counts === this.#counted) return;
    this.#counted = counts;
    if (counts) count(1, this.bytes);
    else count(-1, -this.bytes);
  }

  /** What has outlived its scope goes to the one that is open, or to the collector. */
  moveOn(): void {
    if (!this.#scope?.ended) return;
    const current = currentScope();
    if (current) current.own(this);
    else this.scope = null;
  }

  /** Bytes of its elements. */
  get bytes(): number {
    return this.length * bytesPerElement(this.dtype);
  }

  /** Whether it was released. */
  get released(): boolean {
    return this.#state === "gone";
  }

  /** Resolves when elements that are on their way have arrived or will not; `null` if none are. */
  get arrival(): Promise<void> | null {
    return this.#state === "coming" ? this.#rare!.awaited!.promise : null;
  }

  /** Where elements come from that are not here yet. */
  get origin(): Backend | null {
    return this.#state === "coming" ? this.#rare!.awaited!.from : null;
  }

  /** Whether it stands for each element of a batch. */
  get isBatch(): boolean {
    return this.#state === "batch";
  }

  /** Whether its elements did not arrive. */
  get missing(): boolean {
    return this.#state === "missing";
  }

  /** The buffer, or an error if there are no elements in it, now or any longer. */
  get buffer(): Buffer {
    if (this.#state !== "here") return this.#placed();
    return this.#buffer!;
  }

  // A number goes to the device now.
  #placed(): Buffer {
    if (this.#state !== "number") throw this.#whyNot();
    const { number, plain } = this.literal!;
    if (plain) {
      this.#buffer = plain.buffer;
    } else {
      const data = hostArray(this.dtype, 1);
      data[0] = this.dtype === "bool" ? Number(number !== 0) : number;
      this.#allocate();
      // The kernel that asks is being timed.
      this.backend.write(this.#buffer!, data);
    }
    this.#state = "here";
    return this.#buffer!;
  }

  #whyNot(): BackendError {
    return whyNot(this.#state, this.label, this.backend, this.#rare?.awaited ?? null);
  }

  /** Fills the buffer from its start. */
  write(data: TypedArray): void {
    upload(this.backend, this.buffer, data);
    if (observed) context.recorder?.uploaded(this, data);
  }

  #await({ from, bring }: Arrival): void {
    checkLength(this.length, this.dtype);
    this.#state = "coming";
    const promise = bring((fill) => this.#arrive(fill)).catch((error) => this.#miss(error));
    this.#more.awaited = { from, promise, failed: false, lost: false, error: undefined };
    expect(promise);
  }

  // Nobody may want it by now.
  #arrive(fill: (buffer: Buffer) => void): void {
    if (this.#state === "gone" && !this.held) return;
    this.#allocate();
    fill(this.#buffer!);
    if (this.#state === "coming") this.#state = "here";
  }

  #miss(error: unknown): void {
    if (this.#buffer !== null) this.#free();
    miss(this.#rare!.awaited!, this.backend, error);
    if (this.#state === "gone") return;
    this.#state = "missing";
    this.#recount();
  }

  /** Has a release wait until {@link Storage.letGo}; throws if there is nothing to hold. */
  hold(): void {
    if (this.#state === "gone" || this.#state === "missing") throw this.#whyNot();
    this.#more.readers++;
  }

  /** The buffer for one who holds it, once its elements have arrived. */
  get heldBuffer(): Buffer {
    return this.#buffer ?? this.#placed();
  }

  /** Whether results that wait for other elements have yet to read it. */
  get held(): boolean {
    return this.#rare !== null && this.#rare.readers > 0;
  }

  /** Ends a {@link Storage.hold}. */
  letGo(): void {
    this.#more.readers--;
    this.#freeIfUnused();
  }

  /** Gives the buffer back, unless others share it; views of it can no longer be read. */
  release(): void {
    if (this.#state === "gone" || this.shared) return;
    this.#state = "gone";
    this.#recount();
    this.#freeIfUnused();
  }

  #freeIfUnused(): void {
    if (this.#state === "gone" && this.#buffer !== null && !this.held) this.#free();
  }

  /** Leaves a shared constant, which its backend keeps no longer, to the collector. */
  abandon(): void {
    this.#more.abandoned = true;
    this.#watch();
  }

  #allocate(): void {
    this.#buffer = this.backend.allocate(this.dtype, this.length);
    const rare = this.#rare;
    if (rare !== null && (rare.literal || rare.awaited) && this.#scope === null) this.#watch();
  }

  // It costs more than an op does, so what a scope will release goes without.
  #watch(): void {
    const { backend, bytes, shared } = this, buffer = this.#buffer;
    if (this.#isSeen || buffer === null || this.#lasts) return;
    const more = this.#more;
    if (more.orphan !== null) return;
    if (bytes >= FELT) more.ballast = hostArray("bool", Math.min(bytes, MOST)).buffer as ArrayBuffer;
    more.orphan = { backend, buffer, bytes, counted: !shared };
    collected.register(this, more.orphan);
  }

  // Whether it lives as long as its backend. The collector must not be told of it then: what it is told refers to
  // the backend, which would live for ever.
  get #lasts(): boolean {
    return this.shared && !this.#rare?.abandoned;
  }

  #free(): void {
    this.backend.free(this.#buffer!);
    this.#buffer = null;
    if (this.#rare === null) return;
    this.#rare.ballast = null;
    if (this.#rare.orphan) this.#rare.orphan.buffer = null;
  }
}
