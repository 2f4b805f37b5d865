/** How a `pulumi` command ended. */
export type Ran =
  | { readonly end: 'done'; readonly stdout: string }
  /** Another update holds the stack. */
  | { readonly end: 'busy' }
  /** A preview that expected none found changes to make, or an update would have done what its preview did not show. */
  | { readonly end: 'changes' }
  /** There is nothing here to ask. */
  | { readonly end: 'absent'; readonly because: string }
  /** `silent`: pulumi failed by itself, and gave no reason. */
  | { readonly end: 'failed'; readonly because: string; readonly silent?: true };

/** The service's words (409), and those of a file backend, where a lock can also be what a killed update left. */
const BUSY = /another update is currently in progress|currently locked by/i;
const CHANGES = /no changes were expected|not allowed by the plan|violates plan/i;
const ABSENT: readonly (readonly [RegExp, string])[] = [
  [/no stack selected|no stack named/i, 'no stack is selected'],
  [/PULUMI_ACCESS_TOKEN must be set/i, 'pulumi is not logged in'],
  [/no Pulumi\.yaml project file/i, 'there is no Pulumi project'],
];

/**
 * What an exit code and words mean. Read off pulumi 3.259: exit codes are 0, 7 for changes that were not expected, 6 for no
 * such stack, 3 for no login and 1 for most else; older ones had 255 for all of it, so the words decide.
 */
export function endingOf(code: number | null, stdout: string, stderr: string): Ran {
  if (code === 0) return { end: 'done', stdout };
  const said = `${stderr}\n${stdout}`;
  if (BUSY.test(said)) return { end: 'busy' };
  if (CHANGES.test(said)) return { end: 'changes' };
  const absent = ABSENT.find(([words]) => words.test(said));
  if (absent !== undefined) return { end: 'absent', because: absent[1] };
  const line = said.split('\n').find((text) => /\berror\b/i.test(text));
  if (line !== undefined) return { end: 'failed', because: line.replace(/^.*?\berror: /, '').trim() };
  return { end: 'failed', because: `pulumi ended with ${String(code)}`, ...(code === 1 && { silent: true }) };
}
