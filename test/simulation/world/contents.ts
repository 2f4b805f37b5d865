/** The message in a value as it is on the wire: in envelope mode a CloudEvent, read here by other code than the product's. */
export class Contents {
  readonly #isEnveloped: boolean;
  readonly #known = new Map<string, string>();

  constructor(isEnveloped: boolean) {
    this.#isEnveloped = isEnveloped;
  }

  /** Base64 to base64. */
  of(wire: string): string {
    if (!this.#isEnveloped) return wire;
    let content = this.#known.get(wire);
    if (content === undefined) {
      const { data } = JSON.parse(Buffer.from(wire, 'base64').toString()) as { data: string };
      this.#known.set(wire, (content = Buffer.from(data).toString('base64')));
    }
    return content;
  }
}
