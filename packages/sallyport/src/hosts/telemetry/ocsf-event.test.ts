import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { everyEvent } from "../../../test/every-event.ts";
import { OCSF_VERSION, ocsfEvent } from "./ocsf-event.ts";

const schema = JSON.parse(
  readFileSync(new URL("../../../test/ocsf/ocsf.schema.json", import.meta.url), "utf8"),
) as { readonly $comment: string; readonly $defs: Readonly<Record<string, unknown>> };
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(schema, "ocsf");

/** What the published schema has against an event. */
function faultsOf(event: Readonly<Record<string, unknown>>): readonly string[] {
  const validate = ajv.getSchema(`ocsf#/$defs/${String(event["class_uid"])}`);
  if (validate === undefined) return [`no class ${String(event["class_uid"])}`];
  // What is undefined is not written.
  void validate(JSON.parse(JSON.stringify(event)));
  return (validate.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
}
const at = Date.UTC(2026, 10, 30, 12);

const classOf = (type: string): unknown[] => [
  ...new Set(
    everyEvent.filter((event) => event.type === type).map((event) => ocsfEvent(event, at, "1")["class_uid"]),
  ),
];

describe("ocsfEvent", () => {
  it("is held against the release that it names", () => {
    expect(schema.$comment).toContain(` ${OCSF_VERSION} `);
    expect(faultsOf({ class_uid: 4001, nonsense: true })).toContain(" must NOT have additional properties");
    expect(faultsOf({ class_uid: 1 })).toEqual(["no class 1"]);
  });

  it.each(everyEvent.map((event) => [event.type, event] as const))(
    "writes what the published schema allows: %s",
    (_type, event) => {
      const written = ocsfEvent(event, at, "1.2.3");
      expect(faultsOf(written)).toEqual([]);
      expect(written).toMatchObject({
        time: at,
        metadata: { version: "1.8.0", product: { version: "1.2.3" } },
      });
    },
  );

  it("has a class for each kind of event", () => {
    expect(classOf("handshake")).toEqual([4002, 3002]);
    expect(classOf("open")).toEqual([4001]);
    expect(classOf("refresh")).toEqual([3002]);
    expect(classOf("decision")).toEqual([2004]);
    expect(classOf("closed")).toEqual([4001]);
    expect(classOf("finding")).toEqual([2004]);
    expect(classOf("admin")).toEqual([6003]);
    expect(classOf("gate")).toEqual([6002, 6008]);
  });

  it("names the incident, the code and who it was", () => {
    const [refused] = everyEvent;
    if (refused?.type !== "handshake") throw new Error("unreachable");
    expect(ocsfEvent(refused, at, "1")).toMatchObject({
      metadata: {
        correlation_uid: refused.incident,
        event_code: refused.code,
        profiles: ["security_control"],
      },
      action: "Denied",
      disposition: "Blocked",
      policy: { name: refused.guard, uid: refused.code },
      observables: [{ value: refused.address }],
    });
  });

  it("names techniques of ATT&CK", () => {
    const finding = everyEvent.find(({ type }) => type === "finding");
    if (finding?.type !== "finding") throw new Error("unreachable");
    const references = ["ATT&CK T1110.004", "ATT&CK T1595", "OWASP API4:2023"];
    expect(ocsfEvent({ ...finding, references }, at, "1")).toMatchObject({
      finding_info: {
        attacks: [
          { technique: { uid: "T1110" }, sub_technique: { uid: "T1110.004" } },
          { technique: { uid: "T1595" } },
        ],
      },
    });
  });
});
