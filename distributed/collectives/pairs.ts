/** From one rank to another. */
import {
  apply,
  checkOptions,
  checkShape,
  checkTensor,
  contiguous,
  described,
  type DType,
  isFloating,
  isRecording,
  type Primitive,
  type Shape,
  type Tensor,
  zeros,
} from "@tapegrad/core";
import type { View } from "@tapegrad/core/backend";
import { DistributedError } from "../error.ts";
import { type Job, jobFor, timed } from "../job.ts";
import { checkRank } from "./linear.ts";
import { bytesOf, defineRoute, elementsOf, inPieces, typeText } from "./transport.ts";

interface To {
  readonly rank: number;
  readonly tag: number;
}

interface From extends To {
  readonly shape: Shape;
  readonly dtype: DType;
}

const HEAD = 256;

// Says what is to come, and whether the other expects it, which answers by one byte.
function offer(job: Job, what: string, { rank, tag }: To): boolean {
  const head = new Uint8Array(HEAD), answer = new Uint8Array(1);
  new TextEncoder().encodeInto(what, head);
  timed(job, HEAD + 1, ({ calls, abi }) =>
    calls.send(head, HEAD, abi.types.u8, rank, tag, abi.world) ||
    calls.receive(answer, 1, abi.types.u8, rank, tag, abi.world, abi.ignored));
  return answer[0] !== 0;
}

function sendBytes(job: Job, view: View, to: To): void {
  const bytes = bytesOf(view), { rank, tag } = to;
  if (!offer(job, typeText(view), to)) {
    throw new DistributedError(`Cannot send ${typeText(view)}: rank ${rank} expects another`);
  }
  inPieces(
    bytes.length,
    (start, end) =>
      timed(
        job,
        end - start,
        ({ calls, abi }) =>
          calls.send(bytes.subarray(start, end), end - start, abi.types.u8, rank, tag, abi.world),
      ),
  );
}

function receiveBytes(job: Job, view: View, { rank, tag }: To): void {
  const head = new Uint8Array(HEAD), bytes = bytesOf(view), wanted = typeText(view);
  const receive = (to: Uint8Array) =>
    timed(
      job,
      to.length,
      ({ calls, abi }) => calls.receive(to, to.length, abi.types.u8, rank, tag, abi.world, abi.ignored),
    );
  receive(head);
  const sent = new TextDecoder().decode(head).replace(/\0.*/s, ""),
    answer = Uint8Array.of(Number(sent === wanted));
  timed(job, 1, ({ calls, abi }) => calls.send(answer, 1, abi.types.u8, rank, tag, abi.world));
  if (answer[0] === 0) throw new DistributedError(`Cannot receive ${wanted}: rank ${rank} sends ${sent}`);
  inPieces(bytes.length, (start, end) => receive(bytes.subarray(start, end)));
}

// Where elements did not arrive, what is said of them is nothing that the other expects.
const sending: Primitive<To> = /* @__PURE__ */ defineRoute<To>({
  name: "sendTo",
  label: ({ rank }) => `send to rank ${rank}`,
  infer: ([{ dtype, backend }]) => ({ shape: [], dtype, backend }),
  // The gradient comes back from where the elements went; that of the token says nothing.
  vjp: (_cts, { inputs: [x], attributes }) => {
    const { shape, dtype, backend } = x;
    return [received({ ...attributes, shape, dtype }, zeros([0], { dtype, backend }))];
  },
  saves: () => ({ inputs: [], outputs: [] }),
  batch: () => refuse("send"),
}, {
  asked: "send",
  says: () => null,
  fails: (job, to) => void offer(job, "elements that did not arrive", to),
  transport(job, input, output, to): void {
    sendBytes(job, input, to);
    elementsOf(output).fill(0);
  },
});

