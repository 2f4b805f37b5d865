import { describe, expect, test, vi } from 'vitest';

import type { ConsumedMessage } from '../../runtime/index.ts';
import { commandLine, shell, startCommand } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

const FAST = { baseDelayMs: 1, maxDelayMs: 10, idlePollMs: 50, standbyPollMs: 200 };

describe.concurrent('dead letters', () => {
  test('H7: what a handler fails with goes to the stream, is committed, and comes back with key and bytes', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await world.makeStream(SAO_PAULO, 'failed', 1);
    const value = Uint8Array.of(0xff, 0, 1);
    const producer = await world.producer({ envelope: true });
    await producer.send({ key: 'k', value });
    await producer.send({ key: 'k', value: 'fine' });
    const consumer = await world.consumer({ ...FAST, envelope: true, deadLetters: 'failed' });
    const handled: string[] = [];
    void consumer.run((message) => {
      if (message.text() !== 'fine') throw new Error('cannot be parsed');
      handled.push(message.text());
    });
    await vi.waitUntil(() => consumer.stats().committed === 2, { timeout: 20_000 });
    await consumer.close();
    expect(handled).toEqual(['fine']);
    expect(world.eventsOf('dead-letter-stored')).toMatchObject([
      { stream: 'failed', to: SAO_PAULO, attempts: 5 },
    ]);

    const again = await world.consumer({ ...FAST, envelope: true, fromDeadLetters: 'failed' });
    const seen: ConsumedMessage[] = [];
    void again.run((message) => seen.push(message));
    await vi.waitUntil(() => again.stats().committed === 1, { timeout: 20_000 });
    await again.close();
    const [message] = seen;
    expect(Buffer.from(message!.value).equals(value)).toBe(true);
    expect(message!.keyText()).toBe('k');
    expect(message!.envelope?.sequence).toBe(1);
    expect(message!.deadLetter).toMatchObject({
      reason: 'cannot be parsed',
      attempts: 5,
      first: { region: SAO_PAULO, stream: world.primaryOcid, partition: '0' },
    });
  });

  test('H7: an outage of their stream is waited out: the message is not committed before it is stored', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await world.makeStream(VINHEDO, 'failed', 1);
    await (await world.producer()).send({ value: 'bad' });
    const consumer = await world.consumer({ ...FAST, deadLetters: 'failed', maxHandlerAttempts: 1 });
    await world.emulator.setFaults(VINHEDO, { operation: 'PutMessages', status: 503 });
    void consumer.run(() => Promise.reject(new Error('no')));
    await vi.waitUntil(
      () => (world.emulator.state().regions[VINHEDO]?.calls['PutMessages']?.['503'] ?? 0) >= 8,
      {
        timeout: 20_000,
      },
    );
    expect(consumer.stats().committed).toBe(0);
    await world.emulator.clearFaults(VINHEDO);
    await vi.waitUntil(() => consumer.stats().committed === 1, { timeout: 20_000 });
    expect(world.texts(VINHEDO)).toEqual([expect.stringContaining('"data":"bad"')]);
  });

  test('H7: a region without the stream is not asked for it again with each dead letter', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await world.makeStream(VINHEDO, 'failed', 1);
    const producer = await world.producer();
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((value) => producer.send({ value })));
    const consumer = await world.consumer({ ...FAST, deadLetters: 'failed', maxHandlerAttempts: 1 });
    const asked = (): number => world.emulator.state().regions[SAO_PAULO]?.calls['ListStreams']?.['200'] ?? 0;
    const before = asked();
    void consumer.run(() => Promise.reject(new Error('no')));
    await vi.waitUntil(() => consumer.stats().committed === 5, { timeout: 20_000 });
    // The consumer itself looks for its stream.
    expect(asked() - before).toBeLessThan(3);
  });

  test('H7: a stream of dead letters that is deleted and created again is found', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const old = await world.makeStream(SAO_PAULO, 'failed', 1);
    const consumer = await world.consumer({ ...FAST, fromDeadLetters: 'failed' });
    const seen: string[] = [];
    void consumer.run((message) => seen.push(message.stream)).catch(() => {});
    await vi.waitUntil(() => consumer.readings()[0]?.health.type === 'answering', { timeout: 20_000 });
    await world.emulator.setFaults(SAO_PAULO, { operation: 'GetMessages', status: 503 });
    await world.deleteStream(SAO_PAULO, old);
    const next = await world.makeStream(SAO_PAULO, 'failed', 1);
    await world.emulator.clearFaults(SAO_PAULO);
    await (await world.producer()).send({ value: 'bad' });
    const failing = await world.consumer({ ...FAST, deadLetters: 'failed', maxHandlerAttempts: 1 });
    void failing.run(() => Promise.reject(new Error('no')));
    await vi.waitUntil(() => seen.length > 0, { timeout: 20_000 });
    expect(seen).toEqual([next]);
  });

  test('H7: a stream that is in no region is an error at the start, which says that it is not created', async () => {
    await using world = await EmulatedWorld.start();
    await expect(world.consumer({ deadLetters: 'failed' })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/`deadLetters`: there is no stream failed in .* It is not created here/),
    });
    await expect(world.consumer({ fromDeadLetters: 'failed' })).rejects.toMatchObject({ code: 'CONFIG' });
    const same = world.consumer({ deadLetters: 'failed', fromDeadLetters: 'failed' });
    await expect(same).rejects.toThrow(/read again for ever/);
  });
});

