import { chmodSync, lchownSync } from 'node:fs';

import { systemDisk, type Disk } from '../../../runtime/record/disk.ts';

const isRoot = process.geteuid?.() === 0;
const ANOTHER = 4242;

/** Makes a file or link another user's: really, where root runs the tests; else for `diskOfOwner`. */
export function giveAway(path: string): void {
  if (isRoot) lchownSync(path, ANOTHER, ANOTHER);
}

/** The disk of a user who is not the owner of what was given away. */
export function diskBesideAnother(disk: Disk = systemDisk): Disk {
  return isRoot ? disk : { ...disk, userId: (process.geteuid?.() ?? 0) + 1 };
}

/** A directory where anyone may make files and nobody may remove another's. */
export function shareWithAnyone(directory: string): void {
  chmodSync(directory, 0o1777);
}
