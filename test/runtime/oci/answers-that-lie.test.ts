import { describe, expect, it } from 'vitest';

import type { Region, StreamRef } from '../../../runtime/region.ts';
import { callErrorOf } from './fixtures/call-error-of.ts';
import { openTestRegion } from './fixtures/open-test-region.ts';
import { rawServer } from './fixtures/raw-server.ts';
import { scriptedService } from './fixtures/scripted-service.ts';
import { expectSilence } from './fixtures/silent-console.ts';

describe('answers that are not what was asked for', () => {
  const calls: Record<string, (region: Region, stream: StreamRef) => Promise<unknown>> = {
    put: (region, stream) => region.put(stream, [], {}),
    read: (region, stream) => region.read(stream, 'c', { limit: 1 }),
    commit: (region, stream) => region.commit(stream, 'c'),
    stream: (region, stream) => region.stream(stream.ocid),
    streamsNamed: (region) => region.streamsNamed({ compartmentId: 'c', name: 'n' }),
  };

  describe.each(Object.keys(calls))('to %s', (name) => {
    expectSilence();

    it.each(['', 'null', '{"entries":', '"text"', '{"entries":{},"value":7}', '<html>proxy</html>'])(
      'B4, B5: 200 with %j is unreadable',
      async (body) => {
        await using service = await scriptedService(() => ({ status: 200, body }));
        await using test = openTestRegion(service.origin);
        const { failure } = await callErrorOf(calls[name]!(test.region, test.stream));
        expect(failure).toMatchObject({ type: 'unreadable', status: 200 });
      },
    );

    it.each([
      [500, '', { code: '', message: '' }],
      [502, '<html>\n<b>Bad Gateway</b>', { code: '', message: '<html> <b>Bad Gateway</b>' }],
      [400, { code: 'InvalidParameter', message: 'no' }, { code: 'InvalidParameter', message: 'no' }],
      [429, { code: 7, message: null }, { code: '', message: '' }],
      [500, 'null', { code: '', message: '' }],
    ])('%i with %j is that status, silently', async (status, body, words) => {
      await using service = await scriptedService(() => ({ status, body }));
      await using test = openTestRegion(service.origin);
      const { failure } = await callErrorOf(calls[name]!(test.region, test.stream));
      expect(failure).toMatchObject({ type: 'status', status, ...words });
    });

    it('a lost connection is silent too', async () => {
      await using server = await rawServer();
      await using test = openTestRegion(server.origin);
      const error = callErrorOf(calls[name]!(test.region, test.stream));
      (await server.asked()).socket.resetAndDestroy();
      expect((await error).failure.type).toBe('reset');
    });
  });
});

describe('an operation whose answer has no body', () => {
  expectSilence();

  it('fails like any other, although the SDK looks no further than the status', async () => {
    await using service = await scriptedService((_, number) =>
      number === 1 ? { status: 500 } : { status: 204 },
    );
    await using test = openTestRegion(service.origin);
    const { failure } = await callErrorOf(test.region.resetGroup(test.stream, 'g', 'LATEST'));
    expect(failure).toMatchObject({ type: 'status', status: 500 });
    await test.region.resetGroup(test.stream, 'g', { time: '2026-11-23T12:00:00Z' });
    expect(service.asked.map(({ body }) => body)).toEqual([
      '{"type":"LATEST"}',
      '{"type":"AT_TIME","time":"2026-11-23T12:00:00.000Z"}',
    ]);
  });
});

describe('a request that cannot be composed', () => {
  expectSilence();

  it('is a fault of the configuration', async () => {
    await using test = openTestRegion('http://127.0.0.1:9');
    await expect(test.region.put({ ...test.stream, ocid: '' }, [], {})).rejects.toMatchObject({
      code: 'CONFIG',
    });
  });
});
