import { describe, expect, it } from "vitest";
import { createMasker, FreshSecrets } from "./masker.ts";

describe("createMasker", () => {
  it("masks secrets in every form in which they are sent", () => {
    const mask = createMasker(["s3cr&t value", "abc"]);
    expect(mask("x s3cr&t value y")).toBe("x [masked] y");
    expect(mask("?q=s3cr%26t%20value")).toBe("?q=[masked]");
    expect(mask(`Basic ${Buffer.from("s3cr&t value").toString("base64")}`)).toBe("Basic [masked]");
    expect(mask("abc is a word")).toBe("abc is a word");
  });

  it("takes no longer than the text is long (CWE-1333)", () => {
    const mask = createMasker([]);
    const hostile = [
      "eyJ-".repeat(250_000),
      "eyJ-x.".repeat(150_000),
      "cookie:".repeat(150_000),
      "?token".repeat(150_000),
    ];
    // Quadratic time would be minutes: the limit of every test tells.
    expect(hostile.filter((text) => mask(text) !== text)).toEqual([]);
  });

  it("masks what looks like a credential, whoever sent it", () => {
    const mask = createMasker([]);
    expect(mask("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln")).toBe("got [masked]");
    expect(mask("sallyport.token.eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln.more")).toBe(
      "sallyport.token.[masked].more",
    );
    expect(mask("a-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0, eyJhbGciOiJIUzI1NiJ9")).toBe(
      "a-[masked], eyJhbGciOiJIUzI1NiJ9",
    );
    expect(mask("Set-Cookie: sid=12345; Path=/")).toBe("Set-Cookie: sid=[masked]; Path=/");
    expect(mask("GET /chat?room=1&access_token=12345&x=2")).toBe(
      "GET /chat?room=1&access_token=[masked]&x=2",
    );
  });

  it("masks secrets that come later, in whatever they stand", () => {
    const fresh = new FreshSecrets();
    const mask = createMasker([], fresh);
    expect(mask("sallyport.ticket.Abc_def-123, chat.v1")).toBe("sallyport.ticket.Abc_def-123, chat.v1");
    fresh.add("Abc_def-123");
    fresh.add("part+of-a-ticket=");
    expect(mask("sallyport.ticket.Abc_def-123, chat.v1")).toBe("sallyport.ticket.[masked], chat.v1");
    expect(mask("/?nonce=part%2Bof-a-ticket%3D")).toBe("/?nonce=part%[masked]%3D");
  });
});
