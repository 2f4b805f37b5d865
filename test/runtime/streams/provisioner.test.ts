import { describe, expect, test } from 'vitest';

import { remedyFor } from '../../../runtime/streams/index.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { refusedConnection, status } from '../../support/fake-region.ts';
import { COMPARTMENT, ocid, SecondaryWorld, watchSignals } from './world.ts';

const located = (name: string): object => ({
  type: 'located',
  stream: streamRef('sa-vinhedo-1', ocid(name)),
});

describe('D1: the secondary is absent', () => {
  test('D1: it is made as the primary is, marked, and waited for', async () => {
    const world = new SecondaryWorld();
    world.region.createDelayMs = 12_000;
    const answer = await world.locate();
    expect(world.region.streams).toMatchObject([
      {
        name: 'OCI-SECONDARY-STREAM',
        partitions: 3,
        retentionInHours: 48,
        compartmentId: COMPARTMENT,
        state: 'ACTIVE',
        tags: { 'created-by': 'oci-streaming-ha', 'stands-in-for': 'ocid1.stream.oc1.sa-saopaulo-1.p' },
      },
    ]);
    expect(answer).toEqual(located('made0'));
    expect(world.eventTypes).toEqual([
      'secondary-absent',
      'secondary-awaited',
      'secondary-awaited',
      'secondary-awaited',
      'secondary-created',
    ]);
    expect(world.eventsOf('secondary-absent')).toEqual([
      { type: 'secondary-absent', region: 'sa-vinhedo-1', name: 'OCI-SECONDARY-STREAM' },
    ]);
    expect(world.eventsOf('secondary-created')[0]?.stream.ocid).toBe(ocid('made0'));
    expect(world.elapsedMs).toBeLessThan(13_100);
  });

  test('D1: one that is ACTIVE at once is told as made, with nothing between', async () => {
    const world = new SecondaryWorld();
    await world.locate();
    expect(world.eventTypes).toEqual(['secondary-absent', 'secondary-created']);
  });

  test('C20: what the primary is like cannot be asked: a guess, which is told', async () => {
    const world = new SecondaryWorld();
    world.shape = {
      partitions: 5,
      retentionInHours: 24,
      compartmentId: COMPARTMENT,
      primaryOcid: 'unknown',
      isKnown: false,
    };
    await world.locate();
    expect(world.region.streams).toMatchObject([{ partitions: 5, retentionInHours: 24 }]);
    expect(world.eventsOf('warning')).toMatchObject([
      { code: 'secondary-guessed', message: expect.stringMatching(/gets 5, and 24 h/) as string },
    ]);
  });

  test('D1: nothing is warned of when it is known', async () => {
    const world = new SecondaryWorld();
    await world.locate();
    expect(world.eventsOf('warning')).toEqual([]);
  });

  test('C19: without a compartment nothing is asked or made, and what to give is said', async () => {
    const world = new SecondaryWorld();
    world.shape = { problem: 'the compartment for a secondary is not known: give `compartmentId`' };
    const answer = await world.locate();
    expect(answer).toEqual({
      type: 'not-located',
      problem: 'No secondary stream: the compartment for a secondary is not known: give `compartmentId`',
      unreachable: false,
      retryInMs: 10_000,
    });
    expect(world.region.adminCalls).toEqual([]);
    expect(world.eventsOf('provision-failed')).toMatchObject([
      { region: 'sa-vinhedo-1', retryInMs: 10_000, error: { code: 'PROVISION' } },
    ]);
  });
});

describe('D2: the secondary is there', () => {
  test.each(['ACTIVE', 'UPDATING'] as const)(
    'D2: %s: it is adopted, without a create call',
    async (state) => {
      const world = new SecondaryWorld();
      world.region.addStream(ocid('a'), { partitions: 3, retentionInHours: 48, state });
      expect(await world.locate()).toEqual(located('a'));
      expect(world.calls('CreateStream')).toBe(0);
      expect(world.events).toEqual([
        { type: 'secondary-adopted', stream: streamRef('sa-vinhedo-1', ocid('a')), warnings: [] },
      ]);
    },
  );

  test('A17: it is adopted as the listing shows it when GetStream fails', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { partitions: 3 });
    world.region.adminBehaviour = (operation) => (operation === 'GetStream' ? status(503) : undefined);
    expect(await world.locate()).toEqual(located('a'));
  });
});

