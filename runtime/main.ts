#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

import { Command, CommanderError } from 'commander';

import { consumerCommand, envCommand, EXIT, producerCommand, statusCommand } from './commands/index.ts';
import { HaError } from './errors.ts';

// The second start of a program that a person waits for takes half the time.
enableCompileCache();

// What commander says of wrong use, in one line behind the program's name.
const program = new Command('oci-streaming-ha')
  .description('Keeps messages flowing through OCI Streaming when a region fails.')
  .exitOverride()
  .configureOutput({ outputError: () => {} })
  .helpCommand(false)
  .showHelpAfterError(false);
for (const command of [producerCommand(), consumerCommand(), statusCommand(), envCommand()]) {
  program.addCommand(command.copyInheritedSettings(program));
}

// A reader that has seen enough (`| head`) closes the pipe: a quiet end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** One line, no stack trace for what a person can mend. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    say(error.message.replace(/^error: /, ''), `see ${program.name()} --help`);
    return EXIT.usage;
  }
  if (error instanceof HaError) {
    say(error.message);
    return error.code === 'CONFIG' || error.code === 'RECORD' ? EXIT.usage : EXIT.failed;
  }
  if (error instanceof Error && error.message === 'interrupted') return EXIT.interrupted;
  throw error;
}

function say(...parts: string[]): void {
  process.stderr.write(`${program.name()}: ${parts.join('; ')}\n`);
}
