/** Where threads find what they tell each other: in words of 32 bits from the start of a block of shared memory. */

/** Bits of a ticket for the pieces that are left. */
export const PIECE_BITS = 10;
/** So many pieces a job has at most. */
export const MOST_PIECES = 256;
/** So many functions it calls at most. */
export const MOST_FUNCTIONS = 16;
/** So many words its calls have. */
export const CALLS = 2 ** 15;
/** What is said of a worker that has ended. */
export const ENDED = 2;

const piece = 3, fn = 5, functions = 128, pieces = functions + fn * MOST_FUNCTIONS;

/** Words by what they say. Those that several threads write to lie in lines of the cache of their own. */
export const layout = {
  /** The number of the job, and in the lowest bits how many of its pieces nobody has taken. */
  ticket: 0,
  /** How many pieces are done. */
  done: 16,
  /** Whether the caller sleeps until there are more. */
  isAwaited: 32,
  /** Whether workers are to end. */
  isOver: 33,
  /** Whether a worker failed. */
  hasFailed: 34,
  /** How many bytes the room of a thread has, by which addresses in it move from one to the next. */
  room: 48,
  /** Of each thread but the caller whether it is there; {@link ENDED} where it was. */
  isThere: 64,
  /** Of each function its module, where the bytes of that are, how many, its place in the exports, its arity. */
  functions,
  /** Words of a function. */
  fn,
  /** Of each piece whether it is done, where its calls begin, and where they end. */
  pieces,
  /** Words of a piece. */
  piece,
  /** The calls: which function, which arguments move from thread to thread, the arguments. */
  calls: pieces + piece * MOST_PIECES,
} as const;

/** How many words there are. */
export const WORDS: number = layout.calls + CALLS;
/** So many threads there are at most, whatever is asked for. */
export const MOST_THREADS = 32;