describe('D3: the secondary is CREATING', () => {
  test('D3: it is waited for, and told every 5 s', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { state: 'CREATING' });
    world.clock.after(60_000, () => world.change('a', 'ACTIVE'));
    expect(await world.locate()).toEqual(located('a'));
    expect(world.elapsedMs).toBeGreaterThanOrEqual(60_000);
    expect(world.elapsedMs).toBeLessThan(62_000);
    expect(world.calls('CreateStream')).toBe(0);
    const told = world.eventsOf('secondary-awaited');
    expect(told[0]).toEqual({
      type: 'secondary-awaited',
      region: 'sa-vinhedo-1',
      ocid: ocid('a'),
      state: 'CREATING',
      forMs: 0,
    });
    const gaps = told.slice(1).map(({ forMs }, index) => forMs - (told[index]?.forMs ?? 0));
    expect(gaps.length).toBeGreaterThanOrEqual(9);
    for (const gap of gaps) expect(gap >= 5_000 && gap < 6_100).toBe(true);
    expect(world.eventTypes.at(-1)).toBe('secondary-adopted');
  });

  test('D3: it is asked about four times in the first second, then each second', async () => {
    const world = new SecondaryWorld();
    world.region.latencyMs = 0;
    world.region.addStream(ocid('a'), { state: 'CREATING' });
    const searching = world.provisioner.locate(undefined, world.closing.signal);
    const asked: number[] = [];
    for (const ms of [49, 1, 199, 1, 249, 1, 499, 1, 999, 1, 1_000]) {
      await world.clock.pass(ms);
      asked.push(world.calls('GetStream'));
    }
    expect(asked).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6]);
    world.change('a', 'ACTIVE');
    await world.clock.passUntil(searching);
  });

  test('D10: a control plane that fails meanwhile does not end the wait; a refusal does', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { state: 'CREATING' });
    world.region.adminBehaviour = (operation, number) =>
      operation === 'GetStream' && number < 8 ? status(500) : undefined;
    world.clock.after(10_000, () => world.change('a', 'ACTIVE'));
    expect(await world.locate()).toEqual(located('a'));

    const refusing = new SecondaryWorld();
    refusing.region.addStream(ocid('a'), { state: 'CREATING' });
    refusing.region.adminBehaviour = (operation) => (operation === 'GetStream' ? status(403) : undefined);
    expect(await refusing.locate()).toMatchObject({
      type: 'not-located',
      problem: expect.stringContaining('GetStream') as string,
      retryInMs: 10_000,
    });
  });

  test('D3: an unknown state is waited for as well', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { state: 'CREATING' });
    world.clock.after(100, () => world.change('a', 'UNKNOWN'));
    world.clock.after(5_000, () => world.change('a', 'ACTIVE'));
    expect(await world.locate()).toEqual(located('a'));
    expect(world.elapsedMs).toBeGreaterThanOrEqual(5_000);
  });

  test.each(['FAILED', 'DELETED', 'DELETING'] as const)(
    'D5: one that ends %s instead of ACTIVE is no secondary: the next try makes another',
    async (state) => {
      const world = new SecondaryWorld();
      world.region.addStream(ocid('a'), { state: 'CREATING' });
      world.clock.after(3_000, () => world.change('a', state));
      const answer = await world.locate();
      expect(answer).toMatchObject({
        type: 'not-located',
        problem: `No secondary stream: stream ${ocid('a')} in sa-vinhedo-1 ended ${state} instead of ACTIVE`,
        unreachable: false,
      });
      expect(answer.type === 'not-located' && answer.retryInMs).toBeLessThanOrEqual(250);
      expect((await world.locateUntilFound()).at(-1)).toEqual(located('made1'));
    },
  );
});

