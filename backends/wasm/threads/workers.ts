/** Workers: threads of Node, Deno and Bun, or of pages. */
import { type Orders, serve } from "./serve.ts";

/** A worker that has begun, or will when the host finds time. */
export interface OneWorker {
  /** Ends it, whatever it does. */
  terminate(): unknown;
}

interface NodeWorker extends OneWorker {
  unref(): void;
  on(event: "error", listener: (error: unknown) => void): void;
}

interface WorkerThreads {
  readonly Worker: new (
    source: string,
    options: { readonly eval: true; readonly workerData: Orders; readonly execArgv?: readonly string[] },
  ) => NodeWorker;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): WorkerThreads | undefined };
  readonly Worker?: new (url: string) => OneWorker & {
    onerror: ((event: { readonly message?: string; preventDefault?(): void }) => void) | null;
    postMessage(orders: Orders): void;
  };
}

const NODE = "node:worker_threads";

// A worker of Deno's that sleeps would keep its process from ending, which Node's does not there.
function workerThreads(): WorkerThreads | undefined {
  return (globalThis as Host).process?.getBuiltinModule?.(NODE);
}

/** Whether there are workers here. */
export function hasWorkers(): boolean {
  return workerThreads() !== undefined || (globalThis as Host).Worker !== undefined;
}

/** Begins a worker; what goes wrong with it is told later, or thrown. */
export function begin(orders: Orders, onError: (reason: string) => void): OneWorker {
  const threads = workerThreads();
  if (threads === undefined) return beginInPage(orders, onError);
  const source = `(${serve})(process.getBuiltinModule("${NODE}").workerData)`;
  const worker = new threads.Worker(source, { eval: true, workerData: orders, execArgv: [] });
  worker.on("error", (error) => onError(error instanceof Error ? error.message : String(error)));
  worker.unref();
  return worker;
}

let url: string | undefined;

// Which a page's console says as well, and no event.
const REFUSED = "its script was refused, as by a content security policy without worker-src blob:";

function beginInPage(orders: Orders, onError: (reason: string) => void): OneWorker {
  const source = `onmessage = ({ data }) => { (${serve})(data); close(); }`;
  url ??= URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new (globalThis as Host).Worker!(url);
  worker.onerror = (event) => {
    event.preventDefault?.();
    onError(event.message ?? REFUSED);
  };
  worker.postMessage(orders);
  return worker;
}
