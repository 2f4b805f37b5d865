/** How a call to a region failed, as plain facts. `failure-kind.ts` decides what they mean. */
export type CallFailure =
  /** The region answered with an error status. */
  | {
      readonly type: 'status';
      readonly status: number;
      /** The service's code, such as `NotAuthenticated`; empty when the body held none. */
      readonly code: string;
      readonly message: string;
      /** The raw `Retry-After` header. No Oracle SDK reads it, and it is not documented that Streaming sends it. */
      readonly retryAfter?: string;
      /** The `Date` header: the server's clock. */
      readonly date?: string;
      /** The `opc-request-id` header; Oracle's support needs it. */
      readonly requestId?: string;
      /** The `Location` header of a 3xx, which is never followed. */
      readonly location?: string;
    }
  /** A success status whose body could not be understood (truncated, HTML, wrong shape): the outcome is unknown. */
  | { readonly type: 'unreadable'; readonly status: number; readonly start: string }
  /** No answer in time, after the request was (perhaps partly) written. */
  | { readonly type: 'timeout'; readonly afterMs: number }
  /** The connection ended after the request was (perhaps partly) written. */
  | { readonly type: 'reset'; readonly detail: string }
  /** The request was never sent. */
  | {
      readonly type: 'unreachable';
      readonly reason: 'refused' | 'dns' | 'tls' | 'connect-timeout' | 'network';
      readonly detail: string;
    }
  /** This machine could not make the call: EMFILE, ENOBUFS, … */
  | { readonly type: 'local'; readonly detail: string }
  /** Nothing was signed or sent: the endpoint is not trusted, or the request cannot be composed. */
  | { readonly type: 'misconfigured'; readonly detail: string }
  /**
   * The caller's signal aborted. `written`: part of the request may have been sent, so the region may have handled it.
   */
  | { readonly type: 'aborted'; readonly written: boolean };

const UNREACHABLE_WORDS = {
  refused: 'connection refused',
  dns: 'name does not resolve',
  tls: 'TLS handshake failed',
  'connect-timeout': 'no connection in time',
  network: 'network unreachable',
} as const;

/** The failure in a few words, as in `Attempt 1 failed: 500. Retrying...`. */
export function inShort(failure: CallFailure): string {
  switch (failure.type) {
    case 'status':
      return String(failure.status);
    case 'unreadable':
      return `unreadable answer (${failure.status})`;
    case 'timeout':
      return `no answer in ${failure.afterMs} ms`;
    case 'reset':
      return 'connection lost';
    case 'unreachable':
      return UNREACHABLE_WORDS[failure.reason];
    case 'local':
      return `this machine: ${failure.detail}`;
    case 'misconfigured':
      return `configuration: ${failure.detail}`;
    case 'aborted':
      return 'cancelled by the caller';
  }
}
