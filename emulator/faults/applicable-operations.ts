import { routes } from '../operations/routes.ts';
import type { OperationName } from '../operations/validations.ts';

const PUT = ['PutMessages'] as const;

/** The effects that only some operations can show, and these. All other effects can be shown by every call. */
const NARROW = {
  creationEnds: ['CreateStream', 'CreateStreamPool', 'CreateConnectHarness'],
  fewerEntries: PUT,
  entries: PUT,
  reads: ['GetMessages'],
} as const satisfies Readonly<Record<string, readonly OperationName[]>>;

type NarrowEffect = keyof typeof NARROW;

const NARROW_EFFECTS = Object.keys(NARROW) as NarrowEffect[];

/** What a rule says of the calls that it is about. */
type Aim = {
  readonly operation?: OperationName | readonly OperationName[] | undefined;
  readonly plane?: 'admin' | 'data' | undefined;
} & { readonly [effect in NarrowEffect]?: unknown };

/**
 * The operations that a rule is about: those that it names, on its plane; and when an effect of it can be shown by some
 * only, those. The whole rule is about them: its other effects, too, and its count.
 */
export function reachOf(rule: Aim): ReadonlySet<OperationName> {
  const narrow = NARROW_EFFECTS.filter((effect) => rule[effect] !== undefined);
  const able: readonly OperationName[] =
    narrow.length === 0
      ? routes.map(({ operation }) => operation)
      : narrow.flatMap((effect): readonly OperationName[] => NARROW[effect]);
  const aimedAt = aimOf(rule);
  return new Set(able.filter((operation) => aimedAt.has(operation)));
}

/** What a rule asks for that can never be, as a sentence. */
export function outOfReach(rule: Aim): string | undefined {
  const { operation, plane } = rule;
  const named = operation === undefined ? undefined : [operation].flat();
  const aimedAt = aimOf(rule);
  const stray = named?.find((each) => !aimedAt.has(each));
  if (stray !== undefined) return `${stray} is no operation of the ${plane} plane`;
  for (const effect of NARROW_EFFECTS) {
    const able: readonly OperationName[] = NARROW[effect];
    if (rule[effect] === undefined || able.some((each) => aimedAt.has(each))) continue;
    const wanted = named?.join(', ') ?? `an operation of the ${plane} plane`;
    return `${effect} can touch ${able.join(', ')} only, not ${wanted}`;
  }
  const reach = reachOf(rule);
  const beyond = named?.find((each) => !reach.has(each));
  return beyond === undefined
    ? undefined
    : `it can touch ${[...reach].join(', ')} only, not ${beyond}: give that a rule of its own`;
}

function aimOf({ operation, plane }: Aim): ReadonlySet<OperationName> {
  const named = operation === undefined ? undefined : [operation].flat();
  const fits = routes.filter(
    (route) =>
      (plane === undefined || route.plane === plane) &&
      (named === undefined || named.includes(route.operation)),
  );
  return new Set(fits.map((route) => route.operation));
}
