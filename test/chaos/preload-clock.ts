// Loaded before a gateway: its wall clock is so many milliseconds ahead as the address of this module says (`?60000`).
const aheadMs = Number(new URL(import.meta.url).search.slice(1));
const RealDate = Date;
const now = (): number => RealDate.now() + aheadMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, words, newTarget): Date => {
    const made: unknown = Reflect.construct(target, words.length === 0 ? [now()] : words, newTarget);
    if (!(made instanceof RealDate)) throw new TypeError("not a date");
    return made;
  },
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === "now" ? now : (Reflect.get(target, name, receiver) as unknown)),
});
