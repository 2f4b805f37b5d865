import { randomUUID } from 'node:crypto';

import type { HttpRequest } from 'oci-common';

import type { Clock } from '../clock.ts';
import type { CallFailure } from '../core/index.ts';
import type { EventListener } from '../events.ts';
import type { Auth } from './auth/index.ts';
import { within, type Deadline } from './http/deadline.ts';
import { headerOf, httpTime, type Reply } from './http/exchange.ts';

/** The service refuses what is signed more than 5 minutes off; below a minute, a 401 has another reason. */
const TOLERANCE_MS = 60_000;

/** A request as the SDK composed it, signed, and without its body. */
export interface SignedHead {
  readonly type: 'signed';
  readonly method: string;
  readonly origin: string;
  /** Path and query as they stand: the signature covers these very characters. */
  readonly path: string;
  /** Name, value, name, value, … */
  readonly headers: readonly string[];
  /** What a 401 to it is compared with: the correction of our clock, … */
  readonly skewMs: number;
  /** … and which user and key, or which session token, signed. */
  readonly keyId: string;
}

/** What is sent, or why nothing can be. */
export type Head = SignedHead | CallFailure;

/** What one call has tried after a 401. */
export interface TriedRemedies {
  clock: boolean;
  credentials: boolean;
}

/** What the puts of one second have in common. */
interface SharedHead {
  readonly name: string;
  readonly date: string;
  readonly making: Promise<Head>;
  /** Once it is made. */
  made: SignedHead | undefined;
}

/** Signs the calls to one region, by its clock. */
export class RequestSigner {
  readonly #region: string;
  readonly #auth: Auth;
  readonly #clock: Clock;
  readonly #emit: EventListener;
  /** How far the region's clock is ahead of ours, in ms, learnt from the `Date` header of a 401 (C3). */
  #skewMs = 0;
  #shared: SharedHead | undefined;
  /** Since 1970, by the region's clock, and as a header says it. */
  #second = Number.NaN;
  #dateOfSecond = '';

  constructor(options: { name: string; auth: Auth; clock: Clock; emit: EventListener }) {
    this.#region = options.name;
    this.#auth = options.auth;
    this.#clock = options.clock;
    this.#emit = options.emit;
  }

  /** Now, by the region's clock, as a header says it: to the second. */
  get #date(): string {
    const second = Math.floor((this.#clock.wall() + this.#skewMs) / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#dateOfSecond = new Date(second * 1_000).toUTCString();
    }
    return this.#dateOfSecond;
  }

  /** Signs in place. Rejects when there is no token to sign with (an instance principal's, say). */
  async sign(request: HttpRequest, excludeBody: boolean): Promise<SignedHead> {
    const skewMs = this.#skewMs;
    const { method, uri, headers } = request;
    const date = this.#date;
    // The signing library adds `date` of its own when it is missing; the service prefers `x-date`, which is signed.
    headers.set('date', date);
    headers.set('x-date', date);
    await this.#auth.sign(request, excludeBody);
    const { origin } = new URL(uri);
    const keyId = /keyId="([^"]*)"/.exec(headers.get('authorization') ?? '')?.[1] ?? '';
    const path = uri.slice(origin.length);
    return { type: 'signed', method, origin, path, headers: [...headers].flat(), skewMs, keyId };
  }

  /** Made by the first call of a second. What cannot be made is tried again by the next call. */
  sharedHead(name: string, make: () => Promise<Head>): Head | Promise<Head> {
    const date = this.#date;
    let shared = this.#shared;
    if (shared?.name !== name || shared.date !== date) {
      const making = make();
      const begun: SharedHead = { name, date, making, made: undefined };
      shared = begun;
      this.#shared = begun;
      const drop = (): void => {
        if (this.#shared === begun) this.#shared = undefined;
      };
      making.then((head) => {
        if (head.type === 'signed') begun.made = head;
        else drop();
      }, drop);
    }
    return shared.made === undefined ? shared.making.then(withOwnId) : withOwnId(shared.made);
  }

  /**
   * Whether a call that was answered with 401 may be signed and sent again: the region's clock shows that ours is wrong (C3),
   * or there are newer credentials than those that it was signed with (C6, C16). Each of the two once per call.
   */
  async mayGoAgain(
    refusal: Reply,
    used: SignedHead,
    tried: TriedRemedies,
    deadline: Deadline,
  ): Promise<boolean> {
    if (!tried.clock && this.#corrected(headerOf(refusal, 'date'), used.skewMs)) {
      tried.clock = true;
      return true;
    }
    if (tried.credentials) return false;
    tried.credentials = true;
    const renewal = await within(this.#clock, deadline, () => this.#auth.renew(used.keyId));
    const isRenewed = renewal.type === 'done' && renewal.value; // when it fails, the 401 says enough
    // A corrected clock makes another date, and so another head; credentials do not.
    if (isRenewed) this.#shared = undefined;
    return isRenewed;
  }

  #corrected(date: string | undefined, usedMs: number): boolean {
    const offMs = (httpTime(date) ?? Number.NaN) - (this.#clock.wall() + this.#skewMs);
    if (Math.abs(offMs) > TOLERANCE_MS) {
      this.#skewMs += offMs;
      this.#emit({ type: 'clock-corrected', region: this.#region, byMs: offMs });
    }
    return this.#skewMs !== usedMs; // also when another call has learnt it meanwhile
  }
}

const REQUEST_ID = 'opc-request-id';

/** In the form of the SDK's own ids. Each call has one, for Oracle's support; it is not signed. */
function withOwnId(head: Head): Head {
  if (head.type !== 'signed') return head;
  const headers = head.headers.slice();
  headers[headers.indexOf(REQUEST_ID) + 1] = randomUUID().replace('-', '').toUpperCase();
  return { ...head, headers };
}
