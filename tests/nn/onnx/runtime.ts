/**
 * Runs files by ONNX Runtime, in a process of its own: it is 290 MB, which nobody downloads who does not ask for it by
 * `deno cache npm:onnxruntime-node@1.30.0`.
 */

/** A tensor as JSON has it. */
export interface Plain {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** A file in base64 and what it is given; without a file nothing but whether there is a runtime. */
export interface Job {
  readonly name: string;
  readonly file: string;
  readonly inputs: readonly Plain[];
}

/** What came of a job. */
export interface Done {
  readonly outputs?: readonly Plain[];
  readonly error?: string;
}

/** What of `onnxruntime-node` is called. */
interface Runtime {
  readonly Tensor: new (type: string, data: ArrayLike<unknown>, dims: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: { create(file: Uint8Array, options: object): Promise<Session> };
}

interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
}

const types: Readonly<
  Record<string, readonly [name: string, array: (data: readonly number[]) => ArrayLike<unknown>]>
> = {
  f32: ["float32", (data) => Float32Array.from(data)],
  f64: ["float64", (data) => Float64Array.from(data)],
  i32: ["int32", (data) => Int32Array.from(data)],
  bool: ["bool", (data) => Uint8Array.from(data)],
  // Its own array for halves, where the runtime of this process has one.
  f16: ["float16", (data) => Float16Array.from(data)],
};

/** JSON has neither infinities nor NaN. */
export function asText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

async function ran({ Tensor, InferenceSession }: Runtime, { file, inputs }: Job): Promise<Plain[]> {
  const bytes = Uint8Array.from(atob(file), (c) => c.charCodeAt(0));
  const session = await InferenceSession.create(bytes, { executionProviders: ["cpu"] });
  const feeds = session.inputNames.map((name, i) => {
    const { dtype, shape, data } = inputs[i], [type, array] = types[dtype];
    return [name, new Tensor(type, array(data.map(Number)), shape)];
  });
  const outputs = await session.run(Object.fromEntries(feeds));
  return session.outputNames.map((name) => {
    const { type, dims, data } = outputs[name];
    const dtype = Object.keys(types).find((key) => types[key][0] === type) ?? type;
    return { dtype, shape: dims, data: Array.from(data, (value) => asText(Number(value))) };
  });
}

async function main(path: string): Promise<void> {
  const specifier = "npm:onnxruntime-node@1.30.0",
    loaded: { readonly default: Runtime } = await import(specifier);
  const jobs: readonly Job[] = JSON.parse(await Deno.readTextFile(path)), done: Done[] = [];
  for (const job of jobs) {
    done.push(
      await ran(loaded.default, job).then((outputs) => ({ outputs }), (error) => ({ error: String(error) })),
    );
  }
  await Deno.writeTextFile(path, JSON.stringify(done));
}

if (import.meta.main) await main(Deno.args[0]);