const receiving: Primitive<From> = /* @__PURE__ */ defineRoute<From>({
  name: "receiveFrom",
  label: ({ rank }) => `receive from rank ${rank}`,
  infer: ([{ backend }], { shape, dtype }) => ({ shape, dtype, backend }),
  vjp: ([ct], { inputs: [{ dtype, backend }], attributes: { rank, tag } }) => {
    sent(ct!, { rank, tag });
    return [zeros([0], { dtype, backend })];
  },
  saves: () => ({ inputs: [], outputs: [] }),
  batch: () => refuse("receive"),
}, {
  asked: "receive",
  says: () => null,
  transport: (job, _input, output, from) => receiveBytes(job, output, from),
});

function refuse(name: string): never {
  throw new TypeError(`Cannot vmap ${name}: call it on the whole batch`);
}

function sent(x: Tensor, to: To): Tensor {
  return apply(sending, [contiguous(x)], to);
}

function received(from: From, stub: Tensor): Tensor {
  return apply(receiving, [stub], from);
}

/**
 * What {@link send} may be told.
 *
 * @category Many processes
 */
export interface SendOptions {
  /** A number that the receiver names too, from 0 to 32,767; 0 unless said. */
  readonly tag?: number;
}

/**
 * What {@link receive} may be told.
 *
 * @category Many processes
 */
export interface ReceiveOptions extends SendOptions {
  /** The dtype of what is sent; f32 unless said. */
  readonly dtype?: DType;
  /** Where it is to be, by name; where tensors are made unless said. */
  readonly backend?: string;
  /** Whether gradients go back to the sender; they do where ops are recorded, unless said. */
  readonly requiresGrad?: boolean;
}

/**
 * Sends a tensor to another rank, which must {@link receive} it, and waits until it does. One of another shape or dtype
 * than is expected there is a {@link DistributedError} on both.
 *
 * It gives a 0, that the gradient comes back by: add it to what you go backward from, after the receiver went backward.
 *
 * @category Many processes
 * @example
 * ```ts
 * import { send } from "@tapegrad/distributed";
 * import { zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => send(zeros([2]), 1), Error, "await connect() first");
 * ```
 */
export function send(x: Tensor, to: number, options: SendOptions = {}): Tensor {
  const job = jobFor("send");
  checkTensor("send", x);
  checkOptions("send", options, { tag: 0 });
  checkOther("send to", job, to);
  return sent(x, { rank: to, tag: checkedTag("send", options) });
}

/**
 * A tensor of this shape that another rank sends with {@link send}, and waits for it. One of another shape or dtype is
 * a {@link DistributedError} on both. Its gradient is sent back in backward.
 *
 * @category Many processes
 * @example
 * ```ts
 * import { receive } from "@tapegrad/distributed";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => receive([2], 1), Error, "await connect() first");
 * ```
 */
export function receive(shape: Shape, from: number, options: ReceiveOptions = {}): Tensor {
  const job = jobFor("receive");
  checkOptions("receive", options, { tag: 0, dtype: null, backend: null, requiresGrad: true });
  checkOther("receive from", job, from);
  const { dtype = "f32", backend } = options, tag = checkedTag("receive", options);
  const { requiresGrad = isRecording() && isFloating(dtype) } = options;
  const stub = zeros([0], { dtype: isFloating(dtype) ? dtype : "f32", backend, requiresGrad });
  return received({ rank: from, tag, shape: checkShape("receive", shape), dtype }, stub);
}

/** Each library of MPI takes tags to here. */
const MOST_TAG = 32_767;

function checkedTag(asked: string, { tag = 0 }: SendOptions): number {
  if (Number.isInteger(tag) && tag >= 0 && tag <= MOST_TAG) return tag;
  throw new RangeError(
    `Cannot ${asked} with tag ${described(tag)}: an integer from 0 to ${MOST_TAG} is needed`,
  );
}

// One that waits for itself waits for ever.
function checkOther(asked: string, job: Job, rank: number): void {
  checkRank(asked, job, rank);
  if (rank === job.rank) throw new RangeError(`Cannot ${asked} rank ${rank}: this is it`);
}
