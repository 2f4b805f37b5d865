/**
 * What the answer to a put as a whole says about its region, and about the messages in it. OCI answers 200 with
 * `failures > 0` when some entries were refused, so the status alone says nothing about a message.
 */
interface EntryResult {
  readonly type: 'stored' | 'refused' | 'unnamed';
  readonly status?: number;
  readonly message?: string;
}

export type AnswerMeaning =
  | { readonly type: 'stored' }
  /** Some entries are stored, some refused: the refused ones go again, paced. That is no evidence against the region. */
  | { readonly type: 'partly-stored'; readonly refused: number; readonly status: number }
  /** Nothing is stored, everything refused: as if the whole call had been answered with this status. */
  | { readonly type: 'all-refused'; readonly status: number; readonly message: string }
  /** None is said to be stored, and not all are refused: the answer breaks the protocol, and some may be stored. */
  | { readonly type: 'unnamed' };

export function answerMeaning(results: readonly EntryResult[]): AnswerMeaning {
  const stored = results.filter(({ type }) => type === 'stored').length;
  if (results.length > 0 && stored === results.length) return { type: 'stored' };
  const refused = results.filter(({ type }) => type === 'refused');
  // 429 wins over 500 in a mixed refusal: it is the weaker evidence.
  const first = refused.find(({ status }) => status === 429) ?? refused[0];
  if (stored === 0 && (first === undefined || refused.length < results.length)) return { type: 'unnamed' };
  if (refused.length === results.length) {
    return { type: 'all-refused', status: first?.status ?? 500, message: first?.message ?? '' };
  }
  return { type: 'partly-stored', refused: refused.length, status: first?.status ?? 200 };
}

/**
 * The positions of entries that are not stored although a later message of their key is: their order is lost and cannot be
 * restored (OCI has no ordered put). Messages without a key have no order to lose.
 */
export function overtaken(
  keys: readonly (string | null)[],
  results: readonly { readonly type: EntryResult['type'] }[],
): number[] {
  const storedLater = new Set<string>();
  const found: number[] = [];
  for (let index = results.length - 1; index >= 0; index--) {
    const key = keys[index];
    if (key === null || key === undefined) continue;
    if (results[index]?.type === 'stored') storedLater.add(key);
    else if (storedLater.has(key)) found.push(index);
  }
  return found.toReversed();
}
