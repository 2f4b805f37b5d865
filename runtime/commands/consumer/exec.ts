import { spawn } from 'node:child_process';
import { once } from 'node:events';

import type { ConsumedMessage } from '../../consumer/index.ts';

/**
 * `--exec`: runs a command of the shell for one message, with the value on its standard input and the rest in its
 * environment. It prints where this program prints.
 * @throws Error when it ends with another code than 0, or by a signal.
 */
export async function runCommand(command: string, message: ConsumedMessage): Promise<void> {
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, ...variablesOf(message) },
  });
  // A command need not read the value to its end.
  child.stdin.on('error', () => {});
  child.stdin.end(message.value);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new Error(`the command ended with ${code === null ? signal : `code ${code}`}`);
}

function variablesOf(message: ConsumedMessage): Record<string, string> {
  const { region, partition, offset, timestamp, envelope } = message;
  const key = message.keyText();
  return {
    MESSAGE_REGION: region,
    MESSAGE_PARTITION: partition,
    MESSAGE_OFFSET: String(offset),
    MESSAGE_TIMESTAMP: timestamp,
    // A variable cannot hold a NUL.
    ...(key === null || key.includes('\0') ? {} : { MESSAGE_KEY: key }),
    ...(envelope === undefined || envelope.id.includes('\0') ? {} : { MESSAGE_ID: envelope.id }),
  };
}
