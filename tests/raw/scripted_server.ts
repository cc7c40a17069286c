/**
 * A server on 127.0.0.1 that answers as a script says, also wrongly.
 *
 * @module
 */

/** A request as it came. */
export interface SeenRequest {
  readonly path: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What is sent back, byte for byte; then the connection is closed. */
export interface ScriptedReply {
  /** Such as `200 OK`; nothing at all is sent without it. */
  readonly status?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Uint8Array;
  /** Keeps the connection open for ever instead of closing it. */
  readonly hang?: boolean;
}

/** The nth request is answered by the nth function, all after the last by the last. */
export type Script = readonly ((request: SeenRequest) => ScriptedReply)[];

/** Runs a test with such a server; requests are added to `seen` as they come. */
export async function withServer(
  script: Script,
  test: (address: string, seen: SeenRequest[]) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const seen: SeenRequest[] = [];
  const open = new Set<Deno.Conn>();
  const serving = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      answer(connection, script, seen).catch(() => undefined);
    }
  })();
  try {
    await test(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`, seen);
  } finally {
    listener.close();
    for (const connection of open) close(connection);
    await serving.catch(() => undefined);
  }
}

async function answer(connection: Deno.Conn, script: Script, seen: SeenRequest[]): Promise<void> {
  const request = await readHead(connection);
  const reply = script[Math.min(seen.length, script.length - 1)]!(request);
  seen.push(request);
  if (reply.status !== undefined) {
    const headers = { connection: "close", ...reply.headers };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await send(connection, new TextEncoder().encode(`HTTP/1.1 ${reply.status}\r\n${lines}\r\n`));
    if (reply.body !== undefined) await send(connection, reply.body);
  }
  if (!reply.hang) close(connection);
}

async function readHead(connection: Deno.Conn): Promise<SeenRequest> {
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("The request ended early");
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  const [first, ...lines] = text.split("\r\n");
  const headers = lines.filter((line) => line.includes(":")).map((line) => {
    const [name, ...value] = line.split(":");
    return [name!.toLowerCase(), value.join(":").trim()] as const;
  });
  return { path: first!.split(" ")[1]!, headers: new Map(headers) };
}

async function send(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
