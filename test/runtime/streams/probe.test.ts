import { describe, expect, test } from 'vitest';

import type { CallFailure } from '../../../runtime/core/index.ts';
import type { StreamState } from '../../../runtime/region.ts';
import { untilActive } from '../../../runtime/streams/probe.ts';
import { probe, PROBE_TIMEOUT_MS } from '../../../runtime/streams/index.ts';
import { FakeRegion, hang, refusedConnection, status } from '../../support/fake-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function world(behaviour: CallFailure | undefined): { clock: VirtualClock; region: FakeRegion } {
  const clock = new VirtualClock();
  const region = new FakeRegion('sa-saopaulo-1', clock);
  region.putBehaviour = () => behaviour;
  return { clock, region };
}

async function probed(behaviour: CallFailure | undefined): Promise<CallFailure | undefined> {
  const { clock, region } = world(behaviour);
  const stream = region.addStream('ocid1.stream.oc1.sa-saopaulo-1.x');
  const found = await clock.passUntil(probe(region, stream));
  expect(region.stored).toEqual([]);
  expect(region.probes).toBe(1);
  return found;
}

describe('G1: a probe is a put of nothing', () => {
  test.each([
    ['an answer', undefined],
    ['a 400, which refuses an empty put as such', status(400)],
  ])('G1: %s says that the region takes messages', async (_, failure) => {
    expect(await probed(failure)).toBeUndefined();
  });

  test.each([401, 403, 404, 408, 413, 429, 500, 503])('G2: %i says that it does not', async (code) => {
    expect(await probed(status(code))).toEqual(status(code));
  });

  test.each([refusedConnection, hang])('G2: %j says that it does not', async (failure) => {
    expect(await probed(failure)).toEqual(failure);
  });

  test('G1: it lasts two seconds at most', async () => {
    const { clock, region } = world({ type: 'timeout', afterMs: 60_000 });
    const stream = region.addStream('ocid1.stream.oc1.sa-saopaulo-1.x');
    const startedAt = clock.now();
    await clock.passUntil(probe(region, stream));
    expect(clock.now() - startedAt).toBe(PROBE_TIMEOUT_MS);
  });

  test('I1: it ends when its caller closes', async () => {
    const { clock, region } = world(hang);
    const stream = region.addStream('ocid1.stream.oc1.sa-saopaulo-1.x');
    const closing = new AbortController();
    const probing = probe(region, stream, { signal: closing.signal });
    closing.abort();
    expect(await clock.passUntil(probing)).toEqual({ type: 'aborted', written: true });
  });

  test('INV-11: whatever the port throws is a failure of this machine', async () => {
    const { region } = world(undefined);
    const stream = region.addStream('ocid1.stream.oc1.sa-saopaulo-1.x');
    region.put = () => Promise.reject(new Error('broken'));
    expect(await probe(region, stream)).toEqual({ type: 'local', detail: 'broken' });
  });
});

describe('D2: waiting for a new stream', () => {
  const OCID = 'ocid1.stream.oc1.sa-saopaulo-1.x';

  /** A stream that is CREATING and gets this state after `afterMs`. */
  function creating(state: StreamState['state'], afterMs: number) {
    const { clock, region } = world(undefined);
    region.addStream(OCID, { state: 'CREATING' });
    const [stream] = region.streams as [StreamState];
    clock.after(afterMs, () => region.streams.splice(0, 1, { ...stream, state }));
    const waits: number[] = [];
    const ending = new AbortController();
    const waiting = untilActive(stream, {
      region,
      clock,
      signal: ending.signal,
      onWaiting: (_, forMs) => waits.push(forMs),
    });
    return { clock, region, waiting, waits, ending };
  }

  test('D2: ends when it is ACTIVE, asked four times in the first second and then each second', async () => {
    const { clock, region, waiting, waits } = creating('ACTIVE', 2_500);
    expect(await clock.passUntil(waiting)).toMatchObject({ type: 'usable', state: { state: 'ACTIVE' } });
    expect(region.adminCalls).toHaveLength(6);
    expect(waits[0]).toBe(0);
    expect(waits.at(-1)).toBeLessThan(2_500);
  });

  test('D4: ends, unusable, when it FAILED', async () => {
    const { clock, waiting } = creating('FAILED', 100);
    expect(await clock.passUntil(waiting)).toMatchObject({ type: 'ended', state: { state: 'FAILED' } });
  });

  test('D2: goes on while the control plane fails in a way that passes', async () => {
    const { clock, region, waiting } = creating('ACTIVE', 300);
    region.adminBehaviour = (_, number) => (number < 4 ? status(503) : undefined);
    expect(await clock.passUntil(waiting)).toMatchObject({ type: 'usable' });
  });

  test('C5: ends when the control plane refuses', async () => {
    const { clock, region, waiting } = creating('ACTIVE', 300);
    region.adminBehaviour = () => status(403);
    expect(await clock.passUntil(waiting)).toEqual({ type: 'failed', failure: status(403) });
  });

  test('I1: ends when its caller closes', async () => {
    const { clock, waiting, ending } = creating('ACTIVE', 60_000);
    ending.abort();
    expect(await clock.passUntil(waiting)).toMatchObject({ type: 'failed', failure: { type: 'aborted' } });
  });
});
