import type { LookupAddress } from 'node:dns';

import { describe, expect, it, vi } from 'vitest';

import { startEmulator } from '../../../emulator/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { failureOf, valueFrom } from './fixtures/answers.ts';
import { encoded } from './fixtures/encoded.ts';
import { openTestRegion, REGION } from './fixtures/open-test-region.ts';
import { rawServer } from './fixtures/raw-server.ts';

describe('A8: a region that takes connections and never answers', () => {
  it('A8: ends the attempt at the request time-out, a second later for each 256 KiB', async () => {
    await using server = await rawServer();
    const clock = new VirtualClock();
    await using test = openTestRegion(server.origin, { clock, requestTimeoutMs: 2_000 });
    const small = failureOf(test.region.put(test.stream, [encoded(null, 'x')], {}));
    const first = await server.asked();
    await clock.pass(2_000);
    expect(await small).toEqual({ type: 'timeout', afterMs: 2_000 });
    await first.closed;

    const large = failureOf(test.region.put(test.stream, [encoded(null, 'x'.repeat(600 * 1024))], {}));
    const second = await server.asked();
    await clock.pass(5_000);
    expect(await large).toEqual({ type: 'timeout', afterMs: 5_000 });
    await second.closed;
  });

  it('A8: ends sooner when the caller says so, or goes away', async () => {
    await using server = await rawServer();
    const clock = new VirtualClock();
    await using test = openTestRegion(server.origin, { clock, requestTimeoutMs: 2_000 });
    const probe = failureOf(test.region.put(test.stream, [], { timeoutMs: 300 }));
    await server.asked();
    await clock.pass(300);
    expect(await probe).toEqual({ type: 'timeout', afterMs: 300 });

    const controller = new AbortController();
    const given = test.region.read(test.stream, 'c', { limit: 1, signal: controller.signal });
    await server.asked();
    controller.abort(new Error('closing'));
    expect(await failureOf(given)).toEqual({ type: 'aborted', written: true });
  });
});

it('INV-12, A8: calls that hang in one region keep no call from the other one', async () => {
  await using hanging = await rawServer();
  await using answering = await startEmulator({ signatures: 'ignored' });
  const clock = new VirtualClock();
  await using one = openTestRegion(hanging.origin, { clock, requestTimeoutMs: 2_000 });
  await using other = openTestRegion(answering.regions[REGION] ?? '', { clock, requestTimeoutMs: 2_000 });
  const calls = Array.from({ length: 300 }, () =>
    failureOf(one.region.put(one.stream, [encoded(null, 'x')], {})),
  );
  await hanging.asked();
  const failure = await failureOf(other.region.put(other.stream, [encoded(null, 'x')], {}));
  expect(failure).toMatchObject({ type: 'status', status: 404 });
  await clock.pass(60_000);
  for (const call of calls) expect(await call).toMatchObject({ type: 'timeout' });
});

it('B15: all pages of a listing have the time of one call together', async () => {
  await using server = await rawServer();
  const clock = new VirtualClock();
  await using test = openTestRegion(server.origin, { clock, requestTimeoutMs: 2_000 });
  const failure = failureOf(test.region.streamsNamed({ compartmentId: 'c', name: 'n' }));
  const { socket } = await server.asked();
  await clock.pass(1_500);
  socket.write('HTTP/1.1 200 OK\r\nopc-next-page: p\r\ncontent-length: 2\r\n\r\n[]');
  await server.asked();
  await clock.pass(500);
  expect(await failure).toEqual({ type: 'timeout', afterMs: 500 });
});

describe('A21: a region whose name takes long to resolve', () => {
  const hanging = () => {
    const ended: ((code?: string) => void)[] = [];
    const lookup = (
      hostname: string,
      done: (error: Error | null, addresses: LookupAddress[]) => void,
    ): void => {
      ended.push((code) => {
        if (code === undefined) done(null, [{ address: '127.0.0.1', family: 4 }]);
        else done(Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), { code }), []);
      });
    };
    return { ended, lookup };
  };
  const named = (origin: string): string => origin.replace('127.0.0.1', 'region.example');

  it('A21: has one lookup under way, and its calls fail as never sent, in time', async () => {
    await using server = await rawServer();
    const clock = new VirtualClock();
    const { ended, lookup } = hanging();
    await using test = openTestRegion(named(server.origin), { clock, requestTimeoutMs: 2_000, lookup });
    for (let round = 0; round < 3; round++) {
      const all = Array.from({ length: 64 }, () => failureOf(test.region.put(test.stream, [], {})));
      await vi.waitFor(() => expect(ended).toHaveLength(1), { interval: 1 });
      await clock.pass(1_500);
      for (const failure of await Promise.all(all)) {
        expect(failure).toEqual({
          type: 'unreachable',
          reason: 'dns',
          detail: 'DNS_TIMEOUT: region.example does not resolve in 1500 ms',
        });
      }
    }
    expect(ended).toHaveLength(1);
    ended[0]!('EAI_AGAIN');
    const last = failureOf(test.region.put(test.stream, [], {}));
    await vi.waitFor(() => expect(ended).toHaveLength(2), { interval: 1 });
    ended[1]!('ENOTFOUND');
    expect(await last).toMatchObject({ type: 'unreachable', reason: 'dns' });
  });

  it('A21: is reached by its last known addresses while the name fails or hangs', async () => {
    await using server = await rawServer();
    const clock = new VirtualClock();
    const { ended, lookup } = hanging();
    await using test = openTestRegion(named(server.origin), { clock, requestTimeoutMs: 2_000, lookup });
    const put = async (number: number, end: () => Promise<void> | void): Promise<void> => {
      const value = valueFrom(test.region.put(test.stream, [], {}));
      await vi.waitFor(() => expect(ended).toHaveLength(number), { interval: 1 });
      await end();
      const { socket } = await server.asked();
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 14\r\n\r\n{"entries":[]}');
      expect(await value).toEqual([]);
    };
    await put(1, () => ended[0]!());
    await put(2, () => ended[1]!('EAI_AGAIN'));
    await put(3, () => clock.pass(500));
    await put(3, () => clock.pass(0));
  });
});
