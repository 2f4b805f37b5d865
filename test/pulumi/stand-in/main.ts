import { flushCompileCache } from 'node:module';
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import { AdminPlane, realRetryMs } from './admin-plane.ts';
import { providerTable } from './provider-table.ts';
import { providerService } from './service.ts';

// Stands in for the oci provider (600 MB): a gRPC server that prints its port, started by the Pulumi engine. Which region
// it speaks to is said in the words of the real one: CLIENT_HOST_OVERRIDES.
//
// As the real one (4.20.0, its streaming part): create, update and delete wait for their work request; name, partitions and
// retention make another stream, deleted first; compartment, pool and tags change in place; another provider for the same
// resource, or another region in a provider, replaces nothing; 409, 429 and 5xx are tried again for two minutes, 400 and a
// refused connection are not; what a program does not mention is left to the service; a listing knows no retention.
//
// Otherwise than the real one: nothing is signed, and no credentials are asked for. OCI_STAND_IN_RETRY_MS shortens the two
// minutes. Only the types and functions that infra/ uses are there, and of their properties only what OCI's own API would
// refuse is checked. A resource without a name gets none. Policies, alarms, topics and subscriptions are kept in the state
// of the engine and nowhere else (paper.ts).

const overrides = process.env['CLIENT_HOST_OVERRIDES'] ?? '';
const base = /(?:^|;)oci_streaming\.StreamAdminClient=(http:\/\/(?:127\.0\.0\.1|\[::1\]):\d+)(?:;|$)/.exec(
  overrides,
)?.[1];
const retryMs = Number(process.env['OCI_STAND_IN_RETRY_MS'] ?? realRetryMs);
const server = new Server();
server.addService(ResourceProviderService, providerService(providerTable(new AdminPlane(base, retryMs))));
const listen = promisify(server.bindAsync.bind(server));
process.stdout.write(`${await listen('127.0.0.1:0', ServerCredentials.createInsecure())}\n`);
// The engine kills its providers, and Node writes its compile cache only when a process ends.
flushCompileCache();
