import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { NO_STATE, type RuntimeState } from '../../../runtime/record/index.ts';
import { parseState, rewriteState } from '../../../runtime/record/state-format.ts';
import { anyText } from '../../support/cases.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { loadLikeJava } from './java-properties.ts';
import { ocidOf, settings } from './samples.ts';
import { someText } from './some-text.ts';

const FILE = '/etc/stream.properties.state';
const WALL = Date.parse('2026-11-23T12:00:00Z');
const trust = { ...settings, wall: WALL };
const seed = 11;

const PRIMARY = {
  stream: streamRef('sa-saopaulo-1', ocidOf('ppp', 'sa-saopaulo-1')),
  partitions: 3,
  retentionInHours: 24,
  compartmentId: 'ocid1.compartment.oc1..aaa',
};
const FULL: RuntimeState = {
  primary: PRIMARY,
  lastFailbackAt: WALL - 60_000,
  switchReason: '503 from sa-saopaulo-1',
  hold: 'Maria: maintenance until 18:00',
};
const parse = (text: string): ReturnType<typeof parseState> => parseState(text, FILE, trust);
/** A full state, with one of its lines exchanged. */
const changed = (key: string, value: string): string =>
  rewriteState('', FULL).replace(new RegExp(`^${key}=.*$`, 'm'), `${key}=${value}`);

describe('R6: the state', () => {
  test('R6: is one line for each thing that is known, readable for Java too', () => {
    expect(Object.fromEntries(loadLikeJava(rewriteState('', FULL)) ?? [])).toEqual({
      PRIMARY_STREAM_OCID: PRIMARY.stream.ocid,
      PRIMARY_STREAM_ENDPOINT: PRIMARY.stream.endpoint,
      PRIMARY_PARTITIONS: '3',
      PRIMARY_RETENTION_HOURS: '24',
      PRIMARY_COMPARTMENT: PRIMARY.compartmentId,
      LAST_FAILBACK_AT: '2026-11-23T11:59:00.000Z',
      SWITCH_REASON: '503 from sa-saopaulo-1',
      HOLD: 'Maria: maintenance until 18:00',
    });
  });

  test('R6: comes back as it was written, whatever is known of it', () => {
    const line = fc.stringMatching(/^[!-~é€]([ -~é€]{0,80}[!-~é€])?$/);
    const states = fc.record({
      primary: fc.constantFrom(undefined, PRIMARY),
      lastFailbackAt: fc.option(fc.integer({ min: 0, max: WALL }), { nil: undefined }),
      switchReason: fc.option(line, { nil: undefined }),
      hold: fc.option(line, { nil: undefined }),
    });
    fc.assert(
      fc.property(states, states, (before, state) => {
        expect(parse(rewriteState(rewriteState('', before), state))).toEqual({ state, warnings: [] });
      }),
      { seed, numRuns: 500 },
    );
  });

  test('R6: is one line of text each, without control characters, and not longer than 500', () => {
    fc.assert(
      fc.property(anyText(700), (text) => {
        const written = rewriteState('', { hold: text });
        const { hold } = parse(written).state;
        expect(hold ?? '').not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect((hold ?? '').length).toBeLessThanOrEqual(500);
        expect(rewriteState(written, { hold })).toBe(written);
      }),
      { seed, numRuns: 1_000 },
    );
    expect(parse(rewriteState('', { hold: '\x1b[2JMaria:\r\nmaintenance\u202e' })).state.hold).toBe(
      '[2JMaria: maintenance',
    );
    expect(parse(rewriteState('', { hold: '😀'.repeat(300) })).state.hold).toBe('😀'.repeat(250));
  });

  test('R7: keeps what a change does not name, and gives up what cannot be read', () => {
    expect(parse(rewriteState(rewriteState('', FULL), { hold: undefined })).state).toEqual({
      ...FULL,
      hold: undefined,
    });
    expect(parse(rewriteState('HOLD=x\nbroken=\\u00', { switchReason: 'y' })).state).toEqual({
      ...NO_STATE,
      switchReason: 'y',
    });
  });
});

