import type { CallFailure } from '../../core/index.ts';
import { printable } from './printable.ts';

type UnreachableReason = Extract<CallFailure, { type: 'unreachable' }>['reason'];

/** Codes of Node's sockets that say more than "the connection broke". */
const REASONS: Readonly<Record<string, UnreachableReason | 'local'>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  CONNECT_TIMEOUT: 'connect-timeout',
  ETIMEDOUT: 'connect-timeout',
  EHOSTUNREACH: 'network',
  ENETUNREACH: 'network',
  ENETDOWN: 'network',
  EHOSTDOWN: 'network',
  EPROTO: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  // This machine is out of something, or forbids it: no evidence against the region (C12).
  EMFILE: 'local',
  ENFILE: 'local',
  ENOBUFS: 'local',
  ENOMEM: 'local',
  EADDRNOTAVAIL: 'local',
  EACCES: 'local',
  EPERM: 'local',
  // Closed by us, with calls still to come.
  UND_ERR_CLOSED: 'local',
  UND_ERR_DESTROYED: 'local',
};

/** OpenSSL's verdicts on a certificate (`CERT_HAS_EXPIRED`, …) and Node's (`ERR_TLS_CERT_ALTNAME_INVALID`). */
const TLS = /^(CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/;

/**
 * What a broken exchange means. `written`: something of the request may have left this machine, so that it may have been
 * handled. Before that, nothing was sent and a message cannot be stored.
 */
export function networkFailure(error: unknown, written: boolean): CallFailure {
  const { code, message } = factsOf(error);
  const detail = printable(code === '' || message.includes(code) ? message : `${code}: ${message}`);
  if (written) return { type: 'reset', detail };
  const reason = REASONS[code] ?? (TLS.test(code) || /\b(TLS|SSL)\b/.test(message) ? 'tls' : 'network');
  return reason === 'local' ? { type: 'local', detail } : { type: 'unreachable', reason, detail };
}

/** Whether an idle connection was closed under a request of which nothing was written: a new one may serve it (B11). */
export function lostBeforeWriting(error: unknown, written: boolean): boolean {
  return !written && ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(factsOf(error).code);
}

/** With several addresses Node throws an AggregateError whose own message is empty. */
function factsOf(error: unknown): { code: string; message: string } {
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown[] };
  const text = typeof message === 'string' && message !== '' ? message : '';
  if (text === '' && errors?.[0] !== undefined) return factsOf(errors[0]);
  return { code: typeof code === 'string' ? code : '', message: text === '' ? String(error) : text };
}
