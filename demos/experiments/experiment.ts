/** How an experiment is run: it computes on the backend in use, in this precision. */
export interface Settings {
  readonly backend: string;
  readonly dtype: "f32" | "f64";
  /** Called now and then with the part that is done, from 0 to 1; awaited, so that a page stays alive. */
  readonly progress?: (part: number) => void | Promise<void>;
}

/** What an experiment gives back: plain data for its charts, and its printed lines. */
export interface Outcome<Result> {
  readonly result: Result;
  readonly lines: readonly string[];
}

/** A number with a fixed count of decimals, right-aligned; a negative zero loses its sign. */
export function fixed(value: number, decimals = 3, width = 0): string {
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).padStart(width);
}
