import { assert } from "@std/assert";
import { sizeOf } from "./size.ts";

// Expressions are meant to take 8 kB: special functions alone take more than half of that. This keeps them from growing unseen.
const most: Readonly<Record<string, number>> = { "an error class": 1000, "./expr": 16_000 };

for (const [name, bytes] of Object.entries(most)) {
  Deno.test(`${name} takes at most ${bytes} bytes, minified and compressed`, async () => {
    const { minified, gzip } = await sizeOf(name);
    assert(gzip <= bytes && minified > 200, `it takes ${gzip}, ${minified} before compression`);
  });
}
