import { describe, expect, test, vi } from 'vitest';

import { eventTypes } from '../../runtime/events.ts';
import { noteTypes } from '../../runtime/log/lines.ts';
import { commandLine, shell, startCommand } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

describe.concurrent('producer', () => {
  test('INV-1: publishes what it is told to, and sums it up', async () => {
    await using world = await EmulatedWorld.start();
    const run = await commandLine(world, ['producer', '--count', '20', '--keys', '4', '--size', '64']);
    expect(run).toMatchObject({ code: 0, stdout: '' });
    expect(run.stderr).toMatch(
      /sent 20, stored 20 \(sa-saopaulo-1 20\), failed 0\n.*latency p50 [\d.]+ ms, p99 [\d.]+ ms\n.*no failover\n$/,
    );
    expect(world.stored(SAO_PAULO).every(({ text }) => text.length === 64)).toBe(true);
    expect(new Set(world.stored(SAO_PAULO).map(({ keyText }) => keyText)).size).toBe(4);
  });

  test('INV-1: takes lines from a pipe; -K splits key and value; receipts on stdout when asked for', async () => {
    await using world = await EmulatedWorld.start();
    const run = await commandLine(world, ['producer', '-', '-K:', '--output', 'json'], {
      input: 'a:1\nb:2:3\nno key\n',
    });
    expect(run.code).toBe(0);
    const stored = world.stored(SAO_PAULO).map(({ keyText, text }) => `${keyText}=${text}`);
    expect(new Set(stored)).toEqual(new Set(['a=1', 'b=2:3', 'null=no key']));
    const receipts = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { region: string; offset: number });
    expect(receipts).toHaveLength(3);
    expect(receipts.every(({ region, offset }) => region === SAO_PAULO && Number.isInteger(offset))).toBe(
      true,
    );
  });

  test('A1, D1: in an outage: the lines that users know, word for word, in order; exit 10', async () => {
    await using world = await EmulatedWorld.start();
    const { primaryOcid } = world;
    await world.emulator.setFaults(SAO_PAULO, { status: 500 });
    const endpoint = world.emulator.regions[SAO_PAULO] ?? '';
    const known = ['--primary-stream-ocid', primaryOcid, '--primary-stream-endpoint', endpoint];
    const run = await commandLine(world, ['producer', '--count', '50', '--log', 'plain', ...known]);
    expect(run.code).toBe(10);
    const [secondary] = world.emulator.state().regions[VINHEDO]?.streams ?? [];
    const lines = [
      'Attempt 1 failed: 500. Retrying...',
      'Primary failed after retries -> starting failover...',
      'No secondary configured. Creating secondary stream...',
      `Secondary stream created: OCID=${secondary?.id} endpoint=${world.emulator.regions[VINHEDO]}`,
      'Message sent to secondary stream.',
    ];
    const places = lines.map((line) => run.stderr.split('\n').indexOf(line));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(run.stderr).toMatch(/failed over sa-saopaulo-1 -> sa-vinhedo-1 \(latest: 500\)/);
    expect(new Set(world.texts(VINHEDO)).size).toBe(50);
  });

  test('INV-6: with --log json every line on stderr is one JSON object, the summary too', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', status: 503, count: 1 });
    const run = await commandLine(world, ['producer', '--count', '1', '--log', 'json']);
    const lines = run.stderr.trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.find(({ type }) => type === 'attempt-failed')).toMatchObject({
      message: 'Attempt 1 failed: 503. Retrying...',
      level: 'warn',
      component: 'producer',
      messages: 1,
    });
    expect(events.at(-1)).toMatchObject({ type: 'summary', level: 'info', sent: 1, stored: 1, exitCode: 0 });
    for (const event of events) {
      expect(Object.keys({ ...eventTypes, ...noteTypes })).toContain(event['type']);
      expect(event['pid']).toEqual(expect.any(Number));
      expect(event['version']).toMatch(/^\d+\.\d+\.\d+/);
    }
    // A key that comes twice in an object would be lost here.
    expect(events.map((event) => JSON.stringify(event))).toEqual(lines);
  });

  test('I1: SIGTERM stops taking, drains, and ends with 0', async () => {
    await using world = await EmulatedWorld.start();
    const run = startCommand(world, ['producer', '--rate', '200', '--output', 'json']);
    await run.stdoutHas('"offset"');
    run.kill('SIGTERM');
    const ended = await run.ended;
    expect(ended.code).toBe(0);
    const [, sent, stored] = /sent (\d+), stored (\d+)/.exec(ended.stderr) ?? [];
    expect(sent).toBe(stored);
    expect(world.texts(SAO_PAULO)).toHaveLength(Number(sent));
  });

  test('I1, I14: with no region it drains for closeTimeoutMs, then says what is not stored; exit 143', async () => {
    await using world = await EmulatedWorld.start();
    for (const region of [SAO_PAULO, VINHEDO]) {
      await world.emulator.setFaults(region, { operation: 'PutMessages', hang: true });
    }
    const run = startCommand(world, [
      'producer',
      '--count',
      '5',
      '--close-timeout',
      '500ms',
      '--max-attempts',
      '2',
      '--outbox',
      'off',
    ]);
    await run.stderrHas('Attempt 1 failed');
    run.kill('SIGTERM');
    const { code, stderr } = await run.ended;
    expect(code).toBe(143);
    expect(stderr).toMatch(
      /sent 5, stored 0, failed 5\n[^]*5 messages were not stored\.[^]*not stored: The message (is not|may be) stored: the producer was closed/,
    );
  });

  test('I1: a second signal ends it at once, with 130', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', hang: true });
    const run = startCommand(world, ['producer', '--count', '5', '--close-timeout', '60s']);
    await run.stderrHas('Attempt 1 failed');
    run.kill('SIGINT');
    await run.stderrHas('once more to stop at once');
    run.kill('SIGINT');
    const { code, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Ended at once: 5 messages are not known to be stored/);
  });
});

