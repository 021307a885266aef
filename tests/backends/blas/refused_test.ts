/** What is said where a BLAS cannot be had, by programs with just so many permissions. */
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { useBackend } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { root } from "../../house/packages.ts";
import { permitted } from "../../permitted.ts";

const test = permitted("run", "write");

/** Runs a program that asks for a BLAS, and gives what it printed: how it went, and all warnings. */
async function said(
  blas: unknown,
  flags: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const program = `import { ones, useBackend } from "@tapegrad/core";
    import "@tapegrad/backends";
    const [name, blas] = JSON.parse(${JSON.stringify(JSON.stringify(["wasm", blas]))});
    try {
      const { description } = await useBackend(name, { blas: blas ?? undefined });
      console.log("on " + description);
    } catch (error) {
      console.log(error.name + ": " + error.message);
      await useBackend(name);
    }
    console.log(await ones([40, 50]).matmul(ones([50, 1])).sum().item());`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-check", ...flags, "-"],
    cwd: root,
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

const asked = "^BackendError: Cannot multiply by a BLAS: ";

test("without permission it is said which, nothing is called, and our own kernel goes on", async () => {
  assertMatch(
    await said(true, []),
    new RegExp(`${asked}it takes the permission .* run with --allow-ffi,.*\n2000\n$`),
  );
  assertMatch(
    await said("/usr/lib/libopenblas.so.0", []),
    /it takes the permission .* run with --allow-ffi or --allow-ffi=\/usr\/lib\/libopenblas\.so\.0,.*\n2000\n$/,
  );
  assertMatch(
    await said("auto", []),
    /^on 128-bit SIMD[^,]*, no BLAS: it takes the permission to call libraries: run with --allow-ffi, .*\n2000\n$/,
  );
});

test("nothing is asked of the system where no BLAS is asked for", async () => {
  for (const blas of [undefined, false]) {
    assertMatch(await said(blas, []), /^on 128-bit SIMD[^,]*\n2000\n$/);
  }
});

test("a path without a library, a file that is none, and a library without products are named", async () => {
  const nothing = await Deno.makeTempFile({ dir: "/tmp", suffix: ".so" });
  try {
    await Deno.writeTextFile(nothing, "\x7fELF, as far as that goes");
    for (const path of ["/nowhere/libopenblas.so", nothing]) {
      assertMatch(
        await said(path, ["--allow-ffi"]),
        new RegExp(`${asked}of "${path}", could not open library: (?!could).*\n2000\n$`),
      );
    }
  } finally {
    await Deno.remove(nothing);
  }
  if (Deno.build.os !== "linux") return;
  const libc = await said("libc.so.6", ["--allow-ffi"]);
  assertMatch(libc, new RegExp(`${asked}of "libc\\.so\\.6", it has no cblas_sgemm\n2000\n$`));
});

test("the environment asks for one too, and is told why it cannot be had", async () => {
  const env = { TAPEGRAD_BLAS: "/nowhere/blas.so" }, flags = ["--allow-ffi", "--allow-env=TAPEGRAD_BLAS"];
  assertMatch(await said(undefined, flags, env), /^BackendError: .*"\/nowhere\/blas\.so", could not open/);
  assertMatch(await said(true, flags, { TAPEGRAD_BLAS: "false" }), /^on 128-bit SIMD[^,]*\n2000\n$/);
  assertMatch(await said(undefined, ["--allow-ffi"], env), /^on 128-bit SIMD[^,]*\n2000\n$/);
});

Deno.test("what names no BLAS, and numbers of threads that are none, are refused", () => {
  for (const blas of ["", 1, null, [], { path: 7 }]) {
    for (const create of [createCpuBackend, createWasmBackend]) {
      assertThrows(() => create({ blas: blas as string }), TypeError, 'pass true, "auto", a path or');
    }
  }
});

Deno.test("settings that there are not are refused with those that there are", async () => {
  const asked =
    'Cannot multiply by a BLAS with an option "paht": did you mean path? It takes path and threads';
  for (const create of [createCpuBackend, createWasmBackend]) {
    assertThrows(() => create({ blas: { paht: 1 } as object }), TypeError, asked);
    const named = { thread: 2, bals: true } as object;
    assertThrows(() => create(named), TypeError, 'backend with an option "thread": ');
    for (const threads of [0, -1, 1.5, NaN, 1e9, "2" as unknown as number]) {
      assertThrows(
        () => create({ blas: { threads } }),
        RangeError,
        " threads: a whole number from 1 to 1024",
      );
    }
  }
  await assertRejects(
    () => useBackend("wasm", { byFlag: true, blas: { paht: 1 } as object }),
    TypeError,
    asked,
  );
  const known = "did you mean threads? It takes byFlag, blas and threads";
  await assertRejects(() => useBackend("wasm", { thread: 2 } as object), TypeError, known);
});

test("a runtime that calls no libraries says so", async () => {
  const { dlopen } = Deno;
  try {
    Object.assign(Deno, { dlopen: undefined });
    assertThrows(() => createWasmBackend({ blas: true }), Error, "this runtime is not Deno");
    for (const create of [createCpuBackend, createWasmBackend]) {
      assertMatch(create({ blas: "auto" }).description!, /, no BLAS: this runtime is not Deno, which alone/);
    }
    const backend = createCpuBackend({ blas: "auto" });
    backend.configure!({ blas: false, byFlag: true });
    assertEquals(backend.description, undefined);
  } finally {
    Object.assign(Deno, { dlopen });
  }
  await useBackend();
});

test("a library alone may be permitted, and a pinned processor is told once", async () => {
  const there = (await said(true, ["--allow-ffi"])).startsWith("on ");
  if (!there) return;
  const env = { OPENBLAS_CORETYPE: "Nehalem" }, flags = ["--allow-ffi", "--allow-env=OPENBLAS_CORETYPE"];
  const pinned = await said(true, flags, env);
  if (/for Nehalem/.test(pinned)) assertMatch(pinned, /\n2000\nOPENBLAS_CORETYPE=Nehalem in the .*unset it/);
  assertEquals((await said(true, ["--allow-ffi"], env)).includes("CORETYPE"), false);
});
