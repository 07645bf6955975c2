import { describe, expect, it } from "vitest";
import { isPollingTwin } from "./polling-twin.ts";

describe("isPollingTwin", () => {
  it.each([
    ["/socket.io/", "EIO=4&transport=polling"],
    ["/any/where", "transport=polling&EIO=3"],
    ["/socket.io/", "%45IO=4"],
    ["/echo/000/session/xhr", ""],
    ["/echo/000/session/xhr_streaming", ""],
    ["/echo/000/session/eventsource", ""],
    ["/echo/000/session/jsonp_send", ""],
  ])("knows %s?%s as one", (path, query) => {
    expect(isPollingTwin(path, query)).toBe(true);
  });

  it.each([
    ["/index.html", ""],
    ["/search", "q=EIO"],
    ["/socket.io/socket.io.js", ""],
    ["/xhr/help", ""],
    ["/files/axhr", ""],
  ])("takes %s?%s for a page", (path, query) => {
    expect(isPollingTwin(path, query)).toBe(false);
  });
});
