/** Primitives that are computed on the host: at once where a backend is read at once, else on their way. */
import "@tapegrad/backends";
import { compile, eye, linalg as l, ready, scope, sum, TapeError, type Tensor, tensor } from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { backend } from "../../backend_traits.ts";

const made = (i: number): Tensor => tensor([[4 + i, 0], [0, 2]]);

Deno.test("what they read may be released before it is read", async () => {
  const found = scope(() => l.inv(made(0).add(eye(2).mul(0))));
  assertEquals(await found.array(), [[0.25, 0], [0, 0.5]]);
});

Deno.test("of several outputs each arrives, and those that none reads do no harm", async () => {
  const { L, info } = l.choleskyEx(made(0));
  await ready([L, info]);
  assertEquals([await info.item(), (await L.array() as number[][])[0][0]], [0, 2]);
  try {
    l.luFactor(tensor([[0, 0], [0, 0]]));
  } catch (error) {
    assert(error instanceof l.LinAlgError);
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
});

Deno.test("programs have them where a backend is read at once, and are refused elsewhere", async () => {
  const total = compile((x: Tensor) => sum(l.eigvalsh(x)));
  if (!backend.synchronous) {
    // Small ones are the device's.
    return void assertThrows(
      () => total(eye(33)),
      TapeError,
      `on ${backend.name} while a program is recorded: its elements are computed on the host, call it outside`,
    );
  }
  for (let i = 0; i < 5; i++) {
    assertEquals(await total(made(4 * i)).item(), await sum(l.eigvalsh(made(4 * i))).item());
  }
});
