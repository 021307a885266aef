import { bundle } from "../bundle.ts";
import { liveDocument, seriesStyle } from "./document.ts";

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
};

/** Answers a request for one of the files. */
export function respond({ method, url }: Pick<Request, "method" | "url">, site: Site): Response {
  if (method !== "GET" && method !== "HEAD") {
    return new Response("Only GET and HEAD\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const name = new URL(url).pathname.slice(1) || "index.html";
  const text = site.get(name);
  if (text === undefined) return new Response(`There is no ${name} here\n`, { status: 404 });
  const headers = {
    "content-type": TYPES[name.slice(name.lastIndexOf(".") + 1)],
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  };
  return new Response(method === "HEAD" ? null : text, { headers });
}
