import { expect, test } from 'vitest';

import { programOf } from '../../../runtime/commands/command-line.ts';

test('I14: every command has examples first, no <value>, and one default per flag', () => {
  for (const command of programOf().commands.filter((each) => each.name() !== 'complete')) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toMatch(/^Examples:\n/);
    expect(help).not.toContain('<value>');
    for (const option of command.options)
      expect(option.defaultValue === undefined || option.negate).toBe(true);
    expect(help).toMatch(/Exit codes:\n {2}0 /);
  }
});
