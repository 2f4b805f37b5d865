import { describe, expect, it } from 'vitest';

import { putEntries } from '../../../../runtime/oci/answers/index.ts';

const stored = (offset: number) => ({ partition: '0', offset, timestamp: '2026-11-23T12:00:00.000Z' });

describe('the entries of an answered put', () => {
  it('are given in request order, stored or refused', () => {
    const refused = { error: 'TooManyRequests', errorMessage: 'Too many requests' };
    expect(putEntries({ failures: 1, entries: [stored(7), refused, stored(9)] })).toEqual([
      { stored: stored(7) },
      { refused: { status: 429, error: 'TooManyRequests', message: 'Too many requests' } },
      { stored: stored(9) },
    ]);
  });

  it('count as stored when the unused fields are null', () => {
    expect(putEntries({ entries: [{ ...stored(1), error: null, errorMessage: null }] })).toEqual([
      { stored: stored(1) },
    ]);
  });

  it.each([
    ['TooManyRequests', '', 429],
    ['429', '', 429],
    ['Throttled', '', 429],
    ['InternalServerError', 'too many requests for partition 3', 429],
    ['InternalServerError', 'unexpected', 500],
    ['503', '', 503],
    ['whatever', '', 500],
  ])('%s %s is refused with %i', (error, errorMessage, status) => {
    expect(putEntries({ entries: [{ error, errorMessage }] })).toMatchObject([{ refused: { status } }]);
  });

  it.each([
    null,
    {},
    { partition: 0, offset: 1 },
    { partition: '0' },
    { partition: '0', offset: '1' },
    { partition: '0', offset: 1.5 },
    'text',
  ])('B4: end before one that names nothing (%j), so that no later one takes its place', (entry) => {
    expect(putEntries({ entries: [stored(1), entry, stored(3)] })).toEqual([{ stored: stored(1) }]);
  });

  it.each([undefined, null, {}, { entries: null }, { entries: {} }, []])('B4: are none in %j', (result) => {
    expect(putEntries(result)).toBeUndefined();
  });
});
