/** Properties of a resource as the engine carries them: plain JSON. */
export type Properties = Readonly<{ [key: string]: unknown }>;

/** One resource type of the provider. Ids and properties are those of the real one. */
export interface Kind {
  /** Properties that OCI fixes at creation: another value is another resource. */
  readonly fixed: readonly string[];
  create(inputs: Properties): Promise<{ id: string; state: Properties }>;
  /** Undefined when it is gone. `inputs` are what a program would have to say to get it: an import compares them. */
  read(id: string, state: Properties): Promise<{ inputs: Properties; state: Properties } | undefined>;
  update(id: string, inputs: Properties): Promise<Properties>;
  delete(id: string): Promise<void>;
}

/** A function that a program may call. */
export type Look = (args: Properties) => Promise<Properties>;
