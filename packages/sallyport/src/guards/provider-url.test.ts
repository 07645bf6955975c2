import { describe, expect, it } from "vitest";
import { providerUrlFault } from "./provider-url.ts";

describe("providerUrlFault", () => {
  it.each(["https://id.example.com/x", "http://localhost:1/x", "http://127.0.0.1/", "http://[::1]:8080/"])(
    "finds nothing wrong with %s",
    (text) => {
      expect(providerUrlFault(text)).toBeNull();
    },
  );

  it.each([
    ["nowhere", "https URL"],
    ["file:///etc/passwd", "https URL"],
    ["https://user@id.example.com", "user or password"],
    ["https://:pass@id.example.com", "user or password"],
    ["http://id.example.com", "write https"],
    ["http://127.0.0.1.example.com", "write https"],
  ])("refuses %s", (text, fault) => {
    expect(providerUrlFault(text)).toContain(fault);
  });

  it("names the option that accepts plaintext, where there is one, and heeds it", () => {
    expect(providerUrlFault("http://id.example.com")).not.toContain("`");
    expect(providerUrlFault("http://id.example.com", "unsafeX")).toContain("`unsafeX: true`");
    expect(providerUrlFault("http://id.example.com", "unsafeX", true)).toBeNull();
  });
});
