import { type RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Whether the keyboard is nowhere in particular: where a page begins, or at the head of a view. Whoever has gone on stays where they are. */
export function isAtHead(): boolean {
  const { activeElement } = document;
  return activeElement === null || activeElement.matches("body, main, h1");
}

/** Leads whoever followed a link to something in a view there. Answers what has to be put to its element, which can have the focus. */
export function useLandmark<Kind extends HTMLElement>(isMeant: boolean): RefObject<Kind | null> {
  const element = useRef<Kind>(null);
  useLayoutEffect(() => {
    if (isMeant && isAtHead()) element.current?.focus();
  }, [isMeant]);
  return element;
}
