import { z } from "zod";
import { isIP } from "node:net";

/** A host and a port as `listen` and `admin` take them. */
export interface NetworkAddress {
  /** Without brackets. */
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
}

const ADDRESS = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/;

/** Reads `127.0.0.1:8443`, `localhost:0` or `[::1]:8443`; `null` for anything else. */
export function parseNetworkAddress(text: string): NetworkAddress | null {
  const match = ADDRESS.exec(text);
  if (match === null) return null;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port > 65_535) return null;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : null;
  const host = (plain ?? "").toLowerCase();
  const numeric = /^[0-9.]+$/.test(host);
  return host === "" || (numeric && isIP(host) !== 4) ? null : { host, port };
}

/** An address to listen on, as an option. */
export const networkAddress: z.ZodType<NetworkAddress, string> = z
  .string({ error: "expected an address such as 127.0.0.1:8443 or [::1]:8443" })
  .transform((text, context) => {
    const value = parseNetworkAddress(text);
    if (value !== null) return value;
    context.issues.push({
      code: "custom",
      input: text,
      message: "expected an address such as 127.0.0.1:8443 or [::1]:8443",
    });
    return z.NEVER;
  });
