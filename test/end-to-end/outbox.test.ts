import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, test } from 'vitest';

import { commandLine, shell, startCommand } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

/** A fresh run kills processes this often; `OUTBOX_KILLS=500` is the long one. */
const KILLS = Number(process.env['OUTBOX_KILLS'] ?? 4);
/** They run side by side, and each is killed at a place of its own. */
const AT_ONCE = KILLS < 20 ? 2 : 5;
const ROUNDS = Math.ceil(KILLS / AT_ONCE);

async function lose(world: EmulatedWorld): Promise<void> {
  for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { status: 503 });
}

async function heal(world: EmulatedWorld): Promise<void> {
  for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.clearFaults(region);
}

const stored = (world: EmulatedWorld): string[] =>
  [SAO_PAULO, VINHEDO].flatMap((region) => world.texts(region));

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `k${(from + index) % 5}:${from + index}\n`).join('');

/** The first copies of a key's values, in the order of a region. */
function ofKey(world: EmulatedWorld, region: string, key: string): number[] {
  const values = world
    .stored(region)
    .filter(({ keyText }) => keyText === key)
    .map(({ text }) => Number(text));
  return [...new Set(values)];
}

const LINES = 3_000;
/** How the producers that are killed use the outbox, in turn. */
const HOW = [[], ['--outbox', 'always', '--acknowledge', 'disk'], ['--outbox', 'always']];

