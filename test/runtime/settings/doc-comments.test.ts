import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { expect, expectTypeOf, it } from 'vitest';

import {
  table,
  type SETTINGS_OF,
  variablesOf,
  type ConsumerOptions,
  type ProducerOptions,
  type Row,
  type SettingName,
} from '../../../runtime/settings/index.ts';

/** What the comment of an option must say: the words of its row, so that an editor and `--help` say the same. */
function commentOf(row: Row<string | number | boolean | undefined>): string {
  const { about, range, default: usual, commandLineDefault } = row;
  const facts = [
    range,
    usual === undefined ? 'no default' : `default ${usual}`,
    ...(commandLineDefault === undefined ? [] : [`on the command line ${commandLineDefault}`]),
    ...variablesOf(row).map((variable) => `environment variable ${variable}`),
  ];
  return `${about.slice(0, 1).toUpperCase()}${about.slice(1)}.\n\n${facts.join('; ')}.`;
}

/** The comments of the interfaces in a file, by option. */
function commentsIn(file: string): Map<string, string> {
  const path = fileURLToPath(new URL(`../../../runtime/settings/${file}`, import.meta.url));
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const options = source.statements.filter(ts.isInterfaceDeclaration).flatMap(({ members }) => [...members]);
  return new Map(
    options.map((option) => {
      const [comment] = ts.getJSDocCommentsAndTags(option);
      return [option.name?.getText() ?? '', ts.getTextOfJSDocComment(comment?.comment) ?? ''];
    }),
  );
}

/** Lines are broken where they are full: only paragraphs are compared. */
function unwrapped(comment: string | undefined): string | undefined {
  return comment?.replaceAll(/(?<!\n)\n(?!\n)/g, ' ');
}

const comments = new Map(
  ['connection.ts', 'retries-and-timeouts.ts', 'producer.ts', 'consumer.ts'].flatMap((file) => [
    ...commentsIn(file),
  ]),
);

it.each(Object.entries(table))('the comment of the option %s says what its row says', (name, row) => {
  expect(unwrapped(comments.get(name))).toBe(commentOf(row));
});

it('an option has the type of its row', () => {
  type OptionsOf<Name extends SettingName> = {
    readonly [K in Name]?: (typeof table)[K] extends Row<infer T> ? T | undefined : never;
  } & { readonly endpoints?: Readonly<Record<string, string>> | undefined };
  expectTypeOf<Required<ProducerOptions>>().toEqualTypeOf<
    Required<OptionsOf<(typeof SETTINGS_OF)['producer'][number]>>
  >();
  expectTypeOf<Required<ConsumerOptions>>().toEqualTypeOf<
    Required<OptionsOf<(typeof SETTINGS_OF)['consumer'][number]>>
  >();
});
