import { isIP } from "node:net";

/** Attributes of an event, or of an object in it. */
export type OcsfFields = Readonly<Record<string, unknown>>;

/** What class an event is of, and what of its kind. */
export interface OcsfKind {
  readonly class: number;
  readonly className: string;
  readonly activity: number;
  readonly activityName: string;
  readonly severity: keyof typeof ocsfSeverities;
}

/** The number of each severity. */
export const ocsfSeverities = { Informational: 1, Low: 2, Medium: 3, High: 4, Critical: 5 } as const;
/** The caption and number of every action, disposition and status that is used. */
const ACTIONS = { Allowed: 1, Denied: 2, Observed: 3, Modified: 4 } as const;
const DISPOSITIONS = { Allowed: 1, Blocked: 2, Dropped: 6, Corrected: 11, Detected: 15, Logged: 17 } as const;

/** Numbers of observables. */
const [IP_ADDRESS, USER_UID] = [2, 31];
/** What a connection's information says of its direction. */
export const INBOUND = { direction: "Inbound", direction_id: 1 } as const;

/** An event, without what all have. */
export interface MappedEvent {
  readonly kind: OcsfKind;
  readonly fields: OcsfFields;
  readonly code?: string;
  readonly incident?: string;
}

/** What was done about it: the attributes of the profile `security_control`. */
export function control(action: keyof typeof ACTIONS, disposition: keyof typeof DISPOSITIONS): OcsfFields {
  return {
    action,
    action_id: ACTIONS[action],
    disposition,
    disposition_id: DISPOSITIONS[disposition],
  };
}

/** How it went. */
export function statusOf(success: boolean, code?: string, detail?: string): OcsfFields {
  return {
    status: success ? "Success" : "Failure",
    status_id: success ? 1 : 2,
    ...(code !== undefined && { status_code: code }),
    ...(detail !== undefined && detail !== "" && { status_detail: detail }),
  };
}

/** Where somebody came from: by its address, or, of what has none, by its name. */
export function endpointOf(address: string): OcsfFields {
  return isIP(address) === 0 ? { name: address === "" ? "unknown" : address } : { ip: address };
}

/** A user; one whom nobody knows, where there is none. */
export function userOf(user: string | null): OcsfFields {
  return user === null ? { name: "unknown", type: "Unknown", type_id: 0 } : { uid: user, name: user };
}

/** What to search for, and what the class has no place for. */
export function seen(
  event: {
    readonly address: string | null;
    readonly user: string | null;
    readonly route: string | null;
    readonly session?: string | null;
  },
  more: OcsfFields = {},
): OcsfFields {
  const { address, user, route, session } = event;
  const observables = [
    ...(address !== null && isIP(address) !== 0
      ? [{ name: "src_endpoint.ip", type: "IP Address", type_id: IP_ADDRESS, value: address }]
      : []),
    ...(user === null ? [] : [{ name: "unmapped.user", type: "User", type_id: USER_UID, value: user }]),
  ];
  const unmapped = {
    ...(route !== null && { route }),
    ...(user !== null && { user }),
    ...(session != null && { session }),
    ...more,
  };
  return {
    ...(observables.length > 0 && { observables }),
    ...(Object.keys(unmapped).length > 0 && { unmapped }),
  };
}