describe('both regions down, as processes', () => {
  test('F1, F4: what a killed producer had acknowledged by disk is sent by the next one, in order, before anything newer', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    // The state beside the record names the primary: a start in an outage needs no control plane.
    await commandLine(world, ['producer', '--count', '1', '--key', 'first']);
    await lose(world);
    const args = ['producer', '-', '-K:', '--output', 'json', '--log', 'plain'];
    const first = startCommand(world, args, { input: null });
    await first.feed(lines(0, 2_000));
    await first.stdoutHas('"sequence":2000');
    first.kill('SIGKILL');
    await first.ended;

    const status = await commandLine(world, ['outbox', 'status', '--output', 'json']);
    expect(status.code).toBe(13);
    expect(JSON.parse(status.stdout)).toMatchObject({
      messages: 2_000,
      slots: [{ holder: null, problem: null }],
    });

    await heal(world);
    const second = await commandLine(world, ['producer', '-', '-K:', '--log', 'plain'], {
      input: lines(2_000, 2_100),
    });
    expect([0, 10]).toContain(second.code);
    expect(second.stderr).toContain('2000 messages of an earlier process wait in');
    const values = stored(world)
      .filter((text) => /^\d+$/.test(text))
      .map(Number);
    expect(new Set(values).size).toBe(2_100);
    for (let key = 0; key < 5; key++) {
      const found = [...ofKey(world, SAO_PAULO, `k${key}`), ...ofKey(world, VINHEDO, `k${key}`)];
      expect(found).toEqual(found.toSorted((a, b) => a - b));
    }
    expect((await commandLine(world, ['outbox', 'status'])).code).toBe(0);
  });

  test('F1, I1, I14: an input that ends in an outage gives exit 13, the number, and what sends it; outbox send does', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '1']);
    await lose(world);
    const { code, stderr } = await commandLine(world, ['producer', '-', '--log', 'plain'], {
      input: 'a\nb\nc\n',
    });
    expect(code).toBe(13);
    expect(stderr).toContain(
      `3 messages wait in ${world.recordFile}.outbox/0: the next producer here sends them first, and \`oci-streaming-ha outbox send\` sends them now.`,
    );
    expect((await commandLine(world, ['outbox', 'verify'])).stdout).toContain('whole, 3 messages');
    const exported = await commandLine(world, ['outbox', 'export']);
    expect(
      exported.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { value: string }).value),
    ).toEqual(['a', 'b', 'c']);
    await heal(world);
    const sent = await commandLine(world, ['outbox', 'send', '--log', 'plain']);
    expect(sent.code).toBe(0);
    expect(sent.stderr).toContain('3 messages were sent, 0 wait in the outbox.');
    expect(stored(world)).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  });

  test('F7, INV-1: outbox send sends what is readable of a damaged file, and exits with 1 for what is lost', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '1']);
    await lose(world);
    const soon = ['--outbox', 'always', '--close-timeout', '100ms'];
    await commandLine(world, ['producer', '-', ...soon], { input: 'first\nsecond\nthird\n' });
    const file = join(`${world.recordFile}.outbox`, '0', 'messages-1.db');
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('second')] = 0;
    writeFileSync(file, bytes);
    await heal(world);
    const status = await commandLine(world, ['status']);
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/^outbox .*\/0 is damaged; `outbox send` recovers what is readable$/m);
    const shown = await commandLine(world, ['outbox', 'show', '--log', 'plain']);
    expect(shown.code).toBe(2);
    expect(shown.stderr).toMatch(/^.* cannot be read to its end: .*recovers what is readable\.\n$/);
    const sent = await commandLine(world, ['outbox', 'send', '--log', 'plain']);
    expect(sent.code).toBe(1);
    expect(sent.stderr).toContain('2 messages are recovered, 1 are lost');
    expect(stored(world)).toEqual(expect.arrayContaining(['first', 'third']));
  });

  test('F8, I6: a file of another version is told by every command, and its removal by discard too', async () => {
    await using world = await EmulatedWorld.start();
    await shell(world, 'mkdir -p outbox/0');
    const file = new DatabaseSync(join(world.directory, 'outbox', '0', 'messages-1.db'));
    file.exec(
      'CREATE TABLE messages (id INTEGER); PRAGMA application_id = 0x4f43494f; PRAGMA user_version = 9',
    );
    file.close();
    const outbox = (...args: string[]) =>
      commandLine(world, ['outbox', ...args, '--outbox', './outbox', '--log', 'plain']);
    const words = 'a newer version of this program wrote it (format 9, this version knows 2); use that one';
    expect(await outbox('status')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`outbox/0: cannot be used: ${words}; no process uses it`) as string,
    });
    expect(await outbox('verify')).toMatchObject({
      code: 1,
      stdout: `outbox/0: cannot be used: ${words}. Its messages stay, and no producer here can send them before that is corrected.\n`,
    });
    expect(await outbox('export')).toMatchObject({
      code: 2,
      stderr: `outbox/0 cannot be read to its end: ${words}.\n`,
    });
    const unread = '0 messages, what could not be read in outbox/0';
    expect((await outbox('discard')).stderr).toContain(`This would remove ${unread} in ./outbox for good`);
    expect(await outbox('discard', '--yes')).toMatchObject({ code: 0, stdout: `${unread} removed.\n` });
  });

  test('I6: an outbox that is not there, and a slot in place of its outbox, are told', async () => {
    await using world = await EmulatedWorld.start();
    const absent = await commandLine(world, ['outbox', 'status', '--outbox', './nowhere', '--log', 'plain']);
    expect(absent).toMatchObject({
      code: 0,
      stderr: 'There is no directory ./nowhere: no producer here has used it as its outbox.\n',
    });
    await commandLine(world, ['producer', '--count', '1']);
    const noOutbox = join(world.directory, 'other.properties');
    writeFileSync(`${noOutbox}.outbox`, '');
    const status = await commandLine(world, ['status', '--record-file', noOutbox]);
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/^outbox .*cannot be read: it is not a directory$/m);
    for (const args of [
      ['outbox', 'status'],
      ['outbox', 'send'],
      ['producer', '--count', '1'],
    ]) {
      const slot = `${world.recordFile}.outbox/0`;
      const run = await commandLine(world, [...args, '--outbox', slot, '--log', 'plain']);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(`it is a part of the outbox ${world.recordFile}.outbox: name that`);
    }
  });

  test('I14: an outbox that is removed while it is in use is an error: exit 1, and how many messages are lost', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '1']);
    await lose(world);
    const directory = `${world.recordFile}.outbox`;
    const args = ['producer', '-', '--output', 'json', '--log', 'plain'];
    for (const feedsMore of [false, true]) {
      const run = startCommand(world, args, { input: null });
      await run.feed('a\nb\nc\n');
      await run.stdoutHas('"sequence":3');
      rmSync(directory, { recursive: true });
      if (feedsMore) {
        await run.feed('d\n');
        await run.stderrHas('cannot be used any more: its files were removed');
        await heal(world);
      }
      run.endInput();
      const { code, stderr } = await run.ended;
      expect(stderr).toContain(
        `3 messages that were on disk and in no region are lost: ${directory}/0: its files were removed`,
      );
      expect(stderr).toContain('3 messages are lost:');
      expect(stderr).not.toContain(`wait in ${directory}`);
      if (feedsMore) expect(stored(world)).toContain('d');
      expect(code).toBe(1);
    }
  });

  test('I5: outbox send also sends what several processes left, and status tells of it until then', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '1']);
    await lose(world);
    const runs = ['a', 'b', 'c'].map((value) => {
      const run = startCommand(world, ['producer', '-', '--outbox', 'always'], { input: null });
      return { run, value };
    });
    await Promise.all(runs.map(({ run }) => run.stderrHas('Writing to')));
    for (const { run, value } of runs) {
      await run.feed(`${value}\n`);
      run.endInput();
    }
    for (const { run } of runs) expect((await run.ended).code).toBe(13);
    const before = await commandLine(world, ['status']);
    expect(before.stdout).toContain(`outbox    3 messages wait in ${world.recordFile}.outbox`);
    await heal(world);
    const sent = await commandLine(world, ['outbox', 'send', '--log', 'plain']);
    expect(sent.stderr).toContain('3 messages were sent, 0 wait in the outbox.');
    expect(sent.code).toBe(0);
    expect(stored(world)).toEqual(expect.arrayContaining(['a', 'b', 'c']));
    expect((await commandLine(world, ['status'])).stdout).toContain('outbox    no message waits');
  });

  test('what outbox export prints is what producer --input json takes', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '1']);
    await lose(world);
    const input = Buffer.from('k:\xff\xfe\nk:ü\n\xff:a\n\xfe:b\n', 'latin1');
    await commandLine(world, ['producer', '-', '-K:'], { input });
    const shown = await commandLine(world, ['outbox', 'show', '--output', 'json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      keys: 3,
      mostKeys: [
        { key: 'k', messages: 2 },
        { keyBase64: '/w==', messages: 1 },
        { keyBase64: '/g==', messages: 1 },
      ],
    });
    const { stdout } = await commandLine(world, ['outbox', 'export']);
    await commandLine(world, ['outbox', 'discard', '--yes']);
    expect((await commandLine(world, ['outbox', 'status'])).code).toBe(0);
    await heal(world);
    const again = await commandLine(world, ['producer', '-', '--input', 'json'], { input: stdout });
    expect([0, 10]).toContain(again.code);
    expect([SAO_PAULO, VINHEDO].flatMap((region) => world.stored(region)).map(({ value }) => value)).toEqual(
      expect.arrayContaining([Buffer.from([0xff, 0xfe]).toString('base64')]),
    );
  });

  test('INV-3: what outbox export prints goes as it is, in the one envelope that it has', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '1']);
    await lose(world);
    await commandLine(world, ['producer', '-', '--envelope'], { input: 'a\n' });
    const { stdout } = await commandLine(world, ['outbox', 'export']);
    await commandLine(world, ['outbox', 'discard', '--yes']);
    await heal(world);
    const again = await commandLine(world, ['producer', '-', '--input', 'json', '--envelope'], {
      input: stdout,
    });
    expect([0, 10]).toContain(again.code);
    const { value } = JSON.parse(stdout) as { value: string };
    expect(value).toContain('"specversion"');
    expect([SAO_PAULO, VINHEDO].flatMap((region) => world.texts(region))).toContain(value);
  });

  test('I4, I13: outbox export ends quietly without a reader, and by a signal; discard tells of all that it removes', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '1']);
    await lose(world);
    const input = `${'x'.repeat(1_000)}\n`.repeat(2_000);
    await commandLine(world, ['producer', '-', '--outbox', 'always', '--close-timeout', '100ms'], { input });
    const slot = `${world.recordFile}.outbox/0`;
    writeFileSync(join(slot, 'failed.jsonl'), '{}\n{}\n');
    writeFileSync(join(slot, 'damaged-2026.db'), '');
    const head = await shell(world, '$RUN outbox export | head -1 | wc -l; echo "${PIPESTATUS[0]}"');
    expect(head).toMatchObject({ stdout: '1\n0\n', stderr: '' });

    const blocked = await shell(
      world,
      'mkfifo pipe; $RUN outbox export --close-timeout 100ms > pipe & exec 3< pipe; head -c 1 <&3; kill -TERM $!; wait $!; echo " $?"',
    );
    expect(blocked.stdout).toBe('{ 143\n');
    expect(blocked.stderr).toContain('Interrupted before the end.');

    const all = '2000 messages, 2 in failed.jsonl, 1 damaged file';
    expect((await commandLine(world, ['outbox', 'discard'])).stderr).toContain(`This would remove ${all} in`);
    expect((await commandLine(world, ['outbox', 'discard', '--yes'])).stdout).toBe(`${all} removed.\n`);
  });

  test('F2: with a full outbox the input waits, and every line is told or stored', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '1']);
    await lose(world);
    const args = ['--max-outbox-bytes', '1MiB', '--max-block', '200ms', '--max-buffer-bytes', '256KiB'];
    const run = startCommand(world, ['producer', '-', '--log', 'plain', ...args], { input: null });
    const line = 'x'.repeat(1_000);
    void run.feed(`${line}\n`.repeat(3_000));
    await run.stderrHas('Messages go to disk from now on');
    await run.stderrHas('takes no more: it holds');
    const status = await commandLine(world, ['outbox', 'status', '--output', 'json']);
    const { messages } = JSON.parse(status.stdout) as { messages: number };
    expect(messages).toBeGreaterThan(900);
    expect(messages).toBeLessThan(1_000);
    await heal(world);
    run.endInput();
    const { code } = await run.ended;
    expect([0, 10]).toContain(code);
    expect(stored(world).filter((text) => text === line)).toHaveLength(3_000);
  });

  test('F5, F6: a region that comes back for a moment, again and again, takes everything in the end', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '--count', '1', '--key', 'first']);
    await lose(world);
    const run = startCommand(
      world,
      ['producer', '-', '-K:', '--log', 'plain', '--max-batch-messages', '20'],
      { input: null },
    );
    await run.feed(lines(0, 1_000));
    await run.stderrHas('Messages go to disk from now on');
    for (let round = 0; round < 2; round++) {
      await heal(world);
      const before = stored(world).length;
      await expect.poll(() => stored(world).length, { timeout: 30_000 }).toBeGreaterThan(before);
      await lose(world);
      await run.feed(lines(1_000 + round * 200, 1_200 + round * 200));
    }
    await heal(world);
    run.endInput();
    const { code } = await run.ended;
    expect([0, 10]).toContain(code);
    const values = stored(world)
      .filter((text) => /^\d+$/.test(text))
      .map(Number);
    expect(new Set(values).size).toBe(1_400);
  });

  test(
    `F4, INV-1: producers that are killed ${KILLS} times under load, in and out of outages, lose nothing that was acknowledged`,
    async () => {
      await using world = await EmulatedWorld.start();
      await commandLine(world, ['producer', '--count', '1']);
      const args = ['producer', '-', '-K:', '--output', 'json', '--quiet'];
      const acknowledged = new Set<string>();
      const killOne = async (kill: number): Promise<void> => {
        const first = kill * LINES;
        const run = startCommand(world, [...args, ...HOW[kill % HOW.length]!], { input: null });
        void run.feed(lines(first, first + LINES)).catch(() => {});
        // Killed at another place of its output each time.
        await run.stdoutHas(`"line":${1 + ((kill * 7_919) % 997)},`);
        run.kill('SIGKILL');
        await run.ended;
        for (const line of run.stdout().split('\n').slice(0, -1)) {
          const receipt = JSON.parse(line) as { line: number };
          acknowledged.add(String(first + receipt.line - 1));
        }
      };
      for (let round = 0; round < ROUNDS; round++) {
        // Rounds begin in an outage, and without one; both change while producers run.
        const change = [lose, heal, heal, lose][round % 4]!;
        const kills = Array.from({ length: AT_ONCE }, (_, index) => killOne(round * AT_ONCE + index));
        await Promise.all([...kills, change(world)]);
      }
      await heal(world);
      for (let code: number | null = 13; code === 13;)
        ({ code } = await commandLine(world, ['outbox', 'send']));
      const found = new Set(stored(world));
      expect(acknowledged.size).toBeGreaterThan(KILLS);
      expect([...acknowledged].filter((value) => !found.has(value))).toEqual([]);
      expect((await commandLine(world, ['outbox', 'status'])).code).toBe(0);
    },
    60_000 + KILLS * 15_000,
  );
});

