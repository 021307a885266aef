/** The page's server, asked by hand. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { listen } from "../../demos/live/server.ts";
import { permitted } from "../permitted.ts";

const test = permitted("net");

const site = new Map([["index.html", "<!doctype html>é"], ["page.js", "1"], ["worker.js", "2"]]);

async function served(fn: (port: number) => Promise<void>, patience = 500): Promise<void> {
  const server = await listen(site, { host: "localhost", port: 0, patience });
  try {
    await fn(server.port);
  } finally {
    await server.close();
  }
}

/** Sends bytes and gives all that comes back until the server ends the connection. */
async function exchange(port: number, sent: string): Promise<string> {
  using connection = await Deno.connect({ port, hostname: "127.0.0.1" });
  await connection.write(new TextEncoder().encode(sent));
  return await new Response(connection.readable).text();
}

const closing = "Connection: close\r\n\r\n";

function ask(port: number, line: string, ...headers: readonly string[]): Promise<string> {
  return exchange(port, [`${line} HTTP/1.1`, ...headers, closing].join("\r\n"));
}

function statusOf(answer: string): string {
  return answer.slice(0, answer.indexOf("\r\n"));
}

test("a Host that is none, missing or given twice is refused with 400", () =>
  served(async (port) => {
    const hosts = ["a b", "[", "a:99999", "a/b", "me@a", "", "é", "a\r\nHost: b"].map((host) =>
      `Host: ${host}`
    );
    for (const header of [...hosts, "Accept: */*"]) {
      const answer = await ask(port, "GET /", header);
      assertEquals(statusOf(answer), "HTTP/1.1 400 Bad Request", header);
      assert(!/TypeError| at /.test(answer), answer);
    }
    assertEquals(statusOf(await ask(port, "GET http://[/", "Host: a")), "HTTP/1.1 400 Bad Request");
    for (const host of ["localhost", "LOCALHOST:8000", "127.0.0.1:80", "[::1]:8000", "my-host.example"]) {
      assertEquals(statusOf(await ask(port, "GET /", `Host: ${host}`)), "HTTP/1.1 200 OK", host);
    }
    const old = await exchange(port, "GET / HTTP/1.0\r\n\r\n");
    assertMatch(statusOf(old), /^HTTP\/1\.[01] 200 OK$/);
  }));

test("what is no HTTP is refused with 400, and headers without end with 431", () =>
  served(async (port) => {
    assertEquals(statusOf(await exchange(port, "\x16\x03\x01 hello\r\n\r\n")), "HTTP/1.1 400 Bad Request");
    const long = await ask(port, "GET /", "Host: a", `Accept: ${"a".repeat(100_000)}`);
    assertEquals(statusOf(long), "HTTP/1.1 431 Request Header Fields Too Large");
  }));

test("every answer forbids sniffing and embedding, and lets the page have threads", () =>
  served(async (port) => {
    const half = exchange(port, "GET / HT");
    const answers = await Promise.all([
      ...["GET /", "HEAD /", "GET /worker.js", "GET /no/such/file", "HEAD /none", "POST /", "DELETE /page.js"]
        .map((line) => ask(port, line, "Host: a")),
      ask(port, "GET /", "Host: ["),
      exchange(port, "nonsense\r\n\r\n"),
      half,
    ]);
    for (const answer of answers) {
      for (
        const header of [
          "x-content-type-options: nosniff",
          "cross-origin-opener-policy: same-origin",
          "cross-origin-embedder-policy: require-corp",
          "content-security-policy: default-src 'none'",
          "content-length: ",
        ]
      ) assertStringIncludes(answer, `\r\n${header}`);
    }
  }));

test("HEAD is told what GET would be, its length in bytes included", () =>
  served(async (port) => {
    for (const path of ["/", "/page.js", "/none"]) {
      const [got, told] = await Promise.all(
        ["GET", "HEAD"].map((method) => ask(port, `${method} ${path}`, "Host: a")),
      );
      const end = got.indexOf("\r\n\r\n") + 4;
      const withoutDate = (head: string): string => head.replace(/^date: .*\r\n/im, "");
      assertEquals(withoutDate(told), withoutDate(got.slice(0, end)));
      const length = new TextEncoder().encode(got.slice(end)).length;
      assertMatch(told, new RegExp(`^content-length: ${length}\r$`, "m"));
    }
  }));

test("the page's own code may not generate code, its worker's may", () =>
  served(async (port) => {
    const policy = async (path: string): Promise<string> =>
      (await ask(port, `HEAD ${path}`, "Host: a")).match(/^content-security-policy: (.*)\r$/m)![1];
    assertStringIncludes(await policy("/"), "script-src 'self'; worker-src 'self'");
    assertStringIncludes(await policy("/"), "frame-ancestors 'none'");
    assert(!(await policy("/")).includes("unsafe-eval"));
    assertStringIncludes(await policy("/worker.js"), "script-src 'self' 'unsafe-eval'");
  }));

test("four hundred requests that are sent by half are ended, and others served meanwhile", () =>
  served(async (port) => {
    const halves = [
      "",
      "G",
      "GET / HTTP/1.1\r\nHost: loc",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na",
    ];
    const ended = Array.from({ length: 400 }, (_, i) => exchange(port, halves[i % halves.length]));
    assertEquals(statusOf(await ask(port, "GET /page.js", "Host: a")), "HTTP/1.1 200 OK");
    const statuses = new Set((await Promise.all(ended)).map(statusOf));
    assertEquals([...statuses].sort(), ["HTTP/1.1 405 Method Not Allowed", "HTTP/1.1 408 Request Timeout"]);
  }, 1000));

test("a connection that is kept and not used is ended", () =>
  served(async (port) => {
    const answer = await exchange(port, "GET /page.js HTTP/1.1\r\nHost: a\r\n\r\n");
    assertEquals(statusOf(answer), "HTTP/1.1 200 OK");
  }));