test.concurrent.each([
  ['consumer', ['--from-dead-letters', 'failed'], 0],
  ['outbox', ['send'], 130],
])('I1: a signal while the %s is being opened ends it', async (command, args, expected) => {
  await using world = await EmulatedWorld.start();
  await world.emulator.setFaults(SAO_PAULO, { operation: 'ListStreams', hang: true });
  const run = startCommand(world, [command, ...args, '--request-timeout', '60s']);
  await vi.waitUntil(() => world.emulator.neverHit()[SAO_PAULO]?.length === 0, { timeout: 45_000 });
  run.kill('SIGINT');
  const { code, stderr } = await run.ended;
  expect(code).toBe(expected);
  expect(stderr).toMatch(/Stopping[^\n]*\n[^]*(read 0, printed 0|Interrupted before the end\.)\n$/);
});

describe.concurrent('consumer', () => {
  test('INV-1: prints what was published, as text, JSON or by a format; and only once to a group', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-', '-K:', '--lanes', '1'], { input: 'a:1\nb:2\n' });
    const text = await commandLine(world, ['consumer', '--count', '2', '--group', 'one']);
    expect(text).toMatchObject({ code: 0, stdout: '1\n2\n' });
    const format = await commandLine(world, [
      'consumer',
      '--count',
      '2',
      '--group',
      'two',
      '--format',
      String.raw`%p %k=%v\n`,
    ]);
    expect(format.stdout).toBe('0 a=1\n0 b=2\n');
    const json = await commandLine(world, [
      'consumer',
      '--count',
      '2',
      '--group',
      'three',
      '--output',
      'json',
    ]);
    expect(JSON.parse(json.stdout.split('\n')[0] ?? '')).toMatchObject({
      region: SAO_PAULO,
      partition: '0',
      key: 'a',
      value: '1',
    });
    const again = await commandLine(world, ['consumer', '--until-idle', '1s', '--group', 'one']);
    expect(again).toMatchObject({ code: 0, stdout: '' });
  });

  test('I4: a closed pipe is a quiet end', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '500']);
    const run = startCommand(world, ['consumer']);
    await run.stdoutHas('message');
    run.closeStdout();
    await commandLine(world, ['producer', '--count', '500']);
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/ERROR|EPIPE|at .*\.ts/);
  });

  test('H1: the switch is told in the lines that users know', async () => {
    await using world = await EmulatedWorld.start();
    const run = startCommand(world, ['consumer', '--standby-poll', '500ms', '--log', 'plain']);
    await commandLine(world, ['producer', '--count', '5']);
    await run.stdoutHas('message 5');
    await world.emulator.setFaults(SAO_PAULO, { status: 500 });
    await run.stderrHas('Primary consumer error: 500');
    const known = [
      '--primary-stream-ocid',
      world.primaryOcid,
      '--primary-stream-endpoint',
      world.emulator.regions[SAO_PAULO] ?? '',
    ];
    await commandLine(world, ['producer', '--count', '7', ...known]);
    await run.stdoutHas('message 7');
    const [secondary] = world.emulator.state().regions[VINHEDO]?.streams ?? [];
    await run.stderrHas(
      `FAILOVER: Now consuming from secondary stream:\n  OCID: ${secondary?.id}\n  Endpoint: ${world.emulator.regions[VINHEDO]}\n`,
    );
    run.kill('SIGINT');
    expect((await run.ended).code).toBe(0);
  });
});

