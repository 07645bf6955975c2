import type { Readable } from "node:stream";
import type { Denial } from "../guards/guard.ts";
import { readSmallBody } from "./small-body.ts";

/** How a provider tells of a sign-out. */
export interface LogoutRequest {
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Readable;
}

const FORM = "application/x-www-form-urlencoded";

/** The one logout token of the form (OpenID Connect Back-Channel Logout 1.0 section 2.5), of 16 KiB at most; or why there is none. */
export async function readLogoutForm({
  method,
  contentType,
  body,
}: LogoutRequest): Promise<{ readonly token: string } | Denial> {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (method !== "POST")
    return { code: "handshake.method", detail: "a logout is a POST (Back-Channel Logout 2.5)" };
  if (type !== FORM) return { code: "identity.logout", detail: `the body is not ${FORM}` };
  const text = await readSmallBody(body);
  const [token, ...more] = new URLSearchParams(text ?? "").getAll("logout_token");
  if (token === undefined || more.length > 0)
    return {
      code: "identity.logout",
      detail: "the body has not exactly one logout_token, or is larger than 16 KiB",
    };
  return { token };
}
