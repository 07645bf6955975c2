/** What one guard's detectors found in its corpus, as a section of the page. */
export interface DetectorTable {
  /** The guard's name. */
  readonly name: string;
  /** Plays the corpus, and renders what was found as Markdown, without a heading. */
  render(): Promise<string>;
}
