import { describe, expect, test } from 'vitest';

import type { RoutingEvent, RoutingState } from '../../../../runtime/core/index.ts';
import { status } from '../failures.ts';
import {
  actsIn,
  after,
  answered,
  as,
  closed,
  command,
  expectUnchanged,
  failed,
  leaseIn,
  located,
  newsIn,
  notLocated,
  onPrimary,
  onSecondary,
  P,
  probed,
  recordChanged,
  S,
  S2,
  step,
  suspectEnough,
  switching,
  T,
  usedUp,
} from './fixtures.ts';

type Cell = readonly [title: string, check: () => void];

/** What each cell of the routing table does; the other files of this folder look at each more closely. */
type Cells = Readonly<Record<RoutingState['type'], Readonly<Record<RoutingEvent['type'], Cell>>>>;

const standbyChecked = (problem: string | undefined) =>
  ({ type: 'standby-checked', stream: undefined, problem }) as const;
const gone = (role: 'primary' | 'secondary', epoch = 1) =>
  ({ type: 'stream-gone', role, epoch, ocid: (role === 'primary' ? P : S).ocid }) as const;
const trialEnded = { type: 'trial-ended', epoch: 1, role: 'primary' } as const;

/** The secondary is active, and a trial of the primary is out. */
const inTrial = (): RoutingState => {
  const ready = { ...onSecondary(), recovery: { type: 'ready' } } as const;
  const granted = step(ready, { type: 'lease-wanted' });
  expect(leaseIn(granted)).toMatchObject({ trial: true, role: 'primary' });
  return granted.state;
};

const nothing = (state: () => RoutingState, event: Parameters<typeof step>[1]) => () =>
  expectUnchanged(state(), event);

