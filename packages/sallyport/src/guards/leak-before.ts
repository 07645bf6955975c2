import type { LeakText } from "./leak-detector.ts";

/** As far as a name or a word before a value is looked for, bytes. */
const MAX_BYTES = 40;

/** What stands shortly before a value, in lower case: the name of its field, or the words of a sentence. */
export function textBefore(text: LeakText, start: number): string {
  return text.part(Math.max(0, start - MAX_BYTES), start).toLowerCase();
}

// What such a thing is called, and what may stand between its name and the number.
const NAMED =
  /(?:order|invoice|track|parcel|shipment|imei|imsi|iccid|ean|isbn|upc|gtin|sku|serial|barcode|phone|mobile|fax|nonce|snowflake|cursor|timestamp|epoch)[a-z_ -]{0,14}[\\"'`:#=()[ .+-]{0,8}$/;
const NUMBERED =
  /(?:(?<!pa)ids?|_at|(?:^|[^a-z])(?:ts|seq|ref|seed|time|tel|offset|version|build|uuid))[\\"'`:#=()[ .+-]{1,8}$/;
const PAYMENT = /(?:card|pan|payment|visa|master|amex|debit|credit|cc)[a-z_ -]{0,16}[\\"'`:#=()[ .-]{0,8}$/;

/** Whether what stands before a number calls it something that is no payment card, such as an order or a time. */
export function isNamedOtherwise(text: LeakText, start: number): boolean {
  const before = textBefore(text, start);
  return (NAMED.test(before) || NUMBERED.test(before)) && !PAYMENT.test(before);
}

/** Whether what stands before calls it a version. */
export function isVersion(text: LeakText, start: number): boolean {
  return /(?:version|release|build|firmware|(?:^|[^a-z])v)[\\"'`:#=( .-]{0,8}$/.test(textBefore(text, start));
}
