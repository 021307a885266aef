/** What a Jupyter kernel speaks below its messages: ZMTP 3.0 without security, https://rfc.zeromq.org/spec/23. */

const utf8 = new TextEncoder();

/** Bits of the first byte of a frame. */
const MORE = 1, LONG = 2, COMMAND = 4;

/** Of the longest frame whose length takes one byte. */
const SHORT = 255;

/** A connection to a socket of a kernel on this machine, over which whole messages go: lists of frames. */
export class Connection {
  readonly #tcp: Deno.TcpConn;
  #unread: Uint8Array = new Uint8Array();

  private constructor(tcp: Deno.TcpConn) {
    this.#tcp = tcp;
  }

  /** Connects as a socket of some type: `DEALER` for requests and replies, `SUB` for what is told to all. */
  static async open(port: number, type: "DEALER" | "SUB"): Promise<Connection> {
    const connection = new Connection(await Deno.connect({ hostname: "127.0.0.1", port }));
    await connection.#greet(type);
    if (type === "SUB") await connection.send([Uint8Array.of(1)]); // subscribes to whatever there is
    return connection;
  }

  async #greet(type: string): Promise<void> {
    const greeting = new Uint8Array(64);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
    greeting.set(utf8.encode("NULL"), 12);
    await this.#write(greeting);
    await this.#take(64);
    const property = (name: string, value: string) => [
      ...[name.length, ...utf8.encode(name)],
      ...[0, 0, 0, value.length, ...utf8.encode(value)],
    ];
    await this.#writeFrame(
      COMMAND,
      Uint8Array.from([5, ...utf8.encode("READY"), ...property("Socket-Type", type)]),
    );
    await this.#readFrame();
  }

  /** Sends a message. */
  async send(frames: readonly Uint8Array[]): Promise<void> {
    for (const [i, frame] of frames.entries()) {
      await this.#writeFrame(i + 1 < frames.length ? MORE : 0, frame);
    }
  }

  /** The next message. */
  async receive(): Promise<Uint8Array[]> {
    const frames: Uint8Array[] = [];
    for (let more = true; more;) {
      const { flags, body } = await this.#readFrame();
      if (flags & COMMAND) continue;
      frames.push(body);
      more = (flags & MORE) !== 0;
    }
    return frames;
  }

  /** Ends the connection; who waits for a message is told so. */
  close(): void {
    this.#tcp.close();
  }

  async #writeFrame(flags: number, body: Uint8Array): Promise<void> {
    const isLong = body.length > SHORT, head = new DataView(new ArrayBuffer(isLong ? 9 : 2));
    head.setUint8(0, flags | (isLong ? LONG : 0));
    if (isLong) head.setBigUint64(1, BigInt(body.length));
    else head.setUint8(1, body.length);
    await this.#write(new Uint8Array(head.buffer));
    await this.#write(body);
  }

  async #readFrame(): Promise<{ readonly flags: number; readonly body: Uint8Array }> {
    const [flags] = await this.#take(1), length = await this.#take(flags & LONG ? 8 : 1);
    const count = length.reduce((sum, byte) => sum * 256 + byte, 0);
    return { flags, body: await this.#take(count) };
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) done += await this.#tcp.write(bytes.subarray(done));
  }

  async #take(count: number): Promise<Uint8Array> {
    const parts = [this.#unread], chunk = new Uint8Array(1 << 16);
    for (let have = this.#unread.length; have < count;) {
      const read = await this.#tcp.read(chunk);
      if (read === null) throw new Deno.errors.UnexpectedEof("The kernel closed the connection");
      parts.push(chunk.slice(0, read));
      have += read;
    }
    const bytes = parts.length === 1 ? this.#unread : joined(parts);
    this.#unread = bytes.subarray(count);
    return bytes.subarray(0, count);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
