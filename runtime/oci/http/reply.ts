import type { IncomingHttpHeaders } from 'node:http';

import type { CallFailure } from '../../core/index.ts';

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The connection ended, or the limit of size was reached, before the whole body was here. */
  readonly cut: boolean;
}

export type Outcome = { readonly reply: Reply } | { readonly failure: CallFailure };

/** A header of a reply; the first, when it came more than once. */
export function headerOf({ headers }: Reply, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
