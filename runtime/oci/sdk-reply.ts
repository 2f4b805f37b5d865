import { headerOf, type Reply } from './http/index.ts';

/** An answer as the SDK wants it: the few members of `Response` that it touches after a success. */
export function sdkReply(reply: Reply): Response {
  const told = {
    status: reply.status,
    headers: { get: (name: string) => headerOf(reply, name) ?? null },
    json: () => Promise.resolve(JSON.parse(reply.body.toString('utf8')) as unknown),
  };
  return told as unknown as Response;
}

/**
 * What the SDK is given when a call has failed: a 200 whose body cannot be read, for the reason that failed the call. The
 * SDK prints every other kind of failure to the console, and turns it into an object that forgets headers and causes
 * (oci-common 2.139.1, retrier.js). Reading the body comes after that, and what it throws reaches us untouched.
 */
export function failedReply(reason: unknown): Response {
  const told = {
    status: 200,
    headers: { get: () => null },
    json: () => Promise.reject(reason),
  };
  return told as unknown as Response;
}
