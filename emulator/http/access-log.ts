import type { IncomingMessage } from 'node:http';
import type { CallEnd } from './tally.ts';

/** One line a call for people: when, where, what, how it ended. */
export type AccessLog = (line: string) => void;

export function accessLine(
  now: number,
  region: string,
  operation: string,
  end: CallEnd,
  { method, url, headers }: IncomingMessage,
): string {
  // What comes from outside must not write lines of its own.
  const clean = (text: string): string => text.replaceAll(/[^\u0021-\u007e]/g, '?').slice(0, 200);
  const id = headers['opc-request-id'];
  return `${new Date(now).toISOString()} ${region} ${operation} ${end} ${method ?? ''} ${clean(url ?? '')} ${typeof id === 'string' ? clean(id) : '-'}`;
}
