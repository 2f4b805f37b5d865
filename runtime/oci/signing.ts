import type { HttpRequest } from 'oci-common';

import type { Clock } from '../clock.ts';
import type { EventListener } from '../events.ts';
import type { Auth } from './auth/index.ts';
import { wordsOf } from './foreign-text.ts';
import { headerOf, httpTime, type Deadline, type Reply } from './http/exchange.ts';

/** The service refuses what is signed more than 5 minutes off; below a minute, a 401 has another reason. */
const TOLERANCE_MS = 60_000;

/** What one signature was made with: what a 401 to it is compared with. */
export interface Signed {
  readonly type: 'signed';
  readonly skewMs: number;
  /** The `keyId` of the signature: which user and key, or which session token. */
  readonly keyId: string;
}

type Signing = Signed | { readonly type: 'failed'; readonly detail: string } | { readonly type: 'aborted' };

/** What the signer made of a request without a body. */
interface SharedSignature {
  /** All that it covers: what is the same has the same signature (RSA PKCS#1 v1.5 has no chance in it). */
  readonly covers: string;
  readonly made: Promise<Headers>;
  /** Once it is made. */
  headers: Headers | undefined;
}

/** Signs the calls to one region, by its clock. */
export class RequestSigner {
  readonly #region: string;
  readonly #auth: Auth;
  readonly #clock: Clock;
  readonly #emit: EventListener;
  /** How far the region's clock is ahead of ours, in ms, learnt from the `Date` header of a 401 (C3). */
  #skewMs = 0;
  #shared: SharedSignature | undefined;

  constructor(options: { name: string; auth: Auth; clock: Clock; emit: EventListener }) {
    this.#region = options.name;
    this.#auth = options.auth;
    this.#clock = options.clock;
    this.#emit = options.emit;
  }

  /** Signs in place. No token to sign with (an instance principal's, say) is this machine's trouble. Never rejects. */
  async sign(request: HttpRequest, excludeBody: boolean, deadline: Deadline): Promise<Signing> {
    const skewMs = this.#skewMs;
    const date = new Date(this.#clock.wall() + skewMs).toUTCString();
    // The signing library adds `date` of its own when it is missing; the service prefers `x-date`, which is signed.
    request.headers.set('date', date);
    request.headers.set('x-date', date);
    const shared = excludeBody ? this.#sharedFor(request, date) : undefined;
    if (shared?.headers !== undefined) {
      copyTo(request, shared.headers);
      return { type: 'signed', skewMs, keyId: keyIdOf(request) };
    }
    const signing = await this.#within(deadline, async () => {
      if (shared === undefined) await this.#auth.sign(request, false);
      else copyTo(request, await shared.made);
    });
    const { identity } = this.#auth;
    switch (signing.type) {
      case 'done':
        return { type: 'signed', skewMs, keyId: keyIdOf(request) };
      case 'aborted':
        return signing;
      case 'late':
        return { type: 'failed', detail: `${identity} took longer than ${deadline.limitMs} ms to sign` };
      case 'failed':
        return { type: 'failed', detail: `${identity} cannot sign: ${wordsOf(signing.error)}` };
    }
  }

  /**
   * Whether a call that was answered with 401 may be signed and sent again: the region's clock shows that ours is wrong (C3),
   * or there are newer credentials than those that it was signed with (C6, C16). Each of the two once per call.
   */
  async mayGoAgain(refusal: Reply, used: Signed, tried: Set<string>, deadline: Deadline): Promise<boolean> {
    if (!tried.has('clock') && this.#corrected(headerOf(refusal, 'date'), used.skewMs)) {
      tried.add('clock');
      return true;
    }
    if (tried.has('credentials')) return false;
    tried.add('credentials');
    const renewal = await this.#within(deadline, () => this.#auth.renew(used.keyId));
    if (renewal.type !== 'done' || !renewal.value) return false; // when it fails, the 401 says enough
    this.#shared = undefined;
    return true;
  }

  /**
   * Of calls whose bodies are not signed (PutMessages), those with the same date share one signature: dates have a grain of one
   * second, and a signature takes longer than the rest of a call. Its request has nothing but what is signed.
   */
  #sharedFor({ method, uri }: HttpRequest, date: string): SharedSignature {
    const covers = `${method} ${uri} ${date}`;
    if (this.#shared?.covers === covers) return this.#shared;
    const headers = new Headers({ date, 'x-date': date });
    const made = this.#auth.sign({ method, uri, headers }, true).then(() => headers);
    const shared: SharedSignature = { covers, made, headers: undefined };
    this.#shared = shared;
    made.then(
      () => void (shared.headers = headers),
      () => {
        // The next call tries again.
        if (this.#shared === shared) this.#shared = undefined;
      },
    );
    return shared;
  }

  #corrected(date: string | undefined, usedMs: number): boolean {
    const offMs = (httpTime(date) ?? Number.NaN) - (this.#clock.wall() + this.#skewMs);
    if (Math.abs(offMs) > TOLERANCE_MS) {
      this.#skewMs += offMs;
      this.#emit({ type: 'clock-corrected', region: this.#region, byMs: offMs });
    }
    return this.#skewMs !== usedMs; // also when another call has learnt it meanwhile
  }

  /** Runs a task that has no time limit of its own: it may ask the metadata service of an instance, say. Never rejects. */
  #within<T>({ dueAt, signal }: Deadline, task: () => Promise<T>): Promise<Ended<T>> {
    return new Promise((resolve) => {
      const onAbort = (): void => end({ type: 'aborted' });
      const cancel = this.#clock.after(Math.max(0, dueAt - this.#clock.now()), () => end({ type: 'late' }));
      const end = (ended: Ended<T>): void => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
        resolve(ended);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      void endOf(task).then(end);
    });
  }
}

async function endOf<T>(task: () => Promise<T>): Promise<Ended<T>> {
  try {
    return { type: 'done', value: await task() };
  } catch (error) {
    return { type: 'failed', error };
  }
}

type Ended<T> =
  | { readonly type: 'done'; readonly value: T }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'late' }
  | { readonly type: 'aborted' };

function copyTo(request: HttpRequest, headers: Headers): void {
  for (const [name, value] of headers) request.headers.set(name, value);
}

function keyIdOf({ headers }: HttpRequest): string {
  return /keyId="([^"]*)"/.exec(headers.get('authorization') ?? '')?.[1] ?? '';
}
