import type { PolicyView } from "../hosts/admin/policy-view.ts";
import type { Config } from "../policy/effective-config.ts";
import type { OutputPolicy } from "../policy/output-policy.ts";

/** What the workers could put in force now. */
export interface Prepared {
  readonly config: Config;
  readonly policy: PolicyView;
  readonly alerts: OutputPolicy["alerts"];
}