describe('D4: stuck in CREATING for 10 minutes', () => {
  test('D4: each minute an event with what the control plane says of its making; it is still waited for', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { state: 'CREATING' });
    world.region.workRequest = 'IN_PROGRESS';
    world.clock.after(330_000, () => {
      world.region.workRequest = 'FAILED';
    });
    world.clock.after(600_500, () => world.change('a', 'ACTIVE'));
    expect(await world.locate()).toEqual(located('a'));
    const stuck = world.eventsOf('secondary-stuck');
    expect(stuck).toHaveLength(10);
    stuck.forEach((event, index) => {
      expect(event).toMatchObject({
        region: 'sa-vinhedo-1',
        stream: ocid('a'),
        state: 'CREATING',
        workRequest: index < 5 ? 'IN_PROGRESS' : 'FAILED',
      });
      expect(event.forMs).toBeGreaterThanOrEqual((index + 1) * 60_000);
      expect(event.forMs).toBeLessThan((index + 1) * 60_000 + 1_100);
    });
  });

  test.each([
    ['there is no work request', undefined, undefined, 'none is known'],
    ['it cannot be asked', status(503), 'IN_PROGRESS', 'it cannot be asked'],
  ])('D4: %s, which is said', async (_, failure, workRequest, words) => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { state: 'CREATING' });
    world.region.workRequest = workRequest;
    world.region.adminBehaviour = (operation) => (operation === 'ListWorkRequests' ? failure : undefined);
    world.clock.after(61_500, () => world.change('a', 'ACTIVE'));
    await world.locate();
    expect(world.eventsOf('secondary-stuck')).toMatchObject([{ workRequest: words }]);
  });

  test('I1: closing ends the wait, and says nothing more', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { state: 'CREATING' });
    const searching = world.provisioner.locate(undefined, world.closing.signal);
    await world.clock.pass(3_000);
    const calls = world.region.adminCalls.length;
    world.closing.abort(new Error('closed'));
    expect(await world.clock.passUntil(searching)).toMatchObject({ type: 'not-located' });
    expect(world.region.adminCalls).toHaveLength(calls);
    expect(world.clock.now()).toBe(world.startedAt + 3_000);
    expect(world.eventsOf('provision-failed')).toEqual([]);
  });
});

describe('D5: a stream of that name has ended', () => {
  test.each(['FAILED', 'DELETING', 'DELETED'] as const)('D5: %s: another is made', async (state) => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { state });
    expect(await world.locate()).toEqual(located('made1'));
    expect(world.calls('CreateStream')).toBe(1);
  });
});

describe('D6: the answer to the create is lost', () => {
  test('D6: the stream is found by the next try, and not made twice', async () => {
    const world = new SecondaryWorld();
    world.region.adminBehaviour = (operation, number) =>
      operation === 'CreateStream' && number === 1 ? { type: 'reset', detail: 'ECONNRESET' } : undefined;
    const answers = await world.locateUntilFound();
    expect(answers).toMatchObject([{ type: 'not-located' }, located('made0')]);
    expect(world.region.streams).toHaveLength(1);
    expect(world.calls('CreateStream')).toBe(1);
    expect(world.elapsedMs).toBeLessThan(1_000);
  });
});

describe('D7: several processes at the same instant', () => {
  test('D7: a create that loses the race (409) adopts the stream of the winner within two seconds', async () => {
    const world = new SecondaryWorld();
    world.region.adminBehaviour = (operation, number) => {
      if (operation === 'CreateStream' && number === 1) world.region.addStream(ocid('winner'));
      return undefined;
    };
    const answers = await world.locateUntilFound();
    expect(answers.at(-1)).toEqual(located('winner'));
    expect(world.eventTypes).toContain('secondary-adopted');
    expect(world.elapsedMs).toBeLessThan(2_000);
  });

  test('D7: 64 of them make one stream, and all of them find it', async () => {
    const world = new SecondaryWorld();
    const found = Array.from({ length: 64 }, async () => {
      const provisioner = world.another();
      for (;;) {
        const answer = await provisioner.locate(undefined, world.closing.signal);
        if (answer.type === 'located') return answer.stream.ocid;
        await world.clock.sleep(answer.retryInMs);
      }
    });
    const all = await world.clock.passUntil(Promise.all(found));
    expect(new Set(all).size).toBe(1);
    expect(world.region.streams).toHaveLength(1);
    expect(world.elapsedMs).toBeLessThan(2_000);
  });

  test('D7: in one process, all who ask at once share one search', async () => {
    const world = new SecondaryWorld();
    const { signal } = world.closing;
    const all = [1, 2, 3].map(() => world.provisioner.locate(undefined, signal));
    const found = await world.clock.passUntil(Promise.all(all));
    expect(found).toEqual([located('made0'), located('made0'), located('made0')]);
    expect(world.region.adminCalls).toEqual(['ListStreams', 'CreateStream']);
  });

  test('D15: a search that has ended is not the answer to a later one', async () => {
    const world = new SecondaryWorld();
    await world.locate();
    world.change('made0', 'DELETED');
    expect(await world.locate()).toEqual(located('made1'));
  });
});

