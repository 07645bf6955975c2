interface Handled {
  readonly handler: (event: Event) => unknown;
  readonly listener: (event: Event) => void;
}

const handlers = new WeakMap<EventTarget, Map<string, Handled>>();

function setHandler(target: EventTarget, type: string, handler: unknown): void {
  const own = handlers.get(target) ?? new Map<string, Handled>();
  handlers.set(target, own);
  const before = own.get(type);
  if (before !== undefined) target.removeEventListener(type, before.listener);
  own.delete(type);
  if (typeof handler !== "function") return;
  const listener = (event: Event): void => handler.call(target, event);
  own.set(type, { handler: handler as Handled["handler"], listener });
  target.addEventListener(type, listener);
}

/** Gives a prototype the properties `onopen` and so on, as the platform's own targets have them: anything but a function is `null`. */
export function defineHandlerProperties(prototype: EventTarget, types: readonly string[]): void {
  for (const type of types) {
    Object.defineProperty(prototype, `on${type}`, {
      configurable: true,
      enumerable: true,
      get(this: EventTarget) {
        return handlers.get(this)?.get(type)?.handler ?? null;
      },
      set(this: EventTarget, handler: unknown) {
        setHandler(this, type, handler);
      },
    });
  }
}
