import { createHash, verify, type KeyObject } from 'node:crypto';

/** A signed call as it was received. */
export interface SignedCall {
  readonly method: string;
  /** Path and query exactly as sent, because they are signed. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  /** Only the signature of PutMessages may omit the body. */
  readonly bodyIsOptional: boolean;
}

interface Authorization {
  readonly keyId: string;
  readonly algorithm: string;
  /** The names of the signed headers, in lower case, in signing order. */
  readonly headers: readonly string[];
  readonly signature: string;
}

/** The call's signature is missing or wrong. The message says why, in one sentence. */
export class NotAuthenticated extends Error {}

/** `Signature version="1",keyId="…",…`. The order of the parameters differs between SDKs. */
export function parseAuthorization(header: unknown): Authorization {
  if (typeof header !== 'string') {
    throw new NotAuthenticated('The required information to complete authentication was not provided.');
  }
  const [scheme, rest] = [header.slice(0, 10), header.slice(10)];
  if (scheme.toLowerCase() !== 'signature ')
    throw new NotAuthenticated('The authorization scheme is not Signature.');
  const given = new Map([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
  const parameter = (name: string): string => {
    const value = given.get(name);
    if (value === undefined) throw new NotAuthenticated(`The authorization header has no ${name}.`);
    return value;
  };
  if ((given.get('version') ?? '1') !== '1') throw new NotAuthenticated('The signature version is not 1.');
  return {
    keyId: parameter('keyId'),
    algorithm: parameter('algorithm'),
    headers: parameter('headers').toLowerCase().split(' '),
    signature: parameter('signature'),
  };
}

const MAX_SKEW_MS = 5 * 60_000;
const BODY_HEADERS = ['content-length', 'content-type', 'x-content-sha256'];

/** Throws `NotAuthenticated` unless `key` signed all required headers, and the date is within 5 minutes of `now`. */
export function verifySignature(
  call: SignedCall,
  authorization: Authorization,
  key: KeyObject,
  now: number,
): void {
  if (authorization.algorithm !== 'rsa-sha256')
    throw new NotAuthenticated('The algorithm is not rsa-sha256.');
  const signed = new Set(authorization.headers);
  const withBody = ['POST', 'PUT', 'PATCH'].includes(call.method) && !call.bodyIsOptional;
  for (const name of ['(request-target)', 'host', ...(withBody ? BODY_HEADERS : [])]) {
    if (!signed.has(name)) throw new NotAuthenticated(`The header ${name} has to be signed.`);
  }
  const dateHeader = call.headers['x-date'] === undefined ? 'date' : 'x-date';
  if (!signed.has(dateHeader)) throw new NotAuthenticated('The header date or x-date has to be signed.');
  checkDate(headerOf(call, dateHeader), now);
  if (signed.has('x-content-sha256')) checkBody(call);

  const signature = Buffer.from(authorization.signature, 'base64');
  const text = authorization.headers.map((name) => `${name}: ${signedValue(call, name)}`).join('\n');
  if (!verify('sha256', Buffer.from(text), key, signature)) {
    throw new NotAuthenticated('Failed to verify the HTTP(S) Signature');
  }
}

function signedValue(call: SignedCall, name: string): string {
  return name === '(request-target)' ? `${call.method.toLowerCase()} ${call.target}` : headerOf(call, name);
}

function headerOf(call: SignedCall, name: string): string {
  const value = call.headers[name];
  if (typeof value !== 'string') throw new NotAuthenticated(`The signed header ${name} is missing.`);
  return value;
}

function checkDate(date: string, now: number): void {
  const time = Date.parse(date);
  if (Math.abs(time - now) <= MAX_SKEW_MS) return;
  // The service's text, `UTC` included, according to two logs of 2021 and 2023.
  const utc = (ms: number): string => new Date(ms).toUTCString().replace('GMT', 'UTC');
  throw new NotAuthenticated(
    `Date '${Number.isNaN(time) ? date : utc(time)}' is not within allowed clock skew. Current '${utc(now)}', ` +
      `valid datetime range: ['${utc(now - MAX_SKEW_MS)}', '${utc(now + MAX_SKEW_MS)}']`,
  );
}

function checkBody(call: SignedCall): void {
  if (createHash('sha256').update(call.body).digest('base64') !== headerOf(call, 'x-content-sha256')) {
    throw new NotAuthenticated('The x-content-sha256 does not match the body.');
  }
}
