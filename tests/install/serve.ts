/** A folder on a port of this machine, until it is disposed of. */
export interface Served extends AsyncDisposable {
  readonly address: string;
}

const types: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript" };

/** Serves the files of a folder. */
export function serve(folder: string): Served {
  const server = Deno.serve({ hostname: "localhost", port: 0, onListen: () => {} }, async ({ url }) => {
    const path = new URL(url).pathname.replace(/\/$/, "/index.html");
    try {
      const body = await Deno.readFile(folder + path);
      return new Response(body, {
        headers: { "content-type": types[path.split(".").at(-1)!] ?? "text/plain" },
      });
    } catch {
      return new Response("not there", { status: 404 });
    }
  });
  return {
    address: `http://localhost:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
