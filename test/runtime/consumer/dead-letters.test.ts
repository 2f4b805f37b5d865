import { describe, expect, test } from 'vitest';

import { deadLetterHook, type ConsumedMessage } from '../../../runtime/consumer/index.ts';
import { readDeadLetter } from '../../../runtime/core/index.ts';
import type { HaEvent, Role } from '../../../runtime/events.ts';
import type { Answer, EncodedMessage, PutResult, StreamRef } from '../../../runtime/region.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { status } from './group-region.ts';

const READER = { caller: 'library', handle: 'consumer' } as const;
const STORED: PutResult = { type: 'stored', partition: '0', offset: 1, timestamp: '' };

/** A stream for dead letters; `fault` answers in place of it. */
class LetterStream {
  readonly name: string;
  readonly puts: EncodedMessage[] = [];
  readonly region: {
    name: string;
    put: (stream: StreamRef, messages: readonly EncodedMessage[]) => Promise<Answer<PutResult[]>>;
  };
  exists = true;
  fault: (() => Answer<PutResult[]>) | undefined;
  forgotten = 0;

  constructor(name: string) {
    this.name = name;
    this.region = { name, put: async (_, [message]) => this.#put(message!) };
  }

  locate = async (): Promise<Answer<StreamRef | undefined>> => ({
    ok: true,
    value: this.exists ? streamRef(this.name, `ocid1.stream.oc1.${this.name}.letters`) : undefined,
  });

  readonly forget = (): void => void this.forgotten++;

  get asStream() {
    const { region, forget } = this;
    return { region, forget, locate: () => this.locate() };
  }

  #put(message: EncodedMessage): Answer<PutResult[]> {
    if (this.fault !== undefined) return this.fault();
    this.puts.push(message);
    return { ok: true, value: [STORED] };
  }
}

class LetterWorld {
  readonly clock = new VirtualClock();
  readonly primary = new LetterStream('sa-saopaulo-1');
  readonly secondary = new LetterStream('sa-vinhedo-1');
  readonly events: HaEvent[] = [];
  readonly ends = new AbortController();
  readonly hook = deadLetterHook({
    name: 'failed',
    streams: { primary: this.primary.asStream, secondary: this.secondary.asStream },
    settings: readSettings({ group: 'billing' }, {}, READER),
    clock: this.clock,
    emit: (event) => this.events.push(event),
  });

  told(): string[] {
    return this.events.map((event) => (event.type === 'warning' ? event.code : event.type));
  }

  store(role: Role = 'primary', value: Uint8Array = Buffer.from('value'), more = {}): Promise<unknown> {
    const region = role === 'primary' ? 'sa-saopaulo-1' : 'sa-vinhedo-1';
    const position = { role, region, stream: `ocid-${role}`, partition: '2', offset: 7 };
    const message = {
      ...position,
      key: Buffer.from('k'),
      value,
      stored: value,
      ...more,
    } as unknown as ConsumedMessage;
    return this.hook(message, new Error('no customer'), {
      attempts: 5,
      signal: this.ends.signal,
    }) as Promise<unknown>;
  }
}

const fails = (code: number) => (): Answer<PutResult[]> => ({ ok: false, failure: status(code) });
const letterIn = ({ puts }: LetterStream) => readDeadLetter(Buffer.from(puts[0]!.value, 'base64'));

