import { describe, expect, it } from 'vitest';

import { openConsumer, openManager, openProducer, type ProducerOptions } from '../../../runtime/index.ts';

const context = { environment: {} };

/** Each line below `@ts-expect-error` must not compile: `tsc` checks that. JavaScript is told at run time. */
describe('an option that does not exist, or is of another type', () => {
  it('does not compile, and is refused with the nearest name', async () => {
    // @ts-expect-error
    await expect(openProducer({ maxAtempts: 5 }, context)).rejects.toThrow('did you mean maxAttempts?');
    // @ts-expect-error
    await expect(openManager({ maxAtempts: 5 }, context)).rejects.toThrow('did you mean maxAttempts?');
    // @ts-expect-error
    await expect(openConsumer({ idlePollms: 5 }, context)).rejects.toThrow('did you mean idlePollMs?');
  });

  it('does not compile in a variable either, beside options that there are', async () => {
    const options = { maxAtempts: 5, lanes: 8 };
    // @ts-expect-error
    await expect(openProducer(options, context)).rejects.toThrow('did you mean maxAttempts?');
  });

  it('does not compile with text where a number is meant', async () => {
    // @ts-expect-error
    await expect(openProducer({ requestTimeoutMs: 'soon' }, context)).rejects.toThrow('is not a number');
    const options = { requestTimeoutMs: '2s' };
    // @ts-expect-error
    await expect(openProducer(options, context)).rejects.toThrow('requestTimeoutMs "2s" is not a number');
    // @ts-expect-error
    await expect(openProducer({ auth: 'password' }, context)).rejects.toThrow('is not one of these');
  });

  it('does not compile when it is for the other end', async () => {
    // @ts-expect-error
    await expect(openProducer({ group: 'g' }, context)).rejects.toThrow('group is for a consumer');
    // @ts-expect-error
    await expect(openConsumer({ lanes: 8 }, context)).rejects.toThrow('lanes is for a producer');
  });
});

it('options compile as a literal, in a variable and of their type; what they say is checked', async () => {
  const loose = { lanes: 0, auth: 'api_key' } as const;
  const typed: ProducerOptions = { lanes: 0 };
  for (const opening of [
    openProducer(loose, context),
    openProducer(typed, context),
    openManager(typed, context),
  ]) {
    await expect(opening).rejects.toMatchObject({ code: 'CONFIG', message: 'lanes 0 is too small: 1..256' });
  }
});
