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

/**
 * What of a `Blob`, as a file that a visitor of a page chose is, it takes to read it in part.
 *
 * @category Files
 */
export interface PieceBlob {
  /** How many bytes it has. */
  readonly size: number;
  /** Its bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
  /** A part of it, from the byte `start` to the one before `end`. */
  slice(start: number, end: number): PieceBlob;
}

/**
 * What of a `URL` it takes to find a file of this machine.
 *
 * @category Files
 */
export interface FileAddress {
  /** All of it, as a text: `file:///…`. */
  readonly href: string;
}
