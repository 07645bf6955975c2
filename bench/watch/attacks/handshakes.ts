import { type AttackKind, type Dose, doses, ladder, type Staging, unblamed } from "../attack.ts";
import { strayRequest } from "../background/strangers.ts";
import { HOUR, MINUTE, SECOND } from "../calendar.ts";
import { steadyHabit } from "../habits.ts";
import { createLabel } from "../label.ts";
import { life } from "../life.ts";
import { spread } from "../often.ts";
import { openSession } from "../simulated-session.ts";
import { type SourceName, sources } from "./sources.ts";

/** What requests are made with. */
interface Staged extends Pick<Staging, "world" | "random" | "label"> {
  readonly dose: Pick<Dose, "count" | "lastsMs">;
}

/** One request of an attacker's, from that address. */
type Try = (staging: Staged, address: string) => void;

/** Requests from a source, evenly over the attack's time. */
function from(source: SourceName, request: Try): (staging: Staged) => void {
  return (staging) => {
    const { world, random, label, dose } = staging;
    const { next, network, isScattered } = sources[source](random);
    if (network !== undefined) label.networks.add(network);
    // What was asked for on no route is told of as a whole, too.
    if (isScattered === true) for (const route of ["/chat", "*"]) label.routes.add(route);
    spread(world, { random, from: label.from, lastsMs: dose.lastsMs, count: dose.count }, () => {
      const address = next();
      if (network === undefined) label.addresses.add(address);
      request(staging, address);
    });
  };
}

/** Looks for what answers. */
const scan: Try = ({ world, random }, address) => {
  if (random.chance(0.5)) return strayRequest(world, address, random);
  const code = random.pick([
    "identity.missing",
    "origin.missing",
    "subprotocol.not-allowed",
    "ticket.required",
  ] as const);
  world.refuse({ code, address, route: "/chat" });
};

/** Tries a password or token of a list: one in two hundred is right. */
const guess: Try = ({ world, random, label }, address) => {
  if (!random.chance(0.005))
    return world.refuse({
      code: "identity.invalid",
      address,
      route: "/chat",
      detail: "the token is not valid",
    });
  const user = `chat-${random.whole(400)}`;
  const habit = steadyHabit({ perSecond: 0.5, bytes: 60 }, { perSecond: 1, bytes: 400 });
  const of = {
    user,
    address,
    route: "/chat",
    fingerprint: `stolen ${address} ${user}`,
    habit,
    lastsMs: 2 * SECOND,
    returns: false,
  };
  label.users.add(user);
  label.sessions.add(openSession(world, of, { random }).identity.session);
};

/** The same against one account, whose name the identity provider tells. */
const guessOne: Try = ({ world, label }, address) => {
  const user = `victim-${label.from}`;
  label.users.add(user);
  world.refuse({ code: "identity.invalid", address, route: "/chat", user, detail: "the token is not valid" });
};

/** A ticket that was seen in a log or a history, and is used or too old. */
const replayTicket: Try = ({ world }, address) => {
  world.refuse({
    code: "ticket.invalid",
    address,
    route: "/chat",
    detail: "unknown, used before, or too old",
  });
};

/** A session that its user ended, and that somebody else still has. */
const replayRevoked: Try = ({ world, label }, address) => {
  const user = `signed-out-${label.from}`;
  label.users.add(user);
  world.refuse({
    code: "revocation.refused",
    address,
    route: "/chat",
    user,
    detail: "revocation 7: signed out",
  });
};

/** Pages of somebody else's, each from another origin; none has a word of ours in its name (RFC 2606). */
const probeOrigin: Try = ({ world, random, label }, address) => {
  // What is told of the origin is told of the route that it was sent to.
  label.routes.add("/chat");
  const origin = random.pick([
    `https://site-${random.whole(10_000)}.test`,
    `http://10.0.${random.whole(256)}.${random.whole(256)}`,
    `https://${random.whole(1_000_000).toString(36)}.invalid`,
    "null",
  ]);
  world.refuse({
    code: random.chance(0.05) ? "origin.malformed" : "origin.foreign",
    address,
    route: "/chat",
    origin,
  });
};

/** Origins that a careless comparison lets through. */
const probeLookalike: Try = ({ world, random, label }, address) => {
  label.routes.add("/chat");
  const origin = random.pick([
    `https://app.example.com.evil-${random.whole(50)}.example`,
    "https://evilapp.example.com",
    "https://app.example.com:8443",
    "http://app.example.com",
    "https://app-example.com",
    "https://app.example.co",
    "https://xapp.example.com",
    `https://app.example.com@evil-${random.whole(50)}.example`,
    "https://app.exarnple.com",
  ]);
  world.refuse({ code: "origin.foreign", address, route: "/chat", origin });
};

const kindOf = (
  kind: string,
  detectors: readonly string[],
  rest: Pick<AttackKind, "doses" | "stage"> & Partial<AttackKind>,
): AttackKind => ({
  kind,
  detectors,
  unit: "requests",
  pastDays: 0.5,
  ...rest,
});

