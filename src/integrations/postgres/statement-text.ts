const longest = 10_000;

// In this order: what a literal looks like from inside must not be taken for one where it is part of something else.
const parts =
  /(\be'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|\$([a-z_]\w*)?\$(?:[\s\S]*?\$\2\$|[\s\S]*$))|("(?:[^"]|"")*"|\$\d+|[a-z_][\w$]*)|(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|\d[\w.]*(?:(?<=e)[+-]\d+)?/gi;

/**
 * A statement as it may be shown: every value in it is a `?`, comments are left out, and `$1` stays.
 *
 * @param text what is sent to the server, well-formed or not
 */
export function statementText(text: string): string {
  const cut = text.length > longest ? text.slice(0, longest) : text;
  return cut
    .replace(parts, (whole: string, literal?: string, _tag?: string, name?: string, comment?: string) => {
      if (literal !== undefined) return "?";
      if (name !== undefined) return whole;
      return comment === undefined ? "?" : " ";
    })
    .trim();
}

/** The first word of a statement whose comments are gone, such as `SELECT`. */
export function operationOf(shown: string): string {
  return /[a-z]+/i.exec(shown)?.[0].toUpperCase() ?? "QUERY";
}
