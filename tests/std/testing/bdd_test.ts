import { assertEquals } from "@std/assert";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";

const log: string[] = [];

describe("bdd", () => {
  beforeAll(() => void log.push("before all"));
  beforeEach(() => void log.push("before outer"));
  afterEach(() => void log.push("after outer"));
  afterAll(() => {
    const one = (name: string) => ["before outer", name, "after outer"];
    const inner = ["before outer", "before inner", "b", "after inner", "after outer"];
    assertEquals(log, ["before all", ...one("a"), ...inner]);
  });

  it("runs a test", () => void log.push("a"));

  describe("inside", () => {
    beforeEach(() => void log.push("before inner"));
    afterEach(() => Promise.resolve().then(() => void log.push("after inner")));
    it("runs the hooks around it", async () => {
      await Promise.resolve();
      log.push("b");
    });
  });

  it.skip("leaves this out", () => void log.push("c"));
});

it("stands alone", () => {});
