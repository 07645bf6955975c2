/** A `WebSocket` without a network: the test says what happens to it. */
export class FakeWebSocket extends EventTarget {
  /** All that were made, in order. */
  static made: FakeWebSocket[] = [];
  readonly OPEN = 1;
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "blob";
  protocol = "";
  extensions = "";
  /** Whether what is sent leaves at once. */
  leaves = true;
  readonly sent: unknown[] = [];
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    FakeWebSocket.made.push(this);
  }

  static get last(): FakeWebSocket {
    const last = FakeWebSocket.made.at(-1);
    if (last === undefined) throw new Error("no socket was made");
    return last;
  }

  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  send(data: unknown): void {
    this.sent.push(data);
    this.bufferedAmount += String(data).length;
  }

  say(data: unknown): void {
    if (this.leaves) this.bufferedAmount = 0;
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  /** The peer answers a Close with the same. */
  close(code = 1005, reason = ""): void {
    this.readyState = 2;
    queueMicrotask(() => this.end(code, reason));
  }

  end(code = 1006, reason = ""): void {
    this.readyState = 3;
    // No `CloseEvent`: Node 22 has none.
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason, wasClean: code !== 1006 }));
  }
}