describe('a message that a handler failed with too often', () => {
  test('H7: is stored in its own region, with its key, bytes, reason, position and attempts', async () => {
    const world = new LetterWorld();
    await world.store('secondary');
    expect(world.primary.puts).toEqual([]);
    const [put] = world.secondary.puts;
    expect(put).toMatchObject({ key: 'aw==', bytes: 1 + Buffer.from(put!.value, 'base64').byteLength });
    const { letter, value } = letterIn(world.secondary)!;
    expect(Buffer.from(value).toString()).toBe('value');
    expect(letter).toEqual({
      id: 'ocid-secondary/2/7',
      reason: 'no customer',
      attempts: 5,
      first: { region: 'sa-vinhedo-1', stream: 'ocid-secondary', partition: '2', offset: 7 },
    });
    expect(world.events).toEqual([
      {
        type: 'dead-letter-stored',
        region: 'sa-vinhedo-1',
        partition: '2',
        offset: 7,
        attempts: 5,
        stream: 'failed',
        to: 'sa-vinhedo-1',
        hasReason: true,
      },
    ]);
  });

  test.each([
    ['fails', (stream: LetterStream) => (stream.fault = fails(503))],
    ['refuses', (stream: LetterStream) => (stream.fault = fails(403))],
    ['has no such stream', (stream: LetterStream) => (stream.exists = false)],
  ])('H7: goes to the other region when its own one %s', async (_, break_) => {
    const world = new LetterWorld();
    break_(world.primary);
    await world.store();
    expect(world.secondary.puts).toHaveLength(1);
  });

  test('H7: waits out an outage of both regions', async () => {
    const world = new LetterWorld();
    world.primary.fault = fails(503);
    world.secondary.fault = () => ({
      ok: true,
      value: [{ type: 'refused', status: 429, error: 'TooManyRequests', message: '' }],
    });
    const stored = world.store();
    await world.clock.pass(600_000);
    const told = expect.stringMatching(
      /sa-saopaulo-1, partition 2, offset 7 cannot be stored in failed now .* and what comes after it waits/,
    );
    expect(world.events).toEqual([
      { type: 'warning', code: 'dead-letter-waits', region: 'sa-saopaulo-1', message: told },
    ]);
    world.secondary.fault = undefined;
    await world.clock.passUntil(stored, 20_000);
    expect(letterIn(world.secondary)?.letter.reason).toBe('no customer');
  });

  test('I13, H7: does not say that it waits when the run has ended, which ends the call too', async () => {
    const world = new LetterWorld();
    world.primary.fault = () => {
      world.ends.abort();
      return { ok: false, failure: { type: 'aborted', written: true } };
    };
    world.secondary.fault = world.primary.fault;
    await expect(world.store()).rejects.toThrow('cancelled by the caller');
    expect(world.told()).toEqual([]);
  });

  test.each<[string, () => Answer<PutResult[]>]>([
    ['does not name the message', () => ({ ok: true, value: [] })],
    ['does not come', () => ({ ok: false, failure: { type: 'timeout', afterMs: 2_000 } })],
  ])('H7: an answer that %s stores nothing: it is tried again', async (_, answer) => {
    const world = new LetterWorld();
    world.primary.fault = answer;
    world.secondary.exists = false;
    const stored = world.store();
    await world.clock.pass(10_000);
    expect(world.told()).toEqual(['dead-letter-waits']);
    world.primary.fault = undefined;
    await world.clock.passUntil(stored, 30_000);
    expect(world.primary.puts).toHaveLength(1);
    expect(world.primary.forgotten).toBe(0);
  });

  test('H7: goes to the other region when the stream of its own one cannot be looked up', async () => {
    const world = new LetterWorld();
    world.primary.locate = async () => ({ ok: false, failure: status(401) });
    await world.store();
    expect(world.secondary.puts).toHaveLength(1);
  });

  test('H7: when neither region has the stream any more, that is the error, and it is looked for anew', async () => {
    const world = new LetterWorld();
    world.primary.exists = world.secondary.exists = false;
    await expect(world.store()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('no stream failed'),
    });
    expect([world.primary.forgotten, world.secondary.forgotten]).toEqual([1, 1]);
    expect(world.told()).toEqual([]);
  });

  test('H7: a region without the stream is not looked at anew when the other one stores it', async () => {
    const world = new LetterWorld();
    world.primary.exists = false;
    await world.store();
    expect(world.primary.forgotten).toBe(0);
  });

  test('H7: an outage of one region is waited out though the other one refuses', async () => {
    const world = new LetterWorld();
    world.primary.fault = fails(403);
    world.secondary.fault = fails(503);
    const stored = world.store();
    await world.clock.pass(10_000);
    world.secondary.fault = undefined;
    await world.clock.passUntil(stored, 30_000);
    expect(world.secondary.puts).toHaveLength(1);
  });

  test('A4, H7: waits as long as a 429 asks', async () => {
    const world = new LetterWorld();
    let puts = 0;
    const throttled = (): Answer<PutResult[]> => {
      puts++;
      return { ok: false, failure: { type: 'status', status: 429, code: '', message: '', retryAfter: '4' } };
    };
    world.primary.fault = throttled;
    world.secondary.exists = false;
    const stored = world.store();
    await world.clock.pass(3_900);
    expect(puts).toBe(1);
    world.primary.fault = undefined;
    await world.clock.passUntil(stored, 30_000);
    expect(world.primary.puts).toHaveLength(1);
  });

  test('H7: is left to the next reader when the run ends meanwhile', async () => {
    const world = new LetterWorld();
    world.primary.fault = world.secondary.fault = fails(503);
    const stored = world.store();
    await world.clock.pass(1_000);
    world.ends.abort(new Error('closed'));
    await expect(stored).rejects.toThrow('closed');
  });

  test('H7, INV-10: a refusal of both regions is the error, and the stream is looked for anew', async () => {
    const world = new LetterWorld();
    world.primary.fault = world.secondary.fault = fails(404);
    await expect(world.store()).rejects.toMatchObject({ code: 'NOT_AUTHORIZED_OR_NOT_FOUND' });
    expect(world.primary.forgotten).toBe(1);
  });

  test.each(['primary', 'secondary'] as const)(
    'H7: is not stored in the stream of the %s region that it was read from, where it would be read again for ever',
    async (role) => {
      const world = new LetterWorld();
      const stream = `ocid1.stream.oc1.${world[role].name}.letters`;
      const stored = world.store(role, Buffer.from('v'), { stream });
      await expect(stored).rejects.toMatchObject({
        code: 'CONFIG',
        message: expect.stringContaining('for ever'),
      });
      expect([...world.primary.puts, ...world.secondary.puts]).toEqual([]);
    },
  );

  test('H7: one that failed before keeps its first position, and its attempts are added', async () => {
    const world = new LetterWorld();
    const first = { region: 'sa-vinhedo-1', stream: 'ocid-first', partition: '0', offset: 1 };
    const deadLetter = { id: 'ocid-first/0/1', reason: 'then', attempts: 5, first };
    await world.store('primary', Buffer.from('v'), { deadLetter });
    expect(letterIn(world.primary)?.letter).toMatchObject({ id: 'ocid-primary/2/7', attempts: 10, first });
  });

  test('H7: one without a key is stored without one', async () => {
    const world = new LetterWorld();
    await world.store('primary', Buffer.from('value'), { key: null });
    const [letter] = world.primary.puts;
    expect(letter).toMatchObject({ key: null, bytes: Buffer.from(letter!.value, 'base64').byteLength });
  });

  test('H7, A9: copies of one are told by its position: the id names no attempt and no time', async () => {
    const world = new LetterWorld();
    await world.store();
    await world.clock.pass(10_000);
    await world.store();
    const ids = world.primary.puts.map(
      ({ value }) => readDeadLetter(Buffer.from(value, 'base64'))?.letter.id,
    );
    expect(ids).toEqual(['ocid-primary/2/7', 'ocid-primary/2/7']);
  });

  test('H7, C1: one that is too large for its reason is stored as it was, which is told', async () => {
    const world = new LetterWorld();
    const value = Buffer.alloc(1_000_000, 0xff);
    await world.store('primary', value);
    expect(Buffer.from(world.primary.puts[0]!.value, 'base64').equals(value)).toBe(true);
    expect(world.events).toMatchObject([{ hasReason: false }]);
  });
});
