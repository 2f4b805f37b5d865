import * as v from 'valibot';
import {
  configurationKeys,
  configurationSchema,
  descriptions,
  type Configuration,
  type ConfigurationKey,
  type GivenConfiguration,
} from './configuration.ts';

/**
 * Reads the configuration from the texts that Pulumi passes.
 *
 * @param texts values by key, without the prefix of the project; structured ones as JSON
 * @param source where they come from, for the error: `Pulumi.dev.yaml`
 * @throws Error with one line per problem, before OCI is called
 */
export function readConfiguration(texts: Readonly<Record<string, string>>, source: string): Configuration {
  const given = Object.entries(texts).map(([key, text]) => [key, typedValue(key, text)]);
  return check(Object.fromEntries(given) as Given, (key) => texts[key], {
    where: `The configuration in ${source}`,
    remedy: 'Change a value with: pulumi config set <key> <value>',
  });
}

/**
 * Checks the arguments of HaStream.
 *
 * @throws Error with one line per problem, before OCI is called
 */
export function checkConfiguration(given: GivenConfiguration, name: string): Configuration {
  const values: Given = given;
  return check(values, (key) => values[key], {
    where: `What was given to new HaStream('${name}', …)`,
    remedy: 'Correct it in the program.',
  });
}

type Given = Readonly<Record<string, unknown>>;

function check(
  given: Given,
  shown: (key: string) => unknown,
  { where, remedy }: { readonly where: string; readonly remedy: string },
): Configuration {
  const known: readonly string[] = configurationKeys;
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  const read = v.safeParse(configurationSchema, given);
  const problems = [
    ...unknown.map((key) => `${key} is not a key of this stack; allowed are ${known.join(', ')}`),
    ...(read.issues ?? []).map((issue) => problem(issue, shown)),
    ...(read.success ? onlyWhenWarm(read.output) : []),
  ];
  if (read.success && problems.length === 0) return read.output;
  const lines = [...new Set(problems)].map((line) => `  - ${line}`);
  throw new Error([`${where} is wrong; nothing was changed.`, ...lines, remedy].join('\n'));
}

function onlyWhenWarm({ standby, secondaryStreamPoolId, secondaryPool }: Configuration): string[] {
  if (standby === 'warm') return [];
  const given = Object.entries({ secondaryStreamPoolId, secondaryPool }).filter(
    ([, value]) => value !== undefined,
  );
  return given.map(
    ([key]) =>
      `${key} is set, but the secondary is made by the runtime, in the default pool: pulumi config set standby warm, or pulumi config rm ${key}`,
  );
}

/** The value of a text. A text that is not of its key's type stays a text, which the check then refuses. */
function typedValue(key: string, text: string): unknown {
  const type = Object.hasOwn(descriptions, key) ? descriptions[key as ConfigurationKey][0] : 'string';
  if (type === 'string') return text;
  if (type === 'integer') return /^\d{1,9}$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : text);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

type Issue = v.BaseIssue<unknown> & { path?: v.IssuePathItem[] | undefined };

function problem(issue: Issue, shown: (key: string) => unknown): string {
  const path = (issue.path ?? []).map((item) => String(item.key));
  const [key = ''] = path;
  const value = path.length === 1 ? shown(key) : issue.path?.at(-1)?.value;
  const text =
    value === undefined ? '' : ` = ${typeof value === 'string' ? JSON.stringify(value) : short(value)}`;
  return `${path.join('.')}${text} ${issue.message}`;
}

const short = (value: unknown): string => (JSON.stringify(value) ?? 'a value of another type').slice(0, 200);
