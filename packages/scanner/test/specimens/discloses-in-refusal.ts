import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const page = (text: string): string => `HTTP/1.1 500 Error\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
const telling = (text: string) => ({
  start: () =>
    startNaive({ answer: (request: string) => (request.startsWith("GET /%zz") ? page(text) : undefined) }),
});

/** What discloses-in-refusal is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a page with a stack of Node": telling(
      "URIError: URI malformed\n    at decodeURIComponent (<anonymous>)\n    at route (/srv/app/server.js:12:5)",
    ),
    "a page with a stack of Python": telling(
      'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in route',
    ),
    "a page with a stack of Java": telling("at com.example.Chat.open(Chat.java:42)"),
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
    "a page that says what is wrong": telling("Bad request: look at the path at /docs, line by line"),
  },
};
