// What the page asks the chat by plain HTTP: who is there, logging in and out.

/** Asks; never rejects. `status` is 0 where there was no answer. */
async function ask(path, init) {
  const answer = await fetch(path, init).catch(() => null);
  const body = (await answer?.json().catch(() => null)) ?? {};
  return { ok: answer?.ok === true, status: answer?.status ?? 0, body };
}

/** Posts JSON, which no form of another site can send. */
export function post(path, body) {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Whom the chat takes this browser for: `null` for nobody, `undefined` where it does not answer. */
export async function whoIsHere() {
  const { ok, body } = await ask("/me");
  return ok ? body.me : undefined;
}