describe.concurrent('status and env', () => {
  test('R7: status tells where messages go: 0 on the primary, 10 after a failover, 11 with both down', async () => {
    await using world = await EmulatedWorld.start();
    const well = await commandLine(world, ['status', '--output', 'json']);
    expect(well.code).toBe(0);
    expect(JSON.parse(well.stdout)).toMatchObject({
      verdict: 'healthy',
      active: 'primary',
      activeRegion: SAO_PAULO,
      activeBecause: 'nothing-recorded',
    });
    await world.emulator.setFaults(SAO_PAULO, { refuse: true });
    await commandLine(world, ['producer', '--count', '1']);
    const after = await commandLine(world, ['status']);
    expect(after.code).toBe(10);
    expect(after.stdout).toMatch(/^active +sa-vinhedo-1 \(secondary\) since .*because the record says so$/m);
    const env = await commandLine(world, ['env']);
    expect(env.stdout).toMatch(
      /^export SECONDARY_STREAM_OCID='ocid1\.stream\..*'\nexport SECONDARY_STREAM_ENDPOINT='http:.*'\n$/,
    );
    await world.emulator.setFaults(VINHEDO, { refuse: true });
    expect((await commandLine(world, ['status'])).code).toBe(11);
  });
});

test('I6: a directory that was removed meanwhile is one line', async () => {
  await using world = await EmulatedWorld.start();
  const run = await shell(world, 'mkdir gone; cd gone; rmdir ../gone; $RUN producer --count 1 --log plain');
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toBe('The current directory was removed: change to one that exists (cd).\n');
});

