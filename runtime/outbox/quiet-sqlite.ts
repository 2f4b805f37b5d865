let loading = 0;
let restore = (): void => {};

/**
 * Loads a module that loads node:sqlite, which before Node 24.15 warns that it is experimental. No other warning is dropped, and
 * `process.emitWarning` is as it was when nothing is loaded.
 */
export async function quietly<T>(load: () => Promise<T>): Promise<T> {
  if (loading++ === 0) muffle();
  try {
    return await load();
  } finally {
    if (--loading === 0) restore();
  }
}

function muffle(): void {
  const descriptor = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  const loud = process.emitWarning.bind(process) as (...words: unknown[]) => void;
  const ours = (...words: unknown[]): void => {
    const [warning, type] = words;
    if (type !== 'ExperimentalWarning' || !String(warning).startsWith('SQLite')) loud(...words);
  };
  process.emitWarning = ours;
  restore = () => {
    // Somebody may have put a function of theirs there since: it is theirs to take away.
    const isOurs = Object.is(Reflect.get(process, 'emitWarning'), ours);
    if (isOurs && descriptor !== undefined) Object.defineProperty(process, 'emitWarning', descriptor);
  };
}
