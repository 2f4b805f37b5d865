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

/** Signs the calls to one region, by its clock. */
export class RequestSigner {
  readonly #region: string;
  readonly #auth: Auth;
  readonly #clock: Clock;
  readonly #emit: EventListener;
  /** How far the region's clock is ahead of ours, in ms, learnt from the `Date` header of a 401 (C3). */
  #skewMs = 0;

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
    const signing = await this.#within(deadline, () => this.#auth.sign(request, excludeBody));
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
    return renewal.type === 'done' && renewal.value; // when it fails, the 401 says enough
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

function keyIdOf({ headers }: HttpRequest): string {
  return /keyId="([^"]*)"/.exec(headers.get('authorization') ?? '')?.[1] ?? '';
}
