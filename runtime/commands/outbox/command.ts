import { Argument, Option, type Command } from 'commander';

import { SETTINGS_OF } from '../../settings/index.ts';
import { newCommand } from '../new-command.ts';
import type { LogFlags } from '../session.ts';

export interface OutboxFlags extends LogFlags {
  readonly output?: 'text' | 'json';
  readonly yes?: boolean;
}

const ACTIONS = ['status', 'verify', 'show', 'export', 'send', 'discard'] as const;

export type OutboxAction = (typeof ACTIONS)[number];

const EXAMPLES = [
  ['outbox status', 'how many messages wait on disk, how old they are, and which process has them'],
  ['outbox verify', 'read every message and check it; exit 1 when something is damaged'],
  ['outbox show', 'the keys with the most messages'],
  ['outbox export > messages.jsonl', 'one JSON object per message, as producer - --input json takes it'],
  ['outbox send', 'send what waits, then end'],
  ['outbox discard --yes', 'remove everything that no process uses'],
] as const;

/** The actions that a flag is for. */
const FOR: Readonly<Record<'output' | 'yes', readonly OutboxAction[]>> = {
  output: ['status', 'verify', 'show'],
  yes: ['discard'],
};

/** Flags that this action does not take, in words. */
export function flagProblems(action: OutboxAction, flags: OutboxFlags): string[] {
  return (['output', 'yes'] as const)
    .filter((name) => flags[name] !== undefined && !FOR[name].includes(action))
    .map((name) => `--${name} has no meaning for outbox ${action}: it is for ${FOR[name].join(', ')}`);
}

/** `run` gives the exit code. */
export function outboxCommand(run: (action: OutboxAction, flags: OutboxFlags) => Promise<number>): Command {
  const about = 'look after the messages that wait on the disk of this machine';
  return newCommand('outbox', about, EXAMPLES, SETTINGS_OF.producer, (command) =>
    command
      .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
      .addOption(
        new Option('--output <format>', 'of status, verify and show, on stdout (default text)').choices([
          'text',
          'json',
        ]),
      )
      .option('--yes', 'discard without asking')
      .action(async (action: OutboxAction, flags: OutboxFlags) => {
        process.exitCode = await run(action, flags);
      }),
  );
}
