import { Ajv } from "ajv";
import schema from "vega-lite/vega-lite-schema.json" with { type: "json" };

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const validate = ajv.compile(schema);

/** What Vega-Lite's published schema finds wrong with a specification; empty where it is valid. */
export function schemaErrors(spec: unknown): string[] {
  return validate(spec)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
