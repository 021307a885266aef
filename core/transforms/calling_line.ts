/** Which line of a program called. */

/** Where a line of a stack is from: `file:///…`, `http://…`, `/…`, with line and column behind. */
const PLACE = /(?:\w+:\/)?\/[^\s()]*(?=:\d+:\d+)/;

/** Packages beside this one whose lines are none of a program's. */
const BESIDE = ["backends", "nn", "optim"];

/** The first line of a stack that is from none of the files that its own first line is from: these packages, or a bundle. */
export function callerIn(stack: string): string {
  const frames = stack.split("\n").filter((line) => PLACE.test(line));
  const here = PLACE.exec(frames[0] ?? "")?.[0].replace(/transforms\/[^/]*$/, "") ?? "";
  const ours = [here, ...BESIDE.map((name) => here.replace(/\/core(?=\/([^/]*\/)?$)/, `/${name}`))];
  return frames.find((frame) => !ours.some((place) => frame.includes(place)))?.trim() ?? "an unknown line";
}

/** The first line of the stack outside this package. */
export function callingLine(): string {
  const host = Error as unknown as { stackTraceLimit?: number };
  const limit = host.stackTraceLimit;
  host.stackTraceLimit = 100; // Backward can be deep below the line that called it.
  const { stack = "" } = new Error();
  host.stackTraceLimit = limit;
  return callerIn(stack);
}
