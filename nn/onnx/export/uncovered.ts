/** What is refused of a step; it is gathered with what else is. */
export class Uncovered extends Error {}