describe('D8: two ACTIVE streams of the name', () => {
  test('D8: the recorded OCID wins, and the other one is told of', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'));
    world.region.addStream(ocid('b'), { partitions: 3, retentionInHours: 48 });
    expect(await world.locate(ocid('b'))).toEqual(located('b'));
    expect(world.eventsOf('secondary-adopted')[0]?.warnings).toEqual([
      `another ACTIVE stream of that name is not used: ${ocid('a')}`,
    ]);
  });

  test('D8: else the smallest, and never a DELETED one', async () => {
    const world = new SecondaryWorld();
    for (const name of ['c', 'b']) world.region.addStream(ocid(name));
    world.region.addStream(ocid('a'), { state: 'DELETED' });
    expect(await world.locate(ocid('a'))).toEqual(located('b'));
  });

  test('D8: streams of other names are nobody', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { name: 'ANOTHER' });
    expect(await world.locate()).toEqual(located('made1'));
  });
});

const create = (failure: ReturnType<typeof status>, times: number) => (operation: string, number: number) =>
  operation === 'CreateStream' && number <= times ? failure : undefined;

describe('D9: the secondary may not be made', () => {
  test.each([
    ['limit exceeded', status(400, { code: 'LimitExceeded' }), 'Ask for more partitions in sa-vinhedo-1'],
    ['quota exceeded', status(400, { code: 'QuotaExceeded' }), 'Ask for more partitions in sa-vinhedo-1'],
    ['not authorised', status(404, { code: 'NotAuthorizedOrNotFound' }), 'manage streams'],
    ['forbidden', status(403), 'Is the tenancy subscribed to sa-vinhedo-1?'],
    ['not subscribed', status(401), 'Is the tenancy subscribed to sa-vinhedo-1?'],
  ])('D9: %s: an error with the remedy, tried again each minute', async (_, failure, remedy) => {
    const world = new SecondaryWorld();
    world.region.adminBehaviour = create(failure, 2);
    const answers = await world.locateUntilFound();
    expect(answers).toHaveLength(3);
    expect(answers.at(-1)?.type).toBe('located');
    for (const answer of answers.slice(0, 2))
      expect(answer).toMatchObject({ unreachable: false, retryInMs: 60_000 });
    for (const event of world.eventsOf('provision-failed')) {
      expect(event.error).toMatchObject({ code: 'PROVISION', cause: { failure } });
      expect(event.error.message).toContain(remedy);
      expect(event.error.message).toMatch(/^No secondary stream: /);
    }
    expect(world.elapsedMs).toBeGreaterThanOrEqual(120_000);
  });

  test.each([
    ['D9: a listing that is refused is asked for again after ten seconds', status(404), 10_000],
    ['D9: also for a 401', status(401), 10_000],
  ])('%s', async (_, failure, retryInMs) => {
    const world = new SecondaryWorld();
    world.region.adminBehaviour = (operation) => (operation === 'ListStreams' ? failure : undefined);
    expect(await world.locate()).toMatchObject({ type: 'not-located', retryInMs });
    expect(world.calls('CreateStream')).toBe(0);
  });

  test('D9: while another try is of no use, the latest answer holds, and no call is made', async () => {
    const world = new SecondaryWorld();
    world.region.adminBehaviour = create(status(403), 99);
    const first = await world.locate();
    const calls = world.region.adminCalls.length;
    await world.clock.pass(45_000);
    expect(await world.locate()).toEqual({ ...first, retryInMs: 15_000 });
    expect(world.region.adminCalls).toHaveLength(calls);
    expect(world.eventsOf('provision-failed')).toHaveLength(1);
    await world.clock.pass(15_000);
    await world.locate();
    expect(world.region.adminCalls.length).toBeGreaterThan(calls);
  });

  test.each([
    [status(500), ''],
    [status(400), ''],
    [status(409), ''],
    [refusedConnection, ''],
  ])('D9: %j has no remedy of its own', (failure, remedy) => {
    expect(remedyFor(failure, 'sa-vinhedo-1')).toBe(remedy);
  });
});

