/** Saves states of one value each, in one file or several, to the path that is told, until it is killed. */
import { zeros } from "@tapegrad/core";
import { save } from "@tapegrad/nn";
import "@tapegrad/backends";

for (let round = 0;; round++) {
  const state = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`w${i}`, zeros([5000]).add(round)]));
  await save(Deno.args[0], state, round % 3 === 0 ? {} : { maxShardBytes: 20000 * (round % 3) });
  if (round === 2) console.log("saved");
}