const SCAN = ["handshakeScan"] as const;
const STUFFING = ["credentialStuffing"] as const;
const ORIGINS = ["originProbe"] as const;
const REPLAY = ["replay"] as const;

const loudOne = doses([1200, 2 * MINUTE], [300, 10 * MINUTE], [60, 2 * HOUR]);
const loudMany = doses([2400, 5 * MINUTE], [600, 20 * MINUTE], [240, 3 * HOUR]);
const guesses = doses([1500, 5 * MINUTE], [200, 20 * MINUTE], [60, 3 * HOUR]);
const guessesOfMany = doses([3000, 10 * MINUTE], [500, 30 * MINUTE], [200, 4 * HOUR]);

/** Refused handshakes of about as many addresses, to fill tables and channels. It has a label of its own. */
function flood({ world, random, label: { from: begins, until } }: Staging, count: number): void {
  const detectors = [...SCAN, ...STUFFING];
  const told = {
    kind: "a flood from a million addresses",
    detectors,
    loudness: "blatant",
    mustFind: true,
  } as const;
  const label = createLabel({ ...told, intensity: count, unit: "requests", from: begins, until });
  world.labels.push(label);
  from("everywhere", guess)({ world, random, label, dose: { count, lastsMs: until - begins } });
}

/** A scan beside so many other refused handshakes. */
export const scanHiddenIn = (count: number): AttackKind =>
  kindOf("a scan hidden in a flood", SCAN, {
    doses: [{ loudness: "moderate", mustFind: true, count: 300, lastsMs: 10 * MINUTE }],
    times: 1,
    stage(staging) {
      from("address", scan)(staging);
      flood({ ...staging, random: staging.random.fork("flood") }, count);
    },
  });

/** Attacks on the handshake. */
export const handshakeAttacks: readonly AttackKind[] = [
  kindOf("scan from one address", SCAN, { doses: loudOne, stage: from("address", scan) }),
  kindOf("scan from a /24", SCAN, { doses: loudMany, stage: from("subnet", scan) }),
  kindOf("scan within an IPv6 /64", SCAN, { doses: loudOne, stage: from("network64", scan) }),
  kindOf("scan across /64s of a /48", SCAN, { doses: loudMany, stage: from("site48", scan) }),
  kindOf("scan, never twice from one address", SCAN, {
    doses: unblamed(doses([5000, 5 * MINUTE], [1000, 30 * MINUTE], [300, 3 * HOUR]), { blatant: false }),
    stage: from("rotating", scan),
  }),
  kindOf("ladder: scan from one address", SCAN, {
    times: 1,
    doses: ladder(2, 10 * MINUTE, 9),
    stage: from("address", scan),
  }),
  scanHiddenIn(life.flood),
  kindOf("stuffing from one address", STUFFING, { doses: guesses, stage: from("address", guess) }),
  kindOf("stuffing from a /24", STUFFING, { doses: guessesOfMany, stage: from("subnet", guess) }),
  kindOf("stuffing within an IPv6 /64", STUFFING, { doses: guesses, stage: from("network64", guess) }),
  kindOf("stuffing across /64s of a /48", STUFFING, { doses: guessesOfMany, stage: from("site48", guess) }),
  kindOf("stuffing by a botnet, many users", STUFFING, {
    doses: doses([20_000, 20 * MINUTE], [5000, 2 * HOUR], [2000, 12 * HOUR]),
    stage: from("botnet", guess),
  }),
  kindOf("stuffing by a botnet, one user", STUFFING, {
    doses: doses([2000, 10 * MINUTE], [300, HOUR], [60, 6 * HOUR]),
    stage: from("botnet", guessOne),
  }),
  kindOf("ladder: stuffing from one address", STUFFING, {
    times: 1,
    doses: ladder(2, 10 * MINUTE, 9),
    stage: from("address", guess),
  }),
  kindOf("foreign origins", ORIGINS, {
    doses: doses([40, 5 * MINUTE], [12, 30 * MINUTE], [5, 6 * HOUR]),
    stage: from("address", probeOrigin),
  }),
  kindOf("look-alike origins", ORIGINS, {
    doses: doses([40, 5 * MINUTE], [10, 30 * MINUTE], [4, 6 * HOUR]),
    stage: from("address", probeLookalike),
  }),
  kindOf("ladder: foreign origins", ORIGINS, {
    times: 1,
    doses: ladder(2, 30 * MINUTE, 6),
    stage: from("address", probeOrigin),
  }),
  kindOf("ticket replay", REPLAY, {
    doses: doses([100, 5 * MINUTE], [12, 15 * MINUTE], [3, 2 * HOUR]),
    stage: from("address", replayTicket),
  }),
  kindOf("revoked session replay", REPLAY, {
    doses: doses([60, 5 * MINUTE], [10, 30 * MINUTE], [3, 2 * HOUR]),
    stage: from("address", replayRevoked),
  }),
  kindOf("ladder: ticket replay", REPLAY, {
    times: 1,
    doses: ladder(1, 15 * MINUTE, 7),
    stage: from("address", replayTicket),
  }),
];
