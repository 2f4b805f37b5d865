import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { checkSyntax, CommandNotRun, runCommand } from '../../../../runtime/commands/consumer/exec.ts';
import type { ConsumedMessage } from '../../../../runtime/consumer/index.ts';

/** A message whose key and id are this text. */
function messageNamed(name: string): ConsumedMessage {
  return {
    region: 'sa-saopaulo-1',
    partition: '0',
    offset: 1,
    timestamp: '2026-11-26T00:00:00.000Z',
    value: Buffer.from('value'),
    envelope: { id: name },
    keyText: () => name,
  } as unknown as ConsumedMessage;
}

/** `T`: stopped. @throws when there is no such process. */
function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0]!;
}

const run = (command: string, name: string): Promise<void> =>
  runCommand(command, messageNamed(name), new AbortController().signal);

describe.skipIf(process.platform === 'win32')('a command for a message', () => {
  test('H7: has key and id in its environment, whatever characters they hold', async () => {
    for (const name of ['', 'order-1', 'a b\n$(c) "d"', 'é\u{1f600}', 'x'.repeat(30_000)])
      await expect(
        run(`test "$MESSAGE_KEY" = "$MESSAGE_ID" && test "\${MESSAGE_ID+set}" = set`, name),
      ).resolves.toBeUndefined();
  });

  test('H7, I14: can tell by MESSAGE_BYTES whether it got the whole value', async () => {
    await expect(run('test "$(wc -c)" -eq "$MESSAGE_BYTES"', 'k')).resolves.toBeUndefined();
  });

  test('H7, H13: has no variable for what none can hold, and runs all the same', async () => {
    for (const name of ['a\0b', 'x'.repeat(200_000), '\u{1f600}'.repeat(16_001)])
      await expect(
        run('test -z "${MESSAGE_ID+set}" && test -z "${MESSAGE_KEY+set}" && test "$(cat)" = value', name),
      ).resolves.toBeUndefined();
  });

  test('H7: whose code is not 0 is a failure that names it', async () => {
    await expect(run('exit 3', 'k')).rejects.toThrow('the command ended with code 3');
    await expect(run('kill -9 $$', 'k')).rejects.toThrow('the command ended with SIGKILL');
    await expect(run('exit 128', 'k')).rejects.not.toBeInstanceOf(CommandNotRun);
  });

  test.each([
    ['is not found', './no-such-command', 'code 127'],
    ['is not found behind another one', 'true && no-such-command', 'code 127'],
    ['may not be executed', '/dev/null', 'code 126'],
    ['is longer than the system takes', 'a'.repeat(200_000), 'E2BIG'],
  ])('H7: that %s did not run: that is no fault of the message', async (_, command, words) => {
    const ended = run(command, 'k');
    await expect(ended).rejects.toBeInstanceOf(CommandNotRun);
    await expect(ended).rejects.toThrow(words);
  });

  test('H7, I6: that the shell cannot parse is refused before it is run', async () => {
    for (const command of ["echo 'it", 'if true; then', 'a && && b', '(cat'])
      expect(() => checkSyntax(command)).toThrow(
        expect.objectContaining({
          code: 'CONFIG',
          message: expect.stringMatching(/^--exec .* is no command of the shell: /) as string,
        }),
      );
    for (const command of ['', 'cat', './no-such-command', 'exit 2', 'echo "$MESSAGE_KEY" | tr a b # c'])
      expect(() => checkSyntax(command)).not.toThrow();
  });

  test.skipIf(process.platform !== 'linux')('H15, I13: that has stopped itself is ended too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'exec-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'pid');
    const stop = new AbortController();
    const ended = runCommand(`echo $$ > ${file}; kill -STOP $$`, messageNamed('k'), stop.signal);
    await vi.waitFor(() => expect(stateOf(Number(readFileSync(file, 'utf8')))).toBe('T'));
    const pid = Number(readFileSync(file, 'utf8'));
    stop.abort();
    await expect(ended).rejects.toThrow('did not end in time, and was stopped');
    await vi.waitFor(() => expect(() => stateOf(pid)).toThrow('ENOENT'));
  });
});
