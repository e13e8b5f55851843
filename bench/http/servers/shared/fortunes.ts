// The page of fortunes; every server on Node renders it with this.
import type { Fortune } from "./statements.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const special = /[&<>"']/g;

function escapeHtml(text: string): string {
  return text.replace(special, (character) => entities[character] ?? "");
}

/** The page. */
export function renderFortunes(fortunes: readonly Fortune[]): string {
  const rows = fortunes.map(({ id, message }) => `<tr><td>${id}</td><td>${escapeHtml(message)}</td></tr>`);
  return `<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>${rows.join("")}</table></body></html>`;
}