describe('R6: a state that is damaged or of others', () => {
  test.each([
    ['an OCID of another region', 'PRIMARY_STREAM_OCID', ocidOf('x'), 'is of sa-vinhedo-1'],
    ['what is no OCID', 'PRIMARY_STREAM_OCID', 'secret', "is not a stream's OCID"],
    ['an endpoint that is not trusted', 'PRIMARY_STREAM_ENDPOINT', 'http\\://127.0.0.1', 'is not https'],
    ['no partitions', 'PRIMARY_PARTITIONS', '0', 'is not a number from 1 to'],
    ['partitions that are no number', 'PRIMARY_PARTITIONS', '3e1', 'is not a number from 1 to'],
    ['more partitions than there can be', 'PRIMARY_PARTITIONS', '10001', 'is not a number from 1 to 10000'],
    ['no retention', 'PRIMARY_RETENTION_HOURS', '0', 'is not a number from 1 to 168'],
    ['a retention of a year', 'PRIMARY_RETENTION_HOURS', '8760', 'is not a number from 1 to 168'],
    ['a compartment that is none', 'PRIMARY_COMPARTMENT', 'ocid1.user.oc1..a', "is not a compartment's OCID"],
    ['a compartment that is missing', 'PRIMARY_COMPARTMENT', '', 'is missing'],
    ['partitions that are missing', 'PRIMARY_PARTITIONS', ' ', 'is missing'],
  ])('R6: %s: no primary, one warning with the line, and the rest is used', (_, key, value, problem) => {
    const { state, warnings } = parse(changed(key, value));
    expect(state).toEqual({ ...FULL, primary: undefined });
    expect(warnings).toEqual([expect.stringContaining(problem)]);
    expect(warnings[0]).toContain(FILE);
    expect(warnings[0]).toContain(key);
    expect(warnings[0]).not.toContain('secret');
  });

  test.each([
    ['is no time', 'yesterday', 'is not a time'],
    ['is no day', '2026-13-45T00:00:00Z', 'is not a time'],
    [
      'has not been yet',
      '2026-11-23T12:05:01Z',
      "is in the future (correct this machine's clock, or remove the line)",
    ],
  ])('R6: a failback whose time %s would forbid the next one: it is not used', (_, value, problem) => {
    const { state, warnings } = parse(changed('LAST_FAILBACK_AT', value));
    expect(state).toEqual({ ...FULL, lastFailbackAt: undefined });
    expect(warnings).toEqual([expect.stringContaining(`${FILE}:7: LAST_FAILBACK_AT ${problem}`)]);
  });

  test('R6: a failback time that is none is gone with the next write; one of a clock that is ahead stays', () => {
    const changedTo = (value: string) =>
      rewriteState(changed('LAST_FAILBACK_AT', value), { hold: undefined });
    expect(changedTo('yesterday')).not.toContain('LAST_FAILBACK_AT');
    expect(changedTo('2099-01-01T00:00:00Z')).toContain('LAST_FAILBACK_AT=2099-01-01T00');
  });

  test('R6: clocks of two machines may differ by minutes', () => {
    expect(parse(changed('LAST_FAILBACK_AT', '2026-11-23T12:04:59Z')).state.lastFailbackAt).toBe(
      WALL + 299_000,
    );
  });

  test.each(['ocid1.compartment.oc1..aaa', 'ocid1.tenancy.oc1..aaa'])('C19: %s is a compartment', (id) => {
    expect(parse(changed('PRIMARY_COMPARTMENT', id)).state.primary?.compartmentId).toBe(id);
  });

  test('R6: any text gives a state or a CONFIG error, and can be written over', () => {
    fc.assert(
      fc.property(someText, (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONFIG' });
        }
        expect(parse(rewriteState(text, FULL)).state).toEqual(FULL);
      }),
      { seed, numRuns: 2_000 },
    );
  });
});
