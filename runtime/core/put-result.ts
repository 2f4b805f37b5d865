/**
 * Reading the answer to a PutMessages, entry by entry. OCI answers 200 with `failures > 0` when some entries were
 * refused, so the status alone says nothing about a message.
 */
export type EntryFate<R> =
  | { readonly fate: 'stored'; readonly receipt: R }
  | { readonly fate: 'refused'; readonly status: number; readonly error: string; readonly message: string }
  /** The answer does not name this message: it may be stored. */
  | { readonly fate: 'unnamed' };

type AnsweredEntry<R> =
  | { readonly stored: R }
  | { readonly refused: { status: number; error: string; message: string } };

/** One fate a message, in request order. An answer with more entries than messages names none of them reliably. */
export function entryFates<R>(sent: number, entries: readonly AnsweredEntry<R>[]): EntryFate<R>[] {
  const trusted = entries.length <= sent;
  return Array.from({ length: sent }, (_, index): EntryFate<R> => {
    const entry = trusted ? entries[index] : undefined;
    if (entry === undefined) return { fate: 'unnamed' };
    if ('stored' in entry) return { fate: 'stored', receipt: entry.stored };
    return { fate: 'refused', ...entry.refused };
  });
}

/** What an answer as a whole says about its region and what to do with what was not stored. */
export type AnswerMeaning =
  | { readonly means: 'stored' }
  /** Some stored, some refused: the refused go again, paced. No evidence. */
  | { readonly means: 'partly-stored' }
  /** Nothing stored, everything refused: as if the whole call had been answered with this status. */
  | { readonly means: 'all-refused'; readonly status: number; readonly message: string }
  /** Fewer (or more) results than messages: breaks the protocol, ambiguous. */
  | { readonly means: 'incomplete'; readonly named: number };

export function answerMeaning(fates: readonly EntryFate<unknown>[]): AnswerMeaning {
  const named = fates.filter((entry) => entry.fate !== 'unnamed').length;
  if (named < fates.length) return { means: 'incomplete', named };
  const refused = fates.filter((entry) => entry.fate === 'refused');
  if (refused.length === 0) return { means: 'stored' };
  if (refused.length < fates.length) return { means: 'partly-stored' };
  // 429 wins over 500 in a mixed refusal: it is the weaker evidence.
  const first = refused.find((entry) => entry.status === 429) ?? refused[0];
  return { means: 'all-refused', status: first?.status ?? 500, message: first?.message ?? '' };
}

/**
 * The refused entries behind which a later message of the same key was stored: their order is lost and cannot be
 * restored (OCI has no ordered put). Keyless messages have no order to lose.
 */
export function overtaken(keys: readonly (string | null)[], fates: readonly EntryFate<unknown>[]): number[] {
  const storedLater = new Set<string>();
  const found: number[] = [];
  for (let index = fates.length - 1; index >= 0; index--) {
    const key = keys[index];
    if (key === null || key === undefined) continue;
    if (fates[index]?.fate === 'stored') storedLater.add(key);
    else if (storedLater.has(key)) found.push(index);
  }
  return found.toReversed();
}
