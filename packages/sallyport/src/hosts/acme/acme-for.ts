import type { Acme, AcmeServices } from "./open-acme.ts";

/** What keeps the certificates of these listeners; `null` where none has its own from an authority: the code for that is loaded only then. */
export async function acmeFor(services: AcmeServices): Promise<Acme | null> {
  if (!services.listeners.some(({ tls }) => tls.kind === "acme")) return null;
  const { openAcme } = await import("./open-acme.ts");
  return await openAcme(services);
}