test(
  `H12, INV-1: consumers that are killed ${KILLS} times, with commits and a directory of handled ids, miss nothing`,
  async () => {
    await using world = await EmulatedWorld.start({ partitions: 2 });
    const messages = 100 * (ROUNDS + 1);
    await commandLine(world, ['producer', '-', '-K:', '--envelope'], { input: lines(0, messages) });
    const flags = ['consumer', '--group-timeout', '1s', '--read-limit', '20', '--envelope', '--quiet'];
    const printedBy = async (group: string): Promise<string[]> => {
      const args = [...flags, '--group', group, '--dedupe-directory', join(world.directory, group)];
      const printed: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const run = startCommand(world, args);
        await run.stdoutHas('\n');
        run.kill('SIGKILL');
        await run.ended;
        // The last line may be cut off.
        printed.push(...run.stdout().split('\n').slice(0, -1));
      }
      const last = await commandLine(world, [...args, '--until-idle', '2s']);
      expect(last.code).toBe(0);
      return [...printed, ...last.stdout.split('\n').filter(Boolean)];
    };
    const groups = Array.from({ length: AT_ONCE }, (_, index) => printedBy(`g${index}`));
    const all = new Set(Array.from({ length: messages }, (_, n) => String(n)));
    for (const printed of await Promise.all(groups)) expect(new Set(printed)).toEqual(all);
  },
  60_000 + KILLS * 15_000,
);

