import * as v from 'valibot';
import { configurationSchema } from './configuration-schema.ts';

/** The stack's configuration, validated, with defaults filled in. */
export type Configuration = v.InferOutput<typeof configurationSchema>;

/** The one member of `access`, for the functions that write policies. */
export type AccessConfiguration = NonNullable<Configuration['access']>;

const keys = Object.keys(configurationSchema.entries);

/**
 * Reads the configuration from the texts that Pulumi hands over.
 *
 * @param texts values by key, without the project's name before it
 * @param source where they stand, for the error: `Pulumi.dev.yaml`
 * @throws Error with one line for each thing that is wrong; nothing has been asked of OCI by then
 */
export function readConfiguration(texts: Readonly<Record<string, string>>, source: string): Configuration {
  const unknown = Object.keys(texts).filter((key) => !keys.includes(key));
  const read = v.safeParse(configurationSchema, texts);
  const problems = [
    ...unknown.map((key) => `${key} is not a key of this stack; allowed are ${keys.join(', ')}`),
    ...(read.issues ?? []).map((issue) => problem(issue, texts)),
  ];
  if (read.success && problems.length === 0) return read.output;
  throw new Error(
    [
      `The configuration in ${source} is wrong; nothing was changed.`,
      ...problems.map((line) => `  - ${line}`),
      'Change a value with: pulumi config set <key> <value>',
    ].join('\n'),
  );
}

type Issue = v.BaseIssue<unknown> & { path?: v.IssuePathItem[] | undefined };

function problem(issue: Issue, texts: Readonly<Record<string, string>>): string {
  const path = (issue.path ?? []).map((item) => String(item.key));
  const [key = ''] = path;
  const value = path.length === 1 ? texts[key] : issue.path?.at(-1)?.value;
  const shown = value === undefined ? '' : ` = ${JSON.stringify(value)}`;
  return `${path.join('.')}${shown} ${issue.message}`;
}
