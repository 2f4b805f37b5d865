import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configurationKeys, describeKey } from '../../infra/configuration.ts';
import { readConfiguration } from '../../infra/read-configuration.ts';
import { engineRange } from '../../infra/requirements.ts';
import { compartmentId, exampleConfiguration } from './example-configuration.ts';
import { runProgram } from './run-program.ts';

const projectFile = readFileSync('Pulumi.yaml', 'utf8');
const exampleFile = readFileSync('Pulumi.dev.yaml', 'utf8');
const readme = readFileSync('README.md', 'utf8');

/** What follows a line of this text, down to the next line that is not indented. */
const block = (text: string, head: string): string =>
  new RegExp(`^${head}\\n((?:(?: .*)?\\n)*)`, 'm').exec(text)?.[1] ?? '';

/** A YAML scalar, or a small map in one line. */
function yaml(value: unknown): string {
  if (typeof value !== 'string')
    return JSON.stringify(value).replace('{"enabled":false}', '{ enabled: false }');
  return value === '' ? "''" : value;
}

describe('the project files', () => {
  it('J6: Pulumi.yaml has every key with the type, the default and the meaning of infra/configuration.ts', () => {
    const expected = configurationKeys.map((key) => {
      const { type, default: fallback, description } = describeKey(key);
      return `  ${key}:\n    type: ${type}\n    description: '${description}'\n    default: ${yaml(fallback)}\n`;
    });
    expect(block(projectFile, 'config:')).toBe(expected.join(''));
  });

  it('J6: the template asks for the compartment and the regions, in the same words', () => {
    for (const key of ['compartmentId', 'primaryRegion', 'secondaryRegion'] as const) {
      const { description, default: fallback } = describeKey(key);
      const asked = `    ${key}:\n      description: '${description}'\n${fallback === '' ? '' : `      default: ${yaml(fallback)}\n`}`;
      expect(block(projectFile, 'template:')).toContain(asked);
    }
  });

  it('J6: Pulumi.yaml asks for the engine that the program asks for', () => {
    expect(projectFile).toContain(`requiredPulumiVersion: '${engineRange}'\n`);
  });

  it('J6: Pulumi.dev.yaml shows every key, with its default where it is set, and the placeholder', () => {
    const lines = [...exampleFile.matchAll(/^ {2}(# )?oci-streaming-ha:(\w+): (.*)$/gm)];
    const shown = [...exampleFile.matchAll(/oci-streaming-ha:(\w+):/g)].map(([, key = '']) => key);
    expect(new Set(shown)).toEqual(new Set(configurationKeys));
    const set = lines.filter(([, comment]) => comment === undefined).map(([, , key, value]) => [key, value]);
    const texts = Object.fromEntries(set) as Record<string, string>;
    expect(() => readConfiguration(texts, 'Pulumi.dev.yaml')).toThrow('is the placeholder of the example');
    expect(readConfiguration({ ...texts, compartmentId }, 'Pulumi.dev.yaml')).toEqual(exampleConfiguration());
  });

  it('J1: the README documents every output of the stack, and no other', async () => {
    const { outputs } = await runProgram();
    const documented = [
      ...(readme.split('| output |')[1] ?? '').split('\n\n')[0]!.matchAll(/^\| `(\w+)`(?:, `(\w+)`)? \|/gm),
    ];
    expect(
      documented.flatMap(([, ...names]) => names.filter((name) => name !== undefined)).toSorted(),
    ).toEqual(Object.keys(outputs).toSorted());
  });
});