describe('D10: 429 or 500 while creating', () => {
  test.each([429, 500])('D10: %i: it looks again, then creates again, with backoff', async (code) => {
    const world = new SecondaryWorld();
    world.region.adminBehaviour = create(status(code), 3);
    const answers = await world.locateUntilFound();
    expect(answers).toHaveLength(4);
    expect(world.region.streams).toHaveLength(1);
    expect(world.region.adminCalls).toEqual(
      Array.from({ length: 4 }, () => ['ListStreams', 'CreateStream']).flat(),
    );
    const waits = answers.flatMap((answer) => (answer.type === 'not-located' ? [answer.retryInMs] : []));
    waits.forEach((wait, index) => expect(wait).toBeLessThanOrEqual(250 * 2 ** index));
    expect(Math.max(...waits)).toBeGreaterThan(0);
    expect(world.elapsedMs).toBeLessThan(10_000);
    for (const { error } of world.eventsOf('provision-failed')) expect(error.message).toMatch(/\S$/);
  });

  test('D10: backoff grows from failure to failure up to its cap, and begins anew after a success', async () => {
    const world = new SecondaryWorld();
    let failing = true;
    world.region.adminBehaviour = () => (failing ? status(503) : undefined);
    const waits: number[] = [];
    for (let n = 0; n < 30; n++) {
      const answer = await world.locate();
      if (answer.type === 'not-located') waits.push(answer.retryInMs);
      await world.clock.pass(5_000);
    }
    expect(waits[0]).toBeLessThanOrEqual(250);
    expect(Math.max(...waits)).toBeGreaterThan(2_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
    failing = false;
    await world.locate();
    failing = true;
    const answer = await world.locate();
    expect(answer).toMatchObject({ type: 'not-located' });
    expect(answer.type === 'not-located' && answer.retryInMs).toBeLessThanOrEqual(250);
  });

  test('C8: no connection to the control plane is told apart', async () => {
    const world = new SecondaryWorld();
    world.region.adminBehaviour = () => refusedConnection;
    expect(await world.locate()).toMatchObject({ unreachable: true });
    await world.clock.pass(10_000);
    world.region.adminBehaviour = () => status(503);
    expect(await world.locate()).toMatchObject({ unreachable: false });
  });
});

describe('D11: less than the primary has', () => {
  test('D11: fewer partitions and a shorter retention: adopted, and warned about in words', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { partitions: 1, retentionInHours: 24 });
    await world.locate();
    expect(world.eventsOf('secondary-adopted')[0]?.warnings).toEqual([
      'it has 1 partitions, the primary 3: it takes less per second',
      'it keeps messages for 24 h, the primary for 48 h',
    ]);
  });

  test('D11: more, or as much, is nothing to be warned about', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { partitions: 4, retentionInHours: 168 });
    await world.locate();
    expect(world.eventsOf('secondary-adopted')[0]?.warnings).toEqual([]);
  });

  test('D11: a retention that the control plane does not tell is no shorter one', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { partitions: 3 });
    const [listed] = world.region.streams;
    const { retentionInHours: _, ...withoutRetention } = listed!;
    world.region.streams[0] = withoutRetention;
    await world.locate();
    expect(world.eventsOf('secondary-adopted')[0]?.warnings).toEqual([]);
  });
});

describe('D17: what the control plane tells cannot be trusted', () => {
  const untrusted = {
    trusted: false,
    about: 'endpoint',
    problem: '(https://evil.example) is not a Streaming host of sa-vinhedo-1 in a domain of OCI',
  } as const;

  test('D17: a stream with such an address is refused with a sentence', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'), { address: untrusted });
    expect(await world.locate()).toEqual({
      type: 'not-located',
      problem:
        `No secondary stream: the stream ${ocid('a')} that sa-vinhedo-1 names cannot be used: ` +
        `its endpoint ${untrusted.problem}. If it is yours, name it: OCI_STREAMING_ENDPOINT_SA_VINHEDO_1=…`,
      unreachable: false,
      retryInMs: 10_000,
    });
    expect(world.eventsOf('secondary-adopted')).toEqual([]);
  });

  test('D17: an OCID that is refused has no remedy in the settings', async () => {
    const world = new SecondaryWorld();
    const address = {
      trusted: false,
      about: 'ocid',
      problem: 'is of realm oc2, and oc1 is expected',
    } as const;
    world.region.addStream(ocid('a'), { address });
    expect(await world.locate()).toMatchObject({
      problem: expect.stringMatching(/its ocid is of realm oc2, and oc1 is expected\.$/) as string,
    });
  });

  test('C19: the same problem reads the same each time that it is met', async () => {
    const world = new SecondaryWorld();
    world.region.adminBehaviour = (_, number) => status(403, { requestId: `request-${number}` });
    const problems: string[] = [];
    for (let n = 0; n < 2; n++) {
      const { problem } = await world.clock.passUntil(world.provisioner.check(world.closing.signal));
      problems.push(problem ?? '');
    }
    expect(problems[0]).toContain('403');
    expect(problems[1]).toBe(problems[0]);
  });

  test('D17: so is one that was just made', async () => {
    const world = new SecondaryWorld();
    world.region.createDelayMs = 1_000;
    world.clock.after(500, () => {
      const [made] = world.region.streams;
      world.region.streams[0] = { ...made!, address: untrusted };
    });
    const searching = world.provisioner.locate(undefined, world.closing.signal);
    await world.clock.pass(900);
    world.region.streams[0] = { ...world.region.streams[0]!, state: 'ACTIVE' };
    expect(await world.clock.passUntil(searching)).toMatchObject({ type: 'not-located' });
    expect(world.eventsOf('secondary-created')).toEqual([]);
  });
});

