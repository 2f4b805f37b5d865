import { describe, expect, test } from 'vitest';

import type { CallFailure, Role } from '../../../runtime/core/index.ts';
import { CallError } from '../../../runtime/errors.ts';
import type { LifecycleState, StreamRef } from '../../../runtime/region.ts';
import { AbsenceChecks } from '../../../runtime/streams/index.ts';
import type { Verified } from '../../../runtime/streams/verify-absence.ts';
import { FakeRegion, hang, refusedConnection, status } from '../../support/fake-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { watchSignals } from './world.ts';

const OCID = 'ocid1.stream.oc1.sa-vinhedo-1.a';

class World {
  readonly clock = new VirtualClock();
  readonly region = new FakeRegion('sa-vinhedo-1', this.clock);
  readonly stream: StreamRef;
  readonly checks = new AbsenceChecks(this.clock);
  readonly error: CallError;

  constructor(state: LifecycleState = 'ACTIVE') {
    this.stream = this.region.addStream(OCID, { state });
    this.error = new CallError({ region: 'sa-vinhedo-1', operation: 'PutMessages' }, status(404));
  }

  verify(role: Role = 'secondary', stream = this.stream): Promise<Verified> {
    const { signal } = new AbortController();
    const asked = { role, region: this.region, stream };
    return this.clock.passUntil(this.checks.verify(asked, this.error, signal));
  }
}

describe('C5: what a 404 of the messages endpoint means', () => {
  test.each(['CREATING', 'UPDATING', 'UNKNOWN'] as const)('D13: %s: not yet', async (state) => {
    const world = new World(state);
    expect(await world.verify('secondary')).toEqual({ type: 'not-yet' });
    expect(await world.verify('primary')).toEqual({ type: 'not-yet' });
  });

  test.each<CallFailure>([status(503), status(429), hang, refusedConnection])(
    'A17: the control plane cannot be asked just now (%j): not yet',
    async (failure) => {
      const world = new World();
      world.region.adminBehaviour = () => failure;
      expect(await world.verify()).toEqual({ type: 'not-yet' });
    },
  );

  test.each(['FAILED', 'DELETING', 'DELETED'] as const)(
    'D15: a secondary that is %s is gone',
    async (state) => {
      expect(await new World(state).verify('secondary')).toEqual({ type: 'gone' });
    },
  );

  test('D15: so is one that the control plane does not know', async () => {
    const world = new World();
    world.region.streams.length = 0;
    expect(await world.verify('secondary')).toEqual({ type: 'gone' });
  });

  test.each(['FAILED', 'DELETING', 'DELETED'] as const)(
    'C5: a primary that is %s is lost: only a person may make another',
    async (state) => {
      const world = new World(state);
      const verified = await world.verify('primary');
      expect(verified).toMatchObject({
        type: 'lost',
        error: { code: 'NOT_AUTHORIZED_OR_NOT_FOUND', cause: world.error },
      });
      expect(verified.type === 'lost' && verified.error.message).toBe(
        `The message is not stored: stream ${OCID} in sa-vinhedo-1 cannot be written to: its state is ${state}. ` +
          'Check primaryStreamOcid (pulumi stack output primaryStreamOcid) and the policies read streams and use stream-push.',
      );
    },
  );

  test('C5: so is one that the control plane does not know', async () => {
    const world = new World();
    world.region.streams.length = 0;
    expect(await world.verify('primary')).toMatchObject({
      type: 'lost',
      error: { message: expect.stringContaining('the control plane does not know it') as string },
    });
  });

  test.each(['primary', 'secondary'] as const)(
    'C5, C17: a %s that is ACTIVE: this user may not write to it, or not yet',
    async (role) => {
      const verified = await new World().verify(role);
      expect(verified).toMatchObject({
        type: 'refused',
        error: {
          code: 'NOT_AUTHORIZED_OR_NOT_FOUND',
          message: expect.stringContaining(
            'Add the policy: Allow group <group> to use stream-push',
          ) as string,
        },
      });
    },
  );

  test.each([401, 403, 400])('C5: the control plane answers %i: it cannot tell why', async (code) => {
    const world = new World();
    world.region.adminBehaviour = () => status(code);
    for (const role of ['primary', 'secondary'] as const) {
      await world.clock.pass(500);
      expect(await world.verify(role)).toMatchObject({
        type: 'refused',
        error: { message: expect.stringContaining('the control plane cannot tell why') as string },
      });
    }
  });
});

test('I1: the call ends when its caller closes', async () => {
  const world = new World();
  const given = watchSignals(world.region);
  const { signal } = new AbortController();
  const asked = { role: 'secondary', region: world.region, stream: world.stream } as const;
  await world.clock.passUntil(world.checks.verify(asked, world.error, signal));
  expect(given).toEqual([['stream', signal]]);
});

describe('D15: lanes fail together, and the control plane takes five calls a second', () => {
  const OTHER_OCID = 'ocid1.stream.oc1.sa-vinhedo-1.b';

  test('D15: an answer is shared for half a second', async () => {
    const world = new World('DELETED');
    const { signal } = new AbortController();
    const asked = { role: 'secondary', region: world.region, stream: world.stream } as const;
    const all = Array.from({ length: 64 }, () => world.checks.verify(asked, world.error, signal));
    const answers = await world.clock.passUntil(Promise.all(all));
    expect(answers.every(({ type }) => type === 'gone')).toBe(true);
    expect(world.region.adminCalls).toEqual(['GetStream']);
    await world.clock.pass(494);
    await world.verify();
    expect(world.region.adminCalls).toHaveLength(1);
    await world.clock.pass(1);
    await world.verify();
    expect(world.region.adminCalls).toHaveLength(2);
  });

  test('D15: a stream that was made anew is asked about by itself', async () => {
    const world = new World('DELETED');
    expect(await world.verify()).toEqual({ type: 'gone' });
    const other = world.region.addStream(OTHER_OCID, { state: 'CREATING' });
    expect(await world.verify('secondary', other)).toEqual({ type: 'not-yet' });
  });

  test('D15: the two regions do not share answers', async () => {
    const world = new World('DELETED');
    expect(await world.verify('secondary')).toEqual({ type: 'gone' });
    expect(await world.verify('primary')).toMatchObject({ type: 'lost' });
    expect(await world.verify('secondary')).toEqual({ type: 'gone' });
    expect(world.region.adminCalls).toHaveLength(2);
  });
});
