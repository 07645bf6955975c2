import { X509Certificate } from "node:crypto";
import type { AcmeOptions } from "../../policy/acme-options.ts";
import type { CertificatePair } from "../certificate.ts";
import type { ListenerCertificate } from "../listener.ts";
import { acmeName } from "./acme-store.ts";

/** The certificate that answers one challenge of TLS-ALPN-01. */
export interface ChallengeCertificate extends CertificatePair {
  readonly domain: string;
}

/** What the listeners of all processes of a gate need of the one that talks to authorities. Plain data; its keys are secret. */
export interface AcmeState {
  /** What serves, by the name of its options. */
  readonly certificates: Readonly<Record<string, CertificatePair>>;
  /** What is asked about just now, by the name of the options. */
  readonly challenges: Readonly<Record<string, readonly ChallengeCertificate[]>>;
}

/** Before anything was stored or issued. */
export const noAcme: AcmeState = { certificates: {}, challenges: {} };

/** The name of a certificate: the same for listeners that want the same one. */
export function certificateName({ domains, directory }: Pick<AcmeOptions, "domains" | "directory">): string {
  return acmeName("certificate", [directory, ...domains.toSorted()].join(" "));
}

interface Served {
  readonly pair: CertificatePair;
  readonly notAfter: number;
}

/** What the listeners of this process serve that have their certificates from an authority. */
export class AcmeBoard {
  readonly #served = new Map<string, Served>();
  readonly #listeners = new Set<() => void>();
  #state = noAcme;

  /** Takes what serves from now on. New connections get it; open ones keep what they have. */
  put(state: AcmeState): void {
    let changed = false;
    for (const [name, pair] of Object.entries(state.certificates)) {
      if (this.#served.get(name)?.pair.cert === pair.cert) continue;
      const notAfter = new X509Certificate(pair.cert).validToDate.getTime();
      this.#served.set(name, { pair, notAfter });
      changed = true;
    }
    this.#state = state;
    if (changed) for (const listener of this.#listeners) listener();
  }

  /** The certificate of a listener, as it stands and as it changes; without one, no handshake succeeds there. */
  certificate(options: AcmeOptions): ListenerCertificate {
    const name = certificateName(options);
    const own = new Set<() => void>();
    const byTls = options.challenge === "tls-alpn-01";
    return {
      current: () => this.#served.get(name)?.pair ?? {},
      names: () => options.domains,
      notAfter: () => this.#served.get(name)?.notAfter ?? null,
      onChange: (listener) => {
        own.add(listener);
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      ...(byTls ? { challenges: () => this.#state.challenges[name] ?? NONE } : {}),
      close: () => {
        for (const listener of own) this.#listeners.delete(listener);
      },
    };
  }
}

const NONE: readonly ChallengeCertificate[] = [];

/** Publishes to the listeners of this process. */
export function putOn(board: AcmeBoard): (state: AcmeState) => Promise<void> {
  return async (state) => board.put(state);
}
