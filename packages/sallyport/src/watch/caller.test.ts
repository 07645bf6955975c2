import { describe, expect, it } from "vitest";
import { callerKey, sharedSubject } from "./caller.ts";
import { Places } from "./places.ts";

const ann = { user: "ann", address: "192.0.2.1", session: "s" };
const places = new Places();

describe("callerKey", () => {
  it("is the user's, else the address's, else the session's", () => {
    expect(callerKey(places, ann)).toBe("user ann");
    expect(callerKey(places, { ...ann, user: null, address: "2001:db8::7" })).toBe("2001:db8::/64");
    expect(callerKey(places, { ...ann, user: null, address: "unix" })).toBe("s");
  });

  it("does not count a user who is called like an address with whoever is there", () => {
    expect(callerKey(places, { ...ann, user: "192.0.2.1" })).not.toBe(
      callerKey(places, { ...ann, user: null }),
    );
  });
});

describe("sharedSubject", () => {
  it("is a user, or a session that has no address", () => {
    expect(sharedSubject(places, ann)).toEqual({
      subject: { kind: "user", value: "ann" },
      who: 'user "ann"',
    });
    expect(sharedSubject(places, { ...ann, user: null, address: "unix" })).toEqual({
      subject: { kind: "session", value: "s" },
      who: "session s",
    });
  });

  it("is an address whose users are not known, by an alert alone: nobody is held to what others behind it do", () => {
    expect(sharedSubject(places, { ...ann, user: null })).toEqual({
      subject: { kind: "address", value: "192.0.2.1" },
      who: "192.0.2.1",
      answer: "alert",
    });
  });
});
