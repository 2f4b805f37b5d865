import { constants, createReadStream, fstatSync, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';

import { HaError } from '../../errors.ts';

/** Where lines come from: `-` is standard input. */
export interface Source {
  /** For messages: `standard input`, or the path. */
  readonly name: string;
  open(): Promise<ByteStream>;
}

/** `destroy` ends a read that is under way. */
export type ByteStream = AsyncIterable<Uint8Array> & { destroy(): unknown };

/**
 * The sources that a command line names. Files that are not there are found before anything is sent.
 * @throws HaError `CONFIG`.
 */
export function sourcesOf(names: readonly string[]): Source[] {
  if (names.filter((name) => name === '-').length > 1) {
    throw new HaError('CONFIG', 'producer: - (standard input) is given twice; it can be read only once.');
  }
  return names.map((name) =>
    name === '-' ? { name: 'standard input', open: standardInput } : fileSource(name),
  );
}

function fileSource(path: string): Source {
  let isPipe: boolean;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw notASource(path, 'it is a directory');
    isPipe = stat.isFIFO();
  } catch (error) {
    if (error instanceof HaError) throw error;
    throw notASource(path, inputProblem(error));
  }
  return { name: path, open: async () => (isPipe ? openPipe(path) : createReadStream(path)) };
}

/**
 * As a socket, because a read of a pipe by the file system's functions cannot be ended. `O_NONBLOCK`, because an open that
 * waits for a writer cannot be ended either; the socket waits for it.
 */
function openPipe(path: string): ByteStream {
  // A number: a FileHandle would close it when it is collected.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** `process.stdin` is an empty stream for a directory and other inputs that Node does not know; as a file they give an error. */
async function standardInput(): Promise<ByteStream> {
  const stat = fstatSync(0);
  if (stat.isFIFO() || stat.isSocket() || isatty(0)) return process.stdin;
  return createReadStream('', { fd: 0, autoClose: false });
}

function notASource(name: string, problem: string): HaError {
  // `npm run producer --count 3`: npm keeps the flag for itself and passes its value on.
  const hint = /^\d+$/.test(name)
    ? ` npm keeps flags for itself unless they come after --: npm run producer -- --count ${name}`
    : '';
  const message = `producer: ${name === '' ? 'an empty name' : name} is not a source: ${problem}. Name a file, or - for standard input.${hint}`;
  return new HaError('CONFIG', message);
}

/** An error such as `EISDIR` in words. */
export function inputProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const inWords = code === undefined ? undefined : WORDS[code];
  return inWords === undefined ? message : `${inWords} (${code})`;
}

const WORDS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a directory',
  EIO: 'input/output error',
  ECONNRESET: 'its connection was reset',
  EBADF: 'it is not open for reading',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'there is no such file',
};
