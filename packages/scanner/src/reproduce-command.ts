import type { Check } from "./check.ts";
import type { ScanSettings } from "./scan-settings.ts";
import type { Target } from "./target.ts";

/** A text as one word of a shell. */
export const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The command that runs one check alone, as it was run. Credentials stand in it by name, without their values. */
export function reproduceCommand(
  { id, impact, needsBrowser = false }: Pick<Check, "id" | "impact" | "needsBrowser">,
  { url, isLoopback }: Pick<Target, "url" | "isLoopback">,
  settings: ScanSettings,
): string {
  if (needsBrowser && settings.browser !== null) {
    const { isLoggedIn, page } = settings.browser;
    const login = isLoggedIn ? ["--storage-state", "…"] : [];
    return ["sallyport-scan", "--only", id, "--browser", ...login, quote(page)].join(" ");
  }
  const flags = [
    ...settings.credentials.map(([name]) => `--header ${quote(`${name}: …`)}`),
    ...ticketFlags(settings),
    ...(settings.origin === null ? [] : [`--origin ${quote(settings.origin)}`]),
    ...settings.subprotocols.map((name) => `--subprotocol ${quote(name)}`),
    ...settings.messages.map((text) => `--message ${quote(text)}`),
    ...(settings.expiredToken === null ? [] : ["--expired-token '…'"]),
    ...(settings.logoutUrl === null ? [] : [`--logout-url ${quote(settings.logoutUrl.href)}`]),
    ...(impact === "destructive" ? ["--destructive"] : []),
    ...(impact === "destructive" && !isLoopback ? [`--confirm ${quote(url.host)}`] : []),
  ];
  return ["sallyport-scan", "--only", id, ...flags, quote(url.href)].join(" ");
}

function ticketFlags({ ticket }: ScanSettings): readonly string[] {
  if (ticket === null) return [];
  const { url, field, parameter } = ticket;
  return [
    ...(url === null ? ["--ticket"] : [`--ticket-url ${quote(url.href)}`]),
    ...(field === "ticket" ? [] : [`--ticket-field ${quote(field)}`]),
    ...(parameter === null ? [] : [`--ticket-parameter ${quote(parameter)}`]),
  ];
}
