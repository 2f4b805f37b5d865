import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { HaError } from '../../errors.ts';

/** One profile of an OCI configuration file. */
export interface Profile {
  readonly file: string;
  readonly name: string;
  /** What the profile says, else what `DEFAULT` says. */
  get(key: string): string | undefined;
}

type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads a profile of `path` (`~/.oci/config` when undefined; `~` is expanded). Throws `CONFIG` errors. */
export function readProfile(path: string | undefined, name: string): Profile {
  const file = expandHome(path ?? '~/.oci/config');
  const sections = parseConfig(readConfig(file), file);
  const own = sections.get(name);
  if (own === undefined) {
    const known = sections.size === 0 ? 'it has none' : `it has ${[...sections.keys()].join(', ')}`;
    throw new HaError('CONFIG', `${file}: there is no profile ${name} (${known}); choose one with --profile`);
  }
  return { file, name, get: (key) => own.get(key) ?? sections.get('DEFAULT')?.get(key) };
}

/**
 * The rules of oci-common's reader (2.139.1): sections, `key = value`, `#` comment lines, no quotes, the last of two
 * equal keys wins. Ours, because that one prints to the console and repeats whole lines in its errors.
 */
function parseConfig(text: string, file: string): Sections {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const section = /^\[(.*)\]$/.exec(line)?.[1]?.trim();
    if (section !== undefined && section !== '') {
      current = sections.get(section) ?? new Map<string, string>();
      sections.set(section, current);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 1 || current === undefined) {
      // The line itself is not repeated: it may be half of a pass phrase.
      throw new HaError(
        'CONFIG',
        `${file}, line ${index + 1}: neither [PROFILE] nor "key = value" inside a profile`,
      );
    }
    current.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  return sections;
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? String(cause)})`;
    throw new HaError(
      'CONFIG',
      `OCI configuration ${file}: ${what}; name one with --config-file or OCI_CONFIG_FILE, or make one with \`oci setup config\``,
      { cause },
    );
  }
}

/** `~/x` in the home of this user, as all of Oracle's clients read it. */
export function expandHome(path: string): string {
  return /^~[/\\]/.test(path) ? join(homedir(), path.slice(2)) : path;
}