describe.concurrent('I6, C15: wrong use and wrong configuration: one line, exit 2, nothing sent', () => {
  test.for([
    [['producer', '--bogus'], /unknown option '--bogus'/],
    [['producer', '--lanes', '0'], /--lanes 0 is too small: 1\.\.256/],
    [
      ['producer', '--lanes', '0', '--max-attempts', 'many'],
      /--max-attempts "many" is not a number.*--lanes 0/,
    ],
    [['producer', 'file.txt'], /file\.txt is not a source/],
    [['producer', '--cuont', '3'], /Did you mean --count/],
    [['produce'], /Did you mean producer/],
    [['producer', '--primary-region', 'sa-saopualo-1'], /did you mean sa-saopaulo-1/],
    [['producer', '3'], /npm run producer -- --count 3/],
    [['producer', '-', '--count', '3'], /--count is for made-up messages/],
    [['producer', '-', '-K', ''], /-K is empty/],
    [['producer', '-', '-K', String.raw`\q`], /is no escape/],
    [['producer', '-', '-K', ':', '--key', 'k'], /both say which key/],
    [['producer', '-', '--input', 'json', '-K', ':'], /has no meaning with --input json/],
    [['producer', '--failed', 'f.txt'], /is for the lines of an input/],
    [['producer', '--quiet', '--debug'], /cannot be used with/],
    [['consumer', '--no-commit', '--group', 'g'], /--group has no meaning without a group/],
    [['consumer', '--offset', '5'], /give one --partition/],
    [['consumer', '--follow', '--until-idle'], /contradict one another/],
    [['consumer', '--output', 'json', '--format', '%v'], /both say how a message is printed/],
    [['consumer', '--no-commit', '--from', '2026-02-30'], /is no position/],
    [['producer', '--record-file', 'nowhere/stream.properties'], /nowhere does not exist; create it/],
    [['status', '--record-file', 'nowhere/stream.properties'], /nowhere does not exist; create it/],
    [['producer', '--count', '-3'], /--count.*whole number/],
    [
      ['producer', '--primary-stream-ocid', 'ocid1.stream.oc1.eu-frankfurt-1.x'],
      /is of eu-frankfurt-1, --primary-region is sa-saopaulo-1/,
    ],
    [
      ['producer', '--primary-stream-ocid', 'ocid1.vcn.oc1.sa-saopaulo-1.x'],
      /--primary-stream-ocid .* does not look right/,
    ],
    [['producer', '--profile', 'NOBODY'], /NOBODY/],
    [['producer', '--config-file', '/nonexistent/config'], /\/nonexistent\/config/],
    [['consumer', '--format', '%q'], /%q means nothing/],
    [['consumer', '--format', ''], /--format is empty/],
    [['producer', '-', '--failed', '/tmp'], /--failed \/tmp cannot be written: it is a directory/],
    [['producer', '-', '--failed', ''], /--failed.*is empty/i],
    [['producer', ''], /an empty name is not a source/],
    [['consumer', '--exec', ''], /--exec.*is empty/i],
    [
      ['consumer', '--exec', 'false', '--dead-letters', 'OCI-PRIMARY-STREAM'],
      /--dead-letters OCI-PRIMARY-STREAM is a stream that messages are read from/,
    ],
    [['status', '--watch', '0s'], /must be at least 100ms/],
    [['producer', '--config-file', '/dev/zero'], /\/dev\/zero: it is longer than/],
    [['producer', '/tmp'], /\/tmp is not a source: it is a directory/],
    [['producer', '--rate', '0'], /whole number from 1 to 1000000; see --help$/m],
    [['consumer', '--from', 'yesterday'], /--from "yesterday"/],
    [
      ['producer', '--endpoint', 'sa-saopualo-1=http://127.0.0.1:1'],
      /--endpoint sa-saopualo-1 is of neither region.* Did you mean sa-saopaulo-1\?/,
    ],
    [['status', '--endpoint', 'eu-frankfurt-1=http://127.0.0.1:1'], /is of neither region/],
    [['status', '--endpoint', 'sa-saopaulo-1=ftp://x'], /is not an http\(s\) address/],
    [['env'], /names no secondary/],
    [['nothing'], /unknown command 'nothing'/],
  ] as const)('%j', async ([args, message]) => {
    await using world = await EmulatedWorld.start();
    const calls = JSON.stringify(world.emulator.state().regions[SAO_PAULO]?.calls);
    const run = await commandLine(world, args);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(JSON.stringify(world.emulator.state().regions[SAO_PAULO]?.calls)).toBe(calls);
  });
});
