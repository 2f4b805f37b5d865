import type { Context, Reply } from '../../../emulator/operations/operation.ts';
import { perform } from '../../../emulator/operations/perform.ts';
import { findRoute } from '../../../emulator/operations/routes.ts';
import {
  DEFAULT_RULES,
  newRegion,
  type RegionRules,
  type RegionState,
} from '../../../emulator/state/region-state.ts';
import { seededRandom } from '../../../emulator/index.ts';

interface Asking {
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly context?: Partial<Context>;
}

/** A region without HTTP, in a time of its own. */
export class Service {
  readonly region: RegionState;
  now = Date.parse('2026-11-23T12:00:00Z');
  readonly #random = seededRandom(1);

  constructor(rules: Partial<RegionRules> = {}) {
    this.region = newRegion('sa-saopaulo-1', 'http://sa-saopaulo-1', { ...DEFAULT_RULES, ...rules });
  }

  /** The reply, whatever it is. `path` is below `/20180418`. */
  ask(method: string, path: string, { query = {}, body, headers = {}, context = {} }: Asking = {}): Reply {
    const full = {
      region: this.region,
      now: this.now,
      random: this.#random,
      placementRandom: this.#random,
      ...context,
    };
    return perform(full, findRoute(method, `/20180418${path}`), { query, body, headers });
  }

  /** The body of a reply that has to be a 2xx. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read into it
  get(method: string, path: string, asking?: Asking): any {
    const reply = this.ask(method, path, asking);
    if (reply.status >= 300) throw new Error(`${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  /** The id of an ACTIVE stream. */
  stream(details: object = {}): string {
    const body = { name: 'orders', partitions: 1, compartmentId: 'ocid1.compartment.oc1..a', ...details };
    return this.get('POST', '/streams', { body }).id;
  }

  put(streamId: string, values: readonly string[], key?: string) {
    const messages = values.map((value) => ({
      key: key === undefined ? null : base64(key),
      value: base64(value),
    }));
    return this.get('POST', `/streams/${streamId}/messages`, { body: { messages } });
  }

  cursor(streamId: string, details: object): string {
    return this.get('POST', `/streams/${streamId}/cursors`, { body: { partition: '0', ...details } }).value;
  }

  groupCursor(streamId: string, details: object = {}): string {
    const body = { groupName: 'g', type: 'TRIM_HORIZON', instanceName: 'one', ...details };
    return this.get('POST', `/streams/${streamId}/groupCursors`, { body }).value;
  }

  read(streamId: string, cursor: string, limit?: number) {
    const query = { cursor, ...(limit === undefined ? {} : { limit: String(limit) }) };
    const reply = this.ask('GET', `/streams/${streamId}/messages`, { query });
    const messages =
      reply.status === 200 ? (reply.body as { value: string; partition: string; offset: number }[]) : [];
    return {
      reply,
      values: messages.map(({ value }) => Buffer.from(value, 'base64').toString()),
      messages,
      next: reply.headers?.['opc-next-cursor'] ?? '',
    };
  }

  commit(streamId: string, cursor: string): Reply {
    return this.ask('POST', `/streams/${streamId}/commit`, { query: { cursor } });
  }

  heartbeat(streamId: string, cursor: string): string {
    return this.get('POST', `/streams/${streamId}/heartbeat`, { query: { cursor } }).value;
  }

  group(streamId: string) {
    return this.get('GET', `/streams/${streamId}/groups/g`);
  }
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

export function refused(status: number, code: string, message?: string) {
  return { status, body: { code, ...(message === undefined ? {} : { message }) } };
}
