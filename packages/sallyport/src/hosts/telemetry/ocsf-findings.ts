import { errors } from "../../errors.ts";
import type { DecisionEvent, FindingEvent, Severity } from "../../events.ts";
import {
  control,
  endpointOf,
  INBOUND,
  seen,
  userOf,
  type MappedEvent,
  type OcsfFields,
  type OcsfKind,
} from "./ocsf-parts.ts";

const SEVERITY_OF: Readonly<Record<Severity, OcsfKind["severity"]>> = {
  low: "Low",
  medium: "Medium",
  high: "High",
  critical: "Critical",
};
const [BEHAVIORAL, RULE] = [2, 1];

const DECISIONS = {
  report: { severity: "Low", action: "Observed", disposition: "Detected" },
  observe: { severity: "Low", action: "Observed", disposition: "Logged" },
  drop: { severity: "Medium", action: "Denied", disposition: "Dropped" },
  replace: { severity: "Medium", action: "Modified", disposition: "Corrected" },
  close: { severity: "Medium", action: "Denied", disposition: "Blocked" },
} as const;

/** A guard's decision about a connection or a message, as a finding of its rule. */
export function decisionFinding(event: DecisionEvent): MappedEvent {
  const { verdict, guard, code, incident, detail, session, direction } = event;
  const { severity, action, disposition } = DECISIONS[verdict];
  return {
    kind: created(severity),
    code,
    incident,
    fields: {
      ...control(action, disposition),
      status_detail: detail,
      finding_info: {
        uid: incident,
        title: errors[code].message,
        types: [guard],
        analytic: { name: guard, uid: code, type: "Rule", type_id: RULE },
      },
      evidences: [
        {
          ...(event.user !== null && { user: userOf(event.user) }),
          src_endpoint: endpointOf(event.address),
          connection_info: { ...INBOUND, session: { uid: session } },
        },
      ],
      resources: [{ name: event.route, type: "route" }],
      ...seen(event, direction === null ? {} : { direction }),
    },
  };
}

/** A finding of the watch. */
export function watchFinding(event: FindingEvent): MappedEvent {
  const { incident, detector, sentence, subject, measured, outcome, answer, detail } = event;
  const acted = outcome === "done" && answer !== "alert";
  const attacks = event.references.flatMap(attackOf);
  return {
    kind: created(SEVERITY_OF[event.severity]),
    code: detector,
    incident,
    fields: {
      ...(acted ? control("Denied", "Blocked") : control("Observed", "Detected")),
      ...(detail !== "" && { status_detail: detail }),
      is_alert: true,
      finding_info: {
        uid: incident,
        title: detector,
        desc: sentence,
        types: [detector],
        analytic: { name: detector, uid: detector, type: "Behavioral", type_id: BEHAVIORAL },
        ...(attacks.length > 0 && { attacks }),
      },
      evidences: [
        {
          data: { subject, measured },
          ...(event.user !== null && { user: userOf(event.user) }),
          ...(event.address !== null && { src_endpoint: endpointOf(event.address) }),
        },
      ],
      ...(event.route !== null && { resources: [{ name: event.route, type: "route" }] }),
      ...seen(event, { answer, outcome }),
    },
  };
}

/** `ATT&CK T1110.004` as the technique and its part. */
function attackOf(reference: string): readonly OcsfFields[] {
  const [, technique, part] = /^ATT&CK (T\d{4})(\.\d{3})?$/.exec(reference) ?? [];
  if (technique === undefined) return [];
  return [
    {
      technique: { uid: technique },
      ...(part !== undefined && { sub_technique: { uid: technique + part } }),
    },
  ];
}

const created = (severity: OcsfKind["severity"]): OcsfKind => ({
  class: 2004,
  className: "Detection Finding",
  activity: 1,
  activityName: "Create",
  severity,
});
