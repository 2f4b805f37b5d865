import { Argument, Command, type Option } from 'commander';

import { REGION_NAMES } from '../settings/index.ts';
import { EXIT } from './exit-codes.ts';
import { newCommand } from './new-command.ts';
import { openSession, outputIsWritten, type LogFlags } from './session.ts';

const EXAMPLES = [
  ['completion bash', 'in ~/.bashrc: eval "$(oci-streaming-ha completion bash)"'],
  ['completion fish', 'or zsh, powershell'],
] as const;
/** How long to wait, after a signal, until the script is written (ms). */
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

/** Called by the scripts: prints the candidates for the last word of a command line, one per line. */
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

/**
 * The candidates for the last of these words: commands, flags, or values of a flag. `words` are those after the
 * program's name; the last one is being typed and may be empty.
 */
function candidates(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const name = before.find((word) => !word.startsWith('-'));
  const command = program.commands.find((each) => each.name() === name);
  if (command === undefined) {
    const names = program.commands.map((each) => each.name());
    return matching([...names, '--help', '--version'], typed);
  }
  const [, flag, beginning] = /^(--[\w-]+)=(.*)$/s.exec(typed) ?? [];
  if (flag !== undefined) {
    return matching(valuesOf(optionOf(command, flag)), beginning ?? '').map((value) => `${flag}=${value}`);
  }
  const last = optionOf(command, before.at(-1));
  if (last !== undefined && last.required) return matching(valuesOf(last), typed);
  if (!typed.startsWith('-'))
    return matching(
      command.registeredArguments.flatMap((each) => each.argChoices ?? []),
      typed,
    );
  const flags = command.options.filter((option) => !option.hidden).map((option) => option.long ?? '');
  return matching([...flags, '--help'], typed);
}

function optionOf(command: Command, flag: string | undefined): Option | undefined {
  return command.options.find(
    (option) => flag !== undefined && (option.long === flag || option.short === flag),
  );
}

function valuesOf(option: Option | undefined): readonly string[] {
  if (option === undefined) return [];
  if (option.flags.includes('<region>')) return REGION_NAMES;
  return option.argChoices ?? [];
}

function matching(values: readonly string[], beginning: string): string[] {
  return values.filter((value) => value.startsWith(beginning));
}

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

type CompletionShell = (typeof SHELLS)[number];

/** What a shell evaluates at its start. Each calls the program for candidates, so that a new version completes its own flags. */
const COMPLETION_SCRIPTS: Readonly<Record<CompletionShell, string>> = {
  bash: `# In ~/.bashrc: eval "$(oci-streaming-ha completion bash)"
_oci_streaming_ha() {
  local IFS=$'\\n' word=\${COMP_WORDS[COMP_CWORD]}
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(oci-streaming-ha complete -- "\${words[@]}" 2>/dev/null))
  # Nothing of ours: the names of files.
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _oci_streaming_ha oci-streaming-ha
`,
  zsh: `# In ~/.zshrc, after compinit: eval "$(oci-streaming-ha completion zsh)"
_oci_streaming_ha() {
  local -a found
  found=("\${(@f)$(oci-streaming-ha complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found[1]" ]]; then compadd -- $found; else _files; fi
}
compdef _oci_streaming_ha oci-streaming-ha
`,
  fish: `# In ~/.config/fish/config.fish: oci-streaming-ha completion fish | source
function __oci_streaming_ha
  set -l words (commandline -opc) (commandline -ct)
  oci-streaming-ha complete -- $words[2..-1] 2>/dev/null
end
complete -c oci-streaming-ha -a '(__oci_streaming_ha)'
`,
  powershell: `# In $PROFILE: oci-streaming-ha completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName oci-streaming-ha -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '""' }
  & oci-streaming-ha complete '--' @words 2>$null | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`,
};
