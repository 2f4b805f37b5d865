import { Command, CommanderError } from 'commander';
import { UsageError } from '../options.ts';
import { VERSION } from '../version.ts';
import { addFaultCommand } from './fault.ts';
import { addServeCommand } from './serve/index.ts';
import { addStreamCommand } from './stream.ts';

/** The command line. Gives the exit code: 0 done, 1 failed, 2 wrong use. */
export async function run(words: readonly string[]): Promise<number> {
  const program = new Command('emulator')
    .description('Regions of OCI Streaming on this machine, with faults on request')
    .version(VERSION, '--version', 'print the version')
    .exitOverride()
    // One line, also with a hint ("Did you mean …?").
    .configureOutput({
      outputError: (text, write) =>
        write(
          `${text
            .replace(/^error: /, 'emulator: ')
            .trim()
            .replaceAll(/\s*\n\s*/g, ' ')}\n`,
        ),
    });
  // Who reads may go, as `| head -1` does when it has the ready line: the emulator goes on.
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
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
