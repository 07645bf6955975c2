import type { ThreatCategory, ThreatSignature } from "./threat-signature.ts";
import { pathSignatures } from "./threat-signatures-path.ts";
import { scriptSignatures } from "./threat-signatures-script.ts";
import { shellSignatures } from "./threat-signatures-shell.ts";
import { sqlSignatures } from "./threat-signatures-sql.ts";
import { ssrfSignatures } from "./threat-signatures-ssrf.ts";
import { templateSignatures } from "./threat-signatures-template.ts";

/** Every category, in the order of the documents. */
export const threatCategories: readonly ThreatCategory[] = [
  "script",
  "sql",
  "shell",
  "path",
  "template",
  "ssrf",
];

/** Every signature of this version. */
export const threatSignatures: readonly ThreatSignature[] = [
  ...scriptSignatures,
  ...sqlSignatures,
  ...shellSignatures,
  ...pathSignatures,
  ...templateSignatures,
  ...ssrfSignatures,
];
