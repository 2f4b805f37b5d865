import { expect, test } from 'vitest';

import { parseEvent } from '../../../demo/journal/entries.ts';

test('an event is read from a line of the log', () => {
  const line = JSON.stringify({
    level: 40,
    time: '2026-11-23T21:16:41.035Z',
    type: 'failover-started',
    role: 'primary',
    from: 'sa-saopaulo-1',
    because: { failures: 19, latest: '500', kinds: {} },
    message: 'Primary failed after retries -> starting failover...',
  });
  expect(parseEvent(line, 'producer')).toEqual({
    who: 'producer',
    type: 'failover-started',
    role: 'primary',
    because: { failures: 19, latest: '500' },
    message: 'Primary failed after retries -> starting failover...',
    at: Date.parse('2026-11-23T21:16:41.035Z'),
  });
});

test('a line that is no event is none', () => {
  for (const line of ['', 'sent 20, stored 20', '{"half', '{"type":"x"}', '17', 'null']) {
    expect(parseEvent(line, 'consumer')).toBeUndefined();
  }
});
