import type { StreamAdminClient, StreamClient } from 'oci-streaming';

import { realmOfOcid, type AddressTrust } from '../core/index.ts';
import type { Answer, CallOptions, Region, StreamRef, StreamState } from '../region.ts';
import type { Environment, Settings } from '../settings/index.ts';
import { Caller, failed, type CallerOptions, type Operation } from './call.ts';
import { printable, wordsOf } from './foreign-text.ts';
import { readProxies, type Proxies } from './http/proxies.ts';
import type { Lookup } from './http/resolver.ts';
import { getMessages } from './get-messages.ts';
import {
  consumerCommit,
  consumerHeartbeat,
  createCursor,
  createGroupCursor,
  getGroup,
  updateGroup,
} from './message-calls.ts';
import { putMessages } from './put-messages.ts';
import type { Sdk } from './sdk.ts';
import { createStream, getStream, listStreams, newestWorkRequest } from './stream-calls.ts';

export interface RegionOptions extends CallerOptions {
  readonly settings: CallerOptions['settings'] & Pick<Settings, 'compartmentId' | 'primaryStreamOcid'>;
  /** Names the proxies; `process.env` when absent. */
  readonly environment?: Environment | undefined;
  /** In place of `dns.lookup`. */
  readonly lookup?: Lookup | undefined;
}

/** A name has one stream per pool and a record of each that was deleted in 90 days; 50 in a page. */
const MAX_PAGES = 20;

/** What the calls to one region go through. */
interface Client {
  readonly sdk: Sdk;
  readonly caller: Caller;
  close(): Promise<void>;
}

/**
 * A region over HTTP, by the official clients. No connection is opened and no SDK loaded before the first call.
 * @throws HaError `CONFIG`: a proxy that the environment names cannot be one. Afterwards nothing throws or rejects.
 */
export function openRegion(options: RegionOptions): Region {
  const { name, settings, clock } = options;
  const proxies = readProxies(options.environment ?? process.env);
  const trust: AddressTrust = {
    region: name,
    endpoints: settings.endpoints,
    realm: realmOfOcid(settings.compartmentId) ?? realmOfOcid(settings.primaryStreamOcid),
  };
  let opening: Promise<Client> | undefined;
  let closing: Promise<void> | undefined;
  let underWay = 0;
  /** Resolves when the region is closing and no call is under way. */
  const idle = Promise.withResolvers<void>();

  /** Runs a call while the region is open; closing waits for it. Never rejects. */
  function open<R>(
    signal: AbortSignal | undefined,
    call: (client: Client) => Promise<Answer<R>>,
  ): Promise<Answer<R>> {
    if (closing !== undefined) {
      return Promise.resolve(failed({ type: 'local', detail: `the connections to ${name} are closed` }));
    }
    if (signal?.aborted === true) return Promise.resolve(failed({ type: 'aborted', written: false }));
    opening ??= openClient(options, proxies);
    underWay++;
    const end = (answer: Answer<R>): Answer<R> => {
      underWay--;
      if (underWay === 0 && closing !== undefined) idle.resolve();
      return answer;
    };
    return opening.then(call).then(end, (error: unknown) => {
      // Only a fault of this installation comes here, such as a module that cannot be loaded.
      return end(failed({ type: 'local', detail: printable(wordsOf(error)) }));
    });
  }

  /** A call to the messages endpoint of a stream. */
  function data<A, R>(
    { region, endpoint }: StreamRef,
    operation: Operation<StreamClient, A, R>,
    limits: CallOptions | undefined,
  ): Promise<Answer<R>> {
    if (region !== name) {
      const detail = `a stream of ${region} cannot be reached through ${name}`;
      return Promise.resolve(failed({ type: 'misconfigured', detail }));
    }
    return open(limits?.signal, ({ caller, sdk }) => caller.call(endpoint, sdk.data, operation, limits));
  }

  /** A call to the region's control plane. */
  function admin<A, R>(
    operation: Operation<StreamAdminClient, A, R>,
    limits: CallOptions | undefined,
  ): Promise<Answer<R>> {
    return open(limits?.signal, ({ caller, sdk }) => {
      const endpoint = settings.endpoints[name] ?? sdk.adminEndpoint(name);
      return caller.call(endpoint, sdk.admin, operation, limits);
    });
  }

  /** All pages, within the time of one call. */
  async function streamsNamed(
    where: { compartmentId: string; name: string },
    { signal, timeoutMs = settings.requestTimeoutMs }: CallOptions = {},
  ): Promise<Answer<StreamState[]>> {
    const dueAt = clock.now() + timeoutMs;
    const found: StreamState[] = [];
    const seen = new Set<string>();
    let page: string | undefined;
    for (;;) {
      const limits = { signal, timeoutMs: Math.max(1, Math.ceil(dueAt - clock.now())) };
      const answer = await admin(listStreams(where, page, trust), limits);
      if (!answer.ok) return answer;
      found.push(...answer.value.streams);
      page = answer.value.next;
      if (page === undefined) return { ok: true, value: found };
      if (seen.has(page)) return endless('go round');
      if (seen.size + 1 === MAX_PAGES) return endless(`do not end (given up after ${MAX_PAGES})`);
      seen.add(page);
    }
  }

  function endless(what: string): Answer<never> {
    return failed({ type: 'unreadable', status: 200, start: `the pages of ListStreams in ${name} ${what}` });
  }

  async function close(): Promise<void> {
    if (underWay > 0) await idle.promise;
    try {
      await (await opening)?.close();
    } catch {
      // Nothing was opened, or nothing is left to close.
    }
  }

  return {
    name,
    put: (stream, messages, limits) => data(stream, putMessages(stream.ocid, messages), limits),
    groupCursor: (stream, group, limits) => data(stream, createGroupCursor(stream.ocid, group), limits),
    read: (stream, cursor, limits) => data(stream, getMessages(stream.ocid, cursor, limits), limits),
    commit: (stream, cursor, limits) => data(stream, consumerCommit(stream.ocid, cursor), limits),
    heartbeat: (stream, cursor, limits) => data(stream, consumerHeartbeat(stream.ocid, cursor), limits),
    group: (stream, group, limits) => data(stream, getGroup(stream.ocid, group), limits),
    partitionCursor: (stream, partition, from, limits) =>
      data(stream, createCursor(stream.ocid, partition, from), limits),
    resetGroup: (stream, group, to, limits) => data(stream, updateGroup(stream.ocid, group, to), limits),
    stream: (ocid, limits) => admin(getStream(ocid, trust), limits),
    streamsNamed,
    createStream: (wanted, limits) => admin(createStream(wanted, trust), limits),
    async workRequestStatus({ compartmentId, ocid }, limits) {
      const answer = await admin(newestWorkRequest(compartmentId, ocid), limits);
      return answer.ok ? { ok: true, value: answer.value ?? undefined } : answer;
    },
    close: () => (closing ??= close()),
  };
}

/** Loads the SDK and undici (150 and 60 ms) at the first call, so that `--help` stays quick. */
async function openClient(options: RegionOptions, proxies: Proxies): Promise<Client> {
  const [{ loadSdk }, http] = await Promise.all([import('./sdk.ts'), import('./http/connections.ts')]);
  const sdk = await loadSdk();
  const { settings, clock, lookup } = options;
  const connections = http.openConnections({ limitMs: settings.requestTimeoutMs, clock, proxies, lookup });
  return { sdk, caller: new Caller(options, connections), close: () => connections.close() };
}
