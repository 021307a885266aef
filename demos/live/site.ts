import { bundle } from "../bundle.ts";
import { liveDocument, POLICY, seriesStyle, WORKER_POLICY } from "./document.ts";

const HERE = import.meta.dirname!;

/** The files of the page, by name. */
export type Site = ReadonlyMap<string, string>;

/** Bundles the page and its worker, and puts their document and style beside them. */
export async function makeSite(): Promise<Site> {
  const style = (path: string): Promise<string> => Deno.readTextFile(`${HERE}/${path}`);
  const [page, worker, shared, own] = await Promise.all([
    bundle(`${HERE}/page.ts`),
    bundle(`${HERE}/worker.ts`),
    style("../page/style.css"),
    style("style.css"),
  ]);
  return new Map([
    ["index.html", liveDocument()],
    ["style.css", `${shared}\n${seriesStyle()}\n${own}`],
    ["page.js", page],
    ["worker.js", worker],
  ]);
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  txt: "text/plain; charset=utf-8",
};

/** What every answer says: nothing is sniffed, embedded elsewhere or shared with another page, so threads may be. */
export const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-cache",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

const POLICIES: Readonly<Record<string, string>> = {
  "index.html": `${POLICY}; frame-ancestors 'none'`,
  "worker.js": WORKER_POLICY,
};

/** What is asked for; without a url if it cannot be made out. */
export interface Asked {
  readonly method: string;
  readonly url?: string;
}

/** Answers a request for one of the files. */
export function respond({ method, url = "" }: Asked, site: Site): Response {
  const refuse = (status: number, text: string, headers?: Record<string, string>): Response =>
    answer(method, `${text}\n`, { status, headers: { "content-type": TYPES.txt, ...headers } });
  if (!URL.canParse(url)) return refuse(400, "Cannot make out what is asked for, and of which host");
  if (method !== "GET" && method !== "HEAD") return refuse(405, "Only GET and HEAD", { allow: "GET, HEAD" });
  const name = new URL(url).pathname.slice(1) || "index.html";
  const text = site.get(name);
  if (text === undefined) return refuse(404, `There is no ${name} here`);
  const headers: Record<string, string> = { "content-type": TYPES[name.slice(name.lastIndexOf(".") + 1)] };
  if (POLICIES[name]) headers["content-security-policy"] = POLICIES[name];
  return answer(method, text, { status: 200, headers });
}

/** To HEAD the headers that GET would get. */
function answer(
  method: string,
  text: string,
  { status, headers }: { readonly status: number; readonly headers: Record<string, string> },
): Response {
  const body = new TextEncoder().encode(text);
  return new Response(method === "HEAD" ? null : body, {
    status,
    headers: { ...HEADERS, "content-length": `${body.length}`, ...headers },
  });
}
