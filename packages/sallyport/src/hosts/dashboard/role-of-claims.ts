import { adminRoles, type AdminRole } from "../../policy/admin-options.ts";

/** The highest role that the values of a claim have; `null`: none has one. */
export function roleOfClaims(
  values: readonly string[],
  roles: Readonly<Record<string, AdminRole>>,
): AdminRole | null {
  const found = new Set(values.map((value) => (Object.hasOwn(roles, value) ? roles[value] : undefined)));
  return adminRoles.findLast((role) => found.has(role)) ?? null;
}
