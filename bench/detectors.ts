// What a signal costs the watch: `npm run bench:detectors`. Each detector alone, then all together, with 100,000 addresses known.
import type { SallyportEvent } from "../packages/sallyport/src/events.ts";
import { builtInDetectors } from "../packages/sallyport/src/watch/built-in-detectors.ts";
import type { WatchSignal } from "../packages/sallyport/src/watch/signal.ts";
import { watchOptions } from "../packages/sallyport/src/watch/watch-options.ts";
import { Watch } from "../packages/sallyport/src/watch/watch.ts";

const ADDRESSES = 100_000;
const SIGNALS = 100_000;
const ROUNDS = 2;

const addressOf = (index: number): string =>
  index % 4 === 0
    ? `2001:db8:${(index >>> 8).toString(16)}:${(index & 255).toString(16)}::1`
    : `10.${index >>> 16}.${(index >>> 8) & 255}.${index & 255}`;
const addresses = Array.from({ length: ADDRESSES }, (_, index) => addressOf(index));

const lane = (messages: number): { messages: number; bytes: number } => ({ messages, bytes: messages * 120 });
const of = (index: number): { session: string; route: string; address: string; user: string } => ({
  session: `s${index % ADDRESSES}`,
  route: "/chat",
  address: addresses[index % ADDRESSES] ?? "",
  user: `user-${index % ADDRESSES}`,
});
const refused: Omit<SallyportEvent & { type: "handshake" }, "address" | "code" | "status"> = {
  type: "handshake",
  verdict: "refuse",
  incident: "i",
  guard: "g",
  detail: "a detail of the usual length, for the operator alone",
  route: "/chat",
  user: null,
  path: "/chat",
  origin: "https://app.example.com",
};
const signals: Readonly<Record<string, (index: number) => WatchSignal>> = {
  traffic: (index) => ({
    type: "traffic",
    ...of(index),
    spanMs: 10_000,
    inbound: lane(index % 50),
    outbound: lane(index % 200),
  }),
  open: (index) => ({ type: "open", ...of(index), path: "/chat", origin: null, subprotocol: null }),
  credential: (index) => ({ type: "credential", ...of(index), fingerprint: `f${index % ADDRESSES}` }),
  name: (index) => ({ type: "name", ...of(index), direction: "inbound", name: `n${index}` }),
  "handshake 404": (index) => ({
    ...refused,
    address: of(index).address,
    code: "handshake.no-route",
    status: 404,
  }),
  "handshake 401": (index) => ({
    ...refused,
    address: of(index).address,
    code: "identity.invalid",
    status: 401,
  }),
  decision: (index) => ({
    type: "decision",
    verdict: "close",
    incident: "i",
    ...of(index),
    direction: "inbound",
    guard: "messageSchema",
    code: "messageSchema.mismatch",
    detail: "at /text",
  }),
};

function measure(detectors: readonly string[], make: (index: number) => WatchSignal): number {
  const off = Object.fromEntries(
    builtInDetectors.filter(({ name }) => !detectors.includes(name)).map(({ name }) => [name, "off"]),
  );
  const watch = new Watch(watchOptions.parse({ detectors: off }), {
    newIncident: () => "i",
    onFinding: () => undefined,
  });
  const all = Array.from({ length: ADDRESSES }, (_, index) => make(index));
  let now = 1_700_000_000_000;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (let index = 0; index < SIGNALS; index += 1) {
      now += 0.1;
      const signal = all[index % ADDRESSES];
      if (signal !== undefined) watch.take(signal, now);
    }
    const { user, system } = process.cpuUsage(before);
    if (round > 0) best = Math.min(best, ((user + system) * 1000) / SIGNALS);
  }
  return best;
}

console.log("ns of CPU per signal, best of two rounds");
for (const [kind, make] of Object.entries(signals)) {
  const [type] = kind.split(" ");
  const hearers = builtInDetectors.filter(({ hears }) => hears.some((heard) => heard === type));
  const alone = hearers.map(({ name }) => `${name} ${Math.round(measure([name], make))}`);
  const together = measure(
    builtInDetectors.map(({ name }) => name),
    make,
  );
  console.log(`${kind}: all ${Math.round(together)}; ${alone.join(", ")}`);
}
