import type { Check } from './checks.ts';
import type { Context, Headers, Reply, Request } from './operation.ts';
import { validations, type BodyOf, type OperationName, type QueryOf } from './validations.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The names between braces in a path template. */
type PartOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PartOf<Rest>
  : never;

/** A call as it came over the wire, its body parsed as JSON; `undefined` stands for no body. */
export interface Call {
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: Headers;
}

/** One row of the table of routes. */
export interface Route {
  readonly plane: 'data' | 'admin';
  readonly operation: OperationName;
  readonly method: Method;
  readonly path: string;
  /** Checks the call and performs it. Throws a `ServiceError` where the service refuses. */
  readonly perform: (context: Context, parts: Readonly<Record<string, string>>, call: Call) => Reply;
}

export function route<Name extends OperationName, Path extends string>(
  plane: Route['plane'],
  operation: Name,
  method: Method,
  path: Path,
  act: (context: Context, request: Request<Name, PartOf<Path>>) => Reply,
): Route {
  const checks: { readonly query?: Check<unknown>; readonly body?: Check<unknown> } = validations[operation];
  return {
    plane,
    operation,
    method,
    path,
    perform(context, parts, call) {
      return act(context, {
        path: parts,
        query: checks.query?.(call.query) as QueryOf<Name>,
        body: checks.body?.(call.body) as BodyOf<Name>,
        headers: call.headers,
      });
    },
  };
}