describe('a place that cannot be used', () => {
  test('F8: a directory that another producer has is refused with its process; exit 2', async () => {
    await using world = await EmulatedWorld.start();
    const directory = join(world.directory, 'outbox');
    const first = startCommand(world, ['producer', '--rate', '5', '--outbox', directory, '--log', 'plain']);
    await first.stderrHas('Writing to');
    const second = await commandLine(world, ['producer', '--count', '1', '--outbox', directory]);
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(new RegExp(`${directory} is used by process ${first.pid} since 20`));
    first.kill('SIGTERM');
    await first.ended;
  });

  test.skipIf(process.platform === 'win32').each(['holder.json', 'lock', 'messages-1.db', 'failed.jsonl'])(
    'F8, I6: a pipe in place of %s is named, and keeps no command from ending',
    async (name) => {
      await using world = await EmulatedWorld.start();
      const outbox = join(world.directory, 'outbox');
      await shell(world, `mkdir -p outbox/0 && mkfifo outbox/0/${name}`);
      for (const args of [
        ['producer', '--count', '1'],
        ['outbox', 'status'],
      ]) {
        const { code, stderr } = await commandLine(world, [...args, '--outbox', outbox]);
        expect(code).toBe(2);
        expect(stderr).toContain(`outbox/0/${name} is a pipe or a device, not a file: remove it.`);
      }
    },
  );

  test.skipIf(process.platform === 'win32')(
    'F4, I6: beside the record: a warning, but exit 2 when messages of a killed producer wait in it',
    async () => {
      await using world = await EmulatedWorld.start();
      await shell(world, `mkdir -p ${world.recordFile}.outbox/0 && mkfifo ${world.recordFile}.outbox/0/lock`);
      await shell(world, `touch ${world.recordFile}.outbox/0/messages-1.db`);
      const refused = await commandLine(world, ['producer', '--count', '1', '--log', 'plain']);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(
        /outbox\/0\/lock is a pipe or a device, not a file: remove it\. Messages .+ \(--outbox off\)/,
      );
      await shell(world, `rm -r ${world.recordFile}.outbox && touch ${world.recordFile}.outbox`);
      const sent = await commandLine(world, ['producer', '--count', '1', '--log', 'plain']);
      expect(sent.code).toBe(0);
      expect(sent.stderr).toContain(
        'outbox cannot be used: it is not a directory. Messages that no region takes wait in memory',
      );
      expect(stored(world)).toHaveLength(1);
    },
  );

  test('F8, G8: producers that share a record share its outbox, each in a place of its own', async () => {
    await using world = await EmulatedWorld.start();
    const first = startCommand(world, ['producer', '--rate', '5', '--log', 'plain']);
    await first.stderrHas('Writing to');
    expect((await commandLine(world, ['producer', '--count', '1'])).code).toBe(0);
    expect(existsSync(`${world.recordFile}.outbox/1`)).toBe(true);
    first.kill('SIGTERM');
    await first.ended;
  });

  test('I6: a directory above that does not exist, and settings that contradict each other, are one line and exit 2', async () => {
    await using world = await EmulatedWorld.start();
    const missing = join(world.directory, 'missing', 'outbox');
    const run = await commandLine(world, ['producer', '--count', '1', '--outbox', missing, '--log', 'plain']);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('the directory above it does not exist');
    const contradiction = await commandLine(world, ['producer', '--count', '1', '--acknowledge', 'disk']);
    expect(contradiction.code).toBe(2);
    expect(contradiction.stderr).toContain('--acknowledge disk needs --outbox always; it is outage');
    const small = await commandLine(world, ['producer', '--count', '1', '--max-outbox-bytes', '1KiB']);
    expect(small.stderr).toContain('is too small');
    for (const [args, words] of [
      [
        ['export', '--output', 'text'],
        '--output has no meaning for outbox export: it is for status, verify, show',
      ],
      [['status', '--yes'], '--yes has no meaning for outbox status: it is for discard'],
      [['status', '--outbox', './a', '--outbox-directory', './b'], 'both name a directory'],
    ] as const) {
      const { code, stderr } = await commandLine(world, ['outbox', ...args]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    }
    const config = await commandLine(world, ['config', '--outbox', './a']);
    expect(config.stdout).toMatch(/--outbox-directory +\.\/a /);
  });

  test('--acknowledge disk: receipts come from the disk, and the region has the messages too', async () => {
    await using world = await EmulatedWorld.start();
    const args = [
      'producer',
      '--count',
      '5',
      '--outbox',
      'always',
      '--acknowledge',
      'disk',
      '--output',
      'json',
    ];
    const { code, stdout } = await commandLine(world, args);
    expect(code).toBe(0);
    expect(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toEqual(Array(5).fill('outbox'));
    expect(stored(world)).toHaveLength(5);
  });
});
