import { listed, orderOf, pageOf } from './lists.ts';
import type { Context, Reply, Request } from './operation.ts';
import { checkActive, checkDeletable, checkEtag, startChange } from './resource-changes.ts';
import { harnessSummary, harnessView } from './resource-views.ts';
import { createOnce } from './retry-token.ts';
import { refusal } from './service-error.ts';
import { newEtag, newOcid } from '../state/identifier.ts';
import type { ConnectHarness, StreamPool } from '../state/resources.ts';

export function createConnectHarness(
  context: Context,
  { body, headers }: Request<'CreateConnectHarness'>,
): Reply {
  const { region, now, random } = context;
  const { resource: harness, workRequestId } = createOnce(
    context,
    headers,
    body,
    ({ harnesses }) => harnesses,
    () => {
      const resource: ConnectHarness = {
        id: newOcid('connectharness', region.name, random),
        name: body.name,
        compartmentId: body.compartmentId,
        lifecycleState: 'CREATING',
        timeCreated: now,
        etag: newEtag(random),
        freeformTags: body.freeformTags ?? {},
        definedTags: body.definedTags ?? {},
      };
      region.harnesses.set(resource.id, resource);
      return {
        resource,
        workRequestId: startChange(context, { action: 'CREATE', kind: 'CONNECT_HARNESS', resource }),
      };
    },
  );
  return {
    status: 200,
    headers: { etag: harness.etag, 'opc-work-request-id': workRequestId },
    body: harnessView(harness),
  };
}

export function getConnectHarness(
  context: Context,
  request: Request<'GetConnectHarness', 'connectHarnessId'>,
): Reply {
  const harness = knownHarness(context, request.path.connectHarnessId);
  return { status: 200, headers: { etag: harness.etag }, body: harnessView(harness) };
}

export function listConnectHarnesses({ region }: Context, { query }: Request<'ListConnectHarnesses'>): Reply {
  const page = pageOf(listed(region.harnesses.values(), query), query, orderOf(query));
  return { status: 200, headers: page.headers, body: page.rows.map(harnessSummary) };
}

/** Only the tags can change. */
export function updateConnectHarness(
  context: Context,
  request: Request<'UpdateConnectHarness', 'connectHarnessId'>,
): Reply {
  const { body, headers, path } = request;
  const harness = knownHarness(context, path.connectHarnessId);
  checkActive(harness);
  checkEtag(headers, harness);
  harness.freeformTags = body.freeformTags ?? harness.freeformTags;
  harness.definedTags = body.definedTags ?? harness.definedTags;
  const workRequestId = startChange(context, {
    action: 'UPDATE',
    kind: 'CONNECT_HARNESS',
    resource: harness,
  });
  return {
    status: 200,
    headers: { etag: harness.etag, 'opc-work-request-id': workRequestId },
    body: harnessView(harness),
  };
}

export function changeConnectHarnessCompartment(
  context: Context,
  request: Request<'ChangeConnectHarnessCompartment', 'connectHarnessId'>,
): Reply {
  const harness = knownHarness(context, request.path.connectHarnessId);
  checkActive(harness);
  checkEtag(request.headers, harness);
  harness.compartmentId = request.body.compartmentId;
  const workRequestId = startChange(context, {
    action: 'UPDATE',
    kind: 'CONNECT_HARNESS',
    resource: harness,
  });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}

export function deleteConnectHarness(
  context: Context,
  request: Request<'DeleteConnectHarness', 'connectHarnessId'>,
): Reply {
  const harness = knownHarness(context, request.path.connectHarnessId);
  checkDeletable(harness);
  checkEtag(request.headers, harness);
  const workRequestId = startChange(context, {
    action: 'DELETE',
    kind: 'CONNECT_HARNESS',
    resource: harness,
  });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}

/** The pool of a control-plane call, in whatever state it is. */
export function knownPool({ region }: Context, id: string): StreamPool {
  const pool = region.pools.get(id);
  if (pool === undefined) throw refusal.notFound();
  return pool;
}

/** The harness of a control-plane call, in whatever state it is. */
function knownHarness({ region }: Context, id: string): ConnectHarness {
  const harness = region.harnesses.get(id);
  if (harness === undefined) throw refusal.notFound();
  return harness;
}