describe('C19: the standby is looked at before it is needed', () => {
  const check = (world: SecondaryWorld): Promise<object> =>
    world.clock.passUntil(world.provisioner.check(world.closing.signal));

  test('D16: one that is there is found, and needs no control plane later', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'));
    expect(await check(world)).toEqual({ stream: streamRef('sa-vinhedo-1', ocid('a')), problem: undefined });
  });

  test.each([
    ['none', []],
    ['one that is CREATING', ['CREATING']],
    ['one that is DELETED', ['DELETED']],
  ] as const)('C19: %s: nothing is made, and that is no problem', async (_, states) => {
    const world = new SecondaryWorld();
    for (const state of states) world.region.addStream(ocid(state), { state });
    expect(await check(world)).toEqual({ stream: undefined, problem: undefined });
    expect(world.calls('CreateStream')).toBe(0);
  });

  test.each([
    [401, 'Is the tenancy subscribed to sa-vinhedo-1?'],
    [403, 'Check the policy'],
    [404, 'Is the tenancy subscribed to sa-vinhedo-1?'],
  ])('C19: %i: a problem with its remedy', async (code, remedy) => {
    const world = new SecondaryWorld();
    world.region.adminBehaviour = () => status(code);
    expect(await check(world)).toEqual({
      stream: undefined,
      problem: expect.stringContaining(remedy) as string,
    });
  });

  test.each([status(503), status(429), refusedConnection])(
    'C19: what passes is none: %j',
    async (failure) => {
      const world = new SecondaryWorld();
      world.region.adminBehaviour = () => failure;
      expect(await check(world)).toEqual({ stream: undefined, problem: undefined });
    },
  );

  test('C19: no compartment to create it in', async () => {
    const world = new SecondaryWorld();
    world.shape = { problem: 'the compartment is not known' };
    expect(await check(world)).toEqual({ stream: undefined, problem: 'the compartment is not known' });
    expect(world.region.adminCalls).toEqual([]);
  });

  test('C19, D17: an address that cannot be trusted', async () => {
    const world = new SecondaryWorld();
    const address = { trusted: false, about: 'endpoint', problem: 'is not a web address' } as const;
    world.region.addStream(ocid('a'), { address });
    expect(await check(world)).toEqual({
      stream: undefined,
      problem: expect.stringContaining('its endpoint is not a web address') as string,
    });
  });
});

describe('I1: every call ends when its caller closes', () => {
  test('I1: of a search, a creation, a wait and what is asked of one that is stuck', async () => {
    const world = new SecondaryWorld();
    world.region.createDelayMs = 65_000;
    const given = watchSignals(world.region);
    await world.locate();
    await world.locate();
    expect(new Set(given.map(([method]) => method))).toEqual(
      new Set(['streamsNamed', 'createStream', 'stream', 'workRequestStatus']),
    );
    for (const [method, signal] of given) expect([method, signal]).toEqual([method, world.closing.signal]);
  });

  test('I1: of a look at the standby', async () => {
    const world = new SecondaryWorld();
    world.region.addStream(ocid('a'));
    const given = watchSignals(world.region);
    await world.clock.passUntil(world.provisioner.check(world.closing.signal));
    const { signal } = world.closing;
    expect(given).toEqual([
      ['streamsNamed', signal],
      ['stream', signal],
    ]);
  });
});
