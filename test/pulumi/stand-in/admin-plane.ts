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

/** The admin plane of one region over HTTP, asked as the real provider asks it (oci-streaming-facts.md, 1.3). */
export class AdminPlane {
  readonly #base: string;

  /** @param base `http://127.0.0.1:<port>`, without a path */
  constructor(base: string) {
    this.#base = `${base}/20180418`;
  }

  /** @throws Error in the service's words unless it is answered by 2xx or, where `absent` allows it, 404 */
  async call(
    method: string,
    path: string,
    body?: unknown,
    absent: 'fails' | 'allowed' = 'fails',
  ): Promise<Answer> {
    const response = await fetch(this.#base + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isFine = response.ok || (response.status === 404 && absent === 'allowed');
    if (!isFine) throw new Error(`${response.status} from ${method} ${this.#base}${path}: ${text}`);
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** Waits for the work request of a change and tells what it was about. The real provider cannot do without one. */
  async settle(answer: Answer, action: 'CREATED' | 'UPDATED' | 'DELETED'): Promise<string> {
    const id = answer.headers.get('opc-work-request-id');
    if (id === null) throw new Error('The answer to a change has no opc-work-request-id.');
    const until = Date.now() + patienceMs;
    while (Date.now() < until) {
      const request = (await this.call('GET', `/workRequests/${encodeURIComponent(id)}`)).body as WorkRequest;
      if (request.timeFinished) return this.#subject(id, request, action);
      await sleep(pollMs);
    }
    throw new Error(`The work request ${id} did not end within ${patienceMs / 1000} s.`);
  }

  async #subject(id: string, request: WorkRequest, action: string): Promise<string> {
    if (request.status !== 'SUCCEEDED') {
      const errors = await this.call('GET', `/workRequests/${encodeURIComponent(id)}/errors`);
      throw new Error(`The work request ${id} is ${request.status}: ${JSON.stringify(errors.body)}`);
    }
    const about = request.resources.find(
      (resource) => resource.entityType.toLowerCase().includes('stream') && resource.actionType === action,
    );
    if (!about) throw new Error(`The work request ${id} names no stream that was ${action}.`);
    return about.identifier;
  }
}