const cells: Cells = {
  'on-primary': {
    'put-answered': [
      'A12: an answer makes the active target healthier',
      () => {
        const suspect = after(onPrimary(), failed('primary'));
        expect(suspect.targets.primary.health.type).toBe('suspect');
        expect(after(suspect, answered('primary')).targets.primary.health.type).toBe('healthy');
      },
    ],
    'put-failed': [
      'A1: a failure is evidence against the active target',
      () => {
        const state = after(onPrimary(), failed('primary'));
        expect(state.targets.primary.health).toMatchObject({ type: 'suspect', evidence: { sum: 1 } });
        expect(state.targets.secondary.health.type).toBe('healthy');
      },
    ],
    'attempts-used-up': [
      'R5: with a verdict, the target is left',
      () => expect(after(suspectEnough(onPrimary()), usedUp('primary')).type).toBe('switching'),
    ],
    'stream-gone': [
      'D15: the target is left',
      () => expect(after(onPrimary(), gone('primary'))).toMatchObject({ type: 'switching', from: 'primary' }),
    ],
    'trial-ended': ['G1: there is no trial here', nothing(onPrimary, trialEnded)],
    probed: [
      'A19: a probe for the verdict is evidence',
      () => {
        const state = after(onPrimary(), probed('primary', 'verdict', status(503)));
        expect(state.targets.primary.health.type).toBe('suspect');
      },
    ],
    located: [
      'C19: a standby that was found is known',
      () => {
        const unknown = onPrimary({ streams: { primary: P, secondary: undefined } });
        expect(after(unknown, located('secondary', S)).targets.secondary.stream).toBe(S);
      },
    ],
    'not-located': [
      'C19: says nothing while the primary is well',
      nothing(onPrimary, notLocated('secondary')),
    ],
    'standby-checked': [
      'C19: a standby that cannot be used is told of',
      () =>
        expect(newsIn(step(onPrimary(), standbyChecked('not subscribed')))).toEqual([
          { type: 'standby-unusable', region: 'sa-vinhedo-1', problem: 'not subscribed' },
        ]),
    ],
    'record-changed': [
      'R7: a record that makes the other one active is followed',
      () =>
        expect(after(onPrimary(), recordChanged('secondary', S))).toMatchObject({
          type: 'switching',
          reason: { type: 'record' },
        }),
    ],
    'record-written': ['R4: nobody waits for it', nothing(onPrimary, { type: 'record-written' })],
    command: [
      'G6: failover is obeyed',
      () =>
        expect(after(onPrimary(), command('failover'))).toMatchObject({
          type: 'switching',
          reason: { type: 'operator', by: 'anna', why: 'a drill' },
        }),
    ],
    'lease-wanted': [
      'R2: a lease for the primary',
      () =>
        expect(step(onPrimary(), { type: 'lease-wanted' }).effects).toEqual([
          { type: 'grant', lease: { epoch: 1, role: 'primary', stream: P, trial: false } },
        ]),
    ],
    time: [
      'C19: the standby is looked at in its time',
      () => {
        expect(step(onPrimary(), { type: 'time', at: T + 499 })).toEqual({ state: onPrimary(), effects: [] });
        expect(step(onPrimary(), { type: 'time', at: T + 500 }).effects).toEqual([
          { type: 'check-standby', stream: S },
        ]);
      },
    ],
    closed: ['I2: is no switch', () => expect(closed()).toMatchObject({ type: 'closed', epoch: 1 })],
  },
  'on-secondary': {
    'put-answered': [
      'G1: a trial that stored something is the failback',
      () =>
        expect(after(inTrial(), answered('primary', { trial: true }))).toMatchObject({
          type: 'on-primary',
          epoch: 2,
          lastFailbackAt: T,
        }),
    ],
    'put-failed': [
      'G2: a trial that fails starts the minute again',
      () =>
        expect(after(inTrial(), failed('primary', status(503), { trial: true }))).toMatchObject({
          type: 'on-secondary',
          recovery: { type: 'healing', since: T },
        }),
    ],
    'attempts-used-up': [
      'R5: with a verdict, the secondary is left as the primary would be',
      () =>
        expect(after(suspectEnough(onSecondary()), usedUp('secondary'))).toMatchObject({
          type: 'switching',
          from: 'secondary',
        }),
    ],
    'stream-gone': [
      'D15: the target is left, and its stream is looked for',
      () => {
        const stepped = step(onSecondary(), gone('secondary'));
        expect(stepped.state).toMatchObject({
          type: 'switching',
          targets: { secondary: { stream: undefined } },
        });
        expect(actsIn(stepped)).toContainEqual({ type: 'locate', role: 'secondary' });
      },
    ],
    'trial-ended': [
      'G2: a trial without a report starts the minute again',
      () => expect(after(inTrial(), trialEnded)).toMatchObject({ recovery: { type: 'healing', since: T } }),
    ],
    probed: [
      'G1: an answer of the primary begins its recovery',
      () =>
        expect(after(onSecondary(), probed('primary', 'recovery', undefined))).toMatchObject({
          recovery: { type: 'healing', since: T },
          probeAt: T + 5_000,
        }),
    ],
    located: [
      'G1: a primary that was found is probed',
      () => {
        const unknown = onSecondary({ streams: { primary: undefined, secondary: S } });
        const stepped = step(unknown, located('primary', P));
        expect(stepped.state.targets.primary.stream).toBe(P);
        expect(stepped.effects).toEqual([{ type: 'probe', role: 'primary', stream: P, purpose: 'recovery' }]);
      },
    ],
    'not-located': [
      'G2: a primary that cannot be found is silent',
      () =>
        expect(newsIn(step(onSecondary(), notLocated('primary')))).toEqual([
          {
            type: 'probe',
            region: 'sa-saopaulo-1',
            answered: false,
            detail: 'there is none',
            phase: 'silent',
          },
        ]),
    ],
    'standby-checked': ['C19: there is no standby now', nothing(onSecondary, standbyChecked('x'))],
    'record-changed': [
      'R7: a record that makes the primary active is followed',
      () =>
        expect(after(onSecondary(), recordChanged('primary', S))).toMatchObject({
          type: 'switching',
          from: 'secondary',
          reason: { type: 'record' },
        }),
    ],
    'record-written': ['R4: nobody waits for it', nothing(onSecondary, { type: 'record-written' })],
    command: [
      'G6: failback is obeyed',
      () => expect(after(onSecondary(), command('failback'))).toMatchObject({ type: 'switching' }),
    ],
    'lease-wanted': [
      'R2: a lease for the secondary',
      () =>
        expect(leaseIn(step(onSecondary(), { type: 'lease-wanted' }))).toEqual({
          epoch: 1,
          role: 'secondary',
          stream: S,
          trial: false,
        }),
    ],
    time: [
      'G1: the primary is probed in its time',
      () => {
        expect(step(onSecondary(), { type: 'time', at: T + 4_999 })).toEqual({
          state: onSecondary(),
          effects: [],
        });
        expect(step(onSecondary(), { type: 'time', at: T + 5_000 }).effects).toEqual([
          { type: 'probe', role: 'primary', stream: P, purpose: 'recovery' },
        ]);
      },
    ],
    closed: [
      'I2: is no switch',
      () => expect(after(onSecondary(), { type: 'closed' })).toMatchObject({ type: 'closed', epoch: 1 }),
    ],
  },
  switching: {
    'put-answered': [
      'R1: a report of before changes nothing',
      nothing(switching, answered('primary', { epoch: 2 })),
    ],
    'put-failed': [
      'R1: a failure of before changes nothing',
      nothing(switching, failed('primary', status(503), { epoch: 2 })),
    ],
    'attempts-used-up': ['R1: there is no target to leave', nothing(switching, usedUp('primary', 2))],
    'stream-gone': ['R1: nor one that could be gone', nothing(switching, gone('primary', 2))],
    'trial-ended': ['R1: nor a trial', nothing(switching, { ...trialEnded, epoch: 2 })],
    probed: [
      'A1: a target that answers takes over',
      () => {
        const arriving = after(switching(), probed('secondary', 'switch', undefined));
        expect(arriving).toMatchObject({
          type: 'switching',
          arriving: { role: 'secondary', until: T + 200 },
        });
      },
    ],
    located: [
      'D1: a stream that was found is probed',
      () => {
        const stepped = step(
          switching({ streams: { primary: P, secondary: undefined } }),
          located('secondary', S),
        );
        expect(stepped.effects).toEqual([{ type: 'probe', role: 'secondary', stream: S, purpose: 'switch' }]);
      },
    ],
    'not-located': [
      'R3: one that was not found is looked for again',
      () => {
        const state = after(switching(), notLocated('secondary', { retryInMs: 60_000 }));
        expect(as('switching', state).checks.secondary).toEqual({
          asking: false,
          failures: 1,
          nextAt: T + 60_000,
          problem: 'there is none',
          unreachable: false,
        });
      },
    ],
    'standby-checked': [
      'C19: what a look at the standby found is known',
      () => {
        const unknown = switching({ streams: { primary: P, secondary: undefined } });
        const found = { type: 'standby-checked', stream: S, problem: undefined } as const;
        expect(after(unknown, found).targets.secondary.stream).toBe(S);
      },
    ],
    'record-changed': [
      'R7: a stream that others have found is probed',
      () => {
        const unknown = switching({ streams: { primary: P, secondary: undefined } });
        expect(step(unknown, recordChanged('secondary', S2)).effects).toEqual([
          { type: 'probe', role: 'secondary', stream: S2, purpose: 'switch' },
        ]);
      },
    ],
    'record-written': [
      'R4: the target that is arrived at is active',
      () => {
        const arriving = after(switching(), probed('secondary', 'switch', undefined));
        expect(after(arriving, { type: 'record-written' })).toMatchObject({ type: 'on-secondary', epoch: 2 });
      },
    ],
    command: [
      'G6: a switch is under way, which is said',
      () =>
        expect(newsIn(step(switching(), command('failover')))).toEqual([
          {
            type: 'switch-refused',
            region: 'sa-vinhedo-1',
            because: 'a switch is under way already, and takes whichever region answers first',
          },
        ]),
    ],
    'lease-wanted': ['R2: a sender waits', nothing(switching, { type: 'lease-wanted' })],
    time: [
      'F9: the region that is left is asked after two seconds',
      () => {
        expectUnchanged(switching(), { type: 'time', at: T + 1_999 });
        expect(step(switching(), { type: 'time', at: T + 2_000 }).effects).toEqual([
          { type: 'probe', role: 'primary', stream: P, purpose: 'switch' },
        ]);
      },
    ],
    closed: [
      'I2: ends the epoch, and wakes those who wait',
      () => {
        const stepped = step(switching(), { type: 'closed' });
        expect(stepped.state).toMatchObject({ type: 'closed', epoch: 2 });
        expect(stepped.effects).toEqual([{ type: 'end-epoch', epoch: 2 }, { type: 'wake' }]);
      },
    ],
  },
  closed: {
    'put-answered': ['I2: nothing', nothing(closed, answered('primary', { epoch: 2 }))],
    'put-failed': ['I2: nothing', nothing(closed, failed('primary', status(503), { epoch: 2 }))],
    'attempts-used-up': ['I2: nothing', nothing(closed, usedUp('primary', 2))],
    'stream-gone': ['I2: nothing', nothing(closed, gone('primary', 2))],
    'trial-ended': ['I2: nothing', nothing(closed, { ...trialEnded, epoch: 2 })],
    probed: ['I2: nothing', nothing(closed, probed('primary', 'verdict', undefined))],
    located: ['I2: nothing', nothing(closed, located('secondary', S2))],
    'not-located': ['I2: nothing', nothing(closed, notLocated('secondary'))],
    'standby-checked': ['I2: nothing', nothing(closed, standbyChecked('x'))],
    'record-changed': ['I2: nothing', nothing(closed, recordChanged('secondary', S2))],
    'record-written': ['I2: nothing', nothing(closed, { type: 'record-written' })],
    command: ['I2: nothing', nothing(closed, command('hold'))],
    'lease-wanted': ['I2: no lease', nothing(closed, { type: 'lease-wanted' })],
    time: ['I2: nothing', nothing(closed, { type: 'time', at: T + 10_000_000 })],
    closed: ['I2: nothing, twice', nothing(closed, { type: 'closed' })],
  },
};

describe.each(Object.entries(cells))('R2: %s', (state, row) => {
  for (const [event, [title, check]] of Object.entries(row)) {
    test(`${title} (${state}, ${event})`, () => {
      expect.hasAssertions();
      check();
    });
  }
});
