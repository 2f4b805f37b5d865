import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import { AdminPlane } from './admin-plane.ts';
import { providerTable } from './provider-table.ts';
import { providerService } from './service.ts';

// Started by the Pulumi engine in place of the 600 MB oci provider: a gRPC server that prints its port. Which region it
// speaks to is said in the words of the real one: CLIENT_HOST_OVERRIDES.

const overrides = process.env['CLIENT_HOST_OVERRIDES'] ?? '';
const base = /(?:^|;)oci_streaming\.StreamAdminClient=(http:\/\/(?:127\.0\.0\.1|\[::1\]):\d+)(?:;|$)/.exec(
  overrides,
)?.[1];
if (base === undefined) {
  process.stderr.write(
    `The stand-in for the oci provider needs oci_streaming.StreamAdminClient=http://127.0.0.1:<port> in CLIENT_HOST_OVERRIDES, and found ${JSON.stringify(overrides)}. Set CLIENT_HOST_OVERRIDES_<REGION> for each region of the stack.\n`,
  );
  process.exit(2);
}

const server = new Server();
server.addService(ResourceProviderService, providerService(providerTable(new AdminPlane(base))));
const listen = promisify(server.bindAsync.bind(server));
process.stdout.write(`${await listen('127.0.0.1:0', ServerCredentials.createInsecure())}\n`);
