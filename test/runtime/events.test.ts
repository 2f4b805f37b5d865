import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { eventOutlet, type HaEvent } from '../../runtime/events.ts';

const event: HaEvent = { type: 'stack-refreshed' };

describe('an event', () => {
  test('goes to the listener and to those who trace, the same object', () => {
    const heard: unknown[] = [];
    const traced: unknown[] = [];
    const trace = (message: unknown): void => void traced.push(message);
    subscribe('oci-streaming-ha', trace);
    try {
      eventOutlet((each) => heard.push(each))(event);
      eventOutlet(undefined)(event);
    } finally {
      unsubscribe('oci-streaming-ha', trace);
    }
    eventOutlet(undefined)(event);
    expect([heard, traced]).toEqual([[event], [event, event]]);
    expect(heard[0]).toBe(event);
  });

  test.each([
    ['throws an error', false, new Error('the listener is broken'), 'the listener is broken'],
    ['throws text', false, 'words', 'words'],
    ['throws what has no words', false, Object.create(null) as unknown, 'an error without words'],
    ['is async and rejects', true, new Error('the listener is broken'), 'the listener is broken'],
  ])(
    'INV-11: does no harm when its listener %s: the process is warned',
    async (_, isAsync, thrown, words) => {
      const warned = once(process, 'warning');
      const fails = (): never => {
        throw thrown;
      };
      const listener: () => unknown = isAsync ? async () => fails() : fails;
      const emit = eventOutlet(listener);
      expect(() => emit(event)).not.toThrow();
      const [warning] = (await warned) as [Error];
      expect(warning.name).toBe('OciStreamingHaListener');
      expect(warning.message).toBe(words);
    },
  );
});
