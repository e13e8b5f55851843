/** What a result tells of its statement; a text with several statements gives several. */
export interface CommandResult {
  readonly command?: string | null;
}

/**
 * Tells whether a statement may have left something on the connection that outlives its transaction: a changed setting,
 * a LISTEN, a temporary table, an advisory lock. Such a connection is not lent again.
 *
 * The command's tag comes from PostgreSQL itself, so it cannot be mistaken; the text is read only where the tag says too
 * little. What a DO block or a function of the user's does inside cannot be seen.
 */
export function changesSession(text: string, result: CommandResult | readonly CommandResult[]): boolean {
  if (Array.isArray(result)) return result.some((each) => changes(text, each.command));
  // Not an array, as just checked; TypeScript does not narrow readonly arrays away.
  return changes(text, (result as CommandResult).command);
}

function changes(text: string, command: string | null | undefined): boolean {
  switch (command) {
    case "SET":
      return !/\bset\s+(?:local|transaction|constraints)\b/i.test(text);
    case "LISTEN":
    case "RESET":
    case "LOAD":
    case "PREPARE":
    case "DISCARD":
      return true;
    case "CREATE":
      return /\btemp(?:orary)?\b/i.test(text);
    case "DECLARE":
      return /\bwith\s+hold\b/i.test(text);
    case "SELECT":
      return changesBySelect(text);
    default:
      return false;
  }
}

function changesBySelect(text: string): boolean {
  // Plain searches first: they are what every statement pays.
  if (text.includes("advisory_lock")) return true;
  return text.includes("set_config") && !/set_config\s*\([^)]*,\s*true\s*\)/i.test(text);
}

const control =
  /^\s*(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!(?:\s+(?:work|transaction))?\s+to\b))\b/i;

/** Tells whether a statement begins or ends a transaction; a savepoint does neither. */
export function controlsTransaction(text: string): boolean {
  return control.test(text);
}
