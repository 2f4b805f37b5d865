/** What the control listener answers. */
export type ControlReply =
  | { readonly contentType: string; readonly body: string }
  | { readonly contentType: string; readonly lines: Iterable<unknown> };

export function json(value: unknown): ControlReply {
  return { contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

export function text(contentType: string, body: string): ControlReply {
  return { contentType, body };
}

/** One line of JSON each. */
export function lines(values: Iterable<unknown>): ControlReply {
  return { contentType: 'application/x-ndjson', lines: values };
}

/** Something that was asked of the control listener and cannot be: answered with a status and one line. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
