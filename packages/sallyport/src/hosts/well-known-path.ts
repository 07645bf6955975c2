/** What the gate itself serves on every listener stands under this path, and never goes to an application. */
export const WELL_KNOWN_PREFIX = "/.sallyport/";
