import type { Command, Option } from 'commander';

import { REGION_NAMES } from '../../settings/index.ts';

/**
 * What can stand at the end of these words: commands, flags, or the values of a flag. `words` are those behind the
 * program's name; the last one is being typed and may be empty.
 */
export function candidates(program: Command, words: readonly string[]): string[] {
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
