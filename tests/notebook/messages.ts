// deno-lint-ignore-file camelcase -- the protocol's names
/** Messages of Jupyter's protocol, signed: https://jupyter-client.readthedocs.io/en/stable/messaging.html */
import { createHmac } from "node:crypto";

/** A message from a kernel. */
export interface Message {
  readonly type: string;
  /** Of the request that it is about. */
  readonly parent: string | undefined;
  readonly content: Readonly<Record<string, unknown>>;
}

const DELIMITER = "<IDS|MSG>";
const utf8 = new TextEncoder(), text = new TextDecoder();

/** The frames of a request. */
export function request(id: string, type: string, content: object, key: string): Uint8Array[] {
  const header = {
    msg_id: id,
    msg_type: type,
    session: "tapegrad",
    username: "tapegrad",
    date: new Date().toISOString(),
    version: "5.3",
  };
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  return [DELIMITER, signature(parts, key), ...parts].map((part) => utf8.encode(part));
}

function signature(parts: readonly string[], key: string): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** What frames from a kernel say. */
export function messageOf(frames: readonly Uint8Array[]): Message {
  const texts = frames.map((frame) => text.decode(frame)), start = texts.indexOf(DELIMITER) + 2;
  const [header, parent, , content] = texts.slice(start, start + 4).map((part) => JSON.parse(part));
  return { type: header.msg_type, parent: parent.msg_id, content };
}
