import { describe, expect, it } from "vitest";
import { parseWebhookSecret } from "./webhook-secret.ts";

describe("parseWebhookSecret", () => {
  it.each([24, 32, 64])("reads %i bytes, with their prefix or without (Standard Webhooks 1.0)", (length) => {
    const key = Buffer.alloc(length, 250);
    expect(parseWebhookSecret(`whsec_${key.toString("base64")}\n`)).toEqual(key);
    expect(parseWebhookSecret(key.toString("base64"))).toEqual(key);
  });

  it.each([
    ["nothing", ""],
    ["too few bytes", `whsec_${Buffer.alloc(23).toString("base64")}`],
    ["too many bytes", `whsec_${Buffer.alloc(65).toString("base64")}`],
    ["a password", "whsec_correct horse battery staple, and more"],
    ["base64url", `whsec_${Buffer.alloc(32, 251).toString("base64url")}`],
  ])("reads none from %s", (_name, text) => {
    expect(parseWebhookSecret(text)).toBeNull();
  });
});
