/**
 * Stand-in for `@std/testing/bdd`: `describe` and `it` with their hooks, on `Deno.test`.
 *
 * @module
 */

type Body = (t: Deno.TestContext) => void | Promise<void>;
type Hook = () => void | Promise<void>;
type Kind = "beforeAll" | "beforeEach" | "afterEach" | "afterAll";

interface Suite {
  readonly parent: Suite | undefined;
  readonly hooks: Record<Kind, Hook[]>;
  readonly steps: { name: string; run: Body; ignore: boolean }[];
}

let current: Suite | undefined;

function newSuite(parent: Suite | undefined): Suite {
  return { parent, hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] }, steps: [] };
}

async function runAll(hooks: readonly Hook[]): Promise<void> {
  for (const hook of hooks) await hook();
}

/** The hooks of this suite and of those around it, the outermost first. */
function inherited(suite: Suite | undefined, kind: Kind): Hook[] {
  return suite === undefined ? [] : [...inherited(suite.parent, kind), ...suite.hooks[kind]];
}

async function runSuite(suite: Suite, t: Deno.TestContext): Promise<void> {
  await runAll(suite.hooks.beforeAll);
  try {
    for (const { name, run, ignore } of suite.steps) await t.step({ name, fn: run, ignore });
  } finally {
    await runAll(suite.hooks.afterAll);
  }
}

function register(name: string, run: Body, ignore: boolean): void {
  if (current === undefined) Deno.test({ name, fn: run, ignore });
  else current.steps.push({ name, run, ignore });
}

/** Groups the tests that `fn` declares. */
export function describe(name: string, fn: () => void | undefined): void {
  const suite = newSuite(current);
  current = suite;
  try {
    fn();
  } finally {
    current = suite.parent;
  }
  register(name, (t) => runSuite(suite, t), false);
}

function declare(name: string, fn: Body, ignore: boolean): void {
  const suite = current;
  const run = async (t: Deno.TestContext) => {
    await runAll(inherited(suite, "beforeEach"));
    try {
      await fn(t);
    } finally {
      await runAll(inherited(suite, "afterEach").reverse());
    }
  };
  register(name, run, ignore);
}

/** Declares a test; `it.skip` declares one that does not run. */
export const it: { (name: string, fn: Body): void; skip(name: string, fn: Body): void } = Object.assign(
  (name: string, fn: Body): void => declare(name, fn, false),
  { skip: (name: string, fn: Body): void => declare(name, fn, true) },
);

function addHook(kind: Kind, hook: Hook): void {
  if (current === undefined) throw new Error(`Cannot call ${kind} here: it belongs inside describe`);
  current.hooks[kind].push(hook);
}

/** Runs `fn` once, before the first test of the group. */
export function beforeAll(fn: Hook): void {
  addHook("beforeAll", fn);
}

/** Runs `fn` before each test of the group and of the groups in it. */
export function beforeEach(fn: Hook): void {
  addHook("beforeEach", fn);
}

/** Runs `fn` after each test of the group and of the groups in it. */
export function afterEach(fn: Hook): void {
  addHook("afterEach", fn);
}

/** Runs `fn` once, after the last test of the group. */
export function afterAll(fn: Hook): void {
  addHook("afterAll", fn);
}
