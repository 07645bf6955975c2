import type { ScanSettings } from "../src/scan-settings.ts";
import type { Target } from "../src/target.ts";

/** A server that a check is tried on. */
export interface SpecimenServer {
  /** Where it is: `ws:` or `wss:`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** One set-up of a server, and how it is scanned. */
export interface Scene {
  readonly start: () => Promise<SpecimenServer>;
  /** Settings that differ from those of every test; a function is asked when the server is there. */
  readonly settings?: Partial<ScanSettings> | ((server: SpecimenServer) => Promise<Partial<ScanSettings>>);
  /** What the scan takes the target for, such as another name than that of loopback. */
  readonly target?: Partial<Target>;
  /** Query of the URL that is scanned. */
  readonly query?: string;
}

/**
 * What a check is proven on, in `specimens/<id>.ts`: it has to find its fault in every vulnerable scene, and to pass in every clean one.
 * Scenes are named in words.
 */
export interface Specimen {
  readonly vulnerable: Readonly<Record<string, Scene>>;
  readonly clean: Readonly<Record<string, Scene>>;
}
