import { systemDisk, type Disk } from '../../../runtime/record/disk.ts';

/** Hears what is done to the disk, step by step: `open`, `handle.writeFile`, `rename`, …, and to what. */
export type BeforeStep = (step: string, args: readonly unknown[], target: object) => Promise<void> | void;

/** The system's disk, with something before each step: to count, to fail, to die. Watching is no step. */
export function faultyDisk(before: BeforeStep): Disk {
  const stepped = <T extends object>(target: T, prefix: string): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || name === 'watch') return value;
        return async (...args: unknown[]) => {
          await before(prefix + String(name), args, target);
          const result: unknown = await Reflect.apply(value, target, args);
          return name === 'open' ? stepped(result as object, 'handle.') : result;
        };
      },
    });
  return stepped(systemDisk, '');
}

/** A disk on which a step fails as the system would make it fail, as long as `broken` says so. */
export function failingDisk(step: string, code: string, broken: () => boolean): Disk {
  return faultyDisk((name) => {
    if (name === step && broken()) throw Object.assign(new Error(`${code}: made to fail`), { code });
  });
}
