import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

interface WorkRequest {
  readonly status: string;
  readonly timeFinished?: string | null;
  readonly resources: readonly { entityType: string; actionType: string; identifier: string }[];
}

/** Milliseconds between two looks at a work request, and how long one may take. */
const pollMs = 50;
const patienceMs = 60_000;

/** Answers after which the real provider tries again, by status, and for how long (ms): 400 and a refused connection fail at once. */
const triedAgain: ReadonlySet<number> = new Set([409, 429, 500, 502, 503, 504]);
export const realRetryMs = 120_000;
/** Milliseconds before the second attempt; doubled after each, to a limit. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;

const noRegion =
  'The stand-in for the oci provider needs oci_streaming.StreamAdminClient=http://127.0.0.1:<port> in CLIENT_HOST_OVERRIDES. Set CLIENT_HOST_OVERRIDES_<REGION> for each region of the stack.';

/** The admin plane of one region over HTTP, asked as the real provider asks it (oci-streaming-facts.md, 1.3). */
export class AdminPlane {
  readonly #base: string | undefined;
  readonly #retryMs: number;

  /**
   * @param base `http://127.0.0.1:<port>`, without a path; undefined where no region was named: calls then fail
   * @param retryMs how long a call is tried again
   */
  constructor(base: string | undefined, retryMs: number) {
    this.#base = base === undefined ? undefined : `${base}/20180418`;
    this.#retryMs = retryMs;
  }

  /** @throws Error in the service's words unless it is answered by 2xx or, where `absent` allows it, 404 */
  async call(
    method: string,
    path: string,
    body?: unknown,
    absent: 'fails' | 'allowed' = 'fails',
  ): Promise<Answer> {
    if (this.#base === undefined) throw new Error(noRegion);
    const until = Date.now() + this.#retryMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const response = await this.#fetch(path, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isFine = response.ok || (response.status === 404 && absent === 'allowed');
      if (isFine) {
        const { status, headers } = response;
        return { status, headers, body: text === '' ? undefined : JSON.parse(text) };
      }
      if (!triedAgain.has(response.status) || Date.now() + pauseMs > until) {
        throw new Error(`${response.status} from ${method} ${this.#base}${path}: ${text}`);
      }
      await sleep(pauseMs);
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#base + path, init);
    } catch (error) {
      const because =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Error(`No answer from ${init.method} ${this.#base}${path}: ${because}`, { cause: error });
    }
  }

  /** Waits for the work request of a change and tells what it was about. The real provider cannot do without one. */
  async settle(
    answer: Answer,
    action: 'CREATED' | 'UPDATED' | 'DELETED',
    kind: 'stream' | 'streampool' = 'stream',
  ): Promise<string> {
    const id = answer.headers.get('opc-work-request-id');
    if (id === null) throw new Error('The answer to a change has no opc-work-request-id.');
    const until = Date.now() + patienceMs;
    while (Date.now() < until) {
      const request = (await this.call('GET', `/workRequests/${encodeURIComponent(id)}`)).body as WorkRequest;
      if (request.timeFinished) return this.#subject(id, request, action, kind);
      await sleep(pollMs);
    }
    throw new Error(`The work request ${id} did not end within ${patienceMs / 1000} s.`);
  }

  async #subject(id: string, request: WorkRequest, action: string, kind: string): Promise<string> {
    if (request.status !== 'SUCCEEDED') {
      const errors = await this.call('GET', `/workRequests/${encodeURIComponent(id)}/errors`);
      throw new Error(`The work request ${id} is ${request.status}: ${JSON.stringify(errors.body)}`);
    }
    const about = request.resources.find(
      (resource) =>
        resource.entityType.toLowerCase().replace('_', '') === kind && resource.actionType === action,
    );
    if (!about) throw new Error(`The work request ${id} names no ${kind} that was ${action}.`);
    return about.identifier;
  }
}
