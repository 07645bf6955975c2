import { describe, expect, it } from "vitest";
import { judgeTrial } from "./judge-trial.ts";
import type { SocketTrial } from "./try-socket.ts";

const opening = {
  url: "ws://app.example.com/",
  subprotocols: [],
  messages: [],
  without: [],
  isSecretPath: false,
};
const trial = (change: Partial<SocketTrial>): SocketTrial => ({
  kind: "open",
  words: "opened, and stayed open",
  cookies: ["sid"],
  kept: [],
  read: [],
  exchange: { about: "", lines: [] },
  ...change,
});
const read = (text: string): SocketTrial => trial({ read: [text] });
const ofAnn = trial({ read: ['{"user":"ann","at":"12:00:01Z"}'] });
const ofNobody = trial({ cookies: [], read: ['{"user":"nobody","at":"12:00:02Z"}'] });
const refused = trial({ kind: "refused", words: "refused with 401", cookies: [] });
const keptBack = { cookies: [], kept: ["sid (SameSite=Lax)"] };

describe("judgeTrial", () => {
  it("calls hijacked what reads what the user reads and nobody else does", () => {
    const other = trial({ read: ['{"user":"ann","at":"12:00:03Z"}'] });
    expect(judgeTrial({ opening, control: ofAnn, anonymous: ofNobody, other })).toEqual({
      kind: "hijacked",
      words: 'it read what belongs to the user, among it "ann"',
      isRead: true,
    });
  });

  it("calls hijacked a silent socket that stays open with the login and is refused without", () => {
    expect(judgeTrial({ opening, control: trial({}), anonymous: refused, other: trial({}) })).toMatchObject({
      kind: "hijacked",
      isRead: false,
    });
  });

  it("does not call a clock, a counter or a fresh number the user's", () => {
    const [control, anonymous, other] = [
      read("welcome 17 at 12:00:01Z 4f3a"),
      read("welcome 18 at 12:00:02Z 9e21"),
      read("welcome 17 at 12:00:03Z 77bc"),
    ];
    expect(judgeTrial({ opening, control, anonymous, other })).toMatchObject({ kind: "safe" });
  });

  it.for([
    [
      "a refusal",
      trial({ kind: "refused", words: "refused with 403", ...keptBack }),
      "refused with 403; the browser keeps back sid (SameSite=Lax)",
    ],
    [
      "a close",
      trial({ kind: "closed", words: "opened, and closed with 4401" }),
      "opened, and closed with 4401",
    ],
    [
      "a stranger's greeting",
      trial({ ...ofNobody, ...keptBack }),
      "opened, and nothing of the user was read on it; the browser keeps back sid (SameSite=Lax)",
    ],
  ] as const)("says why it did not work: %s", ([, other, words]) => {
    expect(judgeTrial({ opening, control: ofAnn, anonymous: ofNobody, other })).toEqual({
      kind: "safe",
      words,
    });
  });

  it("does not call a public socket hijacked", () => {
    const words = "what it reads is what a browser without a login reads: the socket is public";
    expect(judgeTrial({ opening, control: ofNobody, anonymous: ofNobody, other: ofNobody }).words).toBe(
      words,
    );
  });

  it("does not tell of a socket on which nobody says anything, but where no cookie came along", () => {
    const silent = trial({});
    expect(judgeTrial({ opening, control: silent, anonymous: silent, other: silent }).kind).toBe("unknown");
    expect(judgeTrial({ opening, control: silent, anonymous: silent, other: trial(keptBack) }).words).toBe(
      "opened; the browser keeps back sid (SameSite=Lax)",
    );
  });

  it("needs the application's own page to be let in, but for what a stranger lacks", () => {
    const trials = { control: refused, anonymous: refused, other: refused };
    expect(judgeTrial({ opening, ...trials })).toMatchObject({ kind: "unknown" });
    expect(judgeTrial({ opening: { ...opening, without: ["the query's ticket"] }, ...trials })).toEqual({
      kind: "safe",
      words:
        "without the query's ticket, which a page of another site does not know, it is not even the application's own page's: refused with 401",
    });
    expect(judgeTrial({ opening: { ...opening, isSecretPath: true }, ...trials }).kind).toBe("safe");
  });
});
