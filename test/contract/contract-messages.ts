import { expect, it } from 'vitest';
import type { Seen } from './walk.ts';

interface Entry {
  readonly partition: string;
  readonly offset: number;
  readonly timestamp: string;
  readonly error?: string;
}
interface Message {
  readonly stream: string;
  readonly partition: string;
  readonly key?: string;
  readonly value: string;
  readonly offset: number;
  readonly timestamp: string;
}
interface Reservation {
  readonly partition: string;
  readonly committedOffset?: number;
  readonly reservedInstance?: string;
  readonly timeReservedUntil?: string;
}

/** What a client sees of messages, cursors and consumer groups. */
export function itSeesMessages(seen: (step: string) => Seen): void {
  const entries = (step: string) => (seen(step).body as { entries: Entry[] }).entries;
  const messages = (step: string) => seen(step).body as Message[];
  const values = (step: string) => messages(step).map(({ value }) => text(value));
  const reservations = (step: string) => (seen(step).body as { reservations: Reservation[] }).reservations;
  const next = (step: string) => seen(step).headers?.['opc-next-cursor'];

  it('stores messages and says where', () => {
    expect(seen('put messages').body).toMatchObject({ failures: 0 });
    const [first, keyless, last] = entries('put messages');
    expect(last?.partition).toBe(first?.partition);
    expect(last!.offset).toBeGreaterThan(first!.offset);
    expect(keyless?.partition).toMatch(/^[01]$/);
    expect(Date.parse(first!.timestamp)).toBe(Date.parse(last!.timestamp));
  });

  it('gives the messages of a partition in order, page by page', () => {
    expect(values('read one message').concat(values('read on')).filter(isOfAna)).toEqual(['1', '3']);
    const [message] = messages('read one message');
    expect(message).toMatchObject({ stream: 'orders', partition: entries('put messages')[0]!.partition });
    expect(text(message!.key!)).toBe('ana');
    expect(Date.parse(message!.timestamp)).toBe(Date.parse(entries('put messages')[0]!.timestamp));
  });

  it('gives no messages and a cursor when there are none', () => {
    expect(seen('read what is not there yet').body).toEqual([]);
    expect(next('read what is not there yet')).toEqual(expect.any(String));
  });

  it('starts where a cursor says', () => {
    expect(values('read from an offset')).toEqual(['1']);
    expect(values('read after an offset').filter(isOfAna)).toEqual(['3']);
    expect(values('read from a time').filter(isOfAna)).toEqual(['1', '3']);
    expect(seen('read from the end').body).toEqual([]);
    expect(next('read from the end')).toEqual(expect.any(String));
  });

  it('takes 1 MiB and no more', () => {
    expect(seen('put 1 MiB').body).toMatchObject({ failures: 0 });
    const { error } = seen('put more than 1 MiB');
    expect(error).toMatchObject({ status: 400, code: 'InvalidParameter' });
    expect(error?.message).toContain('1 MiB');
    expect(seen('put a key of 257 bytes').error).toMatchObject({ status: 400, code: 'InvalidParameter' });
  });

  it('refuses only the messages that are too much for a partition', () => {
    expect(seen('put more than a partition takes').body).toMatchObject({ failures: 1 });
    const [first, second, late] = entries('put more than a partition takes');
    expect([first, second]).toMatchObject([{ offset: expect.any(Number) }, { offset: expect.any(Number) }]);
    expect(late?.error).toBe('TooManyRequests');
    expect(late?.offset).toBeUndefined();
  });

  it('reserves partitions for the instance that reads, and commits only when told', () => {
    const before = reservations('get the group before a commit');
    expect(before).toMatchObject([
      { partition: '0', reservedInstance: 'one' },
      { partition: '1', reservedInstance: 'one' },
    ]);
    expect(before.every(({ committedOffset }) => committedOffset === undefined)).toBe(true);
    expect(before.every(({ timeReservedUntil }) => !Number.isNaN(Date.parse(timeReservedUntil!)))).toBe(true);
  });

  const committed = (step: string) =>
    reservations(step).flatMap(({ partition, committedOffset }) =>
      committedOffset === undefined ? [] : [[partition, committedOffset]],
    );

  it('names an instance that has no name, and commits by its next read', () => {
    const [{ reservedInstance = '' } = {}] = reservations('get the plain group');
    expect(reservedInstance).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
    expect(committed('get the plain group')).toEqual([]);
    const [read] = messages('read in the plain group');
    expect(committed('get the plain group after the next read')).toEqual([[read!.partition, read!.offset]]);
  });

  it('commits through the cursor of a heartbeat, and reads on from there', () => {
    const [read] = messages('read in a group');
    expect(committed('get the group after the commit')).toEqual([[read!.partition, read!.offset]]);
    const [on] = messages('read on in the group');
    expect([on!.partition, on!.offset]).not.toEqual([read!.partition, read!.offset]);
  });

  it('takes a group back to the beginning', () => {
    const places = reservations('get the group that was taken back');
    expect(places.every(({ committedOffset }) => committedOffset === undefined)).toBe(true);
    expect(messages('read again')[0]).toMatchObject({ offset: 0 });
  });

  it('gives the partitions of a silent instance to another, and refuses its commit', () => {
    expect(messages('read as another instance')[0]).toMatchObject({ offset: 0 });
    const { error } = seen('commit what was lost');
    expect(error).toMatchObject({ status: 400, code: 'InvalidParameter' });
    expect(error?.message).toContain('Trying to commit unreserved partition');
  });
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString();
/** The message without a key may be in the same partition. */
const isOfAna = (value: string): boolean => value !== '2';
