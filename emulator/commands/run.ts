import { Command, CommanderError } from 'commander';
import { UsageError } from '../options.ts';
import { VERSION } from '../version.ts';
import { addFaultCommand } from './fault.ts';
import { addServeCommand } from './serve-command.ts';
import { addStreamCommand } from './stream.ts';

/** Runs the command line. Returns the exit code: 0 done, 1 failed, 2 wrong use. */
export async function run(words: readonly string[]): Promise<number> {
  const program = new Command('emulator')
    .description('Regions of OCI Streaming on this machine, with faults on request')
    .version(VERSION, '--version', 'print the version')
    .exitOverride()
    // One line, even with a hint ("Did you mean …?").
    .configureOutput({
      outputError: (text, write) =>
        write(
          `${text
            .replace(/^error: /, 'emulator: ')
            .trim()
            .replaceAll(/\s*\n\s*/g, ' ')}\n`,
        ),
    });
  // The reader of the output may close it, as `| head -1` does, or its disk may be full: the emulator goes on.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE')
      process.stderr.write(`emulator: standard output cannot be written (${error.code ?? error.message})\n`);
  });
  process.stderr.on('error', () => {});
  addServeCommand(program);
  addStreamCommand(program);
  addFaultCommand(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`emulator: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
