/** An answer of the control listener: one text, or lines of JSON. */
export type ControlReply =
  | { readonly contentType: string; readonly body: string }
  | { readonly contentType: string; readonly lines: Iterable<unknown> };

export function json(value: unknown): ControlReply {
  return { contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

export function text(contentType: string, body: string): ControlReply {
  return { contentType, body };
}

/** One line of JSON for each value. */
export function lines(values: Iterable<unknown>): ControlReply {
  return { contentType: 'application/x-ndjson', lines: values };
}

/** A request that the control listener refuses: a status, and one line that says why. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
