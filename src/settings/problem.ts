/** One thing wrong with the settings, ready to print: never holds the value of a secret. */
export interface Problem {
  /** The name and where it stands, for example `PORT in .env.production, line 3`. */
  readonly place: string;
  /** What is wrong, a clause without a full stop. */
  readonly message: string;
}

/** `file` or `file, line 3`. */
export function atLine(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}, line ${line}`;
}

/** One line for each. */
export function problemLine({ place, message }: Problem): string {
  return `${place}: ${message}`;
}
