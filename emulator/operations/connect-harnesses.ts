import { newEtag, newOcid } from '../state/identifier.ts';
import type { ConnectHarness } from '../state/resources.ts';
import { filterResources, pageOf, resourceOrder } from './lists.ts';
import type { Context, Reply, Request } from './operation.ts';
import { changeResource, startWorkRequest, updateResource } from './resource-changes.ts';
import { harnessSummary, harnessView } from './resource-views.ts';
import { createOnce } from './retry-token.ts';
import { refusal } from './service-error.ts';

const kind = 'CONNECT_HARNESS';

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
      return { resource, workRequestId: startWorkRequest(context, 'CREATE', kind, resource) };
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
  const harness = requireHarness(context, request.path.connectHarnessId);
  return { status: 200, headers: { etag: harness.etag }, body: harnessView(harness) };
}

export function listConnectHarnesses({ region }: Context, { query }: Request<'ListConnectHarnesses'>): Reply {
  const page = pageOf(filterResources(region.harnesses.values(), query), query, resourceOrder(query));
  return { status: 200, headers: page.headers, body: page.rows.map(harnessSummary) };
}

/** Only the tags can change. */
export function updateConnectHarness(
  context: Context,
  { body, headers, path }: Request<'UpdateConnectHarness', 'connectHarnessId'>,
): Reply {
  const harness = requireHarness(context, path.connectHarnessId);
  const apply = (): void => {
    harness.freeformTags = body.freeformTags ?? harness.freeformTags;
    harness.definedTags = body.definedTags ?? harness.definedTags;
  };
  return updateResource(context, { kind, resource: harness, headers, apply }, () => harnessView(harness));
}

export function changeConnectHarnessCompartment(
  context: Context,
  { path, body, headers }: Request<'ChangeConnectHarnessCompartment', 'connectHarnessId'>,
): Reply {
  const harness = requireHarness(context, path.connectHarnessId);
  const apply = (): void => {
    harness.compartmentId = body.compartmentId;
  };
  return changeResource(context, { action: 'UPDATE', kind, resource: harness, headers, apply });
}

export function deleteConnectHarness(
  context: Context,
  { path, headers }: Request<'DeleteConnectHarness', 'connectHarnessId'>,
): Reply {
  const harness = requireHarness(context, path.connectHarnessId);
  return changeResource(context, { action: 'DELETE', kind, resource: harness, headers });
}

/** The harness of a control-plane call, whatever its lifecycle state. */
function requireHarness({ region }: Context, id: string): ConnectHarness {
  const harness = region.harnesses.get(id);
  if (harness === undefined) throw refusal.notFound();
  return harness;
}
