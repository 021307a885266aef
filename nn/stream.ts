/** Streams by what is asked of them. */

/**
 * What of a `ReadableStream` it takes to read it: said here, so that types hold also where neither a page's library
 * nor Node's has the name.
 *
 * @category Files
 */
export interface PieceStream<Piece> {
  /** Gives the pieces in turn, to one reader at a time. */
  getReader(): PieceReader<Piece>;
}

/**
 * A reader of a {@link PieceStream}.
 *
 * @category Files
 */
export interface PieceReader<Piece> {
  /** The next piece, or that there is none. */
  read(): Promise<{ readonly done: boolean; readonly value?: Piece | undefined }>;
  /** Lets go of the stream before its end. */
  cancel(reason?: unknown): Promise<void>;
  /** Lets others read on. */
  releaseLock(): void;
}
