import { status, type handleUnaryCall, type UntypedServiceImplementation } from '@grpc/grpc-js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import { changesBetween } from './changes.ts';
import type { Properties } from './kind.ts';
import type { ProviderTable } from './provider-table.ts';

/**
 * The part of pulumirpc.ResourceProvider that the engine calls on a provider with a handful of types.
 * Protocol: github.com/pulumi/pulumi, proto/pulumi/provider.proto.
 */
export function providerService(table: ProviderTable): UntypedServiceImplementation {
  return {
    getPluginInfo: rpc(async () => new plugin.PluginInfo().setVersion('4.20.0')),
    checkConfig: rpc(accept),
    // A changed region replaces nothing: neither the provider, nor what it made.
    diffConfig: rpc(async (request: InstanceType<typeof provider.DiffRequest>) => {
      const { changed } = changesBetween(plain(request.getOldInputs()), plain(request.getNews()), []);
      return difference(changed, []);
    }),
    configure: rpc(async () => new provider.ConfigureResponse()),
    cancel: rpc(async () => new empty.Empty()),

    check: rpc(async (request: CheckRequest) => {
      table.kind(request.getType());
      return accept(request);
    }),

    diff: rpc(async (request: InstanceType<typeof provider.DiffRequest>) => {
      const { fixed } = table.kind(request.getType());
      // What a program did not mention so far is as the service has it.
      const before = { ...plain(request.getOlds()), ...plain(request.getOldInputs()) };
      const { changed, replacing } = changesBetween(before, plain(request.getNews()), fixed);
      return difference(changed, replacing);
    }),

    create: rpc(async (request: InstanceType<typeof provider.CreateRequest>) => {
      const { id, state } = await table.kind(request.getType()).create(plain(request.getProperties()));
      return new provider.CreateResponse().setId(id).setProperties(carried(state));
    }),

    read: rpc(async (request: InstanceType<typeof provider.ReadRequest>) => {
      const id = request.getId();
      const seen = await table.kind(request.getType()).read(id, plain(request.getProperties()));
      if (!seen) return new provider.ReadResponse();
      return new provider.ReadResponse()
        .setId(id)
        .setProperties(carried(seen.state))
        .setInputs(carried(seen.inputs));
    }),

    update: rpc(async (request: InstanceType<typeof provider.UpdateRequest>) => {
      const state = await table.kind(request.getType()).update(request.getId(), plain(request.getNews()));
      return new provider.UpdateResponse().setProperties(carried(state));
    }),

    delete: rpc(async (request: InstanceType<typeof provider.DeleteRequest>) => {
      await table.kind(request.getType()).delete(request.getId());
      return new empty.Empty();
    }),

    invoke: rpc(async (request: InstanceType<typeof provider.InvokeRequest>) => {
      const found = await table.look(request.getTok())(plain(request.getArgs()));
      return new provider.InvokeResponse().setReturn(carried(found));
    }),
  };
}

function difference(changed: string[], replacing: string[]) {
  const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
  return new provider.DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(changed)
    .setReplacesList(replacing)
    .setDeletebeforereplace(replacing.length > 0);
}

type CheckRequest = InstanceType<typeof provider.CheckRequest>;

async function accept(request: CheckRequest) {
  return new provider.CheckResponse().setInputs(request.getNews());
}

function rpc<Request, Response>(
  handle: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, answer) => {
    handle(call.request).then(
      (response) => answer(null, response),
      (error: unknown) => {
        const details = error instanceof Error ? error.message : String(error);
        answer({ code: status.UNKNOWN, details });
      },
    );
  };
}

type Struct = InstanceType<typeof struct.Struct>;

const plain = (properties: Struct | undefined): Properties => properties?.toJavaScript() ?? {};

/** JSON and back drops what is undefined, which a Struct cannot hold. */
const carried = (properties: Properties): Struct =>
  struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as { [key: string]: JavaScriptValue });
