import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../support/virtual-clock.ts';
import { failureOf } from './fixtures/answers.ts';
import { encoded } from './fixtures/encoded.ts';
import { openTestRegion } from './fixtures/open-test-region.ts';
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
