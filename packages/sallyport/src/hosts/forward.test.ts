import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { routeFixture } from "../../test/route-fixture.ts";
import { createAddressTable } from "../guards/address-table.ts";
import { pass, type Guard } from "../guards/guard.ts";
import { MadeGuards } from "../policy/made-guards.ts";
import type { Policy } from "../policy/policy.ts";
import { checkPlainRequest } from "../protocol/handshake-request.ts";
import { HeaderList } from "../protocol/header-list.ts";
import type { ArrivingRequest } from "./arrival.ts";
import { guardRequest } from "./forward.ts";
import { createGate, type ListenerContext } from "./gate.ts";
import type { PlainResponse } from "./plain-exchange.ts";
import { directPeers } from "./peer.ts";

const listener: ListenerContext = {
  facts: { loopback: true, secure: false, port: 80, names: ["localhost"] },
  peerOf: directPeers(createAddressTable([])),
  forwardedHeader: "x-forwarded-for",
};

function policyOf(guards: readonly Guard[]): Policy {
  const log = { format: "json", level: "info" } as unknown as Policy["log"];
  const policy: Policy = {
    version: "1",
    listeners: [],
    admin: null,
    log,
    journal: null,
    watch: null,
    alerts: [],
    telemetry: { otlp: null, ocsf: null },
    routes: [routeFixture({ http: "forward", guards })],
    made: new MadeGuards(null),
    hold: () => policy,
    release: () => {},
  };
  return policy;
}

function arriving(): ArrivingRequest {
  const headers = new HeaderList(["Host", "localhost"]);
  const head = { method: "GET", httpVersion: "1.1", target: "/", headers };
  return {
    kind: "http",
    ...head,
    socket: { remoteAddress: "192.0.2.1" },
    secure: false,
    check: () => checkPlainRequest(head),
  };
}

const newResponse = (): PlainResponse =>
  Object.assign(new PassThrough(), { headersSent: false, writeHead: () => {} });

describe("guardRequest", () => {
  it("gives back what guards took after the client had gone", async () => {
    const verified = Promise.withResolvers<void>();
    let held = 0;
    const slow: Guard = {
      name: "identity",
      mode: "enforce",
      handshake: async () => {
        await verified.promise;
        return pass;
      },
    };
    const counting: Guard = {
      name: "connectionLimit",
      mode: "enforce",
      admission: ({ releases }) => {
        held += 1;
        releases.push(() => (held -= 1));
        return pass;
      },
    };
    const gate = await createGate(policyOf([counting, slow]), () => {});
    const response = newResponse();
    const admitted = guardRequest(gate, listener, { arriving: arriving(), response });
    response.destroy();
    await new Promise((resolve) => response.once("close", resolve));
    verified.resolve();
    expect(await admitted).toBeNull();
    expect(held).toBe(0);
  });
});
