import { setFlagsFromString } from 'node:v8';

import { Command, CommanderError } from 'commander';

import { systemClock } from '../clock.ts';
import { HaError } from '../errors.ts';
import type { Log, LogFormat } from '../log/log.ts';
import { VERSION } from '../version.ts';
import { completeCommand, completionCommand } from './completion.ts';
import { configCommand } from './config.ts';
import { consumerCommand } from './consumer/command.ts';
import { envCommand } from './env.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { outboxCommand } from './outbox/command.ts';
import { producerCommand } from './producer/command.ts';
import { logOf, noteOutputLost, type LogFlags } from './session.ts';
import { StandardError, StandardOutput } from './standard-streams.ts';
import { statusCommand } from './status/command.ts';

/** How long the program waits at its end until stdout and stderr are written (ms). */
const LAST_WORDS_MS = 1_000;

/** Runs the command line and ends the process. */
export async function main(words: readonly string[]): Promise<void> {
  boundHeap();
  const help = new StandardOutput();
  const program = programOf((text) => help.write(text));
  const names = [...program.commands.map((each) => each.name()), program.name()];
  const log = logOf(
    words.find((word) => names.includes(word)) ?? program.name(),
    logFlagsIn(words),
    new StandardError(),
    systemClock,
  );
  // Node prints warnings in its own form, but every line has to be JSON with --log json.
  process.removeAllListeners('warning');
  process.on('warning', (warning) =>
    log.note({ type: 'node-warning', level: 'warn', lines: [`${warning.name}: ${warning.message}`] }),
  );
  process.on('uncaughtException', (error) => end(report(error, log)));
  help.onLost = (error) => {
    noteOutputLost(log, error);
    process.exitCode = EXIT.failed;
  };
  try {
    assertDirectory();
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    process.exitCode = report(error, log);
  }
  await Promise.race([help.flushed(), systemClock.sleep(LAST_WORDS_MS)]);
  await written();
  // Ends although a call hangs or a reader does not read.
  end(Number(process.exitCode ?? EXIT.done));
}

/**
 * V8 lets garbage grow with the memory of the machine: 360 MB for a fast pipe of short lines, of which 30 are in use. With
 * these it takes 160 MB without an outbox and 215 MB with one, for a third more processor time.
 */
function boundHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}

/** The command line, for parsing and for completion. `writeOut` takes the text of `--help` and `--version`. */
export function programOf(writeOut: (text: string) => void = () => {}): Command {
  const program = new Command('oci-streaming-ha')
    .description('Keeps messages flowing through OCI Streaming when a region fails.')
    .version(VERSION, '--version', 'print the version')
    .exitOverride()
    // `report` prints commander's errors, in one line.
    .configureOutput({ writeOut, outputError: () => {} })
    .showHelpAfterError(false);
  // The producer and the consumer load the OCI SDK, which takes long and which `--help` and other commands do not need.
  const commands = [
    producerCommand(async (sources, flags) => (await import('./producer/run.ts')).run(sources, flags)),
    consumerCommand(async (flags) => (await import('./consumer/run.ts')).run(flags)),
    statusCommand(),
    envCommand(),
    configCommand(),
    outboxCommand(async (action, flags) => (await import('./outbox/run.ts')).run(action, flags)),
    completionCommand(),
  ];
  for (const command of commands) {
    program.addCommand(
      command.copyInheritedSettings(program).version(VERSION, '--version', 'print the version'),
    );
  }
  program.addCommand(completeCommand(() => programOf()).copyInheritedSettings(program), { hidden: true });
  return program;
}

/** Every relative path fails in a directory that was removed meanwhile, each with its own words. */
function assertDirectory(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw new HaError('CONFIG', 'The current directory was removed: change to one that exists (cd).', {
      cause,
    });
  }
}

/** Logs the error that ended a command and gives the exit code: one line, and no stack trace for what a person can correct. */
function report(error: unknown, log: Log): number {
  if (error instanceof CommanderError) {
    // Commander has printed the help already.
    if (error.code.startsWith('commander.help') || error.code === 'commander.version') {
      return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    }
    const message = error.message
      .replace(/^error: /, '')
      .replaceAll(/\s*\n\s*/g, ' ')
      .replace(/\.$/, '');
    log.note({ type: 'wrong-use', level: 'error', lines: [`${message}; see --help`] });
    return EXIT.usage;
  }
  const code = exitCodeOf(error);
  if (error instanceof HaError) {
    const lines = [error.message.replaceAll(/\s*\n\s*/g, ' ')];
    log.note({ type: 'failed', level: 'error', lines, fields: { code: error.code, exitCode: code } });
    return code;
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const lines = [`This is a defect of oci-streaming-ha: ${name}: ${message}`];
  log.note({ type: 'failed', level: 'error', lines, fields: { code: 'DEFECT', exitCode: code, stack } });
  log.note({ type: 'failed', level: 'debug', lines: [stack ?? ''] });
  return code;
}

/** The flags of the log, for errors that occur before commander has parsed them. */
function logFlagsIn(words: readonly string[]): LogFlags {
  const at = words.findIndex((word) => word === '--log' || word.startsWith('--log='));
  const given = words[at]?.includes('=') ? words[at].slice('--log='.length) : words[at + 1];
  const format = (['plain', 'json'] satisfies LogFormat[]).find((known) => at !== -1 && known === given);
  return {
    log: format ?? 'text',
    debug: words.includes('--debug'),
    quiet: words.includes('--quiet'),
  };
}

/** Resolves when both streams are written, or after a second. */
async function written(): Promise<void> {
  const isWritten = (): boolean => process.stderr.writableLength === 0 && process.stdout.writableLength === 0;
  for (let waited = 0; !isWritten() && waited < LAST_WORDS_MS; waited += 10) await systemClock.sleep(10);
}

function end(code: number): never {
  process.exit(code);
}
