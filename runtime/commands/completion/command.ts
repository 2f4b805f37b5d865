import { Argument, Command } from 'commander';

import { EXIT } from '../exit-codes.ts';
import { newCommand } from '../new-command.ts';
import { openSession, outputIsWritten, type LogFlags } from '../session.ts';
import { candidates } from './candidates.ts';
import { COMPLETION_SCRIPTS, SHELLS, type CompletionShell } from './scripts.ts';

const EXAMPLES = [
  ['completion bash', 'in ~/.bashrc: eval "$(oci-streaming-ha completion bash)"'],
  ['completion fish', 'or zsh, powershell'],
] as const;
/** How long a reader of the script may take (ms). */
const PATIENCE_MS = 10_000;

/** Prints the script of a shell, which calls `completeCommand`. */
export function completionCommand(): Command {
  const about = 'print what completes commands, flags and regions in a shell';
  return newCommand('completion', about, EXAMPLES, [], (command) =>
    command
      .addArgument(new Argument('<shell>', 'whose syntax').choices(SHELLS))
      .action(async (shell: CompletionShell, flags: LogFlags) => {
        process.exitCode = await print(COMPLETION_SCRIPTS[shell], flags);
      }),
  );
}

/** For the scripts: prints what can stand at the end of a command line, a candidate per line. */
export function completeCommand(program: () => Command): Command {
  return new Command('complete')
    .argument('[words...]', 'the words behind the name of the program')
    .action(async (words: string[]) => {
      const found = candidates(program(), words);
      process.exitCode = await print(found.map((each) => `${each}\n`).join(''), {});
    });
}

async function print(text: string, flags: LogFlags): Promise<number> {
  const session = openSession('completion', flags);
  session.stdout.write(text);
  const isWritten = await outputIsWritten(session, session.interruption.signal, PATIENCE_MS);
  return isWritten || session.stdout.readerIsGone ? EXIT.done : EXIT.failed;
}
