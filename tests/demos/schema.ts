import { Ajv } from "ajv";
import { compile } from "vega-lite";
import schema from "vega-lite/vega-lite-schema.json" with { type: "json" };

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const validate = ajv.compile(schema);

/** What Vega-Lite's published schema finds wrong with a specification; empty where it is valid. */
export function schemaErrors(spec: unknown): string[] {
  return validate(spec)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** What Vega-Lite has to say while it compiles. */
export function warnings(spec: Parameters<typeof compile>[0]): string[] {
  const said: string[] = [];
  const note = (...args: readonly unknown[]) => {
    said.push(args.join(" "));
    return logger;
  };
  const logger = { level: () => logger, error: note, warn: note, info: () => logger, debug: () => logger };
  compile(spec, { logger: logger as unknown as NonNullable<Parameters<typeof compile>[1]>["logger"] });
  return said;
}
