import type { AdminDesk, DeskAnswer } from "../src/hosts/admin/admin-desk.ts";

const off: DeskAnswer<never> = { ok: false, status: 409, problem: "this gate keeps no journal" };

/** The desk of a gate without a journal. */
export const emptyDesk: AdminDesk = {
  status: async () => off,
  search: async () => off,
  conversation: async () => off,
  export: async () => off,
  verify: async () => off,
  observed: async () => off,
  backTest: async () => off,
  backTestState: () => null,
  cancelBackTest: () => false,
};
