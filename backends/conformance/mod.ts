/**
 * The suite that any backend must pass, ours or a stranger's, in a test runner or in a page.
 *
 * @module
 */
export { type Budget, type Budgets, budgets } from "./budgets.ts";
export { conformanceCases, runConformance } from "./rows.ts";
export { conformance } from "./suite.ts";
export { conformanceTable } from "./table.ts";
export type {
  BackendMaker,
  CompositeSample,
  ConformanceCase,
  ConformanceOptions,
  ConformanceResult,
  Outcome,
  Special,
  Subject,
  SuiteOptions,
} from "./types.ts";
