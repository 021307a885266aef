/** The server of the page. It is Node's, whose connections end when a request does not come to an end. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { HEADERS, respond, type Site } from "./site.ts";

/** Where to listen, and for how many milliseconds to wait for what a client has begun. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly patience?: number;
}

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Serves a site; rejects where it cannot listen. */
export async function listen(
  site: Site,
  { host, port, patience = 10_000 }: ListenOptions,
): Promise<Listening> {
  const server = createServer({
    headersTimeout: patience,
    requestTimeout: patience,
    keepAliveTimeout: patience / 2,
    connectionsCheckingInterval: patience / 10,
    requireHostHeader: false, // respond() refuses with all headers
  }, (request, response) => void answer(request, response, site));
  server.setTimeout(3 * patience);
  server.on("clientError", refuse);
  await ready(server, host, port);
  return { port: (server.address() as { port: number }).port, close: () => close(server) };
}

function ready(server: Server, host: string, port: number): Promise<void> {
  // Node's server would throw where nobody can catch.
  const { state } = Deno.permissions.querySync({ name: "net", host: `${host}:${port}` });
  if (state !== "granted") throw new Deno.errors.NotCapable(`Requires net access to ${host}:${port}`);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, site: Site): Promise<void> {
  const { method = "GET" } = request;
  const { status, headers, body } = respond({ method, url: urlOf(request) }, site);
  // What follows a request that is refused is not read.
  if (status >= 400) headers.set("connection", "close");
  response.writeHead(status, Object.fromEntries(headers));
  response.end(body && new Uint8Array(await new Response(body).arrayBuffer()));
}

const HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d+)?$/i;

/** What was asked for, or nothing if the Host that every request since HTTP/1.1 has is none, or two. */
function urlOf({ url = "/", httpVersion, headersDistinct }: IncomingMessage): string | undefined {
  const hosts = headersDistinct.host ?? (httpVersion === "1.0" ? ["localhost"] : []);
  if (hosts.length !== 1 || !HOST.test(hosts[0])) return undefined;
  return url.startsWith("/") ? `http://${hosts[0]}${url}` : url;
}

const STATUS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** Answers what is no request, or did not become one in time. */
function refuse(error: Error & { code?: string }, socket: Pick<ServerResponse, "writable" | "end">): void {
  const lines = Object.entries({ ...HEADERS, "content-length": "0", connection: "close" })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${STATUS[error.code ?? ""] ?? "400 Bad Request"}\r\n${lines.join("")}\r\n`);
}
