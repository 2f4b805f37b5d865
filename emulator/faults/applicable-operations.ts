import { routes } from '../operations/routes.ts';
import type { OperationName } from '../operations/validations.ts';

/** The effects that are possible in some operations only. All other effects are possible in every call. */
const OPERATIONS_OF = {
  creationEnds: ['CreateStream', 'CreateStreamPool', 'CreateConnectHarness'],
  fewerEntries: ['PutMessages'],
  entries: ['PutMessages'],
  reads: ['GetMessages'],
} as const satisfies Readonly<Record<string, readonly OperationName[]>>;

type LimitedEffect = keyof typeof OPERATIONS_OF;

const LIMITED_EFFECTS = Object.keys(OPERATIONS_OF) as LimitedEffect[];

/** The part of a rule that selects calls. */
type RuleScope = {
  readonly operation?: OperationName | readonly OperationName[] | undefined;
  readonly plane?: 'admin' | 'data' | undefined;
} & { readonly [effect in LimitedEffect]?: unknown };

/**
 * The operations that a rule applies to: those that it names, on its plane, in which its effects are possible. This holds for the whole
 * rule: for its other effects and its count too.
 */
export function applicableOperations(rule: RuleScope): ReadonlySet<OperationName> {
  const limited = LIMITED_EFFECTS.filter((effect) => rule[effect] !== undefined);
  const possible: readonly OperationName[] =
    limited.length === 0
      ? routes.map(({ operation }) => operation)
      : limited.flatMap((effect): readonly OperationName[] => OPERATIONS_OF[effect]);
  const selected = selectedOperations(rule);
  return new Set(possible.filter((operation) => selected.has(operation)));
}

/** A sentence that says why a rule can never apply, or why one of the operations that it names can never be hit. */
export function applicabilityProblem(rule: RuleScope): string | undefined {
  const { operation, plane } = rule;
  const named = operation === undefined ? undefined : [operation].flat();
  const selected = selectedOperations(rule);
  const foreign = named?.find((each) => !selected.has(each));
  if (foreign !== undefined) return `${foreign} is not an operation of the ${plane} plane`;
  for (const effect of LIMITED_EFFECTS) {
    const possible: readonly OperationName[] = OPERATIONS_OF[effect];
    if (rule[effect] === undefined || possible.some((each) => selected.has(each))) continue;
    const given = named?.join(', ') ?? `an operation of the ${plane} plane`;
    return `${effect} can touch ${possible.join(', ')} only, not ${given}`;
  }
  const applicable = applicableOperations(rule);
  const impossible = named?.find((each) => !applicable.has(each));
  return impossible === undefined
    ? undefined
    : `it can touch ${[...applicable].join(', ')} only, not ${impossible}: give that a rule of its own`;
}

function selectedOperations({ operation, plane }: RuleScope): ReadonlySet<OperationName> {
  const named = operation === undefined ? undefined : [operation].flat();
  const fitting = routes.filter(
    (route) =>
      (plane === undefined || route.plane === plane) &&
      (named === undefined || named.includes(route.operation)),
  );
  return new Set(fitting.map((route) => route.operation));
}
