import type { Receipt } from '../../../runtime/receipt.ts';

/** A message that a program sent. */
export interface Sent {
  /** Base64, unique: how the wire names it. */
  readonly value: string;
  readonly key: string;
  /** Of all messages of its process, in the order of the `send` calls. */
  readonly order: number;
  readonly process: number;
  /** Life of the process. */
  readonly life: number;
  readonly at: number;
  readonly aborts: boolean;
  settledAt?: number;
  outcome?:
    | { readonly type: 'stored'; readonly receipt: Receipt }
    /** It is on disk. */
    | { readonly type: 'spooled' }
    /** `mayBeStored`: the error said that it was being sent. */
    | { readonly type: 'rejected'; readonly code: string; readonly mayBeStored: boolean }
    /** The process was killed first. */
    | { readonly type: 'dead' };
}

export function text(value: string): string {
  return Buffer.from(value, 'base64').toString().trim();
}
