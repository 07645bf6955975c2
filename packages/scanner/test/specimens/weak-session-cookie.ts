import type { Specimen } from "../specimen.ts";
import { rightHead, startNaive } from "../start-naive.ts";

const setting = (cookie: string) => ({
  start: () =>
    startNaive({ head: (_: string, accept: string) => [...rightHead(accept), `Set-Cookie: ${cookie}`] }),
});

/** What weak-session-cookie is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a cookie that scripts read": setting("session=abcdefgh; Path=/"),
    "a cookie for every site": setting("sid=abcdefgh; HttpOnly; Secure; SameSite=None"),
  },
  clean: {
    "a cookie as it should be": setting("sid=abcdefgh; HttpOnly; Secure; SameSite=Lax; Path=/"),
    "a cookie that is no session": setting("theme=dark; Path=/"),
  },
};
