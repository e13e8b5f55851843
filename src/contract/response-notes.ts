/** What the OpenAPI document says of a response beside its schema. */
export interface ResponseNotes {
  /** What each header that always comes along says, by its name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a response that no schema describes: its media type, and what it holds. */
  readonly contentType?: string;
  readonly description?: string;
}

const notes = new WeakMap<object, ResponseNotes>();

/**
 * Notes what every response of a kind has. Kept apart, so that a schema or the options of a route need no field for it.
 *
 * @param of the schema of a response, or the options of a route without `returns`
 */
export function noteResponse(of: object, said: ResponseNotes): void {
  notes.set(of, said);
}

export function responseNotes(of: object): ResponseNotes {
  return notes.get(of) ?? {};
}
