/** A headless Chromium, spoken to over its debugging protocol. */

const names = ["chromium", "chromium-browser", "google-chrome"];

/** A page in the browser. */
export interface BrowserPage extends AsyncDisposable {
  /** Opens a file as a screen of the given width would show it. */
  open(path: string, screen: Screen): Promise<void>;
  /** Evaluates an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** A picture of the whole page as a PNG file. */
  screenshot(): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Messages of the console, failures and requests to anything but files since the last opening.
   */
  readonly incidents: readonly string[];
}

/** What the page is shown on. */
export interface Screen {
  readonly width: number;
  readonly scheme: "light" | "dark";
  readonly isPhone: boolean;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly request?: { readonly url: string } };
  readonly result?: unknown;
}

/** Path of a browser that may be run, if there is one. */
export async function findBrowser(): Promise<string | undefined> {
  for (const name of names) {
    const { state } = await Deno.permissions.query({ name: "run", command: name });
    if (state !== "granted") continue;
    try {
      const { success } = await new Deno.Command(name, { args: ["--version"], stderr: "null" })
        .output();
      if (success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Starts a browser with one page. Needs permission to run it and to reach 127.0.0.1. */
export async function startBrowser(command: string): Promise<BrowserPage> {
  const profile = await Deno.makeTempDir();
  const child = new Deno.Command(command, {
    args: [
      ...["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
      ...["--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const socket = await connect(child);
  const waiting = new Map<number, (result: unknown) => void>();
  const incidents: string[] = [];
  let loaded: () => void = () => undefined;
  socket.onmessage = ({ data }) => {
    const message: Message = JSON.parse(data);
    if (message.id !== undefined) return waiting.get(message.id)?.(message.result);
    if (message.method === "Page.loadEventFired") loaded();
    const isRequest = message.method === "Network.requestWillBeSent";
    const isLocal = /^(file|data):/.test(message.params?.request?.url ?? "");
    const isFailure = /consoleAPICalled|exceptionThrown|entryAdded/.test(message.method ?? "");
    if (isFailure || (isRequest && !isLocal)) incidents.push(data);
  };
  let last = 0;
  const send = <T>(method: string, params: Record<string, unknown> = {}): Promise<T> => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => waiting.set(id, (result) => resolve(result as T)));
  };
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  return {
    incidents,
    async open(path, { width, scheme, isPhone }) {
      incidents.length = 0;
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await send("Emulation.setEmulatedMedia", { features });
      const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: isPhone };
      await send("Emulation.setDeviceMetricsOverride", metrics);
      const opened = new Promise<void>((resolve) => loaded = resolve);
      await send("Page.navigate", { url: `file://${encodeURI(path)}` });
      await opened;
    },
    async evaluate<T>(expression: string) {
      const answer = await send<{ result: { value: T } }>("Runtime.evaluate", {
        expression,
        returnByValue: true,
      });
      return answer.result.value;
    },
    async screenshot() {
      const options = { format: "png", captureBeyondViewport: true };
      const { data } = await send<{ data: string }>("Page.captureScreenshot", options);
      return Uint8Array.fromBase64(data);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.close();
      await closed;
      child.kill("SIGKILL");
      await child.status;
      await child.stderr.cancel();
      await Deno.remove(profile, { recursive: true }).catch(() => undefined);
    },
  };
}

/** Waits for the address that the browser prints, and connects to its page. */
async function connect(child: Deno.ChildProcess): Promise<WebSocket> {
  let printed = "";
  const reader = child.stderr.getReader();
  const decoder = new TextDecoder();
  let address: string | undefined;
  while (address === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The browser ended before it listened: ${printed}`);
    printed += decoder.decode(value, { stream: true });
    address = /ws:\/\/(127\.0\.0\.1:\d+)/.exec(printed)?.[1];
  }
  reader.releaseLock();
  const answer = await fetch(`http://${address}/json`);
  const targets: { type: string; webSocketDebuggerUrl: string }[] = await answer.json();
  const socket = new WebSocket(targets.find(({ type }) => type === "page")!.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.onopen = resolve);
  return socket;
}