describe.concurrent('a command for each message', () => {
  test('H7: gets the value and the key; what it fails with goes to the stream, and is printed from there', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await world.makeStream(VINHEDO, 'failed', 1);
    await commandLine(world, ['producer', '-', '-K:'], { input: 'k:one\nk:bad\nk:two\n' });
    const script = 'value=$(cat); echo "$MESSAGE_KEY=$value"; test "$value" != bad';
    const flags = ['consumer', '--until-idle', '1s', '--base-delay', '1ms'];
    const run = await commandLine(world, [
      ...flags,
      '--exec',
      script,
      '--max-handler-attempts',
      '2',
      '--dead-letters',
      'failed',
    ]);
    expect(run.stdout).toBe('k=one\nk=bad\nk=bad\nk=two\n');
    expect(run.stderr).toContain('the command ended with code 1');
    expect(run.stderr).toContain('was stored in failed, sa-vinhedo-1, after 2 attempts');
    expect(run.stderr).toContain('read 3 (sa-saopaulo-1 3), executed 2, dead letters 1');
    expect(run.code).toBe(0);

    const printed = await commandLine(world, [...flags, '--from-dead-letters', 'failed', '--output', 'json']);
    expect(JSON.parse(printed.stdout)).toMatchObject({
      key: 'k',
      value: 'bad',
      deadLetter: { reason: 'the command ended with code 1', attempts: 2, first: { region: SAO_PAULO } },
    });
    expect([printed.code, printed.stderr]).toEqual([0, expect.stringContaining('printed 1')]);
    const again = await commandLine(world, ['producer', '-', '--input', 'json'], { input: printed.stdout });
    expect(again.code).toBe(0);
    expect(world.texts(SAO_PAULO)).toEqual(['one', 'bad', 'two', 'bad']);
  });

  test('H7, I14: that cannot be run makes no dead letter: exit 1 at once, and the message is not committed', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await world.makeStream(VINHEDO, 'failed', 1);
    await commandLine(world, ['producer', '-'], { input: 'good\n' });
    const flags = ['--max-handler-attempts', '1', '--dead-letters', 'failed', '--until-idle', '1s'];
    const { code, stderr } = await commandLine(world, ['consumer', '--exec', './bil.sh', ...flags]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('The command of --exec could not be run')]);
    expect(world.texts(VINHEDO)).toEqual([]);
    expect((await commandLine(world, ['consumer', '--count', '1'])).stdout).toBe('good\n');
  });

  test('H7: without dead letters it ends with the position, and the message is not committed', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-'], { input: 'bad\n' });
    const flags = ['consumer', '--exec', 'exit 3', '--max-handler-attempts', '1', '--until-idle', '1s'];
    const run = await commandLine(world, flags);
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('partition 0, offset 0')]);
    expect(run.stderr).toContain('--dead-letters');
    expect((await commandLine(world, ['consumer', '--count', '1'])).stdout).toBe('bad\n');
  });

  test('I15, H7: --until-idle waits for a command that takes longer, for its next attempt, and for what is behind it', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-', '-K:'], { input: 'k:slow\nk:second\nk:again\nk:last\n' });
    const script = `
      value=$(cat); echo $value
      if [ $value = slow ]; then sleep 1; fi
      if [ $value = again ] && mkdir failed-once; then exit 1; fi`;
    const flags = ['--until-idle', '300ms', '--base-delay', '2s', '--exec', script];
    const { code, stdout, stderr } = await commandLine(world, ['consumer', ...flags]);
    expect(stdout).toBe('slow\nsecond\nagain\nagain\nlast\n');
    expect([code, stderr]).toEqual([0, expect.stringContaining('executed 4')]);
  });

  test('H15, I13: a command that hangs is stopped when closing has taken too long, and its message comes again', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-'], { input: 'one\n' });
    const hangs = ['--exec', 'echo begun; sleep 600; echo end', '--close-timeout', '500ms'];
    const run = startCommand(world, ['consumer', ...hangs]);
    await run.stdoutHas('begun');
    run.kill('SIGTERM');
    // Its standard output is open for as long as a process of the command lives.
    const { code, stdout, stderr } = await run.ended;
    expect([code, stdout]).toEqual([0, 'begun\n']);
    expect(stderr).toContain('the command did not end in time, and was stopped');
    expect(stderr).toContain('read 0, executed 0');
    expect((await commandLine(world, ['consumer', '--count', '1'])).stdout).toBe('one\n');
  });

  test('I13: a second signal ends the command too', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-'], { input: 'one\n' });
    const run = startCommand(world, ['consumer', '--exec', 'echo begun; sleep 600; echo end']);
    await run.stdoutHas('begun');
    run.kill('SIGTERM');
    await run.stderrHas('Stopping');
    run.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ code: 143, stdout: 'begun\n' });
  });

  test.skipIf(process.platform !== 'linux')(
    'H7: when the reader of their output goes away, the read ends, and no message is a dead letter',
    async () => {
      await using world = await EmulatedWorld.start({ partitions: 1 });
      await world.makeStream(SAO_PAULO, 'failed', 1);
      await commandLine(world, ['producer', '-', '-K:'], { input: 'k:one\nk:two\nk:three\n' });
      // `head` is gone when the second command prints.
      const run = `$RUN consumer --exec 'cat; echo; sleep 0.5' --base-delay 1ms --dead-letters failed`;
      const { stdout, stderr } = await shell(world, `${run} | head -1; echo "\${PIPESTATUS[0]}"`);
      expect([stdout, stderr]).toEqual(['one\n0\n', expect.stringContaining('executed 1, dead letters 0')]);
      expect((await commandLine(world, ['consumer', '--count', '1'])).stdout).toBe('two\n');
    },
  );

  test('a command gets no variables of another message', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-'], { input: 'no key\n' });
    const flags = ['--count', '1', '--exec', 'echo "${MESSAGE_KEY-none} ${MESSAGE_ID-none}"'];
    const env = { MESSAGE_KEY: 'outer', MESSAGE_ID: 'outer' };
    expect((await commandLine(world, ['consumer', ...flags], { env })).stdout).toBe('none none\n');
  });

  test('I6: flags that mean nothing together are refused', async () => {
    await using world = await EmulatedWorld.start();
    for (const [flags, words] of [
      [['--dead-letters', 'failed'], '--dead-letters is about a command that fails (--exec)'],
      [['--max-handler-attempts', '2'], '--max-handler-attempts is about a command that fails (--exec)'],
      [['--exec', 'true', '--output', 'json'], '--output is about printing'],
      [['--exec', "echo 'it"], '--exec "echo \'it" is no command of the shell: '],
      [['--exec', 'true', '--no-commit'], '--exec has no meaning without a group'],
      [
        ['--from-dead-letters', 'x', '--partition', '0'],
        '--from-dead-letters has no meaning without a group',
      ],
    ] as const) {
      const { code, stderr } = await commandLine(world, ['consumer', ...flags]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    }
  });
});
