import type { Specimen } from "../specimen.ts";
import { isKnown, ticketScene } from "../start-tickets.ts";

/** What accepts-missing-ticket is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a server that takes the cookie as well": ticketScene({ admits: isKnown }) },
  clean: { "a server that asks for a ticket": ticketScene() },
};
