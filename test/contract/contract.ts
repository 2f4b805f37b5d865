import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './clients.ts';
import { itSeesMessages } from './contract-messages.ts';
import { itSeesResources } from './contract-resources.ts';
import { itSeesRefusals } from './contract-refusals.ts';
import { operations } from './operations.ts';
import { walkWith, type Walk } from './walk.ts';

/** What each of Oracle's clients must see of the emulator, the same for all of them. */
export function describeContract(client: Client): void {
  let walk: Walk;
  beforeAll(async () => {
    walk = await walkWith(client);
  }, 120_000);
  const seen = (step: string) => walk.seen(step);

  it('exercises every operation that the client has, as the table of operations says', () => {
    const own = Object.keys(operations).filter((name) => operations[name]!.includes(client.name));
    expect(walk.answered.toSorted()).toEqual(own.toSorted());
    expect(walk.has.toSorted()).toEqual(own.toSorted());
  });

  it('gives every answer and every refusal an id that begins with what the client sent', () => {
    const ids = walk.all.map(({ headers, error }) => error?.requestId ?? headers?.['opc-request-id']);
    expect(ids.filter((id) => !/^[\w-]+\/[0-9A-F]{32}\/[0-9A-F]{32}$/.test(id ?? ''))).toEqual([]);
  });

  it("makes every refusal the client's own exception", () => {
    const types = walk.all.flatMap(({ error }) => (error === undefined ? [] : [error.type]));
    expect(types.length).toBeGreaterThan(15);
    expect(types.filter((type) => !client.refusal.test(type))).toEqual([]);
  });

  it.runIf(client.typed)("makes every answer an object of the client's own class", () => {
    const types = (...steps: string[]) => steps.map((step) => seen(step).type);
    expect(types('get the stream', 'get the pool', 'get the harness')).toEqual([
      'Stream',
      'StreamPool',
      'ConnectHarness',
    ]);
    expect(types('list two streams', 'list the pools', 'read on')).toEqual([
      'list[StreamSummary]',
      'list[StreamPoolSummary]',
      'list[Message]',
    ]);
    expect(types('put messages', 'heartbeat', 'get the group before a commit')).toEqual([
      'PutMessagesResult',
      'Cursor',
      'Group',
    ]);
  });

  it.runIf(client.strict)(
    'gives what the models have, and leaves out nothing that they call mandatory',
    () => {
      const strange = walk.all.flatMap((each) => each.strange ?? []);
      // They call the key mandatory, too: a message without one shows it as null.
      expect(strange.filter((each) => each !== 'Message.Key is absent')).toEqual([]);
    },
  );

  describe('streams, pools and harnesses', () => {
    itSeesResources(client, seen);
  });
  describe('messages and groups', () => {
    itSeesMessages(seen);
  });
  describe('refusals', () => {
    itSeesRefusals(seen);
  });
}
